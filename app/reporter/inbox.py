"""What waits in a mailbox today: replies opened in memory, checked, put in order; the rest counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from app.stores.intake import IntakeStore, StoredReply
from crypto.derive import Mailbox
from crypto.errors import SealingError
from crypto.manifest import Manifest
from crypto.reply import Reply, check_sequence, open_reply


@dataclass(frozen=True)
class Inbox:
    """The page of a mailbox.

    Args:
        replies: in the desk's order; each once.
        gaps: numbers missing before the last reply.
        unshown: how many are not shown because they are forged, damaged or replayed.
        carried: reviewers that every later message must exclude again.
    """

    replies: tuple[Reply, ...] = field(repr=False)
    gaps: tuple[int, ...]
    unshown: int
    carried: tuple[str, ...] = field(repr=False)


def read_inbox(store: IntakeStore, manifest: Manifest, mailbox: Mailbox, today: date) -> Inbox:
    """Open what is there. A mailbox that nobody ever wrote to gives the same empty one as an erased one."""
    stored = store.replies(mailbox.locator, today)
    opened = [reply for each in stored if (reply := _open(each, manifest, mailbox))]
    # Whatever is shown: an exclusion that the desk signed once holds, and must never be lost with its reply.
    carried = _carried(opened, manifest)
    ordered, gaps = check_sequence({reply.reply_id: reply for reply in opened}.values())
    return Inbox(ordered, gaps, len(stored) - len(ordered), carried)


def _open(stored: StoredReply, manifest: Manifest, mailbox: Mailbox) -> Reply | None:
    try:
        reply = open_reply(stored.data, mailbox, manifest.desk_key, manifest.instance)
    except SealingError:
        return None
    return reply if reply.reply_id == stored.id else None


def _carried(replies: Sequence[Reply], manifest: Manifest) -> tuple[str, ...]:
    """Once excluded, always excluded; a reviewer who has left needs no exclusion any more."""
    names = {name for reply in replies for name in reply.exclude}
    return tuple(reviewer.name for reviewer in manifest.reviewers if reviewer.name in names)
