"""The pickup: docs/spec/pickup.md."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import note, pickup
from crypto.errors import FormatError, SealingError
from crypto.pickup import OpenedPickup, PickupEntry, offsets, open_header, prefix, read_header, sign_header
from tests.vectors.base import key
from tests.vectors.corpus.carriage import BODIES, header

KEY = key("pickup")
HEADER = sign_header(header(), KEY)
FILE = prefix(HEADER) + b"".join(BODIES)


def opened(data: bytes) -> OpenedPickup:
    return OpenedPickup(io.BytesIO(data), KEY.public)


def read_whole(data: bytes) -> list[bytes]:
    reader = opened(data)
    return [b"".join(reader.chunks(entry)) for entry in reader.header.entries]


def test_layout_is_the_one_of_the_specification() -> None:
    assert FILE.startswith(b"sourdine/pickup-file/v1\n%08x\nsourdine/pickup/v1\n" % len(HEADER))
    assert FILE.endswith(BODIES[2])
    assert pickup.PREFIX_BYTES == 33


def test_envelopes_come_back_in_any_order() -> None:
    reader = opened(FILE)
    assert reader.header == header()
    assert reader.digest == note.digest(HEADER)
    for entry, body in reversed(list(zip(reader.header.entries, BODIES, strict=True))):
        assert b"".join(reader.chunks(entry)) == body


def test_offsets_serve_ranges() -> None:
    starts = offsets(len(HEADER), header())
    assert [FILE[a:b] for a, b in pairwise(starts)] == list(BODIES)
    assert starts[-1] == len(FILE)


def test_large_envelopes_come_by_chunks() -> None:
    body = b"x" * 200_000
    one = replace(header(), entries=(PickupEntry("0" * 32, len(body), hashlib.sha256(body).hexdigest()),))
    reader = opened(prefix(sign_header(one, KEY)) + body)
    assert [len(chunk) for chunk in reader.chunks(one.entries[0])] == [65536, 65536, 65536, 3392]


def test_a_wrong_digest_shows_only_at_the_end_and_is_refused() -> None:
    reader = opened(FILE[:-1] + b"?")
    with pytest.raises(FormatError, match="another digest"):
        list(reader.chunks(reader.header.entries[2]))


def test_a_file_that_shrinks_while_it_is_read_is_refused() -> None:
    file = io.BytesIO(FILE)
    reader = OpenedPickup(file, KEY.public)
    file.truncate(len(FILE) - 1)
    with pytest.raises(FormatError, match="another digest"):
        list(reader.chunks(reader.header.entries[2]))


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    with pytest.raises(SealingError):
        read_whole(FILE[:at] + bytes([FILE[at] ^ mask]) + FILE[at + 1 :])


@given(st.integers(0, len(FILE) - 1))
def test_any_cut_is_refused(at: int) -> None:
    with pytest.raises(FormatError):
        opened(FILE[:at])


@given(st.binary(max_size=120) | st.binary(max_size=60).map(pickup.MAGIC.__add__))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        opened(data)


def test_the_header_alone_can_be_read() -> None:
    file = io.BytesIO(FILE)
    data = read_header(file)
    assert open_header(data, KEY.public) == header()
    assert file.read() == b"".join(BODIES)
    assert len(prefix(data)) <= pickup.PREFIX_LIMIT


def test_signing_refuses_what_reading_refuses() -> None:
    for broken in (replace(header(), number=0), replace(header(), entries=header().entries[::-1])):
        with pytest.raises(FormatError):
            sign_header(broken, KEY)


class Dribble(io.BytesIO):
    """A file that gives seven bytes at a time, as an unbuffered one may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(7 if size is None or size < 0 else min(size, 7))


def test_a_file_that_gives_little_at_a_time_is_read_whole() -> None:
    reader = OpenedPickup(Dribble(FILE), KEY.public)
    assert [b"".join(reader.chunks(entry)) for entry in reader.header.entries] == list(BODIES)
