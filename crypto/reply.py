"""A reply: signed by the desk, padded, sealed to one mailbox (docs/spec/reply.md).

The intake that stores it learns a locator, a number of 4 KiB blocks and an expiry day. The reporter's side learns
whether it comes from the desk, is meant for this mailbox, and whether one before it is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crypto import hpke, note
from crypto.derive import Mailbox, MailboxKeys
from crypto.errors import FormatError, TrustError
from crypto.fields import INSTANCE, NAME, STATE, Fields, text_item, to_b64
from crypto.kdf import LOCATOR_BYTES
from crypto.manifest import REVIEWERS_MAX
from crypto.padding import BLOCK, pad_block, unpad_block
from crypto.reply_frame import BLOCKS_MAX, INFO_LABEL, OVERHEAD_BYTES, VERSION, blocks_of, decoy
from crypto.signing import SigningKey

__all__ = [
    "BLOCKS_MAX",
    "KINDS",
    "OVERHEAD_BYTES",
    "SEQ_MAX",
    "TEXT_MAX",
    "Reply",
    "blocks_of",
    "check_sequence",
    "decoy",
    "open_reply",
    "seal_reply",
]

NOTE_KIND = "reply"
KINDS = ("reply", "acknowledgement")
TEXT_MAX = 30_000
# One reply a day for 27 years. Keeps the list of missing numbers short, whoever signs.
SEQ_MAX = 9_999

_FIELDS = ("instance", "locator", "reply_id", "seq", "day", "author", "state", "kind", "text", "exclude")


@dataclass(frozen=True)
class Reply:
    """What one reporter reads. `exclude` names the reviewers that their next message must exclude again."""

    instance: str
    locator: bytes = field(repr=False)
    reply_id: str
    seq: int
    day: date
    author: str
    state: str
    kind: str
    text: str = field(repr=False)
    exclude: tuple[str, ...] = field(default=(), repr=False)


def seal_reply(reply: Reply, recipient: MailboxKeys, desk: SigningKey) -> bytes:
    """Sign, pad and seal.

    Raises:
        FormatError: a field breaks docs/spec/reply.md, the text is too long, or the locator is not the recipient's.
    """
    if reply.locator != recipient.locator:
        raise FormatError("reply: the locator is not that of the recipient")
    body = _serialise(reply)
    _parse(body)
    padded = pad_block(note.sign_note(NOTE_KIND, body, desk))
    if len(padded) > BLOCKS_MAX * BLOCK:
        raise FormatError("reply: the text is too long")
    return VERSION + hpke.seal(recipient.hpke, _info(reply.instance, reply.locator), padded)


def open_reply(data: bytes, mailbox: Mailbox, desk_public: bytes, instance: str) -> Reply:
    """The reply, once everything about it was checked.

    Raises:
        FormatError: another version, size or content than docs/spec/reply.md allows.
        NoKeyError: sealed to another mailbox, or changed since.
        TrustError: not signed by this desk, or signed for another instance or mailbox.
    """
    blocks_of(data)
    padded = hpke.open_sealed(mailbox.pair, _info(instance, mailbox.locator), data[1:])
    reply = _parse(note.open_note(NOTE_KIND, unpad_block(padded), desk_public))
    # Whoever knows the public keys can seal an old signed reply anew; the signature covers where it belongs.
    if reply.instance != instance or reply.locator != mailbox.locator:
        raise TrustError("reply: signed for another instance or mailbox")
    return reply


def check_sequence(replies: Iterable[Reply]) -> tuple[tuple[Reply, ...], tuple[int, ...]]:
    """Replies in the desk's order, and the numbers missing among them.

    A number may stand on two replies: a desk that was restored from a backup counts on from there. The random id,
    signed like the number, tells such a pair from one reply that came twice.

    Raises:
        TrustError: one reply stands there twice: it was replayed.
    """
    ordered = tuple(sorted(replies, key=lambda reply: (reply.seq, reply.day, reply.reply_id)))
    if len({reply.reply_id for reply in ordered}) != len(ordered):
        raise TrustError("reply: one reply stands there twice")
    numbers = {reply.seq for reply in ordered}
    return ordered, tuple(n for n in range(1, max(numbers, default=0)) if n not in numbers)


def _info(instance: str, locator: bytes) -> bytes:
    # The locator has a fixed length at the end, so no two pairs give one string.
    return INFO_LABEL + instance.encode("utf-8") + locator


def _parse(body: Any) -> Reply:
    fields = Fields(body, _FIELDS)
    kind = fields.text("kind")
    if kind not in KINDS:
        raise FormatError("reply: the kind is unknown")
    return Reply(
        instance=fields.text("instance", INSTANCE),
        locator=fields.b64("locator", LOCATOR_BYTES),
        reply_id=fields.hexadecimal("reply_id", 32),
        seq=fields.integer("seq", 1, SEQ_MAX),
        day=fields.day("day"),
        author=fields.text("author", NAME),
        state=fields.text("state", STATE),
        kind=kind,
        text=fields.text("text", limit=TEXT_MAX),
        exclude=fields.items("exclude", text_item(NAME), REVIEWERS_MAX),
    )


def _serialise(reply: Reply) -> dict[str, Any]:
    return {
        "instance": reply.instance,
        "locator": to_b64(reply.locator),
        "reply_id": reply.reply_id,
        "seq": reply.seq,
        "day": reply.day.isoformat(),
        "author": reply.author,
        "state": reply.state,
        "kind": reply.kind,
        "text": reply.text,
        "exclude": list(reply.exclude),
    }
