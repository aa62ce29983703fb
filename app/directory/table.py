"""A register's table, read line by line: one named row after the other, whatever the size of the file."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

from app.directory.tally import Tally
from app.errors import UserError

Row = Mapping[str, str]
LINE_MAX = 1024 * 1024
# A name in quotes may hold a line break; one that goes on for longer is a stray quote, which spoils its own line only.
JOINED_MAX = 8
_BROKEN = re.compile("[\udc80-\udcff\0]")
_QUOTES = "its quotes or its length are wrong"


def rows(stream: BinaryIO, needed: Collection[str], wanted: Collection[str], tally: Tally) -> Iterator[tuple[int, Row]]:
    """Number of the record (the header is 1) and the wanted columns of each; malformed ones are counted in `tally`.

    Args:
        needed: columns without which this is another layout. `wanted`: columns that may be missing.

    Raises:
        UserError: a needed column is missing.
    """
    records = _records(stream)
    header = next(records, None) or []
    missing = sorted(set(needed) - set(header))
    if missing:
        raise UserError(
            f"This file is in another layout: it has no column {missing[0]}.",
            "Nothing was changed. Unpack the file first, and check --layout.",
        )
    places = {name: header.index(name) for name in (*needed, *wanted) if name in header}
    for number, row in enumerate(records, 2):
        if row is None:
            tally.refuse(number, _QUOTES)
        elif len(row) != len(header):
            tally.refuse(number, f"it has {len(row)} fields instead of {len(header)}")
        elif _BROKEN.search("".join(row[place] for place in places.values())):
            tally.refuse(number, "it is not UTF-8 text")
        else:
            yield number, {name: row[place].strip() for name, place in places.items()}


def _records(stream: BinaryIO) -> Iterator[list[str] | None]:
    """Each record that is not blank; None for a malformed one."""
    lines, ahead = _lines(stream), list[str | None]()
    while (line := ahead.pop(0) if ahead else next(lines, "")) != "":
        row = None if line is None else _fields([line])
        if row is None and line is not None and line.count('"') % 2:
            row = _joined(line, lines, ahead)
        if row != []:
            yield row


def _joined(line: str, lines: Iterator[str | None], ahead: list[str | None]) -> list[str] | None:
    """The record that a quoted field carries over the next lines; lines that it does not need stay in `ahead`."""
    taken = [line]
    for place in range(JOINED_MAX):
        if place == len(ahead):
            ahead.append(next(lines, ""))
        more = ahead[place]
        if not more:
            break
        taken.append(more)
        # The quote that closes it has another one before it, or none at all: an odd number in its line.
        if more.count('"') % 2:
            row = _fields(taken)
            if row is not None:
                del ahead[: place + 1]
            return row
    if ahead and ahead[-1] == "":
        ahead.pop()
    return None


def _fields(lines: list[str]) -> list[str] | None:
    try:
        return next(csv.reader(lines, strict=True))
    except csv.Error:
        return None


def _lines(stream: BinaryIO) -> Iterator[str | None]:
    """Each line with its end, None for one that is too long to be one; a byte that is no UTF-8 spoils its own only."""
    mark = b"\xef\xbb\xbf"
    while line := stream.readline(LINE_MAX + 1):
        if len(line) > LINE_MAX and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(LINE_MAX)
            yield None
        else:
            yield line.removeprefix(mark).decode("utf-8", "surrogateescape")
        mark = b""
