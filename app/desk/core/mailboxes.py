"""Mailboxes whose case was destroyed: what still comes for one of them is a new case, not a message without a home.

All that is kept of such a mailbox is its tag, which only the locator and the common key make, and the number of its
last reply. Every reviewer of the desk sees it, whoever was kept out of the case: nothing ties it to that case.
"""

from __future__ import annotations

from app.desk.core.bench import Desk
from app.desk.core.messages import Message
from app.stores.desk import Transaction
from crypto import canonical

ENDED_MAILBOX = "ended-mailbox"


def remember_ended(desk: Desk, tx: Transaction, tag: bytes, replies: int) -> None:
    """This mailbox has no case any more; its last reply had this number."""
    desk.put_shared(tx, ENDED_MAILBOX, tag.hex(), {"replies": replies})


def ended_mailbox(desk: Desk, tx: Transaction, message: Message) -> int | None:
    """The number of the last reply to that mailbox, if its case was destroyed; None for any other."""
    if message.keys is None:
        return None
    name = _tag(desk, message.keys.locator).hex()
    data = tx.shared_one(ENDED_MAILBOX, name)  # one of many: a pickup asks for each of its envelopes
    if data is None:
        return None
    return int(canonical.loads(desk.keyring.open_common(f"shared/{ENDED_MAILBOX}/{name}", data))["replies"])


def forget_ended(desk: Desk, tx: Transaction, message: Message) -> None:
    """The mailbox of this message has a case again."""
    if message.keys is not None:
        tx.drop_shared(ENDED_MAILBOX, _tag(desk, message.keys.locator).hex())


def _tag(desk: Desk, locator: bytes) -> bytes:
    return desk.keyring.tag("mailbox", locator)
