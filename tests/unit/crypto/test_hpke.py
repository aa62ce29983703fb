"""HPKE with X-Wing: docs/spec/reply.md, "Sealing". A second implementation from the texts opens what ours seals."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import hpke
from crypto.errors import FormatError, NoKeyError, SealingError

SEED = bytes(range(32))
PAIR = hpke.keypair(SEED)
# draft-connolly-cfrg-xwing-kem, section "IANA": KEM 0x647a; RFC 9180: HKDF-SHA256 0x0001, ChaCha20Poly1305 0x0003.
SUITE = b"HPKE" + bytes.fromhex("647a00010003")


def decapsulate(seed: bytes, encapsulated: bytes) -> bytes:
    """X-Wing decapsulation, written from the draft."""
    expanded = hashlib.shake_256(seed).digest(96)
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
    first = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).decapsulate(encapsulated[:1088])
    second = x25519.exchange(X25519PublicKey.from_public_bytes(encapsulated[1088:]))
    own = x25519.public_key().public_bytes_raw()
    return hashlib.sha3_256(first + second + encapsulated[1088:] + own + b"\\.//^\\").digest()


def extract(salt: bytes, label: bytes, data: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + SUITE + label + data, "sha256")


def expand(key: bytes, label: bytes, info: bytes, size: int) -> bytes:
    labelled = size.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info
    return hmac.digest(key, labelled + b"\x01", "sha256")[:size]


def open_by_hand(seed: bytes, info: bytes, data: bytes) -> bytes:
    """RFC 9180 sections 5.1 and 5.2, base mode, first message."""
    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(decapsulate(seed, data[:1120]), b"secret", b"")
    key, nonce = expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)
    return ChaCha20Poly1305(key).decrypt(nonce, data[1120:], b"")


def test_a_second_implementation_opens_it() -> None:
    assert open_by_hand(SEED, b"info", hpke.seal(PAIR.public, b"info", b"hello")) == b"hello"


@settings(max_examples=20)
@given(st.binary(max_size=200), st.binary(max_size=80))
def test_round_trip(plaintext: bytes, info: bytes) -> None:
    data = hpke.seal(PAIR.public, info, plaintext)
    assert len(data) == len(plaintext) + hpke.OVERHEAD_BYTES
    assert hpke.open_sealed(PAIR, info, data) == plaintext


def test_the_pair_of_a_seed_is_always_the_same() -> None:
    assert hpke.keypair(SEED).public == PAIR.public
    assert len(PAIR.public) == hpke.PUBLIC_BYTES
    assert hpke.keypair(bytes(32)).public != PAIR.public


def test_two_seals_are_never_alike() -> None:
    assert hpke.seal(PAIR.public, b"", b"x") != hpke.seal(PAIR.public, b"", b"x")


@settings(max_examples=30)
@given(st.binary(max_size=hpke.OVERHEAD_BYTES + 50))
def test_no_bytes_open_by_chance(data: bytes) -> None:
    with pytest.raises(SealingError):
        hpke.open_sealed(PAIR, b"", data)


def test_a_changed_byte_anywhere_closes_it() -> None:
    data = hpke.seal(PAIR.public, b"info", b"hello")
    for at in range(0, len(data), 61):
        with pytest.raises(NoKeyError):
            hpke.open_sealed(PAIR, b"info", data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :])


@pytest.mark.parametrize(
    "public",
    [
        b"",
        PAIR.public[:-1],
        PAIR.public + b"\0",
        b"\xff" * 1184 + PAIR.public[1184:],  # coefficients above the modulus of ML-KEM
        PAIR.public[:1184] + bytes(32),  # X25519 point of small order: the secret would be known to all
    ],
)
def test_refuses_a_key_that_is_none(public: bytes) -> None:
    with pytest.raises(FormatError):
        hpke.seal(public, b"", b"x")


def test_refuses_another_seed_length() -> None:
    with pytest.raises(FormatError):
        hpke.keypair(bytes(31))


def test_a_pair_shows_nothing() -> None:
    assert repr(PAIR) == "KeyPair()"
