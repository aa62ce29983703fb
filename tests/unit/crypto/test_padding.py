"""Buckets and blocks: docs/spec/README.md, "Sizes"."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import padding
from crypto.errors import FormatError
from crypto.padding import BLOCK, DOUBLING_MAX, FLOOR, bucket, is_bucket, pad_block, unpad_block

SPEC = Path(__file__).resolve().parents[3] / "docs" / "spec" / "README.md"
KIB = 1024


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, 16 * KIB),
        (1, 16 * KIB),
        (16 * KIB, 16 * KIB),
        (16 * KIB + 1, 32 * KIB),
        (32 * KIB, 32 * KIB),
        (8192 * KIB - 1, 8192 * KIB),
        (8192 * KIB, 8192 * KIB),
        (8192 * KIB + 1, 8448 * KIB),
        (500_000_000, 503_316_480),
    ],
)
def test_known_buckets(size: int, expected: int) -> None:
    assert bucket(size) == expected


def test_the_specification_lists_the_same_figures() -> None:
    rows = re.findall(r"^\| ([0-9,]+) \| ([0-9,]+) \|$", SPEC.read_text(encoding="utf-8"), re.M)
    assert len(rows) >= 6
    for size, expected in rows:
        assert bucket(int(size.replace(",", ""))) == int(expected.replace(",", "")), size


@given(st.integers(0, 2**40))
def test_a_bucket_holds_and_is_stable(size: int) -> None:
    held = bucket(size)
    assert size <= held
    assert is_bucket(held)
    assert bucket(held) == held


@given(st.integers(FLOOR, 2**40))
def test_waste_is_bounded(size: int) -> None:
    assert bucket(size) < 2 * size
    if size > DOUBLING_MAX:
        assert (bucket(size) - size) / size < 0.032


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_buckets_keep_the_order(left: int, right: int) -> None:
    assert (bucket(left) <= bucket(right)) or left > right


def test_few_sizes_exist() -> None:
    sizes, at = [], 0
    while at <= 600_000_000:
        sizes.append(bucket(at))
        at = sizes[-1] + 1
    assert len(sizes) == len(set(sizes)) < 230


def test_what_is_no_bucket() -> None:
    assert not any(is_bucket(size) for size in (-1, 0, 1, FLOOR - 1, FLOOR + 1, DOUBLING_MAX + 1))
    with pytest.raises(FormatError):
        bucket(-1)


@pytest.mark.parametrize("size", [0, 1, BLOCK - 5, BLOCK - 4, BLOCK - 3, 2 * BLOCK - 4, 2 * BLOCK - 3, 60_000])
def test_block_round_trip_around_the_edges(size: int) -> None:
    padded = pad_block(b"\0" * size)
    assert len(padded) % BLOCK == 0
    assert len(padded) - size - 4 < BLOCK
    assert unpad_block(padded) == b"\0" * size


@given(st.binary(max_size=70), st.sampled_from([8, 16, 32]))
def test_any_bytes_are_refused_or_padded_again_equal(data: bytes, block: int) -> None:
    for candidate in (data, len(data).to_bytes(4, "big") + data + bytes(-(len(data) + 4) % block)):
        try:
            content = unpad_block(candidate, block)
        except FormatError:
            continue
        assert pad_block(content, block) == candidate


def test_refuses_every_nonzero_tail() -> None:
    padded = pad_block(b"x", 32)
    for at in range(5, 32):
        with pytest.raises(FormatError, match="not zero"):
            unpad_block(padded[:at] + b"\1" + padded[at + 1 :], 32)


def test_refuses_length_past_end() -> None:
    with pytest.raises(FormatError, match="length"):
        unpad_block(b"\xff\xff\xff\xff" + bytes(BLOCK - 4))


def test_refuses_more_blocks_than_needed() -> None:
    with pytest.raises(FormatError, match="length"):
        unpad_block(pad_block(b"x") + bytes(padding.BLOCK))
