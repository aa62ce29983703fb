"""Two reviewers of two colleges over one statement (docs/spec/export.md, "Signatures of reviewers")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def check_quorum(signatures: Sequence[EntrySignature], data: bytes, manifest: Manifest, check: Check) -> None:
    """Return only if two reviewers of two colleges of this manifest signed `data`.

    Raises:
        TrustError: fewer or more than two, one person or one college twice, someone unknown, or a wrong signature.
    """
    if len(signatures) != SIGNERS:
        raise TrustError("exactly two reviewers' signatures are needed")
    reviewers = [manifest.reviewer(signature.reviewer) for signature in signatures]
    if len({signature.reviewer for signature in signatures}) != SIGNERS:
        raise TrustError("both signatures are by one reviewer")
    colleges = set()
    for signature, reviewer in zip(signatures, reviewers, strict=True):
        if reviewer is None:
            raise TrustError("a signature is by someone whom the manifest does not name")
        if check(reviewer.cert, data, signature.signature) != reviewer.fingerprint:
            raise TrustError("a signature is by another key than it says")
        colleges.add(reviewer.college)
    if len(colleges) != SIGNERS:
        raise TrustError("both signatures are from one college")


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
