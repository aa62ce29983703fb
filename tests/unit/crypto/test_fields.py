"""Strict records: every getter refuses what docs/spec/README.md does not name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from crypto.errors import FormatError
from crypto.fields import NAME, Fields, from_b64, increasing, text_item, to_b64


def one(value: Any) -> Fields:
    return Fields({"x": value}, ("x",))


@given(st.binary(max_size=40))
def test_base64_round_trip(data: bytes) -> None:
    assert from_b64(to_b64(data)) == data


@given(st.text("AQgw+/=-_ \n", max_size=9))
def test_base64_has_one_form(text: str) -> None:
    try:
        data = from_b64(text)
    except FormatError:
        return
    assert to_b64(data) == text


def test_base64_refuses_other_scripts() -> None:
    with pytest.raises(FormatError, match="not base64"):
        from_b64("é===")


@pytest.mark.parametrize("value", [None, [], "x", 1, {}, {"x": 1, "y": 2}, {"y": 1}])
def test_refuses_another_set_of_fields(value: Any) -> None:
    with pytest.raises(FormatError):
        Fields(value, ("x",))


def test_text() -> None:
    assert one("abc").text("x", NAME) == "abc"
    assert one("").text("x") == ""
    for bad in (1, None, ["a"], "A", "a\n", ""):
        with pytest.raises(FormatError, match="the field x is malformed"):
            one(bad).text("x", NAME)
    with pytest.raises(FormatError, match="malformed"):
        one("abc").text("x", limit=2)


def test_integer() -> None:
    assert [one(n).integer("x", -1, 1) for n in (-1, 0, 1)] == [-1, 0, 1]
    assert one(canonical.INTEGER_MAX).integer("x") == canonical.INTEGER_MAX
    for bad in (-2, 2, True, False, "1", None, 1.0):
        with pytest.raises(FormatError, match="not an integer in its range"):
            one(bad).integer("x", -1, 1)


def test_bytes() -> None:
    assert one("AAE=").b64("x") == one("AAE=").b64("x", 2) == b"\0\1"
    for bad, size in (("AAE=", 3), ("", None), (7, None)):
        with pytest.raises(FormatError):
            one(bad).b64("x", size)


def test_hexadecimal() -> None:
    assert one("0a").hexadecimal("x", 2) == "0a"
    assert one("").hexadecimal("x", 2, empty=True) == ""
    for bad in ("", "0A", "0a\n", "0", "0a0", "zz"):
        with pytest.raises(FormatError, match="2 hexadecimal digits"):
            one(bad).hexadecimal("x", 2)


@given(st.dates())
def test_day_round_trip(day: date) -> None:
    assert one(day.isoformat()).day("x") == day


@pytest.mark.parametrize("text", ["", "2026-1-1", "20260101", "2026-W01-1", "2026-02-30", "2026-01-01T", "٢٠٢٦-01-01"])
def test_day_has_one_form(text: str) -> None:
    with pytest.raises(FormatError):
        one(text).day("x")


def test_items() -> None:
    assert one(["a", "b"]).items("x", text_item(NAME)) == ("a", "b")
    for bad in ({}, "ab", None, ["a", "b", "c"]):
        with pytest.raises(FormatError, match="not a list within its limit"):
            one(bad).items("x", text_item(NAME), limit=2)
    for bad in (["A"], [1]):
        with pytest.raises(FormatError, match="an item of a list is malformed"):
            one(bad).items("x", text_item(NAME))


def test_raw_is_handed_on() -> None:
    assert one([1]).raw("x") == [1]


def test_increasing() -> None:
    increasing([], "ids")
    increasing(["a", "b"], "ids")
    for bad in (["a", "a"], ["b", "a"]):
        with pytest.raises(FormatError, match="ids are repeated or out of order"):
            increasing(bad, "ids")


def test_no_message_shows_a_value() -> None:
    canary = "canary-7391"
    attempts = (
        lambda: one(canary).integer("x"),
        lambda: one(canary).b64("x"),
        lambda: one(canary).hexadecimal("x", 2),
        lambda: one(canary).day("x"),
        lambda: one(canary).items("x", str),
        lambda: Fields({canary: 1}, ("x",)),
    )
    for attempt in attempts:
        with pytest.raises(FormatError) as raised:
            attempt()
        assert "canary" not in str(raised.value)
