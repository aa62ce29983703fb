"""Canonical JSON: docs/spec/README.md. The vectors hold the refusals of bytes; here are properties and values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crypto import canonical
from crypto.errors import FormatError

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(-canonical.INTEGER_MAX, canonical.INTEGER_MAX)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_round_trip(value: Any) -> None:
    assert canonical.loads(canonical.dumps(value)) == value


@given(st.binary(max_size=64) | st.text('{}[]",:0123456789eE.-+ntrufalsu\\ ').map(str.encode))
@example(b'{"a":1,"a":1}')
@example(b"-0")
@example(b"[1e5]")
def test_any_bytes_are_refused_or_written_again_equal(data: bytes) -> None:
    try:
        value = canonical.loads(data)
    except FormatError:
        return
    assert canonical.dumps(value) == data


def test_order_of_keys_is_that_of_utf8_bytes() -> None:
    keys = ["\uffee", "\U00010000", "a", "A", "é", ""]
    data = canonical.dumps(dict.fromkeys(keys, 0))
    assert list(canonical.loads(data)) == sorted(keys, key=lambda name: name.encode())


def test_tuples_are_lists() -> None:
    assert canonical.dumps({"a": (1, (2,))}) == b'{"a":[1,[2]]}'


@pytest.mark.parametrize("value", [1.0, float("nan"), b"x", {1: 2}, {"a": {None: 1}}, object(), {1, 2}, [[0.5]]])
def test_refuses_what_is_not_json(value: object) -> None:
    with pytest.raises(FormatError):
        canonical.dumps(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), [10**30]])
def test_refuses_integers_that_others_read_differently(value: object) -> None:
    with pytest.raises(FormatError, match="too large"):
        canonical.dumps(value)


def test_refuses_a_lone_surrogate() -> None:
    with pytest.raises(FormatError, match="surrogate"):
        canonical.dumps(["\ud800"])


def test_depth_is_bounded_both_ways() -> None:
    value: Any = 0
    for _ in range(canonical.DEPTH_MAX):
        value = [value]
    assert canonical.loads(canonical.dumps(value)) == value
    with pytest.raises(FormatError, match="too deep"):
        canonical.dumps([value])


def test_limit_counts_bytes() -> None:
    assert canonical.loads(b'"abcd"', limit=6) == "abcd"
    with pytest.raises(FormatError, match="longer than its limit"):
        canonical.loads(b'"abcd"', limit=5)
