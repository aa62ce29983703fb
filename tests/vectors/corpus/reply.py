"""Scenarios of the sealed reply. Sealing is random, so these are read again, not made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from crypto import canonical, hpke, note
from crypto import reply as replies
from crypto.derive import Mailbox
from crypto.fields import to_b64
from crypto.padding import pad_block
from crypto.reply import Reply, seal_reply
from tests.vectors.base import Vector, key, secret

INSTANCE = "trial.example"
ROOT = secret("mailbox root")
MAILBOX = Mailbox.from_root(ROOT)
OTHER = Mailbox.from_root(secret("another mailbox root"))
CLOSED = "this key does not open this message"
SIZE = "reply: another version or size"


def sample(**changes: Any) -> Reply:
    values: dict[str, Any] = {
        "instance": INSTANCE,
        "locator": MAILBOX.locator,
        "reply_id": secret("reply", 16).hex(),
        "seq": 1,
        "day": date(2026, 3, 1),
        "author": "alize",
        "state": "acknowledged",
        "kind": "reply",
        "text": "Bonjour.\nNous vous lisons.",
        "exclude": ("brume",),
    }
    return Reply(**(values | changes))


def vector(name: str, data: bytes, rule: str = "", expect: str = "success", **headers: str) -> Vector:
    every = {"root": ROOT.hex(), "desk": key("desk").public.hex(), "instance": INSTANCE, **headers}
    return Vector("reply", name, expect, data, rule, headers=every, binary=True, random=True)


def vectors() -> Iterator[Vector]:
    good = seal_reply(sample(), MAILBOX.public, key("desk"))
    yield vector("reply", good)
    yield vector(
        "acknowledgement",
        seal_reply(sample(kind="acknowledgement", text="", exclude=(), seq=9999), MAILBOX.public, key("desk")),
    )
    yield vector("two-blocks", seal_reply(sample(text="é" * 2000), MAILBOX.public, key("desk")))
    yield vector("largest", seal_reply(sample(text="é" * 30_000), MAILBOX.public, key("desk")))
    yield vector("decoy", replies.decoy(1), CLOSED, "no key")
    yield vector(
        "other-mailbox", seal_reply(sample(locator=OTHER.locator), OTHER.public, key("desk")), CLOSED, "no key"
    )
    yield vector(
        "sealed-for-another-instance",
        seal_reply(sample(instance="other.example"), MAILBOX.public, key("desk")),
        CLOSED,
        "no key",
    )
    yield vector("last-byte-changed", good[:-1] + bytes([good[-1] ^ 1]), CLOSED, "no key")
    yield vector("version-2", b"\x02" + good[1:], SIZE, "bad format")
    yield vector("no-bytes", b"", SIZE, "bad format")
    yield vector("cut", good[:-1], SIZE, "bad format")
    yield vector("without-version", good[1:], SIZE, "bad format")
    yield vector("no-block", good[: replies.OVERHEAD_BYTES], SIZE, "bad format")
    yield vector("sixteen-blocks", good + bytes(15 * 4096), SIZE, "bad format")
    yield from inner()
    yield from (changed(name, rule, change) for name, (rule, change) in CHANGES.items())


def sealed(plaintext: bytes) -> bytes:
    """Seal what a dishonest intake or desk might have sealed, without a check."""
    return b"\x01" + hpke.seal(MAILBOX.public.hpke, b"reply/v1" + INSTANCE.encode() + MAILBOX.locator, plaintext)


def body() -> dict[str, Any]:
    one = sample()
    value = {name: getattr(one, name) for name in ("instance", "reply_id", "seq", "author", "state", "kind", "text")}
    return {**value, "locator": to_b64(one.locator), "day": one.day.isoformat(), "exclude": list(one.exclude)}


def inner() -> Iterator[Vector]:
    signed = note.sign_note("reply", body(), key("desk"))
    wrong, elsewhere = (
        "the signature is not by the expected key over these bytes",
        "reply: signed for another instance or mailbox",
    )
    yield vector(
        "signed-by-another", sealed(pad_block(note.sign_note("reply", body(), key("another")))), wrong, "bad trust"
    )
    yield vector(
        "text-changed-after-signing", sealed(pad_block(signed.replace(b"Bonjour", b"Bonsoir"))), wrong, "bad trust"
    )
    other_locator = {**body(), "locator": to_b64(OTHER.locator)}
    yield vector(
        "signed-for-another-mailbox",
        sealed(pad_block(note.sign_note("reply", other_locator, key("desk")))),
        elsewhere,
        "bad trust",
    )
    other_instance = {**body(), "instance": "other.example"}
    yield vector(
        "signed-for-another-instance",
        sealed(pad_block(note.sign_note("reply", other_instance, key("desk")))),
        elsewhere,
        "bad trust",
    )
    yield vector("unsigned", sealed(pad_block(canonical.dumps(body()))), "not a signed note", "bad format")
    yield vector(
        "another-kind",
        sealed(pad_block(note.sign_note("outbox", body(), key("desk")))),
        "a signed note of another kind",
        "bad format",
    )
    tail = pad_block(signed)[:-1] + b"\1"
    yield vector("tail-not-zero", sealed(tail), "padding: a byte after the data is not zero", "bad format")
    yield vector(
        "one-block-too-many",
        sealed(pad_block(signed) + bytes(4096)),
        "padding: the length does not fit the blocks",
        "bad format",
    )


def changed(name: str, rule: str, change: Callable[[dict[str, Any]], object]) -> Vector:
    value = body()
    change(value)
    return vector(name, sealed(pad_block(note.sign_note("reply", value, key("desk")))), rule, "bad format")


CHANGES: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "unknown-field": ("a field is missing or unknown", lambda target: target.update(case="abcdefghijkl")),
    "missing-field": ("a field is missing or unknown", lambda target: target.pop("seq")),
    "not-an-object": ("a field is missing or unknown", lambda target: target.clear()),
    "locator-of-31-bytes": (
        "the field locator has another length",
        lambda target: target.update(locator=to_b64(bytes(31))),
    ),
    "seq-0": ("the field seq is not an integer in its range", lambda target: target.update(seq=0)),
    "seq-10000": ("the field seq is not an integer in its range", lambda target: target.update(seq=10_000)),
    "id-of-31-digits": (
        "the field reply_id is not 32 hexadecimal digits",
        lambda target: target.update(reply_id="0" * 31),
    ),
    "kind-unknown": ("reply: the kind is unknown", lambda target: target.update(kind="alert")),
    "state-malformed": ("the field state is malformed", lambda target: target.update(state="Triage")),
    "author-malformed": ("the field author is malformed", lambda target: target.update(author="A. Lize")),
    "text-too-long": ("the field text is malformed", lambda target: target.update(text="a" * 30_001)),
    "exclude-not-a-list": (
        "the field exclude is not a list within its limit",
        lambda target: target.update(exclude="brume"),
    ),
    "exclude-malformed": ("an item of a list is malformed", lambda target: target.update(exclude=[7])),
}
