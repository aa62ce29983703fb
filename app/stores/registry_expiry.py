"""What time ends is erased, and the search index is made anew when its rules changed."""

from __future__ import annotations

import json
import secrets
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from app.domain.cooperative_id import cooperative_id
from app.domain.durations import first_day, month_number, month_of
from app.domain.entry import Entry
from app.stores import registry_search
from app.stores.registry_loading import ERASED, next_number
from app.stores.registry_reading import CHUNK, record
from app.stores.registry_tables import CHANGES, ENTRIES, META, NAMES

# Raise it when ids of cooperatives change.
_IDS = 2


def _edition() -> str:
    return f"{registry_search.edition()}/{_IDS}"


def forget(connection: Connection, today: date) -> tuple[int, int]:
    """Text, salt, signatures and words of entries that ended, and names past their month: (entries, names).

    The delta keeps its DEL on the day on which the entry ended, and its cooperative the count.
    """
    now = month_number(month_of(today))
    names = connection.execute(delete(NAMES).where(NAMES.c.expires <= now)).rowcount
    count = 0
    while rows := connection.execute(
        select(ENTRIES).where(ENTRIES.c.ends <= now).order_by(ENTRIES.c.ends, ENTRIES.c.number).limit(CHUNK)
    ).all():
        _erase(connection, rows)
        count += len(rows)
    if count:
        registry_search.purge(connection)
    return count, names


def _erase(connection: Connection, rows: Any) -> None:
    place = next_number(connection, CHANGES.c.number)
    told, gone = [], []
    for step, row in enumerate(rows):
        entry = _entry(row)
        gone.append((row.number, entry))
        day = first_day(row.ends).isoformat()
        told.append({"number": place + step, "day": day, "op": "DEL", "entry": row.number, "version": row.version})
        values = ERASED | {"month": month_of(first_day(row.ends))}
        connection.execute(update(ENTRIES).where(ENTRIES.c.number == row.number).values(**values))
    connection.execute(delete(NAMES).where(NAMES.c.entry.in_([number for number, _ in gone])))
    registry_search.take(connection, gone)
    connection.execute(insert(CHANGES), told)


def _entry(row: Row[Any]) -> Entry:
    found = record(row.record)
    if not isinstance(found, Entry):
        raise TypeError("a tombstone has no end")
    return found


def has_index(connection: Connection) -> bool:
    """Whether the search index and the ids of cooperatives are of these rules."""
    return connection.scalar(select(META.c.value).where(META.c.name == "index")) == _edition()


def index_anew(connection: Connection) -> None:
    """Fill the index when it is of other rules or empty; entries of the first schema get their cooperative."""
    if connection.scalar(select(META.c.value).where(META.c.name == "mark")) is None:
        connection.execute(insert(META).values(name="mark", value=secrets.token_hex(8)))
    # The first registers of this schema were made before the search asked for it by name.
    connection.execute(text("CREATE INDEX IF NOT EXISTS entries_shown ON entries (number, ends)"))
    if has_index(connection):
        return
    registry_search.clear(connection)
    last = 0
    while rows := connection.execute(
        select(ENTRIES).where(ENTRIES.c.number > last).order_by(ENTRIES.c.number).limit(CHUNK)
    ).all():
        last = rows[-1].number
        entries = [(row.number, _entry(row)) for row in rows if row.published is not None]
        for number, entry in entries:
            values = {"cooperative": cooperative_id(entry.cooperative)}
            connection.execute(update(ENTRIES).where(ENTRIES.c.number == number).values(**values))
        for row in rows:
            if row.published is None and not row.month and row.record:
                month = json.loads(row.record)["month"]
                connection.execute(update(ENTRIES).where(ENTRIES.c.number == row.number).values(month=month))
        registry_search.put(connection, entries)
    registry_search.purge(connection)
    connection.execute(delete(META).where(META.c.name == "index"))
    connection.execute(insert(META).values(name="index", value=_edition()))
