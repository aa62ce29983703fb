"""The reviewers' folder on the offline machine: `source.json` beside the root key, certificates in `certs/`.

    source.json   instance, salt, cost, version and digest of the last signed manifest, reviewers active and retired
    certs/NAME.cert, certs/NAME.nobody   binary OpenPGP certificates

`sourdine reviewers` writes it, `sourdine desk init --reviewers DIR` reads it. Nothing in it is secret.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.transfer.files import open_plain, write_whole
from crypto.errors import FormatError
from crypto.fields import FINGERPRINT, INSTANCE, NAME, Fields, to_b64
from crypto.kdf import SALT_BYTES, Kdf
from crypto.manifest import CERT_MAX, ROLES, Nobody

SOURCE = "source.json"
CERTS = "certs"
SOURCE_BYTES = 1024 * 1024
_FORMAT = "sourdine/reviewers/v1"
_FIELDS = ("format", "instance", "salt", "kdf", "version", "digest", "reviewers")


@dataclass(frozen=True)
class SourceReviewer:
    """One reviewer as `reviewers add` recorded them."""

    name: str
    college: str
    role: str
    fingerprint: str
    cert: bytes
    nobody: Nobody
    retired: bool = False


@dataclass(frozen=True)
class Source:
    """What the next manifest is made from."""

    instance: str
    salt: bytes
    kdf: Kdf
    version: int
    digest: str
    reviewers: tuple[SourceReviewer, ...]

    @property
    def active(self) -> tuple[SourceReviewer, ...]:
        return tuple(reviewer for reviewer in self.reviewers if not reviewer.retired)

    def with_reviewer(self, reviewer: SourceReviewer) -> Source:
        """With this one added, or put in the place of their namesake."""
        others = tuple(known for known in self.reviewers if known.name != reviewer.name)
        return replace(self, reviewers=(*others, reviewer))

    def with_certificate(self, name: str, cert: bytes) -> Source:
        """With this certificate for that reviewer, everybody in the same place."""
        kept = (replace(known, cert=cert) if known.name == name else known for known in self.reviewers)
        return replace(self, reviewers=tuple(kept))


def load_source(place: Path) -> Source:
    """Read the folder, or the `source.json` in it.

    Raises:
        UserError: it is missing, damaged, or a certificate is missing.
    """
    path = place / SOURCE if place.is_dir() else place
    with open_plain(path, limit=SOURCE_BYTES) as stream:
        data = stream.read()
    try:
        return _parse(json.loads(data), path.parent / CERTS)
    except (ValueError, RecursionError, FormatError) as error:
        why = str(error) if isinstance(error, FormatError) else "not JSON"
        raise UserError(f"{path} is damaged: {why}.", "Restore it from the copy kept with the root key.") from None


def save_source(path: Path, source: Source) -> None:
    """Write `source.json` whole, after the certificates it names.

    Raises:
        UserError: the disk refuses.
    """
    certs = path.parent / CERTS
    certs.mkdir(mode=0o700, exist_ok=True)
    for reviewer in source.reviewers:
        _keep(_cert(certs, reviewer.name), reviewer.cert)
        _keep(_nobody(certs, reviewer.name), reviewer.nobody.cert)
    text = json.dumps(_serialise(source), indent=2, sort_keys=True) + "\n"
    write_whole(path, [text.encode("ascii")])


def _keep(path: Path, cert: bytes) -> None:
    # An add that was cut short may have left another certificate under this name.
    if not path.exists() or path.read_bytes() != cert:
        write_whole(path, [cert])


def _cert(certs: Path, name: str) -> Path:
    return certs / f"{name}.cert"


def _nobody(certs: Path, name: str) -> Path:
    return certs / f"{name}.nobody"


def _read_cert(path: Path) -> bytes:
    with open_plain(path, limit=CERT_MAX) as stream:
        return stream.read()


def _parse(value: Any, certs: Path) -> Source:
    fields = Fields(value, _FIELDS)
    if fields.text("format") != _FORMAT:
        raise FormatError("it has another format")
    cost = Fields(fields.raw("kdf"), ("time_cost", "memory_kib", "parallelism"))
    return Source(
        instance=fields.text("instance", INSTANCE),
        salt=fields.b64("salt", SALT_BYTES),
        kdf=Kdf(cost.integer("time_cost", 1), cost.integer("memory_kib", 8), cost.integer("parallelism", 1)),
        version=fields.integer("version"),
        digest=fields.hexadecimal("digest", 64, empty=True),
        reviewers=fields.items("reviewers", lambda item: _parse_reviewer(item, certs), 1000),
    )


def _parse_reviewer(value: Any, certs: Path) -> SourceReviewer:
    fields = Fields(value, ("name", "college", "role", "fingerprint", "nobody", "retired"))
    name, role = fields.text("name", NAME), fields.text("role")
    if role not in ROLES or not isinstance(fields.raw("retired"), bool):
        raise FormatError("a reviewer's role or state is malformed")
    return SourceReviewer(
        name,
        fields.text("college", NAME),
        role,
        fields.text("fingerprint", FINGERPRINT),
        _read_cert(_cert(certs, name)),
        Nobody(fields.text("nobody", FINGERPRINT), _read_cert(_nobody(certs, name))),
        fields.raw("retired"),
    )


def _serialise(source: Source) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "instance": source.instance,
        "salt": to_b64(source.salt),
        "kdf": {
            "time_cost": source.kdf.time_cost,
            "memory_kib": source.kdf.memory_kib,
            "parallelism": source.kdf.parallelism,
        },
        "version": source.version,
        "digest": source.digest,
        "reviewers": [
            {
                "name": reviewer.name,
                "college": reviewer.college,
                "role": reviewer.role,
                "fingerprint": reviewer.fingerprint,
                "nobody": reviewer.nobody.fingerprint,
                "retired": reviewer.retired,
            }
            for reviewer in source.reviewers
        ],
    }
