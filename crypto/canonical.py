"""Canonical JSON: one value, one byte string (docs/spec/README.md, "Canonical JSON").

Signatures and digests cover bytes. If two texts stood for one value, a digest would no longer name a document and a
parser that keeps the last of two equal keys could show one thing and check another. So `loads` takes only what
`dumps` would have written.
"""

from __future__ import annotations

import json
from typing import Any

from crypto.errors import FormatError

# Beyond 2^53 - 1 other languages read another number than the one that was signed.
INTEGER_MAX = 2**53 - 1
# Deepest real document: export → entries → entry → statements → fields. Bounds recursion on hostile input.
DEPTH_MAX = 16
LIMIT = 64 * 1024 * 1024


def dumps(value: Any) -> bytes:
    """Serialise: keys sorted by code point, no space, UTF-8, no trailing newline.

    Raises:
        FormatError: the value has a float, a large integer, a key that is no text, a lone surrogate, or is too deep.
    """
    _check(value, DEPTH_MAX)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise FormatError("JSON text has a lone surrogate") from None


def loads(data: bytes, *, limit: int = LIMIT) -> Any:
    """Parse bytes that `dumps` could have written, and no others.

    Raises:
        FormatError: not UTF-8, not JSON, not canonical, or longer than `limit` bytes.
    """
    if len(data) > limit:
        raise FormatError("JSON is longer than its limit")
    try:
        value = json.loads(data.decode("utf-8"), parse_int=_integer, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):  # FormatError is raised as is; UnicodeDecodeError is a ValueError
        raise FormatError("not JSON in UTF-8") from None
    if dumps(value) != data:  # catches repeated keys, spaces, key order, other escapes, a byte order mark
        raise FormatError("JSON is not in its canonical form")
    return value


def _check(value: Any, depth: int) -> None:
    if value is None or isinstance(value, (bool, str)):
        return
    if isinstance(value, int):
        if abs(value) > INTEGER_MAX:
            raise FormatError("JSON integer is too large")
        return
    if depth == 0:
        raise FormatError("JSON is nested too deep")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise FormatError("JSON key is not text")
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        raise FormatError("JSON has a value that is neither text, integer, boolean, list nor object")
    for item in value:
        _check(item, depth - 1)


def _integer(digits: str) -> int:
    if len(digits) > 17:  # before int(), whose cost grows with the square of the length
        raise FormatError("JSON integer is too large")
    return int(digits)


def _refuse(_: str) -> Any:
    raise FormatError("JSON number is not an integer")
