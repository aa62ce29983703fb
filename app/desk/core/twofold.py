"""What two people decide: one signature waits, the second takes effect.

What both sign are the canonical bytes of one decision: which action, on which case, on which facts, for which reason,
under a random name that is used once. The first signature waits, sealed in the case; when the matter changes
meanwhile it is worth nothing and is said so.

    proposal = propose(desk, tx, case, matter)       what this reviewer would sign: a new decision, or the waiting one
    sign_first(desk, case, proposal)                 it waits for the other college
    taken = sign_second(desk, proposal)              both signatures; then, in the transaction that does the thing:
    keep(tx, case, taken)
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.signatures import OTHER_COLLEGE, Signature, colleges, once, sign, standing, verified
from app.stores.desk import Transaction
from crypto import canonical

TAKEN = "decisions"
MOVE = "move"
# Where what waits for its second signature lies, but for moves.
WAITING = "decision/"


@dataclass(frozen=True)
class Decision:
    """A decision that two people sign."""

    body: Mapping[str, Any] = field(repr=False)
    signatures: tuple[Signature, ...] = ()

    @property
    def action(self) -> str:
        return str(self.body["action"])

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
class Proposal:
    """What this reviewer would sign. `dropped`: an earlier signature was for another matter and is worth nothing."""

    decision: Decision
    dropped: bool = False

    @property
    def signed_by(self) -> frozenset[str]:
        """The colleges that have signed this very decision."""
        return colleges(self.decision.signatures)


def propose(
    desk: Desk, tx: Transaction, case: OpenCase, *, action: str, matter: Mapping[str, Any], reason: str
) -> Proposal:
    """The waiting decision, if it is about this very matter and its signer is a reviewer still; else a new one without
    signatures.
    """
    body = {
        "instance": desk.keyring.instance,
        "case": case.id,
        "action": action,
        "decision": secrets.token_hex(16),
        "reason": reason,
        **matter,
    }
    new, waiting = Decision(body), pending(case, tx, action)
    fresh = waiting is not None and waiting.same_matter(new) and waiting.body.get("decision") not in _used(case, tx)
    if waiting and fresh and standing(desk, waiting.signatures) == waiting.signatures:
        return Proposal(waiting)
    return Proposal(new, dropped=waiting is not None)


def pending(case: OpenCase, tx: Transaction, action: str = MOVE) -> Decision | None:
    """The decision of this kind that waits for its second signature, if there is one."""
    value = case.paper(tx, _place(action))
    return Decision.from_dict(value) if value else None


def all_pending(case: OpenCase, tx: Transaction) -> list[Decision]:
    """Every decision about this case that waits for its second signature."""
    kinds = [kind for kind in tx.papers(case.id) if kind == _place(MOVE) or kind.startswith(_place(""))]
    return [Decision.from_dict(case.paper(tx, kind)) for kind in sorted(kinds)]


def sign_first(desk: Desk, case: OpenCase, proposal: Proposal, told: str) -> None:
    """Sign, and let it wait for the other college; `told` is the reason that the journal keeps, sealed.

    Raises:
        UserError: the same person or college has signed already, or the key did not sign.
        BusyError: somebody changed the case meanwhile.
    """
    signed = first_signature(desk, proposal)
    with desk.store.writing() as tx:
        case = desk.save(tx, case, case.record)
        wait(tx, case, signed)
        desk.log(tx, "sign", case=case, reason=told)


def first_signature(desk: Desk, proposal: Proposal) -> Decision:
    """The decision with the first signature; for whoever lets several wait in one transaction.

    Raises:
        UserError: the same person or college has signed already, or the key did not sign.
    """
    decision = proposal.decision
    once(desk, decision.signatures, "decision")
    return replace(decision, signatures=(sign(desk, decision.signed_bytes),))


def wait(tx: Transaction, case: OpenCase, decision: Decision) -> None:
    """Let a decision wait for the other college, in place of the one of its kind."""
    case.put_paper(tx, _place(decision.action), decision.to_dict())


def sign_second(desk: Desk, proposal: Proposal) -> Decision:
    """Sign the very bytes that the first person signed, after checking that they really did.

    Raises:
        UserError: the first signature does not hold, the same person or college twice, or the key did not sign.
    """
    first = proposal.decision
    once(desk, first.signatures, "decision")
    verified(desk, first.signatures, first.signed_bytes, "decision")
    return replace(first, signatures=(*first.signatures, sign(desk, first.signed_bytes)))


def keep(tx: Transaction, case: OpenCase, decision: Decision) -> None:
    """Decisions taken stay with the case, with both signatures."""
    tx.drop_paper(case.id, _place(decision.action))
    case.put_paper(tx, TAKEN, [*taken(case, tx), decision.to_dict()])


def taken(case: OpenCase, tx: Transaction) -> list[Any]:
    """Every decision about this case that two people signed."""
    return list(case.paper(tx, TAKEN) or [])


def drop_pending(tx: Transaction, case: OpenCase, action: str = MOVE) -> None:
    """What waited is settled in another way."""
    tx.drop_paper(case.id, _place(action))


def _place(action: str) -> str:
    return "decision" if action == MOVE else f"{WAITING}{action}"


def _used(case: OpenCase, tx: Transaction) -> set[str]:
    """The names of decisions taken: a signature under one of them, put back, decides nothing a second time."""
    return {str(one["body"].get("decision", "")) for one in taken(case, tx)}
