"""`case set`: what analysts establish about a case, each value checked by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.desk.cases.decisions import check_awake
from app.desk.circle.links import check_overseen, colleges_of, keep_out, leaves_one_college, lost, openers
from app.desk.circle.register import linked, texts_of
from app.desk.core import twofold
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.record import CaseRecord
from app.desk.core.signatures import OTHER_COLLEGE
from app.domain import taxonomy
from app.domain.facts import State
from app.domain.guards import COLLEGES
from app.domain.severity import RETALIATION_SEVERITY, is_override, proposed
from app.errors import UsageError, UserError
from app.stores.desk import Transaction

NAME_MAX = 160
GROUP_MAX = 100_000_000
SWITCHES = ("hold", "extended", "consent_referral", "consent_words", "legal_duty")
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
REVIEWED = frozenset({State.PUBLISHED, State.CORRECTED})
SEVERITY, COOPERATIVE = "severity", "cooperative"
# Those who look on are linked to that cooperative.
ONE_COLLEGE = "After that, reviewers of one college alone could open this case"
# The paper in which the duty to refer is named: the dossier for the authority shows it.
DUTY = "legal_duty"
_YES_NO = {"yes": True, "no": False}

Change = dict[str, Any]


@dataclass(frozen=True)
class Set:
    """The record as it is now, and whose signature the change still waits for."""

    record: CaseRecord = field(repr=False)
    waiting_for: str = ""
    dropped: bool = False


def set_values(desk: Desk, case_id: str, pairs: Sequence[str], reason: str = "") -> Set:
    """Set some values of a case, all of them or none.

    A lowered severity takes two reviewers of two colleges.

    Raises:
        UsageError: not KEY=VALUE, or an unknown key.
        UserError: a value outside its rule, or not for this role; nothing was changed.
        BusyError: somebody changed the case meanwhile.
    """
    values = _pairs(pairs)
    reason = check_plain(reason, "The reason") if reason else ""
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        if set(values) != {"hold"} or case.record.purged:  # a hold is set and lifted on what sleeps too
            check_awake(case)
        changed = _changed(desk, case, values)
        _check_reasons(case, changed, reason)
        _check_staff(desk, case, changed)
        _check_verified(case, changed)
        overseen = _is_overseen(desk, tx, case, changed, values)
        if overseen and not _overrides(case, changed, values):
            raised = {"severity": str(changed["severity"])} if "severity" in changed else {}
            told = " ".join(f"{key}={value}" for key, value in (raised | values).items())
            saved = _save(desk, tx, case, changed, f"{told}: {reason}" if reason else told)
            _note_duty(desk, tx, saved, changed, reason)
            return Set(saved.record)
    if not overseen:
        return _by_two(desk, case_id, COOPERATIVE, changed, reason)
    return _by_two(desk, case_id, SEVERITY, changed, reason)


def _changed(desk: Desk, case: OpenCase, values: Mapping[str, str]) -> Change:
    changed: Change = {}
    for key, value in values.items():
        now = replace(case, record=case.with_facts(**changed))
        changed |= SETTERS[key](now, key, value)
    category = changed.get("category", case.facts.category)
    if category != case.facts.category and "severity" not in values and case.facts.severity is not None:
        # Another category may propose more than was recorded under the old one.
        proposal = proposed(category, retaliation=case.record.retaliation) or 0
        changed["severity"] = max(case.facts.severity, proposal)
    if changed.pop("reviewed", False):
        changed["reviewed_on"] = desk.today
    return changed


def _save(desk: Desk, tx: Transaction, case: OpenCase, changed: Change, told: str) -> OpenCase:
    """Save and journal; whoever is linked to the cooperative, as it stands now, is out of the case with it."""
    if changed.get("severity", case.facts.severity) != case.facts.severity:
        changed = changed | {"severity_on": desk.today}
    record, away = case.with_facts(**changed), _put_out(desk, tx, case, changed)
    desk.log(tx, "set", case=case, reason=told)
    for key in {SEVERITY, COOPERATIVE} & set(changed):  # what waits for its second signature started from another one
        twofold.drop_pending(tx, case, key)
    if away & set(record.allowed):
        return keep_out(desk, tx, case, away, record)
    return desk.save(tx, case, record)


def _overrides(case: OpenCase, changed: Change, values: Mapping[str, str]) -> bool:
    """Whether this takes two people.

    Raises:
        UserError: it does, and stands beside other values.
    """
    if "severity" not in values:
        return False
    proposal = proposed(changed.get("category", case.facts.category), retaliation=case.record.retaliation)
    if not is_override(changed["severity"], recorded=case.facts.severity, proposal=proposal):
        return False
    if len(values) > 1:
        raise UserError(
            f"The severity falls below {_level(case, proposal)}: that is decided by two reviewers, and set alone.",
            "Nothing was changed. Set the other values first, then: severity=N --reason TEXT.",
        )
    return True


def _named(changed: Change) -> set[str]:
    return set(changed.get("conflict", "").split(",")) - {"none", ""}


def _put_out(desk: Desk, tx: Transaction, case: OpenCase, changed: Change) -> frozenset[str]:
    """Who is out of the case once this is set: those named, and whose link is to its cooperative."""
    record = case.with_facts(**changed)
    return frozenset(_named(changed) | (linked(desk, tx, *texts_of(record)) - set(record.let_in)))


def _is_overseen(desk: Desk, tx: Transaction, case: OpenCase, changed: Change, values: Mapping[str, str]) -> bool:
    """Whether somebody of another college still looks on afterwards; else the cooperative is set by two colleges.

    A genuine link must close the case, and one person must not be able to take it from every other college by naming
    the right cooperative: one of the other college confirms. Where one college alone is here anyway, nobody could.

    Raises:
        UserError: a colleague is named, or other values stand beside the cooperative.
    """
    out = _put_out(desk, tx, case, changed)
    if _named(changed) - {desk.keyring.name}:
        check_overseen(desk, tx, case, out)
    there = set(openers(desk, case.record)) - lost(desk, tx)
    if "cooperative" not in changed or len(colleges_of(desk, there)) < COLLEGES:
        return True  # a link that stood already closes it at once
    if not leaves_one_college(desk, tx, case, out):
        return True
    if len(values) > 1:
        raise UserError(
            f"{ONE_COLLEGE}: that is decided by two reviewers, and the cooperative is set alone.",
            "Nothing was changed. Set the other values first, then: cooperative=NAME --reason TEXT.",
        )
    return False


def _by_two(desk: Desk, case_id: str, key: str, changed: Change, reason: str) -> Set:
    """Sign a value that two colleges set and wait for the other one, or be that college and let it take effect."""
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        matter, why = (_lowered if key == SEVERITY else _closing)(desk, tx, case, changed)
        if not reason:
            raise UserError(
                why,
                "Nothing was changed. Add the reason with --reason; a reviewer of another college then signs the same.",
            )
        wanted = twofold.propose(desk, tx, case, action=key, matter=matter, reason=reason)
    told = f"{key}={changed[key]}: {reason}"
    if not wanted.signed_by:
        twofold.sign_first(desk, case, wanted, told)
        return Set(case.record, OTHER_COLLEGE, wanted.dropped)
    decision = twofold.sign_second(desk, wanted)
    with desk.store.writing() as tx:
        saved = _save(desk, tx, case, {key: changed[key]}, told)
        twofold.keep(tx, saved, decision)
    return Set(saved.record)


def _lowered(_desk: Desk, _tx: Transaction, case: OpenCase, changed: Change) -> tuple[Change, str]:
    """What two sign about a lowered severity, and why it takes a reason."""
    facts, retaliation = case.facts, case.record.retaliation
    proposal = proposed(facts.category, retaliation=retaliation)
    matter = {
        "from": facts.severity,
        "to": changed["severity"],
        "proposed": proposal,
        "facts": {"category": facts.category, "subcode": facts.subcode, "retaliation": retaliation},
    }
    return matter, f"The severity falls below {_level(case, proposal)}, and somebody will ask why."


def _closing(desk: Desk, tx: Transaction, case: OpenCase, changed: Change) -> tuple[Change, str]:
    """The same about a cooperative to which those are linked who look on."""
    out = sorted(_put_out(desk, tx, case, changed) & set(case.record.allowed))
    matter = {
        "from": case.facts.cooperative,
        "to": changed["cooperative"],
        "facts": {"cooperative": changed["cooperative"], "conflict": ", ".join(out)},
    }
    return matter, f"{ONE_COLLEGE}, and somebody will ask why."


def _level(case: OpenCase, proposal: int | None) -> str:
    recorded = case.facts.severity
    return f"the {recorded} that is recorded" if recorded is not None else f"the {proposal} that is proposed"


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


def _conflict(case: OpenCase, key: str, value: str) -> Change:
    """`none`: checked. A name: that reviewer is linked, and is out of the case with this very change."""
    names = [name.strip() for name in value.split(",")]
    known = {*case.record.allowed, *case.record.linked}
    if value in {"", "none"}:
        return {key: value}
    if len(set(names)) != len(names) or not set(names) <= known:
        raise _refusal(key, f"none, or the names of reviewers who are linked, of {', '.join(sorted(known))}")
    return {key: ",".join(names)}


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


def _check_staff(desk: Desk, case: OpenCase, changed: Change) -> None:
    owner, deputy = (changed.get(key, getattr(case.facts, key)) for key in ("owner", "deputy"))
    if owner and owner == deputy:
        raise UserError("Owner and deputy are two people.", "Nothing was changed. Name another deputy.")
    there = openers(desk, case.record)
    for key in {"owner", "deputy"} & set(changed):
        if changed[key] not in there:
            raise _refusal(key, f"one of {', '.join(there)}, who may open this case")


def _check_verified(case: OpenCase, changed: Change) -> None:
    moved = [
        name for name in VERIFIED_FACTS if changed.get(name, getattr(case.facts, name)) != getattr(case.facts, name)
    ]
    if moved and case.facts.state in VERIFIED:
        raise UserError(
            f"Two colleges verified this case with its {' and '.join(moved)}.",
            "Nothing was changed. Move the case back to assessment, change it there, and let two colleges verify anew.",
        )


def _check_reasons(case: OpenCase, changed: Change, reason: str) -> None:
    """What opens a door that nobody else guards says why.

    Raises:
        UserError: a duty to refer that is not named, or a hold that is lifted for nothing.
    """
    if reason:
        return
    if changed.get("legal_duty") and not case.facts.legal_duty:
        raise UserError(
            "A legal duty hands a case on against the reporter's will: name the duty, with its article of law.",
            f"Type sourdine desk case set {case.id} legal_duty=yes --reason TEXT. Nothing was changed.",
        )
    if case.facts.hold and not changed.get("hold", True):
        raise UserError(
            "Once the hold is lifted, the case can be destroyed: say which proceeding has ended.",
            f"Type sourdine desk case set {case.id} hold=no --reason TEXT. Nothing was changed.",
        )


def _note_duty(desk: Desk, tx: Transaction, case: OpenCase, changed: Change, reason: str) -> None:
    if changed.get("legal_duty") and reason:
        case.put_paper(tx, DUTY, {"day": desk.today.isoformat(), "reason": reason})
    elif "legal_duty" in changed and not changed["legal_duty"]:
        tx.drop_paper(case.id, DUTY)


def _reviewed(case: OpenCase, key: str, value: str) -> Change:
    """`yes`: the yearly review of a published entry was done today."""
    if value != "yes" or case.facts.state not in REVIEWED:
        raise _refusal(key, "yes, once the published entry was read again; its case is published or corrected")
    return {"reviewed": True}


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
    "conflict": _conflict,
    "reviewed": _reviewed,
    **dict.fromkeys(SWITCHES[1:], _switch),
}
