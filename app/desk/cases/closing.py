"""Closing many cases that are nobody's report: each walks through the real moves, with the real guards.

There is no short way from `received` to `closed`, and none is made here. What the guards of the whole way ask for is
looked at before the first step, so that a case that cannot end is not left halfway; what the machine alone can do (the
acknowledgement, the closing reply) is done on the way. That a person opened each report is not for a machine to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.desk.cases.decisions import check_awake, entered, move_case, role_of
from app.desk.cases.setting import set_values
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.family import before_close
from app.desk.replies.blocks import Signing, compose, read_form
from app.desk.replies.phrases import TEMPLATES
from app.desk.replies.replies import send_template
from app.domain.facts import CaseFacts, State
from app.domain.states import MoveRefused, check_move
from app.errors import BusyError, UserError

AT_ONCE = 200
# What triage establishes, and one person may say of all of them at once.
COMMON = ("category", "severity", "conflict")
WAY = (State.ACKNOWLEDGED, State.TRIAGE, State.OUT_OF_SCOPE, State.CLOSED)
# Each state from which the way begins, and how many of its steps lie behind it.
BEGINS = {State.RECEIVED: 0, State.ACKNOWLEDGED: 1, State.TRIAGE: 2, State.OUT_OF_SCOPE: 3}
ACKNOWLEDGEMENT, CLOSING = "acknowledgement", "closing"


@dataclass(frozen=True)
class NotClosed:
    """A case that stays, and why."""

    id: str
    why: str


@dataclass(frozen=True)
class Bulk:
    """What became of the cases that were named."""

    done: tuple[str, ...]
    refused: tuple[NotClosed, ...]


def close_many(
    desk: Desk, ids: Sequence[str], *, reason: str, text: str, values: Mapping[str, str] | None = None
) -> Bulk:
    """Close every one of these cases as out of scope, with one reason and one closing reply.

    Args:
        text: the four blocks of the template `closing`, as `desk reply --template closing --print` shows them empty.
        values: of COMMON, for the cases where nothing was established yet.

    Raises:
        UserError: no reason, a block that is not filled in, or too many at once; nothing was changed.
    """
    reason, blocks = check_plain(reason, "The reason"), read_form(TEMPLATES[CLOSING], text)
    compose(TEMPLATES[CLOSING], "", blocks, signing=Signing(desk.keyring.name), today=desk.today)
    wanted, common = list(dict.fromkeys(ids)), dict(values or {})
    if len(wanted) > AT_ONCE or set(common) - set(COMMON):
        raise UserError(
            f"At most {AT_ONCE} cases are closed at once, and only {', '.join(COMMON)} are set for all of them.",
            "Nothing was changed.",
        )
    done, refused = [], []
    for case_id in wanted:
        try:
            missing = _missing(desk, case_id, common)
            # Two sentences of one case may be the same step asked twice.
            why = " ".join(dict.fromkeys(missing)) or _close(desk, case_id, reason, blocks, common)
        except UserError as error:
            why = f"{error} {error.hint}".strip()
        if why:
            refused.append(NotClosed(case_id, why))
        else:
            done.append(case_id)
    return Bulk(tuple(done), tuple(refused))


def _missing(desk: Desk, case_id: str, common: Mapping[str, str]) -> list[str]:
    """Everything that keeps this case from its end today, once the machine has done its part."""
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        missing = before_close(desk, tx, case)
    if case.facts.state not in BEGINS:
        return [f"A case in {case.facts.state} is decided by itself. It was not changed."]
    facts = replace(case.facts, **_unset(case, common), acknowledged=True, closing_reply=True, reason="bulk")
    for target in WAY[BEGINS[case.facts.state] :]:
        try:
            facts = replace(entered(facts, check_move(facts, target, role_of(desk), desk.today), desk.today))
        except MoveRefused as refused:
            missing += [one.message for one in refused.refusals]
            facts = replace(facts, state=target)
    return missing


def _close(desk: Desk, case_id: str, reason: str, blocks: Mapping[str, str], common: Mapping[str, str]) -> str:
    """Walk; returns why it stopped, if somebody else changed the case meanwhile."""
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
    new = _unset(case, common)
    try:
        if new:
            set_values(desk, case_id, [f"{name}={value}" for name, value in new.items()])
        if _to_acknowledge(case.facts):
            send_template(desk, case_id, ACKNOWLEDGEMENT)
        for target in WAY[BEGINS[case.facts.state] :]:
            # The reply says where the case stands, so it goes when the decision is made.
            if target is State.CLOSED and case.record.mailbox and not case.facts.closing_reply:
                send_template(desk, case_id, CLOSING, blocks=blocks)
            move_case(desk, case_id, target, reason)
    except BusyError as error:
        return f"{error} It stopped on its way: look at it, and close it again."
    return ""


def _to_acknowledge(facts: CaseFacts) -> bool:
    return facts.state is State.RECEIVED and facts.mailbox and not facts.acknowledged


def _unset(case: OpenCase, common: Mapping[str, str]) -> dict[str, Any]:
    """What was said of all, for the facts that nobody established for this one."""
    new: dict[str, Any] = {name: value for name, value in common.items() if not getattr(case.facts, name)}
    if "category" in new:
        new["category"] = new["category"].upper()
    if "severity" in new:
        new["severity"] = int(new["severity"]) if new["severity"].isdecimal() else 0
    return new
