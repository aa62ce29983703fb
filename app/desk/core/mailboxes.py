"""Mailboxes whose case was destroyed: what still comes for one of them is a new case, not a message without a home.

What every reviewer of the desk sees of such a mailbox is its tag, which only the locator and the common key make, and
the number of its last reply: nothing ties it to that case. The tombstone holds the tag too, sealed: whom the reporter
or a link kept out of the case finds none, and files nothing that this reporter writes later.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.messages import Message
from app.stores.desk import Transaction
from crypto import canonical

ENDED_MAILBOX = "ended-mailbox"
# A paper of a tombstone: the tags of its mailboxes.
TAGS = "mailbox"


def remember_ended(desk: Desk, tx: Transaction, stone: OpenCase, tags: Sequence[bytes], replies: int) -> None:
    """These mailboxes have no case any more, only a tombstone; their last reply had this number."""
    for tag in tags:
        desk.put_shared(tx, ENDED_MAILBOX, tag.hex(), {"replies": replies})
    if tags:
        stone.put_paper(tx, TAGS, [tag.hex() for tag in tags])


def ended_mailbox(desk: Desk, tx: Transaction, message: Message) -> int | None:
    """The number of the last reply to that mailbox, if its case was destroyed; None for any other."""
    if message.keys is None:
        return None
    name = _tag(desk, message.keys.locator).hex()
    data = tx.shared_one(ENDED_MAILBOX, name)  # one of many: a pickup asks for each of its envelopes
    if data is None:
        return None
    return int(canonical.loads(desk.keyring.open_common(f"shared/{ENDED_MAILBOX}/{name}", data))["replies"])


def stone_of(desk: Desk, tx: Transaction, message: Message) -> OpenCase | None:
    """The tombstone of that mailbox, if this reviewer may open it."""
    if message.keys is None:
        return None
    name = _tag(desk, message.keys.locator).hex()
    found = (desk.find(tx, case_id) for case_id in sorted(tx.cases_with(TAGS)))
    return next((case for case in found if case and name in case.paper(tx, TAGS)), None)


def forget_ended(desk: Desk, tx: Transaction, message: Message) -> None:
    """The mailbox of this message has a case again, which says itself who is kept out."""
    if message.keys is not None:
        tx.drop_shared(ENDED_MAILBOX, _tag(desk, message.keys.locator).hex())
        stone = stone_of(desk, tx, message)
        if stone:
            tx.drop_paper(stone.id, TAGS)


def _tag(desk: Desk, locator: bytes) -> bytes:
    return desk.keyring.tag("mailbox", locator)
