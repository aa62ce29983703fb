"""Derivation: docs/spec/derivation.md."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import derive, hpke
from crypto.derive import Kdf, Mailbox, MailboxKeys
from crypto.errors import FormatError
from crypto.signing import SigningKey

CHEAP = Kdf(1, 8, 1)
ROOT = bytes(range(32))


def test_parameters_of_version_1() -> None:
    assert Kdf() == Kdf(time_cost=3, memory_kib=65_536, parallelism=1)


def test_root_is_argon2id_of_the_code() -> None:
    expected = hash_secret_raw(b"c" * 10, b"s" * 16, 1, 8, 1, 32, Type.ID)
    assert derive.root(b"c" * 10, b"s" * 16, CHEAP) == expected


def test_every_input_matters() -> None:
    base = derive.root(b"c" * 10, b"s" * 16, CHEAP)
    others = (
        derive.root(b"d" * 10, b"s" * 16, CHEAP),
        derive.root(b"c" * 10, b"t" * 16, CHEAP),
        derive.root(b"c" * 10, b"s" * 16, replace(CHEAP, time_cost=2)),
        derive.root(b"c" * 10, b"s" * 16, replace(CHEAP, memory_kib=16)),
        derive.root(b"c" * 10, b"s" * 16, Kdf(1, 16, 2)),
    )
    assert len({base, *others}) == 6


def test_keys_come_from_their_labels() -> None:
    def seed(label: bytes) -> bytes:
        return HKDF(hashes.SHA256(), 32, None, label).derive(ROOT)

    mailbox = Mailbox.from_root(ROOT)
    assert mailbox.public.hpke == hpke.keypair(seed(b"mailbox/hpke/v1")).public
    assert mailbox.public.ed25519 == SigningKey(seed(b"mailbox/ed25519/v1")).public


def test_locator_binds_both_keys() -> None:
    mailbox, other = Mailbox.from_root(ROOT), Mailbox.from_root(bytes(32))
    keys = mailbox.public
    assert mailbox.locator == keys.locator == hashlib.sha256(b"locator/v1" + keys.hpke + keys.ed25519).digest()
    swapped = (MailboxKeys(other.public.hpke, keys.ed25519), MailboxKeys(keys.hpke, other.public.ed25519))
    assert mailbox.locator not in {pair.locator for pair in swapped}


def test_what_is_sealed_to_the_public_half_opens() -> None:
    mailbox = Mailbox.from_root(ROOT)
    assert hpke.open_sealed(mailbox.pair, b"i", hpke.seal(mailbox.public.hpke, b"i", b"hello")) == b"hello"


@pytest.mark.parametrize(("code", "salt"), [(bytes(9), bytes(16)), (bytes(11), bytes(16)), (bytes(10), bytes(15))])
def test_refuses_other_lengths(code: bytes, salt: bytes) -> None:
    with pytest.raises(FormatError):
        derive.root(code, salt, CHEAP)


def test_refuses_another_root_length() -> None:
    with pytest.raises(FormatError):
        Mailbox.from_root(bytes(31))


def test_refuses_keys_of_other_lengths() -> None:
    with pytest.raises(FormatError):
        MailboxKeys(bytes(1215), bytes(32))
    with pytest.raises(FormatError):
        MailboxKeys(bytes(1216), bytes(33))


def test_a_mailbox_shows_nothing() -> None:
    assert repr(Mailbox.from_root(ROOT)) == "Mailbox()"
