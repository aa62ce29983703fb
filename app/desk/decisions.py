"""Moving a case: every guard of the table, and two reviewers of two colleges where the table asks for them.

What two people sign are the canonical bytes of one decision: from where to where, since which day, on which facts, for
which reason, under a random name that is used once.
The first signature waits, sealed in the case; when a fact changes meanwhile it is worth nothing and is said so.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.desk.bench import Desk, OpenCase
from app.desk.clean import check_plain
from app.desk.entries import facts_with_entry
from app.desk.signatures import OTHER_COLLEGE, Signature, colleges, once, sign, verified
from app.domain.facts import CaseFacts, Role, State
from app.domain.states import Move, MoveRefused, check_move
from app.stores.desk import Transaction
from crypto import canonical

PAPER = "decision"
TAKEN = "decisions"
EXPIRING = frozenset({State.PUBLISHED, State.CORRECTED})
ENDED = "the duration of the entry has ended"
_FACTS = ("category", "subcode", "severity", "grade", "owner", "deputy", "cooperative", "group_size", "conflict")


@dataclass(frozen=True)
class Decision:
    """A decision that two people sign."""

    body: Mapping[str, Any] = field(repr=False)
    signatures: tuple[Signature, ...] = ()

    @property
    def signed_bytes(self) -> bytes:
        return b"sourdine/decision/v1\n" + canonical.dumps(dict(self.body))

    @property
    def waiting_for(self) -> str:
        return OTHER_COLLEGE if len(self.signatures) == 1 else ""

    def same_matter(self, other: Decision) -> bool:
        """Whether the two decide the same on the same facts; each signer may word a reason of their own."""
        own = {"reason": "", "decision": ""}
        return {**self.body, **own} == {**other.body, **own}

    def to_dict(self) -> dict[str, Any]:
        return {"body": dict(self.body), "signatures": [one.to_dict() for one in self.signatures]}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Decision:
        return cls(value["body"], tuple(Signature.from_dict(one) for one in value["signatures"]))


@dataclass(frozen=True)
class Moved:
    """What a move came to: the state now, and whose signature it still waits for."""

    state: str
    waiting_for: str = ""
    dropped: bool = False


def pending(case: OpenCase, tx: Transaction) -> Decision | None:
    """The decision of this case that waits for its second signature, if there is one."""
    data = tx.paper(case.id, PAPER)
    return Decision.from_dict(canonical.loads(case.open(PAPER, data))) if data else None


def move_case(desk: Desk, case_id: str, target: str, reason: str) -> Moved:
    """Move a case, or sign the move and wait for the other college.

    Raises:
        IllegalMove, MoveRefused: the table or a guard says no; nothing was changed.
        UserError: no such case, the same person or college twice, or the key did not sign.
        BusyError: somebody changed the case meanwhile.
    """
    reason = check_plain(reason, "The reason")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        facts = replace(facts_with_entry(desk, tx, case, target), reason=reason)
        waiting, used = pending(case, tx), _used(case, tx)
    decision = _decision(desk, case, facts, target)
    fresh = waiting and waiting.same_matter(decision) and waiting.body.get("decision") not in used
    matter = waiting if fresh else None
    signed_by = colleges(matter.signatures if matter else ()) | {desk.keyring.college}
    try:
        move = check_move(replace(facts, decision_colleges=signed_by), target, _role(desk), desk.today)
    except MoveRefused as refused:
        if not refused.waits_for_college:
            raise
        once(desk, matter.signatures if matter else (), "decision")
        return _first_signature(desk, case, decision, dropped=waiting is not None)
    taken = _second_signature(desk, matter or decision) if move.colleges > 1 else None
    with desk.store.writing() as tx:
        moved = desk.save(tx, case, replace(case.record, facts=entered(case.facts, move, desk.today)))
        tx.drop_paper(case.id, PAPER)
        if taken:
            _keep(tx, moved, taken)
        desk.log(tx, "move", case=moved, reason=_told(decision, reason))
    return Moved(str(move.target))


def expire_due(desk: Desk) -> list[str]:
    """Note that the duration of published entries has ended: the one move that the clock makes by itself."""
    expired = []
    with desk.store.writing() as tx:
        for case in desk.cases(tx):
            if case.facts.state not in EXPIRING:
                continue
            facts = replace(facts_with_entry(desk, tx, case, State.EXPIRED), reason=ENDED)
            try:
                move = check_move(facts, State.EXPIRED, Role.CLOCK, desk.today)
            except MoveRefused:
                continue
            moved = desk.save(tx, case, replace(case.record, facts=entered(case.facts, move, desk.today)))
            desk.log(tx, "move", case=moved, reason=f"{move.source} → {move.target}: {ENDED}")
            expired.append(case.id)
    return expired


def entered(facts: CaseFacts, move: Move, today: date) -> CaseFacts:
    """The facts of a case on the day it enters a state."""
    facts = replace(facts, state=move.target, entered=today)
    if move.target is State.ACKNOWLEDGED:
        return replace(facts, acknowledged_on=facts.acknowledged_on or today)
    if move.target is State.QUESTION:
        return replace(facts, question_sent=False)
    fresh: dict[str, Any] = {"notice_on": None, "answered": False, "extended": False}
    if move.target is State.ASSESSMENT and move.source not in {State.TRIAGE, State.QUESTION}:
        # A new round: what the last one established about notice, answer and closing holds no more.
        return replace(facts, reopened_on=today, closing_reply=False, **fresh)
    return replace(facts, **fresh) if move.target is State.REGISTRY_PROPOSED else facts


def _role(desk: Desk) -> str:
    reviewer = desk.keyring.manifest.reviewer(desk.keyring.fingerprint)
    return reviewer.role if reviewer else ""


def _decision(desk: Desk, case: OpenCase, facts: CaseFacts, target: str) -> Decision:
    return Decision(
        {
            "instance": desk.keyring.instance,
            "case": case.id,
            "action": "move",
            "decision": secrets.token_hex(16),
            "from": str(facts.state),
            "since": facts.entered.isoformat(),
            "to": target,
            "facts": {name: getattr(facts, name) for name in _FACTS},
            "reason": facts.reason,
        }
    )


def _told(decision: Decision, reason: str) -> str:
    """What the journal keeps, sealed: a line in clear that named the states would tell what cases are about."""
    return f"{decision.body['from']} → {decision.body['to']}: {reason}"


def _first_signature(desk: Desk, case: OpenCase, decision: Decision, *, dropped: bool) -> Moved:
    signed = replace(decision, signatures=(sign(desk, decision.signed_bytes),))
    with desk.store.writing() as tx:
        case = desk.save(tx, case, case.record)
        tx.put_paper(case.id, PAPER, case.seal(PAPER, canonical.dumps(signed.to_dict())))
        desk.log(tx, "sign", case=case, reason=_told(decision, str(decision.body["reason"])))
    return Moved(str(case.facts.state), OTHER_COLLEGE, dropped)


def _second_signature(desk: Desk, first: Decision) -> Decision:
    """Sign the very bytes that the first person signed, after checking that they really did."""
    verified(desk, first.signatures, first.signed_bytes, "decision")
    return replace(first, signatures=(*first.signatures, sign(desk, first.signed_bytes)))


def _taken(case: OpenCase, tx: Transaction) -> list[Any]:
    data = tx.paper(case.id, TAKEN)
    return list(canonical.loads(case.open(TAKEN, data))) if data else []


def _used(case: OpenCase, tx: Transaction) -> set[str]:
    """The names of decisions taken: a signature under one of them, put back, decides nothing a second time."""
    return {str(one["body"].get("decision", "")) for one in _taken(case, tx)}


def _keep(tx: Transaction, case: OpenCase, decision: Decision) -> None:
    """Decisions taken stay with the case, with both signatures."""
    taken = [*_taken(case, tx), decision.to_dict()]
    tx.put_paper(case.id, TAKEN, case.seal(TAKEN, canonical.dumps(taken)))
