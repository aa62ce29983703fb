"""`case set`: what analysts establish about a case, each value checked by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.desk.admission import RETALIATION_SEVERITY
from app.desk.bench import Desk, OpenCase
from app.desk.clean import check_plain
from app.desk.record import CaseRecord
from app.domain import taxonomy
from app.domain.facts import State
from app.errors import UsageError, UserError

NAME_MAX = 160
GROUP_MAX = 100_000_000
SWITCHES = ("hold", "extended", "consent_referral", "legal_duty")
# What two colleges signed when they verified the case; the entry rests on it from then on.
VERIFIED_FACTS = ("category", "subcode", "severity", "grade", "cooperative", "group_size")
VERIFIED = frozenset(
    {
        State.VERIFIED,
        State.REGISTRY_PROPOSED,
        State.RIGHT_OF_REPLY,
        State.PUBLISHED,
        State.CORRECTED,
        State.EXPIRED,
        State.WITHDRAWN,
    }
)
_YES_NO = {"yes": True, "no": False}

Change = dict[str, Any]


def set_values(desk: Desk, case_id: str, pairs: Sequence[str]) -> CaseRecord:
    """Set some values of a case, all of them or none.

    Raises:
        UsageError: not KEY=VALUE, or an unknown key.
        UserError: a value outside its rule; nothing was changed.
    """
    values = _pairs(pairs)
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        changed: Change = {}
        for key, value in values.items():
            now = replace(case, record=case.with_facts(**changed))
            changed |= SETTERS[key](now, key, value)
        case = _check_staff(case, changed)
        _check_verified(case, changed)
        saved = desk.save(tx, case, case.with_facts(**changed))
        desk.log(tx, "set", case=case, reason=" ".join(f"{key}={value}" for key, value in values.items()))
    return saved.record


def _pairs(pairs: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        key, found, value = pair.partition("=")
        if not found or key not in SETTERS:
            raise UsageError("Values are written KEY=VALUE.", f"The keys are: {', '.join(SETTERS)}.")
        if key in values:
            raise UsageError(f"{key} stands twice.", "Write each key once.")
        values[key] = value.strip()
    # A subcode is read under its category, whatever the order in which they were typed.
    return dict(sorted(values.items(), key=lambda item: item[0] != "category"))


def _category(case: OpenCase, _key: str, value: str) -> Change:
    code = value.upper()
    if code not in taxonomy.CATEGORIES:
        raise _refusal("category", f"one of {', '.join(taxonomy.CATEGORIES)}")
    return {"category": code, "subcode": case.facts.subcode if code == case.facts.category else ""}


def _subcode(case: OpenCase, _key: str, value: str) -> Change:
    code = taxonomy.subcode(case.facts.category, value)
    if not taxonomy.is_subcode(case.facts.category, code):
        raise _refusal("subcode", "a number of the category that is set, or nothing")
    return {"subcode": code}


def _severity(case: OpenCase, _key: str, value: str) -> Change:
    if value not in {str(level) for level in taxonomy.SEVERITIES}:
        raise _refusal("severity", "a number from 1 to 4")
    if case.record.retaliation and int(value) < RETALIATION_SEVERITY:
        raise UserError("The reporter flagged retaliation: the severity is 3 or 4.", "Nothing was changed.")
    return {"severity": int(value)}


def _grade(_case: OpenCase, _key: str, value: str) -> Change:
    if value.upper() not in taxonomy.GRADES:
        raise _refusal("grade", f"one of {', '.join(taxonomy.GRADES)}")
    return {"grade": value.upper()}


def _person(case: OpenCase, key: str, value: str) -> Change:
    if value not in case.record.allowed:
        raise _refusal(key, f"one of {', '.join(case.record.allowed)}, who may open this case")
    return {key: value}


def _text(_case: OpenCase, key: str, value: str) -> Change:
    if len(value) > NAME_MAX or "\n" in value:
        raise _refusal(key, f"one line of at most {NAME_MAX} characters")
    return {key: check_plain(value, f"The value of {key}") if value else ""}


def _group(_case: OpenCase, _key: str, value: str) -> Change:
    if not (value.isascii() and value.isdecimal()) or int(value) > GROUP_MAX:
        raise _refusal("group_size", "a whole number of people")
    return {"group_size": int(value)}


def _opinion(case: OpenCase, _key: str, value: str) -> Change:
    if value not in {"yes", "no", "ask"}:
        raise _refusal("reporter_opinion", "yes, no or ask")
    if case.record.opinion_given and value != case.facts.reporter_opinion:
        raise UserError(
            "The reporter gave this opinion, and nobody else changes it.", "Ask in the mailbox. Nothing was changed."
        )
    return {"reporter_opinion": value}


def _switch(_case: OpenCase, key: str, value: str) -> Change:
    if value not in _YES_NO:
        raise _refusal(key, "yes or no")
    return {key: _YES_NO[value]}


def _check_staff(case: OpenCase, changed: Change) -> OpenCase:
    owner, deputy = (changed.get(key, getattr(case.facts, key)) for key in ("owner", "deputy"))
    if owner and owner == deputy:
        raise UserError("Owner and deputy are two people.", "Nothing was changed. Name another deputy.")
    return case


def _check_verified(case: OpenCase, changed: Change) -> None:
    moved = [
        name for name in VERIFIED_FACTS if changed.get(name, getattr(case.facts, name)) != getattr(case.facts, name)
    ]
    if moved and case.facts.state in VERIFIED:
        raise UserError(
            f"Two colleges verified this case with its {' and '.join(moved)}.",
            "Nothing was changed. Move the case back to assessment, change it there, and let two colleges verify anew.",
        )


def _refusal(key: str, rule: str) -> UserError:
    return UserError(f"{key} is {rule}.", "Nothing was changed.")


SETTERS: dict[str, Callable[[OpenCase, str, str], Change]] = {
    "category": _category,
    "subcode": _subcode,
    "severity": _severity,
    "grade": _grade,
    "owner": _person,
    "deputy": _person,
    "cooperative": _text,
    "group_size": _group,
    "reporter_opinion": _opinion,
    "hold": _switch,
    "conflict": _text,
    **dict.fromkeys(SWITCHES[1:], _switch),
}
