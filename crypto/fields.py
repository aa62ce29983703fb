"""Strict reading of one JSON object: exactly the named fields, each of its type (docs/spec/README.md, "Fields").

Every getter raises FormatError with the name of the field, never with its value.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from crypto.canonical import INTEGER_MAX
from crypto.errors import FormatError

# A list longer than this is an attack or an accident; each format may lower it.
ITEMS_MAX = 100_000

INSTANCE = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
STATE = re.compile(r"[a-z][a-z_]{0,31}")
FINGERPRINT = re.compile(r"[0-9A-F]{40}")

T = TypeVar("T")


def to_b64(data: bytes) -> str:
    """Base64 of RFC 4648 section 4, padded, on one line."""
    return base64.b64encode(data).decode("ascii")


def from_b64(text: str) -> bytes:
    """Decode base64 in its only valid form: standard alphabet, padded, no white space, zero trailing bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("not base64") from None
    if to_b64(data) != text:
        raise FormatError("base64 is not in its canonical form")
    return data


class Fields:
    """One JSON object of which every field must be known and present."""

    def __init__(self, value: Any, names: Sequence[str]) -> None:
        if not isinstance(value, dict):
            raise FormatError("a JSON object is expected")
        if set(value) != set(names):
            raise FormatError("a field is missing or unknown")
        self._value: dict[str, Any] = value

    def text(self, name: str, pattern: re.Pattern[str] | None = None, *, limit: int = 100_000) -> str:
        """Text of at most `limit` code points that matches `pattern` from end to end."""
        value = self._value[name]
        if not isinstance(value, str) or len(value) > limit or (pattern and not pattern.fullmatch(value)):
            raise FormatError(f"the field {name} is malformed")
        return value

    def integer(self, name: str, low: int = 0, high: int = INTEGER_MAX) -> int:
        """Integer from `low` to `high`; true and false are no integers."""
        value = self._value[name]
        if type(value) is not int or not low <= value <= high:
            raise FormatError(f"the field {name} is not an integer in its range")
        return value

    def b64(self, name: str, size: int | None = None) -> bytes:
        """Canonical base64 of exactly `size` bytes, or of one byte at least."""
        data = from_b64(self.text(name, limit=2**27))
        if not data or (size is not None and len(data) != size):
            raise FormatError(f"the field {name} has another length")
        return data

    def hexadecimal(self, name: str, digits: int, *, empty: bool = False) -> str:
        """Exactly `digits` lower-case hexadecimal digits, or nothing when `empty` allows it."""
        value = self.text(name)
        if not (empty and value == "") and not re.fullmatch(rf"[0-9a-f]{{{digits}}}", value):
            raise FormatError(f"the field {name} is not {digits} hexadecimal digits")
        return value

    def day(self, name: str) -> date:
        """A date as YYYY-MM-DD."""
        text = self.text(name, limit=10)
        try:
            value = date.fromisoformat(text)
        except ValueError:
            raise FormatError(f"the field {name} is not a date") from None
        if value.isoformat() != text:  # fromisoformat also reads week dates and dates without hyphens
            raise FormatError(f"the field {name} is not a date")
        return value

    def items(self, name: str, parse: Callable[[Any], T], limit: int = ITEMS_MAX) -> tuple[T, ...]:
        """A list of at most `limit` items, each read by `parse`."""
        value = self._value[name]
        if not isinstance(value, list) or len(value) > limit:
            raise FormatError(f"the field {name} is not a list within its limit")
        return tuple(parse(item) for item in value)

    def raw(self, name: str) -> Any:
        """The value as it is, for the caller to parse."""
        return self._value[name]


def text_item(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    """A parser for `Fields.items`: texts that match `pattern`."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise FormatError("an item of a list is malformed")
        return value

    return parse


def increasing(keys: Sequence[str], what: str) -> None:
    """Strictly increasing keys: no repetition, and an order that says nothing about time.

    Raises:
        FormatError: two keys are equal or out of order.
    """
    if any(left >= right for left, right in itertools.pairwise(keys)):
        raise FormatError(f"{what} are repeated or out of order")
