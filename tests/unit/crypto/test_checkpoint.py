"""The signed head of a log: C2SP checkpoint in a C2SP signed note (docs/spec/log.md)."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.checkpoint import LIMIT, Checkpoint, is_checkpoint, key_id, open_checkpoint, sign_checkpoint
from crypto.errors import FormatError, SealingError, TrustError
from crypto.fields import from_b64
from tests.vectors.base import key

ORIGIN = "regc.example/desk.example"
KEY = key("desk")
HEAD = Checkpoint(ORIGIN, 7, hashlib.sha256(b"root").digest())
DATA = sign_checkpoint(HEAD, KEY)


def test_it_comes_back_as_it_was() -> None:
    assert open_checkpoint(DATA, KEY.public, origin=ORIGIN) == HEAD
    empty = replace(HEAD, size=0)
    assert open_checkpoint(sign_checkpoint(empty, KEY), KEY.public, origin=ORIGIN) == empty


def test_it_is_the_note_that_others_read() -> None:
    """Read as the C2SP signed-note page says, without our code."""
    text, _, signatures = DATA.partition(b"\n\n")
    dash, name, line = signatures.decode().rstrip("\n").split(" ")
    assert (dash, name) == ("\N{EM DASH}", ORIGIN)
    raw = from_b64(line)
    assert (
        raw[:4] == hashlib.sha256(ORIGIN.encode() + b"\n\x01" + KEY.public).digest()[:4] == key_id(ORIGIN, KEY.public)
    )
    Ed25519PublicKey.from_public_bytes(KEY.public).verify(raw[4:], text + b"\n")
    assert text.decode().split("\n")[:2] == [ORIGIN, "7"]


def test_each_distrust_has_its_own_message() -> None:
    forged = DATA.replace(b"\n7\n", b"\n8\n")
    cases = {
        "head of another log": (DATA, KEY.public, "regc.example/other.example"),
        "signed by another key": (DATA, key("another").public, ORIGIN),
        "changed after it was signed": (forged, KEY.public, ORIGIN),
    }
    for message, (data, public, origin) in cases.items():
        with pytest.raises(TrustError, match=message):
            open_checkpoint(data, public, origin=origin)


@pytest.mark.parametrize(
    "broken",
    [replace(HEAD, size=-1), replace(HEAD, root=b"short"), replace(HEAD, origin="Regc.example"),
     replace(HEAD, origin=""), replace(HEAD, origin="a b"), replace(HEAD, origin="a" * 513),
     replace(HEAD, size=10**18), replace(HEAD, origin="a\nb"), replace(HEAD, origin="a+b")],
)  # fmt: skip
def test_nothing_is_signed_that_nobody_reads(broken: Checkpoint) -> None:
    with pytest.raises(FormatError):
        sign_checkpoint(broken, KEY)


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    with pytest.raises(SealingError):
        open_checkpoint(DATA[:at] + bytes([DATA[at] ^ mask]) + DATA[at + 1 :], KEY.public, origin=ORIGIN)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        open_checkpoint(data, KEY.public, origin=ORIGIN)


@pytest.mark.parametrize("tail", [b"\n", b" ", b"\0", DATA, b"x" * LIMIT, "\N{EM DASH}".encode()])
def test_nothing_may_follow(tail: bytes) -> None:
    with pytest.raises(FormatError):
        open_checkpoint(DATA + tail, KEY.public, origin=ORIGIN)


def test_what_looks_like_one() -> None:
    assert is_checkpoint(DATA)
    assert is_checkpoint(sign_checkpoint(HEAD, key("another")))
    assert not is_checkpoint(DATA[:-1])
