"""Scenarios of the registry export."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from crypto import note
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.export import commitment, entry_bytes
from crypto.fields import to_b64
from crypto.manifest import sign_manifest
from crypto.tlog import Frontier, leaf_hash
from tests.vectors.base import Vector, key
from tests.vectors.corpus.log import NOT_ONE
from tests.vectors.corpus.manifest import ROOT, accepted, trial

Change = Callable[[dict[str, Any]], object]
ORIGIN, ISSUER = "regc.example/log", "trial.example"
SALT = b"s" * 32
FORGED = "export: changed after its desk signed it, or signed by another desk"
ENTRY = {"id": "REGC-2026-0001", "version": 1, "title": "Une assemblée jamais convoquée"}


def signed_entry(
    *names: str, entry: dict[str, Any] | None = None, origin: str = ORIGIN, issuer: str = ISSUER
) -> dict[str, Any]:
    shown = ENTRY if entry is None else entry
    by_name = {reviewer.name: reviewer.fingerprint for reviewer in accepted().reviewers}
    data = entry_bytes(shown, origin, issuer)
    signatures = [
        {"reviewer": by_name.get(name, "0" * 40), "signature": to_b64(key(name).sign(data))} for name in names
    ]
    return {"entry": shown, "signatures": signatures, "salt": to_b64(SALT), "name": None}


def checkpoint(*entries: dict[str, Any], signer: str = "desk", origin: str = f"{ORIGIN}/{ISSUER}") -> str:
    log = Frontier()
    for entry in entries or (ENTRY,):
        log, _ = log.append(leaf_hash(commitment(entry, SALT)))
    return sign_checkpoint(Checkpoint(origin, log.size, log.root), key(signer)).decode()


def body() -> dict[str, Any]:
    return {
        "origin": ORIGIN,
        "issuer": ISSUER,
        "manifest": accepted().digest,
        "sequence": 1,
        "previous": "",
        "day": "2026-04-01",
        "batch": "2026-04",
        "checkpoint": checkpoint(),
        "entries": [signed_entry("alize", "cypres")],
    }


def vector(name: str, data: bytes, rule: str = "", expect: str = "bad format") -> Vector:
    manifest = sign_manifest(trial(), ROOT)
    return Vector(
        "export",
        name,
        expect,
        data,
        rule,
        headers={"root": ROOT.public.hex(), "manifest": to_b64(manifest), "origin": ORIGIN},
    )


def changed(name: str, rule: str, change: Change, expect: str = "bad format") -> Vector:
    value = body()
    change(value)
    return vector(name, note.sign_note("export", value, key("desk")), rule, expect)


def vectors() -> Iterator[Vector]:
    good = note.sign_note("export", body(), key("desk"))
    yield vector("one-entry", good, expect="success")
    two = [signed_entry("alize", "cypres"), signed_entry("cypres", "brume", entry={"id": "REGC-2026-0002"})]
    yield changed("two-entries", "", entries(*two), "success")
    named = {**signed_entry("alize", "cypres"), "name": {"salt": to_b64(b"n" * 32), "text": "Ada Lovelace"}}
    yield changed("name-beside-an-entry", "", entries(named), "success")
    follows = {"entries": [], "sequence": 2, "previous": note.digest(good)}
    yield changed("sequence-2-empty", "", lambda target: target.update(follows), "success")
    yield vector("signed-by-another-desk", note.sign_note("export", body(), key("another")), FORGED, "bad trust")
    yield vector("changed-byte", good.replace(b"jamais", b"Jamais"), FORGED, "bad trust")
    yield vector("another-kind", note.sign_note("outbox", body(), key("desk")), "a signed note of another kind")
    yield from (changed(name, rule, change, "bad trust") for name, (rule, change) in DISTRUSTED.items())
    yield from (changed(name, rule, change) for name, (rule, change) in MALFORMED.items())


def entries(*items: dict[str, Any]) -> Change:
    head = checkpoint(*(item["entry"] for item in items)) if items else checkpoint()
    return lambda target: target.update(entries=list(items), checkpoint=head)


def edited() -> dict[str, Any]:
    """Signed as one thing, shown as another."""
    return {**signed_entry("alize", "cypres"), "entry": {**ENTRY, "version": 2}}


TWO = "exactly two reviewers' signatures are needed"
WRONG = "a test signature is wrong"
DISTRUSTED: dict[str, tuple[str, Change]] = {
    "no-signature": (TWO, entries(signed_entry())),
    "one-signature": (TWO, entries(signed_entry("alize"))),
    "one-reviewer-twice": ("both signatures are by one reviewer", entries(signed_entry("alize", "alize"))),
    "one-college": ("both signatures are from one college", entries(signed_entry("alize", "brume"))),
    "unknown-reviewer": (
        "a signature is by someone whom the manifest does not name",
        entries(signed_entry("alize", "delta")),
    ),
    "second-entry-with-one-signature": (
        TWO,
        entries(signed_entry("alize", "cypres"), signed_entry("alize", entry={"id": "x"})),
    ),
    "entry-changed-after-signing": (WRONG, entries(edited())),
    "entry-signed-for-another-registry": (WRONG, entries(signed_entry("alize", "cypres", origin="other.example"))),
    "entry-signed-for-another-issuer": (WRONG, entries(signed_entry("alize", "cypres", issuer="other.example"))),
    "unknown-issuer": (
        "export: the issuer is not the one of the manifest",
        lambda target: target.update(issuer="other.example"),
    ),
    "another-manifest": (
        "export: made under another reviewer manifest",
        lambda target: target.update(manifest="0" * 64),
    ),
    "checkpoint-by-another-key": (
        "checkpoint: signed by another key",
        lambda target: target.update(checkpoint=checkpoint(signer="another")),
    ),
    "checkpoint-of-another-registry": (
        "checkpoint: it is the head of another log",
        lambda target: target.update(checkpoint=checkpoint(origin=f"other.example/{ISSUER}")),
    ),
    "checkpoint-of-another-issuer": (
        "checkpoint: it is the head of another log",
        lambda target: target.update(checkpoint=checkpoint(origin=f"{ORIGIN}/other.example")),
    ),
    "checkpoint-changed": (
        "checkpoint: changed after it was signed",
        lambda target: target.update(checkpoint=target["checkpoint"].replace("\n1\n", "\n2\n")),
    ),
    "checkpoint-too-small": (
        "export: its checkpoint counts fewer leaves than it has entries",
        lambda target: target.update(
            entries=[signed_entry("alize", "cypres"), signed_entry("alize", "cypres", entry={"id": "y"})]
        ),
    ),
    "another-registry": ("export: made for another registry", lambda target: target.update(origin="other.example")),
}
UNKNOWN = "a field is missing or unknown"
CHAIN = "export: sequence 1 and no other has no previous digest"
SALT_LENGTH = "the field salt has another length"
NAME = "the field text is malformed"


def first(**changes: Any) -> Change:
    return lambda target: target["entries"][0].update(changes)


def name(text: Any = "Ada Lovelace", salt: bytes = b"n" * 32) -> dict[str, Any]:
    return {"salt": to_b64(salt), "text": text}


MALFORMED: dict[str, tuple[str, Change]] = {
    "salt-of-31-bytes": (SALT_LENGTH, first(salt=to_b64(b"s" * 31))),
    "salt-of-33-bytes": (SALT_LENGTH, first(salt=to_b64(b"s" * 33))),
    "salt-empty": (SALT_LENGTH, first(salt="")),
    "salt-in-hexadecimal": ("the field salt has another length", first(salt="73" * 32)),
    "salt-null": ("the field salt is malformed", first(salt=None)),
    "without-salt": (UNKNOWN, lambda target: target["entries"][0].pop("salt")),
    "without-name": (UNKNOWN, lambda target: target["entries"][0].pop("name")),
    "name-is-text": ("a JSON object is expected", first(name="Ada Lovelace")),
    "name-empty": (NAME, first(name=name(""))),
    "name-of-spaces": (NAME, first(name=name("  "))),
    "name-of-two-lines": (NAME, first(name=name("Ada\nLovelace"))),
    "name-too-long": (NAME, first(name=name("a" * 161))),
    "name-with-short-salt": (SALT_LENGTH, first(name=name(salt=b"n" * 16))),
    "name-with-unknown-field": (UNKNOWN, first(name={**name(), "born": 1815})),
    "without-checkpoint": (UNKNOWN, lambda target: target.pop("checkpoint")),
    "checkpoint-empty": (NOT_ONE, lambda target: target.update(checkpoint="")),
    "checkpoint-is-a-list": ("the field checkpoint is malformed", lambda target: target.update(checkpoint=[])),
    "checkpoint-too-long": (
        "the field checkpoint is malformed",
        lambda target: target.update(checkpoint=checkpoint() + "x" * 2048),
    ),
    "checkpoint-with-two-signatures": (
        NOT_ONE,
        lambda target: target.update(checkpoint=checkpoint() + checkpoint().split("\n")[-2] + "\n"),
    ),
    "unknown-field": (UNKNOWN, lambda target: target.update(onion="x")),
    "unknown-field-beside-an-entry": (UNKNOWN, lambda target: target["entries"][0].update(note="x")),
    "missing-field": (UNKNOWN, lambda target: target.pop("batch")),
    "entry-is-a-list": ("export: an entry is not an object", lambda target: target["entries"][0].update(entry=[])),
    "entry-too-long": (
        "export: an entry is longer than its limit",
        lambda target: target["entries"][0].update(entry={"t": "a" * 2**18}),
    ),
    "one-entry-twice": (
        "export: one entry stands twice",
        lambda target: target["entries"].append(target["entries"][0]),
    ),
    "sequence-0": ("the field sequence is not an integer in its range", lambda target: target.update(sequence=0)),
    "sequence-1-with-previous": (CHAIN, lambda target: target.update(previous="0" * 64)),
    "sequence-2-without-previous": (CHAIN, lambda target: target.update(sequence=2)),
    "batch-month-13": ("the field batch is malformed", lambda target: target.update(batch="2026-13")),
    "batch-of-another-month": (
        "export: the batch is not the month of its day",
        lambda target: target.update(batch="2026-05"),
    ),
    "origin-with-scheme": (
        "the field origin is malformed",
        lambda target: target.update(origin="https://regc.example"),
    ),
    "three-signatures": (
        "the field signatures is not a list within its limit",
        lambda target: target.update(entries=[signed_entry("alize", "brume", "cypres")]),
    ),
}
