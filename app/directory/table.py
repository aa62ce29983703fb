"""A register's table, read line by line: one named row after the other, whatever the size of the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

from app.directory.tally import Tally
from app.errors import UserError

Row = Mapping[str, str]
_BROKEN = re.compile("[\udc80-\udcff\0]")


def rows(stream: BinaryIO, needed: Collection[str], wanted: Collection[str], tally: Tally) -> Iterator[tuple[int, Row]]:
    """Number of the record (the header is 1) and the wanted columns of each; malformed ones are counted in `tally`.

    Args:
        needed: columns without which this is another layout. `wanted`: columns that may be missing.

    Raises:
        UserError: a needed column is missing.
    """
    # A byte that is no UTF-8 spoils its own line only.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows(csv.reader(text, strict=True), needed, wanted, tally)
    finally:
        text.detach()  # the file is the caller's to close


def _rows(
    reader: Iterator[list[str]], needed: Collection[str], wanted: Collection[str], tally: Tally
) -> Iterator[tuple[int, Row]]:
    header = _next(reader) or []
    missing = sorted(set(needed) - set(header))
    if missing:
        raise UserError(
            f"This file is in another layout: it has no column {missing[0]}.",
            "Nothing was changed. Unpack the file first, and check --layout.",
        )
    places = {name: header.index(name) for name in (*needed, *wanted) if name in header}
    number = 1
    while (row := _next(reader)) != []:
        number += 1
        if row is None:
            tally.refuse(number, "its quotes or its length are wrong")
        elif len(row) != len(header):
            tally.refuse(number, f"it has {len(row)} fields instead of {len(header)}")
        elif _BROKEN.search("".join(row[place] for place in places.values())):
            tally.refuse(number, "it is not UTF-8 text")
        else:
            yield number, {name: row[place].strip() for name, place in places.items()}


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    """The next record that is not blank; an empty list at the end, None for a malformed one."""
    try:
        return next((row for row in reader if row), [])
    except csv.Error:
        return None
