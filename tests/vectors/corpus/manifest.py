"""Scenarios of the reviewer manifest, and the two manifests that other corpora use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from crypto import canonical, note
from crypto.derive import Kdf
from crypto.manifest import Manifest, Nobody, Reviewer, UntrustedManifest, sign_manifest
from tests.vectors.base import Vector, key, secret

ROOT = key("root")
OTHER_SIGNER = "the signature is not by the expected key over these bytes"


def fingerprint(cert: bytes) -> str:
    """How these vectors name a certificate that is a raw Ed25519 public key."""
    return hashlib.sha256(cert).hexdigest()[:40].upper()


def reviewer(name: str, college: str, role: str = "analyst") -> Reviewer:
    cert = key(name).public
    return Reviewer(name, college, role, fingerprint(cert), cert)


def nobody(number: int) -> Nobody:
    cert = key(f"nobody {number}").public
    return Nobody(fingerprint(cert), cert)


def trial() -> Manifest:
    """Version 1: alize and brume (members), cypres (jurists)."""
    return Manifest(
        instance="trial.example",
        version=1,
        previous="",
        issued=date(2026, 1, 1),
        expires=date(2026, 12, 31),
        salt=secret("instance salt", 16),
        kdf=Kdf(),
        reviewers=(
            reviewer("alize", "members"),
            reviewer("brume", "members", "mediator"),
            reviewer("cypres", "jurists"),
        ),
        nobodies=(nobody(1), nobody(2), nobody(3)),
        desk_key=key("desk").public,
        pickup_key=key("pickup").public,
    )


def accepted() -> Manifest:
    """Version 1 as a program sees it once verified."""
    return UntrustedManifest(sign_manifest(trial(), ROOT)).verify(ROOT.public)


def vectors() -> Iterator[Vector]:
    first = sign_manifest(trial(), ROOT)
    second = replace(
        trial(), version=2, previous=note.digest(first), reviewers=trial().reviewers[1:], nobodies=trial().nobodies[1:]
    )
    yield vector("three-reviewers", first)
    yield vector("version-2-two-reviewers", sign_manifest(second, ROOT))
    yield vector("last-day", first, today="2026-12-31")
    yield vector("day-after", first, "the reviewer manifest has expired", "expired", today="2027-01-01")
    yield vector("expires-on-issue", sign_manifest(replace(trial(), expires=trial().issued), ROOT), today="2026-01-01")
    yield vector("signed-by-another", sign_manifest(trial(), key("another")), OTHER_SIGNER, "bad trust")
    yield vector("changed-name", first.replace(b"alize", b"alizo"), OTHER_SIGNER, "bad trust")
    yield vector("unsigned", first.rsplit(b"\n", 2)[0] + b"\n", "not a signed note", "bad format")
    yield vector("another-kind", note.sign_note("outbox", body(), ROOT), "a signed note of another kind", "bad format")
    yield from (broken(name, rule, change) for name, (rule, change) in FIELDS.items())
    yield from (broken(name, rule, change) for name, (rule, change) in RULES.items())


def vector(name: str, data: bytes, rule: str = "", expect: str = "success", today: str = "2026-06-01") -> Vector:
    headers = {"root": ROOT.public.hex(), "today": today}
    return Vector("manifest", name, expect, data, rule, headers=headers)


def body() -> dict[str, Any]:
    """The body of version 1, to be broken."""
    value: dict[str, Any] = canonical.loads(sign_manifest(trial(), ROOT).split(b"\n")[1])
    return value


def broken(name: str, rule: str, change: Callable[[dict[str, Any]], object]) -> Vector:
    value = body()
    change(value)
    return vector(name, note.sign_note("manifest", value, ROOT), rule, "bad format")


def put(name: str, value: Any, where: str | None = None, at: int = 0) -> Callable[[dict[str, Any]], object]:
    """Set one field of the body, or of one item of a list in it."""

    def change(target: dict[str, Any]) -> object:
        inner = target if where is None else target[where] if where == "kdf" else target[where][at]
        return inner.update({name: value})

    return change


def same(name: str, where: str, at: int, source: int) -> Callable[[dict[str, Any]], object]:
    """Copy one field from another reviewer."""
    return lambda target: target[where][at].update({name: target["reviewers"][source][name]})


UNKNOWN = "a field is missing or unknown"
FIELDS: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "unknown-field": (UNKNOWN, put("onion", "x")),
    "missing-field": (UNKNOWN, lambda target: target.pop("salt")),
    "unknown-field-of-a-reviewer": (UNKNOWN, put("email", "x", "reviewers")),
    "unknown-field-of-a-nobody": (UNKNOWN, put("name", "x", "nobodies")),
    "missing-field-of-kdf": (UNKNOWN, lambda target: target["kdf"].pop("parallelism")),
    "reviewer-not-an-object": ("a JSON object is expected", lambda target: target["reviewers"].append("alize")),
    "kdf-not-an-object": ("a JSON object is expected", put("kdf", [3, 65536, 1])),
    "reviewers-not-a-list": ("the field reviewers is not a list within its limit", put("reviewers", {})),
    "seventeen-reviewers": (
        "the field reviewers is not a list within its limit",
        lambda target: target.update(reviewers=target["reviewers"][:1] * 17),
    ),
    "version-0": ("the field version is not an integer in its range", put("version", 0)),
    "version-is-true": ("the field version is not an integer in its range", put("version", True)),
    "version-is-text": ("the field version is not an integer in its range", put("version", "1")),
    "instance-upper-case": ("the field instance is malformed", put("instance", "Trial")),
    "instance-empty": ("the field instance is malformed", put("instance", "")),
    "instance-with-newline": ("the field instance is malformed", put("instance", "trial\n")),
    "instance-is-a-number": ("the field instance is malformed", put("instance", 7)),
    "previous-upper-case": ("the field previous is not 64 hexadecimal digits", put("previous", "A" * 64)),
    "issued-without-hyphens": ("the field issued is not a date", put("issued", "20260101")),
    "issued-week-date": ("the field issued is not a date", put("issued", "2026-W01-1")),
    "expires-no-such-day": ("the field expires is not a date", put("expires", "2026-02-30")),
    "salt-of-15-bytes": ("the field salt has another length", put("salt", "AAAAAAAAAAAAAAAAAAAA")),
    "salt-not-base64": ("not base64", put("salt", "?")),
    "salt-trailing-bits": ("base64 is not in its canonical form", put("salt", "AAAAAAAAAAAAAAAAAAAAAB==")),
    "desk-key-empty": ("the field desk_key has another length", put("desk_key", "")),
    "cert-empty": ("the field cert has another length", put("cert", "", "reviewers")),
    "cert-too-large": ("manifest: a certificate is too large", put("cert", "AAAA" * 22_000, "reviewers")),
    "name-upper-case": ("the field name is malformed", put("name", "Alize", "reviewers")),
    "name-too-long": ("the field name is malformed", put("name", "a" * 33, "reviewers")),
    "name-starts-with-digit": ("the field name is malformed", put("name", "1a", "reviewers")),
    "name-with-slash": ("the field name is malformed", put("name", "a/b", "reviewers")),
    "college-empty": ("the field college is malformed", put("college", "", "reviewers")),
    "role-unknown": ("manifest: a role is unknown", put("role", "director", "reviewers")),
    "fingerprint-lower-case": ("the field fingerprint is malformed", put("fingerprint", "a" * 40, "reviewers")),
    "fingerprint-of-64-digits": ("the field fingerprint is malformed", put("fingerprint", "A" * 64, "nobodies")),
    "kdf-time-0": ("the field time_cost is not an integer in its range", put("time_cost", 0, "kdf")),
    "kdf-time-65": ("the field time_cost is not an integer in its range", put("time_cost", 65, "kdf")),
    "kdf-memory-too-small": ("the field memory_kib is not an integer in its range", put("memory_kib", 7, "kdf")),
    "kdf-memory-too-large": (
        "the field memory_kib is not an integer in its range",
        put("memory_kib", 2**22 + 1, "kdf"),
    ),
    "kdf-lanes-0": ("the field parallelism is not an integer in its range", put("parallelism", 0, "kdf")),
}
CHAIN = "manifest: version 1 and no other has no previous digest"
ENOUGH = "manifest: two reviewers of two colleges are needed"
TWICE = "manifest: one fingerprint stands twice"
RULES: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "version-1-with-previous": (CHAIN, put("previous", "0" * 64)),
    "version-2-without-previous": (CHAIN, put("version", 2)),
    "expires-before-issue": ("manifest: it expires before it is issued", put("expires", "2025-12-31")),
    "no-reviewer": (ENOUGH, put("reviewers", [])),
    "one-reviewer": (ENOUGH, lambda target: target.update(reviewers=target["reviewers"][:1])),
    "one-college": (ENOUGH, lambda target: target.update(reviewers=target["reviewers"][:2])),
    "two-nobodies-for-three": (
        "manifest: one nobody stands beside each reviewer",
        lambda target: target["nobodies"].pop(),
    ),
    "one-name-twice": ("manifest: two reviewers share a name", same("name", "reviewers", 2, 0)),
    "one-fingerprint-twice": (TWICE, same("fingerprint", "reviewers", 2, 0)),
    "nobody-is-a-reviewer": (TWICE, same("fingerprint", "nobodies", 0, 1)),
    "desk-key-is-pickup-key": (
        "manifest: desk and pickup share a key",
        lambda target: target.update(pickup_key=target["desk_key"]),
    ),
}
