"""Scenarios of the directory of cooperatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from crypto import note
from crypto.fields import to_b64
from crypto.manifest import sign_manifest
from tests.vectors.base import Vector, key
from tests.vectors.corpus.manifest import OTHER_SIGNER, ROOT, accepted, trial

Change = Callable[[dict[str, Any]], object]
ISSUER = "trial.example"
ONE, TWO, THREE = "fr-name-aaaaaaaaaaaaaaaa", "fr-siren-356000000", "fr-siren-732829320"


def record(name: str = THREE, **more: Any) -> dict[str, Any]:
    return {"id": name, "names": ["Coopérative des Trois Rivières"], **more}


def body() -> dict[str, Any]:
    return {
        "issuer": ISSUER,
        "manifest": accepted().digest,
        "sequence": 1,
        "previous": "",
        "day": "2026-04-01",
        "records": [record(TWO), record()],
        "merges": {ONE: THREE},
    }


def vector(name: str, data: bytes, rule: str = "", expect: str = "bad format") -> Vector:
    manifest = sign_manifest(trial(), ROOT)
    headers = {"root": ROOT.public.hex(), "manifest": to_b64(manifest)}
    return Vector("directory", name, expect, data, rule, headers=headers)


def changed(name: str, rule: str, change: Change, expect: str = "bad format") -> Vector:
    value = body()
    change(value)
    return vector(name, note.sign_note("directory", value, key("desk")), rule, expect)


def vectors() -> Iterator[Vector]:
    good = note.sign_note("directory", body(), key("desk"))
    yield vector("two-records-and-a-merge", good, expect="success")
    follows = {"records": [], "merges": {}, "sequence": 2, "previous": note.digest(good)}
    yield changed("sequence-2-undoes-the-merge", "", lambda target: target.update(follows), "success")
    chain = {ONE: THREE, TWO: THREE}
    yield changed("two-ids-into-one", "", lambda target: target.update(merges=chain), "success")
    yield vector(
        "signed-by-another-desk", note.sign_note("directory", body(), key("another")), OTHER_SIGNER, "bad trust"
    )
    yield vector("changed-byte", good.replace(b"Trois", b"trois"), OTHER_SIGNER, "bad trust")
    yield vector("another-kind", note.sign_note("export", body(), key("desk")), "a signed note of another kind")
    yield from (changed(name, rule, change, "bad trust") for name, (rule, change) in DISTRUSTED.items())
    yield from (changed(name, rule, change) for name, (rule, change) in MALFORMED.items())


DISTRUSTED: dict[str, tuple[str, Change]] = {
    "unknown-issuer": (
        "directory: the issuer is not the one of the manifest",
        lambda target: target.update(issuer="other.example"),
    ),
    "another-manifest": (
        "directory: made under another reviewer manifest",
        lambda target: target.update(manifest="0" * 64),
    ),
}
UNKNOWN = "a field is missing or unknown"
CHAIN = "directory: sequence 1 and no other has no previous digest"
RECORD = "directory: a record is not an object with an id"
ORDER = "directory: records are repeated or out of order"
MERGES = "directory: the merges are not an object within its limit"
MERGE = "directory: a merge is not from an id into an id"
CIRCLE = "directory: a merge leads to an id that goes on under another"
MALFORMED: dict[str, tuple[str, Change]] = {
    "unknown-field": (UNKNOWN, lambda target: target.update(people=[])),
    "missing-field": (UNKNOWN, lambda target: target.pop("merges")),
    "sequence-0": ("the field sequence is not an integer in its range", lambda target: target.update(sequence=0)),
    "sequence-1-with-previous": (CHAIN, lambda target: target.update(previous="0" * 64)),
    "sequence-2-without-previous": (CHAIN, lambda target: target.update(sequence=2)),
    "record-is-a-list": (RECORD, lambda target: target.update(records=[[]])),
    "record-without-an-id": (RECORD, lambda target: target.update(records=[{"names": []}])),
    "record-with-a-number-as-id": (RECORD, lambda target: target.update(records=[{"id": 7}])),
    "record-with-another-id": (RECORD, lambda target: target.update(records=[{"id": "FR-SIREN-1"}])),
    "record-too-long": (
        "directory: a record is longer than its limit",
        lambda target: target.update(records=[record(sector="a" * 3000)]),
    ),
    "records-out-of-order": (ORDER, lambda target: target["records"].reverse()),
    "one-record-twice": (ORDER, lambda target: target.update(records=[record(), record()])),
    "merges-are-a-list": (MERGES, lambda target: target.update(merges=[])),
    "merge-into-nothing": (MERGE, lambda target: target.update(merges={ONE: ""})),
    "merge-into-a-list": (MERGE, lambda target: target.update(merges={ONE: []})),
    "merge-from-a-name": (MERGE, lambda target: target.update(merges={"Trois Rivières": ONE})),
    "merge-into-itself": (CIRCLE, lambda target: target.update(merges={ONE: ONE})),
    "merges-in-a-circle": (CIRCLE, lambda target: target.update(merges={ONE: TWO, TWO: ONE})),
    "merges-in-two-steps": (CIRCLE, lambda target: target.update(merges={ONE: TWO, TWO: THREE})),
}
