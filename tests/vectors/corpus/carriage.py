"""Scenarios of the pickup and the outbox, the two files that a courier carries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from crypto import note
from crypto.fields import to_b64
from crypto.outbox import discard_bytes
from crypto.pickup import PickupEntry, PickupHeader, prefix, sign_header
from crypto.reply import OVERHEAD_BYTES
from tests.vectors.base import Vector, key, secret
from tests.vectors.corpus.manifest import OTHER_SIGNER, accepted

Change = Callable[[dict[str, Any]], object]
BODIES = tuple(secret(f"envelope {number}", 40) for number in range(3))
IDS = sorted(secret(f"id {number}", 16).hex() for number in range(8))
DIGEST = hashlib.sha256(BODIES[0]).hexdigest()


def vectors() -> Iterator[Vector]:
    yield from pickups()
    yield from (broken_header(name, rule, change) for name, (rule, change) in HEADERS.items())
    yield from outboxes()
    yield from (broken_outbox(name, rule, change) for name, (rule, change) in OUTBOXES.items())


def header() -> PickupHeader:
    entries = tuple(PickupEntry(i, len(b), hashlib.sha256(b).hexdigest()) for i, b in zip(IDS, BODIES, strict=False))
    return PickupHeader("trial.example", 1, "", date(2026, 3, 1), entries)


def pickup(name: str, data: bytes, rule: str = "", expect: str = "bad format") -> Vector:
    headers = {"pickup": key("pickup").public.hex()}
    return Vector("pickup", name, expect, data, rule, headers=headers, binary=True)


def pickups() -> Iterator[Vector]:
    signed = sign_header(header(), key("pickup"))
    good = prefix(signed) + b"".join(BODIES)
    empty = PickupHeader("trial.example", 2, note.digest(signed), date(2026, 3, 2), ())
    shape, size = "not a pickup file", "pickup: the file has another size than its header says"
    yield pickup("three-envelopes", good, expect="success")
    yield pickup("number-2-empty", prefix(sign_header(empty, key("pickup"))), expect="success")
    yield pickup(
        "signed-by-another", prefix(sign_header(header(), key("another"))) + b"".join(BODIES), OTHER_SIGNER, "bad trust"
    )
    yield pickup("header-changed", good.replace(b'"number":1', b'"number":7'), OTHER_SIGNER, "bad trust")
    yield pickup(
        "envelope-changed",
        good[:-1] + bytes([good[-1] ^ 1]),
        "pickup: an envelope has another digest than the header says",
    )
    yield pickup(
        "envelopes-swapped",
        prefix(signed) + BODIES[1] + BODIES[0] + BODIES[2],
        "pickup: an envelope has another digest than the header says",
    )
    yield pickup("last-byte-missing", good[:-1], size)
    yield pickup("one-byte-more", good + b"\n", size)
    yield pickup("no-bytes", b"", shape)
    yield pickup("other-version", good.replace(b"pickup-file/v1", b"pickup-file/v2"), shape)
    yield pickup(
        "length-in-upper-case", good.replace(b"%08x\n" % len(signed), b"%08X\n" % (len(signed) | 0xF), 1), shape
    )
    yield pickup("length-cut", good[:30], shape)
    yield pickup(
        "length-over-limit",
        good.replace(b"%08x\n" % len(signed), b"ffffffff\n", 1),
        "pickup: the header is longer than its limit",
    )
    yield pickup("header-cut", good[:60], "pickup: cut before the end of its header")
    yield pickup(
        "length-one-less", good.replace(b"%08x\n" % len(signed), b"%08x\n" % (len(signed) - 1), 1), "not a signed note"
    )
    yield pickup(
        "header-is-an-outbox", prefix(note.sign_note("outbox", {}, key("pickup"))), "a signed note of another kind"
    )


def header_body() -> dict[str, Any]:
    one = header()
    entries = [{"id": entry.id, "size": entry.size, "sha256": entry.sha256} for entry in one.entries]
    return {"instance": one.instance, "number": 1, "previous": "", "day": "2026-03-01", "entries": entries}


def broken_header(name: str, rule: str, change: Change) -> Vector:
    value = header_body()
    change(value)
    return pickup(name, prefix(note.sign_note("pickup", value, key("pickup"))) + b"".join(BODIES), rule)


UNKNOWN = "a field is missing or unknown"
PICKUP_CHAIN = "pickup: number 1 and no other has no previous digest"
PICKUP_ORDER = "pickup: envelopes are repeated or out of order"
HEADERS: dict[str, tuple[str, Change]] = {
    "unknown-field": (UNKNOWN, lambda target: target.update(onion="x")),
    "unknown-field-of-an-envelope": (UNKNOWN, lambda target: target["entries"][0].update(day="2026-03-01")),
    "number-0": ("the field number is not an integer in its range", lambda target: target.update(number=0)),
    "number-1-with-previous": (PICKUP_CHAIN, lambda target: target.update(previous="0" * 64)),
    "number-2-without-previous": (PICKUP_CHAIN, lambda target: target.update(number=2)),
    "day-with-time": ("the field day is malformed", lambda target: target.update(day="2026-03-01T10:00:00")),
    "envelopes-out-of-order": (PICKUP_ORDER, lambda target: target["entries"].reverse()),
    "one-envelope-twice": (PICKUP_ORDER, lambda target: target["entries"].insert(0, target["entries"][0])),
    "envelope-of-0-bytes": (
        "the field size is not an integer in its range",
        lambda target: target["entries"][0].update(size=0),
    ),
    "envelope-too-large": (
        "the field size is not an integer in its range",
        lambda target: target["entries"][0].update(size=2**34 + 1),
    ),
    "id-upper-case": (
        "the field id is not 32 hexadecimal digits",
        lambda target: target["entries"][0].update(id="A" * 32),
    ),
    "sha256-short": (
        "the field sha256 is not 64 hexadecimal digits",
        lambda target: target["entries"][0].update(sha256="00"),
    ),
    "id-with-newline": (
        "the field id is not 32 hexadecimal digits",
        lambda target: target["entries"][0].update(id="0" * 32 + "\n"),
    ),
}


def discard(*names: str, data: bytes | None = None) -> dict[str, Any]:
    statement = discard_bytes("trial.example", IDS[2], DIGEST) if data is None else data
    by_name = {reviewer.name: reviewer.fingerprint for reviewer in accepted().reviewers}
    signatures = [{"reviewer": by_name[name], "signature": to_b64(key(name).sign(statement))} for name in names]
    return {"envelope": IDS[2], "sha256": DIGEST, "signatures": signatures}


def outbox_body() -> dict[str, Any]:
    def reply(number: int) -> dict[str, str]:
        data = b"\x01" + bytes([number]) * (OVERHEAD_BYTES - 1 + 4096)  # alike, so that the corpus packs well
        return {
            "locator": to_b64(secret(f"locator {number}")),
            "id": IDS[number],
            "data": to_b64(data),
            "expires": "2026-09-01",
        }

    return {
        "instance": "trial.example",
        "number": 1,
        "previous": "",
        "day": "2026-03-02",
        "receipts": [{"envelope": envelope, "sha256": DIGEST, "pickup": 1} for envelope in IDS[:2]],
        "discards": [discard("alize", "cypres")],
        "replies": [reply(number) for number in range(8)],
        "journal_head": hashlib.sha256(b"journal").hexdigest(),
    }


def outbox(name: str, data: bytes, rule: str = "", expect: str = "bad format") -> Vector:
    return Vector("outbox", name, expect, data, rule, headers={"desk": key("desk").public.hex()})


def broken_outbox(name: str, rule: str, change: Change, expect: str = "bad format") -> Vector:
    value = outbox_body()
    change(value)
    return outbox(name, note.sign_note("outbox", value, key("desk")), rule, expect)


def outboxes() -> Iterator[Vector]:
    good = note.sign_note("outbox", outbox_body(), key("desk"))
    yield outbox("receipts-discard-replies", good, expect="success")
    quiet = {"receipts": [], "discards": [], "journal_head": "", "number": 2, "previous": note.digest(good)}
    yield broken_outbox("number-2-decoys-only", "", lambda target: target.update(quiet), "success")
    ended = {"ended": [secret(f"ended {number}", 16).hex() for number in (1, 2)]}
    ended["ended"].sort()
    yield broken_outbox("two-ended-replies", "", lambda target: target.update(ended), "success")
    yield outbox(
        "signed-by-another", note.sign_note("outbox", outbox_body(), key("another")), OTHER_SIGNER, "bad trust"
    )
    yield outbox("receipt-changed", good.replace(b'"pickup":1', b'"pickup":2', 1), OTHER_SIGNER, "bad trust")
    yield outbox("another-kind", note.sign_note("pickup", outbox_body(), key("desk")), "a signed note of another kind")

    def signed_by(*names: str, data: bytes | None = None) -> Change:
        return lambda target: target.update(discards=[discard(*names, data=data)])

    two = "exactly two reviewers' signatures are needed"
    yield broken_outbox("discard-with-one-signature", two, signed_by("alize"), "bad trust")
    yield broken_outbox("discard-unsigned", two, signed_by(), "bad trust")
    yield broken_outbox(
        "discard-of-one-college", "both signatures are from one college", signed_by("alize", "brume"), "bad trust"
    )
    yield broken_outbox(
        "discard-of-one-reviewer", "both signatures are by one reviewer", signed_by("alize", "alize"), "bad trust"
    )
    elsewhere = discard_bytes("other.example", IDS[2], DIGEST)
    yield broken_outbox(
        "discard-of-another-instance",
        "a test signature is wrong",
        signed_by("alize", "cypres", data=elsewhere),
        "bad trust",
    )


OUTBOX_CHAIN = "outbox: number 1 and no other has no previous digest"
EIGHT = "outbox: replies are not a multiple of eight"
SIZE = "reply: another version or size"


def drop_replies(left: int) -> Change:
    return lambda target: target.update(replies=target["replies"][:left])


OUTBOXES: dict[str, tuple[str, Change]] = {
    "unknown-field": (UNKNOWN, lambda target: target.update(onion="x")),
    "unknown-field-of-a-reply": (UNKNOWN, lambda target: target["replies"][0].update(real=True)),
    "unknown-field-of-a-receipt": (UNKNOWN, lambda target: target["receipts"][0].update(case="x")),
    "number-1-with-previous": (OUTBOX_CHAIN, lambda target: target.update(previous="0" * 64)),
    "no-replies": (EIGHT, drop_replies(0)),
    "seven-replies": (EIGHT, drop_replies(7)),
    "replies-out-of-order": (
        "outbox: replies are repeated or out of order",
        lambda target: target["replies"].reverse(),
    ),
    "receipts-out-of-order": (
        "outbox: receipts are repeated or out of order",
        lambda target: target["receipts"].reverse(),
    ),
    "discard-twice": (
        "outbox: discards are repeated or out of order",
        lambda target: target["discards"].append(target["discards"][0]),
    ),
    "received-and-discarded": (
        "outbox: one envelope is both received and discarded",
        lambda target: target["receipts"][1].update(envelope=IDS[2]),
    ),
    "receipt-of-pickup-0": (
        "the field pickup is not an integer in its range",
        lambda target: target["receipts"][0].update(pickup=0),
    ),
    "reply-of-another-version": (SIZE, lambda target: target["replies"][0].update(data=to_b64(b"\x02" + bytes(5232)))),
    "reply-of-another-size": (SIZE, lambda target: target["replies"][0].update(data=to_b64(b"\x01" + bytes(5233)))),
    "three-signatures": (
        "the field signatures is not a list within its limit",
        lambda target: target.update(discards=[discard("alize", "brume", "cypres")]),
    ),
    "signature-too-long": (
        "a reviewer's signature is too long",
        lambda target: target["discards"][0]["signatures"][0].update(signature=to_b64(bytes(1025))),
    ),
    "no-ended-reply": ("outbox: an empty list of ended replies", lambda target: target.update(ended=[])),
    "ended-twice": (
        "outbox: ended replies are repeated or out of order",
        lambda target: target.update(ended=["0" * 32, "0" * 32]),
    ),
    "ended-out-of-order": (
        "outbox: ended replies are repeated or out of order",
        lambda target: target.update(ended=["1" * 32, "0" * 32]),
    ),
    "ended-id-short": ("an item of a list is malformed", lambda target: target.update(ended=["0" * 31])),
    "sent-and-ended": (
        "outbox: one reply is both sent and ended",
        lambda target: target.update(ended=[target["replies"][0]["id"]]),
    ),
    "journal-head-short": (
        "the field journal_head is not 64 hexadecimal digits",
        lambda target: target.update(journal_head="00"),
    ),
}
