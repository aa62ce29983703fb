"""The signed note: docs/spec/note.md."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, note
from crypto.errors import FormatError, SealingError
from crypto.fields import from_b64, to_b64
from crypto.signing import SigningKey

KEY = SigningKey(bytes(32))
GOOD = note.sign_note("outbox", {"a": [1, "é"]}, KEY)


def test_layout_is_the_one_of_the_specification() -> None:
    head, body, line, rest = GOOD.split(b"\n")
    assert (head, body, rest) == (b"sourdine/outbox/v1", '{"a":[1,"é"]}'.encode(), b"")
    assert len(line) == 88
    assert note.digest(GOOD) == hashlib.sha256(head + b"\n" + body + b"\n").hexdigest()


def test_digest_names_the_content_and_not_the_signature() -> None:
    assert note.digest(note.sign_note("outbox", {"a": [1, "é"]}, SigningKey(b"k" * 32))) == note.digest(GOOD)
    with pytest.raises(FormatError):
        note.digest(b"hello")


def test_every_changed_byte_is_refused() -> None:
    for at in range(len(GOOD)):
        changed = GOOD[:at] + bytes([GOOD[at] ^ 1]) + GOOD[at + 1 :]
        with pytest.raises(SealingError):
            note.open_note("outbox", changed, KEY.public)


def cut(at: int) -> bytes:
    return GOOD[:at] + GOOD[at + 1 :]


@given(st.binary(max_size=200) | st.integers(0, len(GOOD)).map(cut) | st.binary(max_size=8).map(GOOD.__add__))
def test_any_bytes_are_refused_or_written_again_equal(data: bytes) -> None:
    try:
        body = note.read_unverified("outbox", data)
    except FormatError:
        return
    signed = b"sourdine/outbox/v1\n" + canonical.dumps(body) + b"\n"
    assert data == signed + to_b64(from_b64(data[len(signed) : -1].decode())).encode() + b"\n"


def test_kind_of() -> None:
    assert note.kind_of(GOOD) == "outbox"
    assert note.kind_of(b"sourdine/pickup-file/v1\nanything") == "pickup-file"
    for bad in (b"", b"sourdine/outbox/v1x\n", b"PK\x03\x04", b"sourdine//v1\n", b"sourdine/a-b-c-d/v1\n"):
        with pytest.raises(FormatError):
            note.kind_of(bad)


@pytest.mark.parametrize("kind", ["", "Outbox", "out box", "outbox\n", "a" * 17, "é", "-a"])
def test_refuses_a_kind_that_is_none(kind: str) -> None:
    with pytest.raises(FormatError, match="not a kind"):
        note.sign_note(kind, {}, KEY)


def test_unverified_reading_refuses_another_kind() -> None:
    assert note.read_unverified("outbox", GOOD) == {"a": [1, "é"]}
    with pytest.raises(FormatError, match="another kind"):
        note.read_unverified("pickup", GOOD)


def test_limit() -> None:
    assert note.open_note("outbox", GOOD, KEY.public, limit=14)
    with pytest.raises(FormatError, match="longer than its limit"):
        note.open_note("outbox", GOOD, KEY.public, limit=13)
    long = note.sign_note("outbox", "a" * 1000, KEY)
    with pytest.raises(FormatError, match="longer than its limit"):
        note.open_note("outbox", long, KEY.public, limit=100)


def test_never_signs_what_no_reader_takes() -> None:
    with pytest.raises(FormatError, match="longer than its limit"):
        note.sign_note("outbox", "a" * canonical.LIMIT, KEY)
