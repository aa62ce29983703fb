"""The reviewer manifest: who can read, and every public key of an instance (docs/spec/manifest.md).

The offline root key signs it. `UntrustedManifest.verify` is the only road to a `Manifest`, and sealing functions take
nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crypto import note
from crypto.errors import ExpiredError, FormatError, TrustError
from crypto.fields import FINGERPRINT, INSTANCE, NAME, Fields, to_b64
from crypto.kdf import SALT_BYTES, Kdf
from crypto.signing import KEY_BYTES, SigningKey

KIND = "manifest"
ROLES = ("analyst", "mediator", "editor")
# Two people of two colleges: below, one person could read and decide alone.
REVIEWERS_MIN = 2
COLLEGES_MIN = 2
# Each reviewer adds a packet to every envelope, so the ciphertext of a text must hold them in its 16 KiB.
REVIEWERS_MAX = 16
CERT_MAX = 64 * 1024
LIMIT = 4 * 1024 * 1024
# Bounds of Argon2id that a signed mistake may not cross: half an hour, or more memory than the machine has.
_TIME_MAX, _MEMORY_MAX, _LANES_MAX = 64, 4 * 1024 * 1024, 16

_FIELDS = (
    "instance", "version", "previous", "issued", "expires", "salt", "kdf", "reviewers", "nobodies", "desk_key",
    "pickup_key",
)  # fmt: skip


class ExclusionError(FormatError):
    """A reporter excluded someone unknown (`unknown`), or so many that too few remain (`too_few`)."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"excluded reviewers: {rule}")
        self.rule = rule


@dataclass(frozen=True)
class Reviewer:
    """One active reviewer, under a pseudonym."""

    name: str
    college: str
    role: str
    fingerprint: str
    cert: bytes


@dataclass(frozen=True)
class Nobody:
    """A certificate that nobody can use: it takes the place of an excluded reviewer."""

    fingerprint: str
    cert: bytes


@dataclass(frozen=True)
class Pin:
    """What a program remembers of the last manifest it accepted."""

    version: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """A manifest whose signature and rules were checked. `nobodies[i]` stands in for `reviewers[i]`."""

    instance: str
    version: int
    previous: str
    issued: date
    expires: date
    salt: bytes
    kdf: Kdf
    reviewers: tuple[Reviewer, ...]
    nobodies: tuple[Nobody, ...]
    desk_key: bytes
    pickup_key: bytes
    digest: str = ""

    @property
    def pin(self) -> Pin:
        """What to remember once this manifest is accepted."""
        return Pin(self.version, self.digest)

    def check_fresh(self, today: date) -> None:
        """Return only until the end of its last day.

        Raises:
            ExpiredError: that day has passed.
        """
        if today > self.expires:
            raise ExpiredError("the reviewer manifest has expired")

    def reviewer(self, fingerprint: str) -> Reviewer | None:
        """The reviewer who holds this key, if any."""
        return next((reviewer for reviewer in self.reviewers if reviewer.fingerprint == fingerprint), None)

    def recipients(self, exclude: Collection[str] = ()) -> tuple[str, ...]:
        """Fingerprints in packet order: each excluded reviewer's place is taken by their nobody.

        Raises:
            ExclusionError: a name is unknown, or fewer than two reviewers of two colleges remain.
        """
        if set(exclude) - {reviewer.name for reviewer in self.reviewers}:
            raise ExclusionError("unknown")
        if not _enough([reviewer for reviewer in self.reviewers if reviewer.name not in exclude]):
            raise ExclusionError("too_few")
        pairs = zip(self.reviewers, self.nobodies, strict=True)
        return tuple((nobody if reviewer.name in exclude else reviewer).fingerprint for reviewer, nobody in pairs)


