"""Replies: sealed here to the keys that came in the envelope, then queued for an outbox under the common key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.desk.bench import Desk, OpenCase
from app.desk.clean import check_plain
from app.domain.facts import CaseFacts, State
from app.domain.retention import reply_expires
from app.domain.states import next_states
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import OutgoingRow
from app.stores.desk_cases import SealedRow
from crypto import canonical
from crypto.errors import FormatError
from crypto.fields import from_b64, to_b64
from crypto.outbox import SealedReply
from crypto.reply import Reply, seal_reply

KINDS = ("acknowledgement", "question", "reply", "closing")


@dataclass(frozen=True)
class Sent:
    """A reply as the case keeps it. `queued` names the row that waits for an outbox, and the reply on the intake."""

    seq: int
    day: date
    author: str
    kind: str
    text: str = field(repr=False)
    queued: str = field(default="", repr=False)

    def to_bytes(self) -> bytes:
        return canonical.dumps(vars(self) | {"day": self.day.isoformat()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Sent:
        value: dict[str, Any] = canonical.loads(data)
        return cls(**value | {"day": date.fromisoformat(value["day"])})


def send(desk: Desk, case_id: str, text: str, *, kind: str = "") -> Sent:
    """Seal a reply and queue it for the next outbox.

    Args:
        kind: one of KINDS; without it, what the state of the case asks for.

    Raises:
        UserError: no mailbox, erased, an empty text, or one with markup or invisible characters.
    """
    text = check_plain(text, "The reply")
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        keys = case.record.keys
        if keys is None:
            raise UserError("This report came without a mailbox: nobody could read a reply.", "Nothing was changed.")
        if case.record.erased:
            raise UserError("The reporter erased the mailbox: a reply would reach nobody.", "Nothing was changed.")
        kind = kind or usual_kind(case.facts)
        sent = Sent(case.record.replies + 1, desk.today, desk.keyring.name, kind, text, secrets.token_hex(16))
        reply = Reply(
            instance=desk.keyring.instance,
            locator=keys.locator,
            reply_id=sent.queued,
            seq=sent.seq,
            day=sent.day,
            author=sent.author,
            state=str(case.facts.state),
            kind="acknowledgement" if kind == "acknowledgement" else "reply",
            text=text,
            exclude=case.record.excluded,
        )
        try:
            data = seal_reply(reply, keys, desk.keyring.signing)
        except FormatError:
            raise UserError("The reply is too long.", "Shorten it to about four pages. Nothing was changed.") from None
        _queue(desk, tx, sent, reply, data)
        row = secrets.token_hex(16)
        tx.add_reply(case.id, SealedRow(row, case.seal(f"reply/{row}", sent.to_bytes())))
        record = replace(case.record, replies=sent.seq, facts=after_reply(case.facts, kind, desk.today))
        desk.save(tx, case, record)
        desk.log(tx, "reply", case=case, reason=kind)
    return sent


def usual_kind(facts: CaseFacts) -> str:
    """What a reply is when nobody says: the one that the next move of the case waits for."""
    if facts.state is State.RECEIVED:
        return "acknowledgement"
    if facts.state is State.TRIAGE:
        return "question"
    return "closing" if State.CLOSED in next_states(facts.state) else "reply"


def after_reply(facts: CaseFacts, kind: str, today: date) -> CaseFacts:
    """The facts of a case once a reply is queued; any reply answers a flag of retaliation."""
    facts = replace(facts, retaliation_on=None)
    if kind == "acknowledgement":
        return replace(facts, acknowledged=True, acknowledged_on=facts.acknowledged_on or today)
    if kind == "question":
        return replace(facts, question_sent=True)
    return replace(facts, feedback_on=today, closing_reply=facts.closing_reply or kind == "closing")


def sent_replies(case: OpenCase, tx: Transaction) -> list[Sent]:
    """Every reply of a case, in the order of their numbers."""
    rows = [Sent.from_bytes(case.open(f"reply/{row.id}", row.sealed)) for row in tx.replies(case.id)]
    return sorted(rows, key=lambda sent: sent.seq)


def queued(case: OpenCase, tx: Transaction) -> list[str]:
    """The names of this case's replies in the queue, gone or not."""
    return [sent.queued for sent in sent_replies(case, tx)]


def sealed_reply(desk: Desk, row: OutgoingRow) -> SealedReply:
    """A queued reply, ready for an outbox."""
    value = canonical.loads(desk.keyring.open_common(f"outgoing/{row.id}", row.sealed))
    expires = date.fromisoformat(value["expires"])
    return SealedReply(from_b64(value["locator"]), value["id"], from_b64(value["data"]), expires)


def _queue(desk: Desk, tx: Transaction, sent: Sent, reply: Reply, data: bytes) -> None:
    body = {
        "locator": to_b64(reply.locator),
        "id": reply.reply_id,
        "data": to_b64(data),
        "expires": reply_expires(sent.kind, desk.today).isoformat(),
    }
    place = f"outgoing/{sent.queued}"
    tx.add_outgoing(OutgoingRow(sent.queued, desk.keyring.seal_common(place, canonical.dumps(body))))
