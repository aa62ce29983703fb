"""Two reviewers of two colleges over one statement (docs/spec/export.md, "Signatures of reviewers")."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from crypto.errors import FormatError, TrustError
from crypto.fields import FINGERPRINT, Fields, to_b64
from crypto.manifest import Manifest

SIGNERS = 2
# A detached Ed25519 signature of OpenPGP takes about 120 bytes; notations are not ours.
SIGNATURE_MAX = 1024

# (certificate, data, signature) → fingerprint of the certificate's primary key; TrustError when it does not verify.
# Passed in, because checking OpenPGP starts gpg and this package's formats start nothing.
Check = Callable[[bytes, bytes, bytes], str]


@dataclass(frozen=True)
class EntrySignature:
    """One reviewer's detached OpenPGP signature."""

    reviewer: str
    signature: bytes


@dataclass(frozen=True)
class Claim:
    """A signature said to be by the certificate whose primary key has this fingerprint."""

    cert: bytes
    data: bytes
    signature: bytes
    fingerprint: str


# Returns only if every claim holds; a batch has thousands, which one program checks at once.
CheckAll = Callable[[Iterable[Claim]], None]


def check_quorum(signatures: Sequence[EntrySignature], data: bytes, manifest: Manifest, check: Check) -> None:
    """Return only if two reviewers of two colleges of this manifest signed `data`.

    Raises:
        TrustError: fewer or more than two, one person or one college twice, someone unknown, or a wrong signature.
    """
    check_each(claims(signatures, data, manifest), check)


def claims(signatures: Sequence[EntrySignature], data: bytes, manifest: Manifest) -> tuple[Claim, ...]:
    """What must still be checked with OpenPGP, once these are two reviewers of two colleges.

    Raises:
        TrustError: fewer or more than two, one person or one college twice, or someone unknown.
    """
    if len(signatures) != SIGNERS:
        raise TrustError("exactly two reviewers' signatures are needed")
    if len({signature.reviewer for signature in signatures}) != SIGNERS:
        raise TrustError("both signatures are by one reviewer")
    found, colleges = [], set()
    for signature in signatures:
        reviewer = manifest.reviewer(signature.reviewer)
        if reviewer is None:
            raise TrustError("a signature is by someone whom the manifest does not name")
        found.append(Claim(reviewer.cert, data, signature.signature, reviewer.fingerprint))
        colleges.add(reviewer.college)
    if len(colleges) != SIGNERS:
        raise TrustError("both signatures are from one college")
    return tuple(found)


def check_each(given: Iterable[Claim], check: Check) -> None:
    """`CheckAll` made of a `Check`: one after the other.

    Raises:
        TrustError: one of them does not hold.
    """
    for claim in given:
        if check(claim.cert, claim.data, claim.signature) != claim.fingerprint:
            raise TrustError("a signature is by another key than it says")


def parse_signature(value: Any) -> EntrySignature:
    """One signature of a JSON list.

    Raises:
        FormatError: a field is missing, unknown or malformed.
    """
    fields = Fields(value, ("reviewer", "signature"))
    signature = fields.b64("signature")
    if len(signature) > SIGNATURE_MAX:
        raise FormatError("a reviewer's signature is too long")
    return EntrySignature(fields.text("reviewer", FINGERPRINT), signature)


def serialise_signature(signature: EntrySignature) -> dict[str, str]:
    """The JSON object of a signature."""
    return {"reviewer": signature.reviewer, "signature": to_b64(signature.signature)}
