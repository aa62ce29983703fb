"""What ends on this desk: cases whose purge is due, and mailboxes whose time is over.

The rules are in app/domain/retention.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from app.desk.core.alarm import Alarm
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.messages import message_in
from app.desk.core.twofold import pending
from app.desk.replies.replies import sent_replies
from app.domain.facts import Role
from app.domain.retention import ENDS, PurgeDays, mailbox_ends, purge_days
from app.stores.desk import Transaction

PURGE = "purge"
# An erasure says nothing that somebody would have to read first.
_SAYS_NOTHING = frozenset({"erase"})


@dataclass(frozen=True)
class Due:
    """A case whose content may be destroyed today; `last` is the day by which it must be."""

    case_id: str
    label: str
    state: str
    last: date
    ground: str
    waiting_for: str = ""


def due_for_purge(desk: Desk) -> list[Due]:
    """Cases of this reviewer whose purge has come, the most urgent first."""
    found = []
    with desk.store.reading() as tx:
        for case in desk.cases(tx):
            days = days_of(desk, tx, case)
            if days is None or days.first > desk.today:
                continue
            waiting = pending(case, tx, PURGE)
            found.append(
                Due(
                    case.id,
                    case.record.label,
                    str(case.facts.state),
                    days.last,
                    days.why,
                    waiting.waiting_for if waiting else "",
                )
            )
    return sorted(found, key=lambda due: (due.last, due.case_id))


def days_of(desk: Desk, tx: Transaction, case: OpenCase) -> PurgeDays | None:
    """When this case ends; one that was merged into another ends with that one, and is held with it.

    None as well where the other one cannot be opened: it may be on hold.
    """
    facts = case.facts
    if case.record.purged:
        return None
    if case.record.merged_into:
        target = desk.find(tx, case.record.merged_into)
        if target is None:
            return None
        facts = replace(facts if facts.state in ENDS else target.facts, hold=facts.hold or target.facts.hold)
    if facts.state not in ENDS:
        return None
    return purge_days(facts, _material(case, tx))


def alarms(desk: Desk) -> list[Alarm]:
    """What `tick` tells about retention, and mailboxes that it ends."""
    ended = [Alarm(case_id, "its mailbox has ended: no reply can be sent") for case_id in end_mailboxes(desk)]
    return ended + [
        Alarm(due.case_id, f"{due.label}, its content is to be destroyed: sourdine desk purge", due.last.isoformat())
        for due in due_for_purge(desk)
    ]


def end_mailboxes(desk: Desk) -> list[str]:
    """Forget the keys of mailboxes whose time is over, so that nothing more can be sent there; returns the cases."""
    ended: list[str] = []
    if desk.keyring.role != Role.ANALYST:
        return ended  # an analyst does it when they come
    with desk.store.writing() as tx:
        for case in desk.cases(tx):
            record = case.record
            if record.keys is None or record.purged or mailbox_ends(record.received, None) >= desk.today:
                continue  # most of them, without a look at their replies
            if mailbox_end(case, tx) >= desk.today:
                continue
            record = replace(case.with_facts(mailbox=False), keys=None, mailbox_ended=desk.today)
            saved = desk.save(tx, case, record)
            desk.log(tx, "mailbox ends", case=saved)
            ended.append(case.id)
    return ended


def mailbox_end(case: OpenCase, tx: Transaction) -> date:
    """The last day on which the desk can answer in this case; a message counts like a reply."""
    days = [sent.day for sent in sent_replies(case, tx)]
    if case.facts.last_reporter_message:
        days.append(case.facts.last_reporter_message)
    return mailbox_ends(case.record.received, max(days, default=None))


def unread(case: OpenCase, tx: Transaction) -> bool:
    """Whether a message that says something came after the last reading, be it on the very day of the end."""
    messages = sorted((message_in(case, row) for row in tx.messages(case.id)), key=lambda message: message.moment)
    return any(message.kind not in _SAYS_NOTHING for message in messages[case.record.read :])


def _material(case: OpenCase, tx: Transaction) -> date | None:
    messages = (message_in(case, row) for row in tx.messages(case.id))
    return max((message.day for message in messages if message.kind not in _SAYS_NOTHING), default=None)
