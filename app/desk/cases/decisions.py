"""Moving a case: every guard of the table, and two reviewers of two colleges where the table asks for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.desk.cases.entries import facts_with_entry
from app.desk.cases.names import forget_name
from app.desk.core import twofold
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import load_paper
from app.desk.core.family import ENDS, before_close, close_members, left_open, members
from app.desk.core.signatures import OTHER_COLLEGE
from app.domain.facts import CaseFacts, Role, State
from app.domain.states import Move, MoveRefused, check_move
from app.errors import UserError
from app.stores.desk import Transaction

EXPIRING = frozenset({State.PUBLISHED, State.CORRECTED})
ENDED = "the duration of the entry has ended"
_FACTS = ("category", "subcode", "severity", "grade", "owner", "deputy", "cooperative", "group_size", "conflict")


@dataclass(frozen=True)
class Moved:
    """What a move came to: the state now, and whose signature it still waits for."""

    state: str
    waiting_for: str = ""
    dropped: bool = False


def move_case(desk: Desk, case_id: str, target: str, reason: str) -> Moved:
    """Move a case, or sign the move and wait for the other college.

    Raises:
        IllegalMove, MoveRefused: the table or a guard says no; nothing was changed.
        UserError: no such case, merged into another, the same person or college twice, or the key did not sign.
        BusyError: somebody changed the case meanwhile.
    """
    reason = check_plain(reason, "The reason")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        _check_members(desk, tx, case, target)
        facts = replace(facts_with_entry(desk, tx, case, target), reason=reason)
        matter = _matter(facts, target) | {"members": sorted(one.id for one in members(desk, tx, case))}
        proposal = twofold.propose(desk, tx, case, action=twofold.MOVE, matter=matter, reason=reason)
    told = f"{facts.state} → {target}: {reason}"
    signed_by = proposal.signed_by | {desk.keyring.college}
    try:
        move = check_move(replace(facts, decision_colleges=signed_by), target, role_of(desk), desk.today)
    except MoveRefused as refused:
        if not refused.waits_for_college:
            raise
        twofold.sign_first(desk, case, proposal, told)
        return Moved(str(case.facts.state), OTHER_COLLEGE, proposal.dropped)
    decision = twofold.sign_second(desk, proposal) if move.colleges > 1 else None
    with desk.store.writing() as tx:
        now = entered(case.facts, move, desk.today)
        if move.target in EXPIRING:
            now = replace(now, entry_expires=_entry_ends(tx, case))
        moved = desk.save(tx, case, replace(case.record, facts=now))
        twofold.drop_pending(tx, moved)
        if decision:
            twofold.keep(tx, moved, decision)
        desk.log(tx, "move", case=moved, reason=told)
        if move.target in ENDS:
            close_members(desk, tx, moved, reason)
    return Moved(str(move.target))


def _entry_ends(tx: Transaction, case: OpenCase) -> date | None:
    paper = load_paper(case, tx)
    return paper.entry.expires if paper and paper.entry else None


def check_awake(case: OpenCase) -> None:
    """Return only if the case can change by itself.

    Raises:
        UserError: it was merged into another, or purged.
    """
    if case.record.merged_into:
        raise UserError(
            "This case is decided with the one it was merged into.",
            "Move that one, or take this one out again: sourdine desk case merge --undo. Nothing was changed.",
        )
    if case.record.purged:
        raise UserError("This case was purged: its content is destroyed.", "Nothing can be done with it any more.")


def _check_members(desk: Desk, tx: Transaction, case: OpenCase, target: str) -> None:
    """Whoever was merged into a case that ends is read, and told by their own mailbox.

    Raises:
        UserError: somebody was not.
    """
    missing = before_close(desk, tx, case, target) if target in ENDS else []
    if missing:
        raise UserError(f"The case stays in {case.facts.state}: others were merged into it.", " ".join(missing))


def expire_due(desk: Desk) -> list[str]:
    """Note that the duration of published entries has ended, and destroy the names whose month has come: the one move
    that the clock makes by itself.

    The clock waits for nobody, so what was merged into such a case closes with it or on the first day on which it
    misses nothing; until then it is a task.
    """
    expired: list[str] = []
    if desk.keyring.role != Role.ANALYST:
        return expired  # an analyst notes it when they come
    with desk.store.writing() as tx:
        for found in desk.cases(tx):
            case = forget_name(desk, tx, found)
            if case.facts.state not in EXPIRING or case.record.asleep:
                continue
            facts = replace(facts_with_entry(desk, tx, case, State.EXPIRED), reason=ENDED)
            try:
                move = check_move(facts, State.EXPIRED, Role.CLOCK, desk.today)
            except MoveRefused:
                continue
            moved = desk.save(tx, case, replace(case.record, facts=entered(case.facts, move, desk.today)))
            desk.log(tx, "move", case=moved, reason=f"{move.source} → {move.target}: {ENDED}")
            expired.append(case.id)
        for target in {target.id: target for _, target in left_open(desk, tx)}.values():
            close_members(desk, tx, target, ENDED)
    return expired


def entered(facts: CaseFacts, move: Move, today: date) -> CaseFacts:
    """The facts of a case on the day it enters a state."""
    facts = replace(facts, state=move.target, entered=today)
    if move.target is State.ACKNOWLEDGED:
        return replace(facts, acknowledged_on=facts.acknowledged_on or today)
    if move.target is State.QUESTION:
        return replace(facts, question_sent=False)
    if move.target is State.CLOSED:
        return replace(facts, outcome=str(move.source))
    fresh: dict[str, Any] = {"notice_on": None, "answered": False, "extended": False}
    if move.target is State.ASSESSMENT and move.source not in {State.TRIAGE, State.QUESTION}:
        # A new round: what the last one established about notice, answer and closing holds no more.
        return replace(facts, reopened_on=today, closing_reply=False, **fresh)
    return replace(facts, **fresh) if move.target is State.REGISTRY_PROPOSED else facts


def role_of(desk: Desk) -> str:
    reviewer = desk.keyring.manifest.reviewer(desk.keyring.fingerprint)
    return reviewer.role if reviewer else ""


def _matter(facts: CaseFacts, target: str) -> dict[str, Any]:
    return {
        "from": str(facts.state),
        "since": facts.entered.isoformat(),
        "to": target,
        "facts": {name: getattr(facts, name) for name in _FACTS},
    }
