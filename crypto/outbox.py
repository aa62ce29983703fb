"""The outbox: what the desk sends back through the courier (docs/spec/outbox.md).

Receipts let the intake delete; replies go to their locators; decoys fill both the count and the look. Signed as one
note by the desk key, so the courier can neither add nor leave out a line.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crypto import canonical, note
from crypto.errors import FormatError
from crypto.fields import INSTANCE, Fields, increasing, text_item, to_b64
from crypto.kdf import LOCATOR_BYTES
from crypto.manifest import Manifest
from crypto.quorum import SIGNERS, Check, EntrySignature, check_quorum, parse_signature, serialise_signature
from crypto.reply_frame import blocks_of, decoy
from crypto.signing import SigningKey

KIND = "outbox"
# Replies are counted in eights, decoys included, eight at least: a visit without news looks like one with.
REPLIES_STEP = 8
REPLIES_MAX = 512
RECEIPTS_MAX = 20_000
# Each was looked at by two people.
DISCARDS_MAX = 1_000
ENDED_MAX = 4_096

_DISCARD = b"sourdine/discard/v1\n"
_REPLY_ID = re.compile(r"[0-9a-f]{32}")
_FIELDS = ("instance", "number", "previous", "day", "receipts", "discards", "replies", "journal_head")


@dataclass(frozen=True)
class Receipt:
    """The desk has this envelope, opened to its end and committed: the intake may delete it."""

    envelope: str
    sha256: str
    pickup: int


@dataclass(frozen=True)
class Discard:
    """What the desk refuses is deleted only when two reviewers of two colleges say so."""

    envelope: str
    sha256: str
    signatures: tuple[EntrySignature, ...]


@dataclass(frozen=True)
class SealedReply:
    """A reply, or a decoy, as the intake stores it."""

    locator: bytes = field(repr=False)
    id: str
    data: bytes = field(repr=False)
    expires: date


@dataclass(frozen=True)
class Outbox:
    """One numbered outbox. `ended`: replies of earlier outboxes that the intake deletes with nobody's visit."""

    instance: str
    number: int
    previous: str
    day: date
    receipts: tuple[Receipt, ...]
    discards: tuple[Discard, ...]
    replies: tuple[SealedReply, ...]
    journal_head: str
    ended: tuple[str, ...] = ()


def with_decoys(replies: Sequence[SealedReply], *, expires: date) -> tuple[SealedReply, ...]:
    """Replies and decoys in the order of their random ids, a multiple of eight, eight at least.

    Each decoy takes its size and last day from one of the replies, so that neither tells it apart; without replies
    it has one block and the day `expires`.
    """
    padded = list(replies)
    while not padded or len(padded) % REPLIES_STEP:
        blocks, day = 1, expires
        if replies:
            model = secrets.choice(replies)
            blocks, day = blocks_of(model.data), model.expires
        padded.append(SealedReply(os.urandom(LOCATOR_BYTES), secrets.token_hex(16), decoy(blocks), day))
    return tuple(sorted(padded, key=lambda reply: reply.id))


def sign_outbox(outbox: Outbox, desk: SigningKey) -> bytes:
    """Serialise and sign.

    Raises:
        FormatError: a rule of docs/spec/outbox.md is broken.
    """
    body = _serialise(outbox)
    _parse(body)
    return note.sign_note(KIND, body, desk)


def open_outbox(data: bytes, desk_public: bytes) -> Outbox:
    """The outbox, once its signature is checked. Its digest is `note.digest(data)`.

    Discards still need `check_discards`, which starts gpg.

    Raises:
        FormatError: not an outbox.
        TrustError: signed by another key.
    """
    return _parse(note.open_note(KIND, data, desk_public))


def discard_bytes(instance: str, envelope: str, sha256: str) -> bytes:
    """What a reviewer signs to have one refused envelope deleted unread."""
    return _DISCARD + canonical.dumps({"instance": instance, "envelope": envelope, "sha256": sha256})


