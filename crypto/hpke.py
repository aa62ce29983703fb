"""HPKE (RFC 9180, base mode) with X-Wing, HKDF-SHA256 and ChaCha20-Poly1305 (docs/spec/reply.md, "Sealing").

X-Wing joins ML-KEM-768 and X25519: what is copied today stays closed when one of the two falls.
There is no associated data here: whatever binds a ciphertext to its place goes into `info`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from crypto.errors import FormatError, NoKeyError

SEED_BYTES = 32
MLKEM_PUBLIC_BYTES = 1184
PUBLIC_BYTES = MLKEM_PUBLIC_BYTES + 32
# Encapsulated key (1088 + 32) and tag (16).
OVERHEAD_BYTES = 1136

_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True)
class KeyPair:
    """Both halves of an X-Wing key; the private one is hidden from the representation."""

    private: hpke.MLKEM768X25519PrivateKey = field(repr=False, compare=False)
    public: bytes = field(repr=False)


def keypair(seed: bytes) -> KeyPair:
    """The pair of a 32-byte seed: draft-connolly-cfrg-xwing-kem, expandDecapsulationKey.

    Raises:
        FormatError: the seed has another length.
    """
    if len(seed) != SEED_BYTES:
        raise FormatError("an X-Wing seed is 32 bytes long")
    expanded = hashlib.shake_256(seed).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return KeyPair(hpke.MLKEM768X25519PrivateKey(mlkem, x25519), public)


def seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Encapsulated key followed by the ciphertext: `OVERHEAD_BYTES` more than the plaintext.

    Raises:
        FormatError: the public key is none.
    """
    if len(public) != PUBLIC_BYTES:
        raise FormatError("an X-Wing public key is 1216 bytes long")
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(public[:MLKEM_PUBLIC_BYTES])
        x25519 = X25519PublicKey.from_public_bytes(public[MLKEM_PUBLIC_BYTES:])
        return _SUITE.encrypt(plaintext, hpke.MLKEM768X25519PublicKey(mlkem, x25519), info)
    except ValueError:  # a coefficient out of range, or an X25519 point of small order
        raise FormatError("not an X-Wing public key") from None


def open_sealed(pair: KeyPair, info: bytes, data: bytes) -> bytes:
    """The plaintext that was sealed to this pair with this `info`.

    Raises:
        FormatError: shorter than any ciphertext.
        NoKeyError: sealed to another key, with another `info`, or changed since: the three look alike.
    """
    if len(data) < OVERHEAD_BYTES:
        raise FormatError("shorter than any sealed message")
    try:
        return _SUITE.decrypt(data, pair.private, info)
    except (InvalidTag, ValueError):
        raise NoKeyError("this key does not open this message") from None
