"""One case, as values that the command line and the page both show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.desk.cases.search import note_read
from app.desk.cases.worklist import Listed, list_cases, listed_case
from app.desk.circle.clusters import systemic_cases
from app.desk.core import inner
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.family import members
from app.desk.core.messages import Attachment, Message
from app.desk.core.record import CaseRecord
from app.desk.core.texts import messages_of
from app.desk.core.twofold import pending
from app.desk.replies.replies import Sent, sent_replies
from app.domain.states import next_states
from app.stores.desk import Transaction

__all__ = ["Listed", "Shown", "ShownMessage", "list_cases", "listed_case", "show_case"]


@dataclass(frozen=True)
class ShownMessage:
    """A message with what its inner layer held. `position` counts all messages of the case from 1."""

    position: int
    message: Message = field(repr=False)
    inner: inner.Inner | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "kind": self.message.kind,
            "day": self.message.day.isoformat(),
            "story": self.message.story,
            "files": [_file(file) for file in self.message.files],
        }
        if self.inner:
            shown["inner"] = {"story": self.inner.text, "note": self.inner.note}
        return shown


@dataclass(frozen=True)
class Member:
    """A case that was merged into the one that is shown; its replies and its files go by its own id."""

    id: str
    label: str
    messages: tuple[ShownMessage, ...] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "label": self.label, "messages": [one.to_dict() for one in self.messages]}


@dataclass(frozen=True)
class Shown:
    """Everything about one case that this reviewer may read."""

    listed: Listed
    case: OpenCase = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    messages: tuple[ShownMessage, ...] = field(repr=False)
    answers: tuple[Message, ...] = field(repr=False)
    replies: tuple[Sent, ...] = field(repr=False)
    waiting_for: str = ""
    members: tuple[Member, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        facts = self.case.facts
        return self.listed.to_dict() | {
            "fields": dict(self.fields),
            "messages": [message.to_dict() for message in self.messages],
            "answers": [{"kind": m.kind, "day": m.day.isoformat(), "fields": dict(m.fields)} for m in self.answers],
            "replies": [
                vars(sent) | {"day": sent.day.isoformat(), "queued": bool(sent.queued)} for sent in self.replies
            ],
            "facts": _facts(facts),
            "excluded": list(self.case.record.excluded),
            "retaliation": self.case.record.retaliation,
            "waiting_for": self.waiting_for,
            "members": [one.to_dict() for one in self.members],
            "next": [str(state) for state in next_states(facts.state)],
        }


def show_case(desk: Desk, case_id: str) -> Shown:
    """Open one case for reading: journalled, and the first reading is what `opened` means.

    Raises:
        UserError: no such case for this reviewer.
    """
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        case = _read(desk, tx, case, case.with_facts(opened=True))
        desk.log(tx, "open", case=case)
        messages = messages_of(case, tx, desk)
        merged = [(one, messages_of(one, tx, desk)) for one in members(desk, tx, case)]
        for one, _ in merged:
            _read(desk, tx, one, one.record)
            desk.log(tx, "open", case=one)
        replies = tuple(sent_replies(case, tx))
        decision, systemic = pending(case, tx), case.id in systemic_cases(desk, tx)
    shown = _worded(desk, messages)
    note_read(desk, case, [one.inner.text for one in shown if one.inner])
    return Shown(
        listed=listed_case(case, desk.today, waiting=decision is not None, systemic=systemic),
        case=case,
        fields=case.record.fields,
        messages=shown,
        answers=tuple(one for one in messages if one.kind not in {"report", "message"}),
        replies=replies,
        waiting_for=decision.waiting_for if decision else "",
        members=tuple(Member(one.id, one.record.label, _worded(desk, theirs)) for one, theirs in merged),
    )


def _read(desk: Desk, tx: Transaction, case: OpenCase, record: CaseRecord) -> OpenCase:
    """Note how many messages this reading shows; nothing is written when that is known."""
    if record.purged is None:
        record = replace(record, read=tx.message_counts(case.id).get(case.id, 0))
    return case if record == case.record else desk.save(tx, case, record)


def _worded(desk: Desk, messages: Sequence[Message]) -> tuple[ShownMessage, ...]:
    return tuple(
        ShownMessage(position, one, inner.open_text(desk, one.story))
        for position, one in enumerate(messages, 1)
        if one.worded
    )


def _file(file: Attachment) -> dict[str, Any]:
    return {"n": file.n, "name": file.name, "size": file.size, "type": file.type, "sealed": file.sealed}


def _facts(facts: Any) -> dict[str, Any]:
    """The facts that people set or look up."""
    names = (
        "entered category subcode severity grade owner deputy cooperative group_size conflict reporter_opinion hold "
        "consent_mediation consent_referral legal_duty acknowledged_on notice_on answered "
        "extended legal_reply_on good_faith"
    )
    values = {name: getattr(facts, name) for name in names.split()}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