def check_discards(outbox: Outbox, manifest: Manifest, check: Check) -> None:
    """Return only if two reviewers of two colleges signed each discard.

    Raises:
        TrustError: they did not.
    """
    for discard in outbox.discards:
        statement = discard_bytes(outbox.instance, discard.envelope, discard.sha256)
        check_quorum(discard.signatures, statement, manifest, check)


def _parse(body: Any) -> Outbox:
    # Present only when it says something: one value has one encoding, and an outbox from before this field still reads.
    ending = isinstance(body, dict) and "ended" in body
    fields = Fields(body, (*_FIELDS, "ended") if ending else _FIELDS)
    outbox = Outbox(
        instance=fields.text("instance", INSTANCE),
        number=fields.integer("number", 1),
        previous=fields.hexadecimal("previous", 64, empty=True),
        day=fields.day("day"),
        receipts=fields.items("receipts", _parse_receipt, RECEIPTS_MAX),
        discards=fields.items("discards", _parse_discard, DISCARDS_MAX),
        replies=fields.items("replies", _parse_reply, REPLIES_MAX),
        journal_head=fields.hexadecimal("journal_head", 64, empty=True),
        ended=fields.items("ended", text_item(_REPLY_ID), ENDED_MAX) if ending else (),
    )
    if (outbox.number == 1) != (outbox.previous == ""):
        raise FormatError("outbox: number 1 and no other has no previous digest")
    increasing([receipt.envelope for receipt in outbox.receipts], "outbox: receipts")
    increasing([discard.envelope for discard in outbox.discards], "outbox: discards")
    increasing([reply.id for reply in outbox.replies], "outbox: replies")
    if {receipt.envelope for receipt in outbox.receipts} & {discard.envelope for discard in outbox.discards}:
        raise FormatError("outbox: one envelope is both received and discarded")
    _check_ended(outbox, ending)
    if not outbox.replies or len(outbox.replies) % REPLIES_STEP:
        raise FormatError("outbox: replies are not a multiple of eight")
    return outbox


def _check_ended(outbox: Outbox, ending: bool) -> None:
    if ending and not outbox.ended:
        raise FormatError("outbox: an empty list of ended replies")
    increasing(outbox.ended, "outbox: ended replies")
    if set(outbox.ended) & {reply.id for reply in outbox.replies}:
        raise FormatError("outbox: one reply is both sent and ended")


def _parse_receipt(value: Any) -> Receipt:
    fields = Fields(value, ("envelope", "sha256", "pickup"))
    return Receipt(fields.hexadecimal("envelope", 32), fields.hexadecimal("sha256", 64), fields.integer("pickup", 1))


def _parse_discard(value: Any) -> Discard:
    fields = Fields(value, ("envelope", "sha256", "signatures"))
    signatures = fields.items("signatures", parse_signature, SIGNERS)
    return Discard(fields.hexadecimal("envelope", 32), fields.hexadecimal("sha256", 64), signatures)


def _parse_reply(value: Any) -> SealedReply:
    fields = Fields(value, ("locator", "id", "data", "expires"))
    data = fields.b64("data")
    blocks_of(data)
    return SealedReply(fields.b64("locator", LOCATOR_BYTES), fields.hexadecimal("id", 32), data, fields.day("expires"))


def _serialise(outbox: Outbox) -> dict[str, Any]:
    ended = {"ended": list(outbox.ended)} if outbox.ended else {}
    return ended | {
        "instance": outbox.instance,
        "number": outbox.number,
        "previous": outbox.previous,
        "day": outbox.day.isoformat(),
        "receipts": [
            {"envelope": receipt.envelope, "sha256": receipt.sha256, "pickup": receipt.pickup}
            for receipt in outbox.receipts
        ],
        "discards": [
            {
                "envelope": discard.envelope,
                "sha256": discard.sha256,
                "signatures": [serialise_signature(signature) for signature in discard.signatures],
            }
            for discard in outbox.discards
        ],
        "replies": [
            {
                "locator": to_b64(reply.locator),
                "id": reply.id,
                "data": to_b64(reply.data),
                "expires": reply.expires.isoformat(),
            }
            for reply in outbox.replies
        ],
        "journal_head": outbox.journal_head,
    }
