"""One reviewer's OpenPGP signature under something that two colleges sign: a decision, or an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.desk.core.bench import Desk
from app.errors import UserError
from crypto.errors import FormatError, SealingError, TrustError
from crypto.fields import from_b64, to_b64
from crypto.openpgp.sign import detach_sign
from crypto.openpgp.verify import verify_detached
from crypto.quorum import EntrySignature

OTHER_COLLEGE = "other college"


@dataclass(frozen=True)
class Signature:
    """Who signed, for which college, on which day."""

    reviewer: str
    name: str
    college: str
    day: str
    signature: bytes = field(repr=False)

    def to_dict(self) -> dict[str, str]:
        return vars(self) | {"signature": to_b64(self.signature)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Signature:
        return cls(**value | {"signature": from_b64(value["signature"])})

    @property
    def for_export(self) -> EntrySignature:
        return EntrySignature(self.reviewer, self.signature)


def colleges(signatures: Sequence[Signature]) -> frozenset[str]:
    return frozenset(signature.college for signature in signatures)


def once(desk: Desk, signatures: Sequence[Signature], what: str) -> None:
    """One person, and one college, signs one thing once.

    Raises:
        UserError: this reviewer, or one of the same college, has signed already.
    """
    for signature in signatures:
        if signature.name == desk.keyring.name:
            raise UserError(f"You have already signed this {what}.", "A reviewer of another college signs it now.")
        if signature.college == desk.keyring.college:
            raise UserError(
                f"{signature.name}, of your own college, has already signed this {what}.",
                "A reviewer of another college signs it now.",
            )


def sign(desk: Desk, data: bytes) -> Signature:
    """This reviewer's signature.

    Raises:
        UserError: the key did not sign.
    """
    ring = desk.keyring
    try:
        made = detach_sign(ring.home, ring.fingerprint, data, ring.passphrase, day=desk.today)
    except SealingError:
        raise UserError(
            "Your key did not sign.",
            "Nothing was changed. Check the passphrase, the smartcard, and the key's last day.",
        ) from None
    return Signature(ring.fingerprint, ring.name, ring.college, desk.today.isoformat(), made)


def verified(desk: Desk, signatures: Sequence[Signature], data: bytes, what: str) -> None:
    """Return only if each signature is good and by the reviewer of the manifest whom it names.

    Raises:
        UserError: one is not: it was put there by other means, or its signer has been retired.
    """
    if holding(desk, signatures, data) != tuple(signatures):
        raise UserError(
            f"The first signature under this {what} is not by a reviewer of the manifest in use.",
            "Nothing was changed. Two reviewers must sign anew; tell everybody how that signature came there.",
        )


def standing(desk: Desk, signatures: Sequence[Signature]) -> tuple[Signature, ...]:
    """Without those of people who were retired since: they bind nobody, and somebody else of that college may sign."""
    ring = desk.keyring
    ever = {reviewer.fingerprint for manifest in ring.manifests for reviewer in manifest.reviewers}
    retired = ever - {reviewer.fingerprint for reviewer in ring.manifest.reviewers}
    return tuple(signature for signature in signatures if signature.reviewer not in retired)


def holding(desk: Desk, signatures: Sequence[Signature], data: bytes) -> tuple[Signature, ...]:
    """Those that hold today: good, and by the reviewer of the manifest in use whom they name."""
    return tuple(signature for signature in signatures if _holds(desk, signature, data))


def _holds(desk: Desk, signature: Signature, data: bytes) -> bool:
    reviewer = desk.keyring.manifest.reviewer(signature.reviewer)
    if reviewer is None or (reviewer.name, reviewer.college) != (signature.name, signature.college):
        return False
    try:
        return verify_detached(reviewer.cert, data, signature.signature, day=desk.today) == reviewer.fingerprint
    except (FormatError, TrustError):
        return False