class UntrustedManifest:
    """A manifest as it arrived: framed, and not yet trusted."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.digest = note.digest(data)

    @classmethod
    def parse(cls, data: bytes) -> UntrustedManifest:
        """Check the framing only.

        Raises:
            FormatError: not a signed note of kind `manifest` in canonical form.
        """
        note.read_unverified(KIND, data, limit=LIMIT)
        return cls(data)

    def verify(self, root_public: bytes) -> Manifest:
        """The manifest, if the root key signed it and every rule holds.

        Raises:
            TrustError: another key signed it.
            FormatError: the signed content breaks a rule of docs/spec/manifest.md.
        """
        body = note.open_note(KIND, self._data, root_public, limit=LIMIT)
        manifest = replace(_parse(body), digest=self.digest)
        _check_rules(manifest)
        return manifest


def sign_manifest(manifest: Manifest, root: SigningKey) -> bytes:
    """Serialise and sign; `digest` is not part of the body.

    Raises:
        FormatError: a rule of docs/spec/manifest.md is broken.
    """
    body = _serialise(manifest)
    _check_rules(_parse(body))
    return note.sign_note(KIND, body, root)


def accept_successor(old: Manifest | Pin | None, new: Manifest) -> None:
    """Return only if a program that accepted `old` may accept `new`.

    Raises:
        TrustError: a rollback, two manifests of one version, a broken chain, or a changed instance, salt or cost.
    """
    if old is None or (old.version, old.digest) == (new.version, new.digest):
        return
    if new.version < old.version:
        raise TrustError("the reviewer manifest was rolled back to an older version")
    if new.version == old.version:
        raise TrustError("two different reviewer manifests carry one version number")
    if new.version == old.version + 1 and new.previous != old.digest:
        raise TrustError("the reviewer manifest does not follow the one in use")
    # A new salt or cost would derive other keys from every codename already on paper.
    if isinstance(old, Manifest) and (old.instance, old.salt, old.kdf) != (new.instance, new.salt, new.kdf):
        raise TrustError("the reviewer manifest changes the instance, the salt or the derivation cost")


def _enough(reviewers: Collection[Reviewer]) -> bool:
    return len(reviewers) >= REVIEWERS_MIN and len({reviewer.college for reviewer in reviewers}) >= COLLEGES_MIN


def _check_rules(manifest: Manifest) -> None:
    if (manifest.version == 1) != (manifest.previous == ""):
        raise FormatError("manifest: version 1 and no other has no previous digest")
    if manifest.expires < manifest.issued:
        raise FormatError("manifest: it expires before it is issued")
    if not _enough(manifest.reviewers):
        raise FormatError("manifest: two reviewers of two colleges are needed")
    if len(manifest.nobodies) != len(manifest.reviewers):
        raise FormatError("manifest: one nobody stands beside each reviewer")
    if len({reviewer.name for reviewer in manifest.reviewers}) != len(manifest.reviewers):
        raise FormatError("manifest: two reviewers share a name")
    fingerprints = [reviewer.fingerprint for reviewer in manifest.reviewers]
    fingerprints += [nobody.fingerprint for nobody in manifest.nobodies]
    if len(set(fingerprints)) != len(fingerprints):
        raise FormatError("manifest: one fingerprint stands twice")
    if manifest.desk_key == manifest.pickup_key:
        raise FormatError("manifest: desk and pickup share a key")


def _parse(body: Any) -> Manifest:
    fields = Fields(body, _FIELDS)
    return Manifest(
        instance=fields.text("instance", INSTANCE),
        version=fields.integer("version", 1),
        previous=fields.hexadecimal("previous", 64, empty=True),
        issued=fields.day("issued"),
        expires=fields.day("expires"),
        salt=fields.b64("salt", SALT_BYTES),
        kdf=_parse_kdf(fields.raw("kdf")),
        reviewers=fields.items("reviewers", _parse_reviewer, REVIEWERS_MAX),
        nobodies=fields.items("nobodies", _parse_nobody, REVIEWERS_MAX),
        desk_key=fields.b64("desk_key", KEY_BYTES),
        pickup_key=fields.b64("pickup_key", KEY_BYTES),
    )


def _parse_kdf(value: Any) -> Kdf:
    fields = Fields(value, ("time_cost", "memory_kib", "parallelism"))
    lanes = fields.integer("parallelism", 1, _LANES_MAX)
    memory = fields.integer("memory_kib", 8 * lanes, _MEMORY_MAX)  # RFC 9106: at least 8 KiB a lane
    return Kdf(fields.integer("time_cost", 1, _TIME_MAX), memory, lanes)


def _parse_reviewer(value: Any) -> Reviewer:
    fields = Fields(value, ("name", "college", "role", "fingerprint", "cert"))
    role = fields.text("role")
    if role not in ROLES:
        raise FormatError("manifest: a role is unknown")
    key = _parse_nobody({name: fields.raw(name) for name in ("fingerprint", "cert")})
    return Reviewer(fields.text("name", NAME), fields.text("college", NAME), role, key.fingerprint, key.cert)


def _parse_nobody(value: Any) -> Nobody:
    fields = Fields(value, ("fingerprint", "cert"))
    cert = fields.b64("cert")
    if len(cert) > CERT_MAX:
        raise FormatError("manifest: a certificate is too large")
    return Nobody(fields.text("fingerprint", FINGERPRINT), cert)


def _serialise(manifest: Manifest) -> dict[str, Any]:
    return {
        "instance": manifest.instance,
        "version": manifest.version,
        "previous": manifest.previous,
        "issued": manifest.issued.isoformat(),
        "expires": manifest.expires.isoformat(),
        "salt": to_b64(manifest.salt),
        "kdf": {
            "time_cost": manifest.kdf.time_cost,
            "memory_kib": manifest.kdf.memory_kib,
            "parallelism": manifest.kdf.parallelism,
        },
        "reviewers": [
            {
                "name": reviewer.name,
                "college": reviewer.college,
                "role": reviewer.role,
                "fingerprint": reviewer.fingerprint,
                "cert": to_b64(reviewer.cert),
            }
            for reviewer in manifest.reviewers
        ],
        "nobodies": [{"fingerprint": nobody.fingerprint, "cert": to_b64(nobody.cert)} for nobody in manifest.nobodies],
        "desk_key": to_b64(manifest.desk_key),
        "pickup_key": to_b64(manifest.pickup_key),
    }
