"""The items of one list in a large JSON document, one after the other, in little memory."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any, BinaryIO

from app.errors import UserError

CHUNK = 256 * 1024
ITEM_MAX = 2 * 1024 * 1024
_BETWEEN = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


def items(stream: BinaryIO, names: Collection[str], *, chunk: int = CHUNK) -> Iterator[Any]:
    """The items of the first list under one of these names; `chunk`: characters read at once.

    Raises:
        UserError: there is no such list, or it is not JSON any more from some place on.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8-sig")
    try:
        yield from _items(partial(text.read, chunk), re.compile(rf'"(?:{"|".join(names)})"\s*:\s*\['))
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        raise UserError(
            "This file is not JSON in UTF-8, or not all of it.", "Nothing was changed. Get it again, and unpack it."
        ) from None
    finally:
        text.detach()  # the file is the caller's to close


def _items(read: Callable[[], str], start: re.Pattern[str]) -> Iterator[Any]:
    buffer = ""
    while not (match := start.search(buffer)):
        buffer = _more(read, buffer)
    buffer = buffer[match.end() :]
    while True:
        buffer = buffer[_end_of_space(buffer) :]
        if buffer.startswith("]"):
            return
        try:
            value, end = _DECODER.raw_decode(buffer)
        except ValueError:
            buffer = _more(read, buffer)
            continue
        yield value
        buffer = buffer[end:]


def _end_of_space(buffer: str) -> int:
    match = _BETWEEN.match(buffer)
    return match.end() if match else 0


def _more(read: Callable[[], str], buffer: str) -> str:
    """More text behind what could not be read yet.

    Raises:
        ValueError: there is none, or one item is longer than any.
    """
    chunk = read()
    if not chunk or len(buffer) > ITEM_MAX:
        raise ValueError("no item")
    return buffer + chunk
