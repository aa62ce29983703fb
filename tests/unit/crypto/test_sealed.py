"""Sealing at rest: docs/spec/README.md, "Sealing at rest"."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.errors import FormatError, NoKeyError, SealingError, TrustError
from crypto.sealed import CHUNK, HEADER_BYTES, TAG_BYTES, SealedReader, SealedWriter, open_box, seal

KEY, CONTEXT = bytes(range(32)), b"case/abc"
EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1]
PLAIN = bytes(n * 7 % 251 for n in range(2 * CHUNK + 100))
SEALED = seal(KEY, CONTEXT, PLAIN)


def reader(data: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> SealedReader:
    return SealedReader(io.BytesIO(data), key, context)


@pytest.mark.parametrize("size", EDGES)
def test_round_trip_around_the_edges(size: int) -> None:
    data = seal(KEY, CONTEXT, PLAIN[:size])
    chunks = max(1, -(-size // CHUNK))
    assert len(data) == HEADER_BYTES + size + chunks * TAG_BYTES
    assert open_box(KEY, CONTEXT, data) == PLAIN[:size]


@settings(max_examples=20)
@given(st.lists(st.integers(0, CHUNK + 10), max_size=5))
def test_the_pieces_that_were_written_do_not_show(sizes: list[int]) -> None:
    parts: list[bytes] = []
    with SealedWriter(parts.append, KEY, CONTEXT) as writer:
        for size in sizes:
            writer.write(PLAIN[:size])
    data = b"".join(parts)
    assert open_box(KEY, CONTEXT, data) == b"".join(PLAIN[:size] for size in sizes)
    assert len(data) == len(seal(KEY, CONTEXT, bytes(sum(sizes))))


def test_two_sealings_are_never_alike() -> None:
    assert seal(KEY, CONTEXT, b"x") != seal(KEY, CONTEXT, b"x")


def test_an_error_never_leaves_a_file_that_opens() -> None:
    parts: list[bytes] = []
    with suppress(ZeroDivisionError), SealedWriter(parts.append, KEY, CONTEXT) as writer:
        writer.write(PLAIN)
        raise ZeroDivisionError
    with pytest.raises(SealingError):
        open_box(KEY, CONTEXT, b"".join(parts))


@pytest.mark.parametrize("size", [17, 32, 33, HEADER_BYTES + CHUNK + TAG_BYTES, len(SEALED) - 1, len(SEALED) - 116])
def test_a_file_that_was_cut_is_refused_at_once(size: int) -> None:
    with pytest.raises(SealingError):
        reader(SEALED[:size])


def test_a_cut_between_chunks_of_a_long_file_is_no_wrong_key() -> None:
    with pytest.raises(TrustError, match="cut or changed"):
        reader(SEALED[: HEADER_BYTES + 2 * (CHUNK + TAG_BYTES)])


def test_what_was_added_is_refused() -> None:
    for tail in (b"x", bytes(TAG_BYTES), bytes(CHUNK), SEALED[HEADER_BYTES:]):
        with pytest.raises(SealingError):
            open_box(KEY, CONTEXT, SEALED + tail)


def test_wrong_key_and_wrong_context() -> None:
    for key, context in ((bytes(32), CONTEXT), (KEY, b"case/abd"), (KEY, b"")):
        with pytest.raises(NoKeyError):
            reader(SEALED, key, context)
        with pytest.raises(NoKeyError):
            open_box(key, context, seal(KEY, CONTEXT, b"x"))


def test_refuses_another_key_length() -> None:
    with pytest.raises(FormatError):
        seal(bytes(31), CONTEXT, b"x")


def test_a_chunk_changed_in_the_middle_is_refused_when_reached() -> None:
    at = HEADER_BYTES + CHUNK + TAG_BYTES + 5
    changed = SEALED[:at] + bytes([SEALED[at] ^ 1]) + SEALED[at + 1 :]
    file = reader(changed)
    assert file.read(10) == PLAIN[:10]
    file.seek(CHUNK)
    with pytest.raises(TrustError):
        file.read(1)
    with pytest.raises(NoKeyError):
        open_box(KEY, CONTEXT, changed)


def test_chunks_cannot_change_places() -> None:
    step, body = CHUNK + TAG_BYTES, SEALED[HEADER_BYTES:]
    swapped = SEALED[:HEADER_BYTES] + body[step : 2 * step] + body[:step] + body[2 * step :]
    with pytest.raises(SealingError):
        reader(swapped)


@settings(max_examples=40)
@given(st.binary(max_size=100) | st.binary(max_size=60).map(b"\x01".__add__))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SealingError):
        reader(data)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-50, len(PLAIN) + 50), st.integers(0, 2), st.integers(0, CHUNK + 9)), max_size=6))
def test_random_access_is_that_of_the_plaintext(steps: list[tuple[int, int, int]]) -> None:
    file, model = io.BufferedReader(reader(SEALED)), io.BytesIO(PLAIN)
    for offset, whence, size in steps:
        try:
            expected = model.seek(offset, whence) if whence != 1 else model.seek(max(0, model.tell() + offset))
        except ValueError:
            with pytest.raises(ValueError, match="negative"):
                file.seek(offset, whence)
            file.seek(model.tell())
            continue
        assert file.seek(expected) == expected
        assert file.read(size) == model.read(size)
        assert file.tell() == model.tell()
    file.close()


def test_positions() -> None:
    with reader(SEALED) as file:
        assert file.readable()
        assert file.seekable()
        assert not file.writable()
        assert file.seek(5) == 5
        assert file.seek(3, io.SEEK_CUR) == file.tell() == 8
        assert file.seek(-1, io.SEEK_END) == len(PLAIN) - 1
        assert file.read() == PLAIN[-1:]
        assert file.read(1) == b""
        with pytest.raises(ValueError, match="negative"):
            file.seek(-1)


def test_a_zip_can_be_read_through_it() -> None:
    parts: list[bytes] = []
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", PLAIN)
        archive.writestr("b", b"hello")
    with SealedWriter(parts.append, KEY, CONTEXT) as writer:
        writer.write(inner.getvalue())
    with reader(b"".join(parts)) as file, zipfile.ZipFile(file) as archive:  # type: ignore[call-overload]
        assert archive.read("b") == b"hello"
        assert archive.read("a") == PLAIN


def test_closing_twice_writes_one_end() -> None:
    parts: list[bytes] = []
    with SealedWriter(parts.append, KEY, CONTEXT) as writer:
        writer.write(b"hello")
        writer.close()
    assert open_box(KEY, CONTEXT, b"".join(parts)) == b"hello"
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")
