"""Reading the register: rows become values. What is shown on a day is asked of the signed months."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from app.domain.durations import first_day, month_number, month_of
from app.domain.entry import STATUSES, Entry, Record, Tombstone
from app.domain.stored_record import read_stored
from app.stores import registry_search
from app.stores.registry_search import TOTAL_MAX
from app.stores.registry_tables import CHANGES, ENDED, ENTRIES, NAMES, VERSIONS
from app.stores.registry_values import Change, Found, Query, Stored, Version
from crypto import canonical
from crypto.fields import from_b64

PAGE_SIZE = 20
# Rows held at once while everything is streamed.
CHUNK = 500
NO_LEAF = -1
GONE = "expired"


def find(connection: Connection, regc_id: str, today: date) -> Stored | None:
    """The version in force, with its name where one is shown."""
    row = connection.execute(select(ENTRIES).where(ENTRIES.c.regc_id == regc_id)).first()
    if row is None:
        return None
    shown = NAMES.c.expires > month_number(month_of(today))
    name = connection.scalar(select(NAMES.c.name).where(NAMES.c.entry == row.number, shown))
    return stored(connection, [row], name or "")[0]


def search(connection: Connection, query: Query, today: date) -> Found:
    """One page; the total is counted up to TOTAL_MAX."""
    numbers = registry_search.hits(connection, query, month_number(month_of(today)))
    total = min(len(numbers), TOTAL_MAX)
    page = numbers[:total][(query.page - 1) * PAGE_SIZE : query.page * PAGE_SIZE]
    texts = connection.execute(
        select(ENTRIES.c.record).where(ENTRIES.c.number.in_(page)).order_by(ENTRIES.c.number.desc())
    )
    entries = tuple(entry for entry in (record(row.record) for row in texts) if isinstance(entry, Entry))
    return Found(total, entries, max(1, -(-total // PAGE_SIZE)), len(numbers) > TOTAL_MAX)


def newest(connection: Connection, today: date, limit: int, cooperatives: Sequence[str] = ()) -> tuple[Stored, ...]:
    """What is shown, newest load first; of some cooperatives, or of all."""
    wanted = select(ENTRIES).where(ENTRIES.c.ends > month_number(month_of(today)))
    if cooperatives:
        wanted = wanted.where(ENTRIES.c.cooperative.in_(cooperatives))
    return stored(connection, connection.execute(wanted.order_by(ENTRIES.c.number.desc()).limit(limit)).all())


def ended_of(connection: Connection, today: date, cooperatives: Sequence[str]) -> int:
    """How many entries of these cooperatives have run their time; those taken down leave no trace here."""
    row = ENTRIES.c
    ended = (row.ends <= month_number(month_of(today))) | (row.record == "")
    over = and_(row.cooperative.in_(cooperatives), ended)
    waiting = connection.scalar(select(func.count()).select_from(ENTRIES).where(over)) or 0
    # Those forgotten by an earlier version of this registry are counted apart.
    gone = connection.scalar(select(func.sum(ENDED.c.entries)).where(ENDED.c.cooperative.in_(cooperatives)))
    return int(waiting) + int(gone or 0)


def stream(connection: Connection, today: date, *, tombstones: bool) -> Iterator[Stored]:
    """Everything shown, by number; with tombstones also the signed ones. Memory holds one chunk."""
    row, last = ENTRIES.c, 0
    shown = row.ends > month_number(month_of(today))
    wanted = (shown | (row.ends.is_(None) & (row.record != ""))) if tombstones else shown
    while rows := connection.execute(
        select(ENTRIES).where(row.number > last, wanted).order_by(row.number).limit(CHUNK)
    ).all():
        yield from stored(connection, rows)
        last = rows[-1].number


def changes(connection: Connection, day: date) -> Iterator[Change]:
    """The lines of one day: what was loaded in its order, then what ends with that day."""
    wanted = (
        select(CHANGES.c.op, CHANGES.c.version.label("told"), ENTRIES)
        .join(ENTRIES, ENTRIES.c.number == CHANGES.c.entry)
        .where(CHANGES.c.day == day.isoformat())
    )
    last = 0
    while rows := connection.execute(
        wanted.add_columns(CHANGES.c.number.label("place"))
        .where(CHANGES.c.number > last)
        .order_by(CHANGES.c.number)
        .limit(CHUNK)
    ).all():
        last = rows[-1].place
        live = [one for one in rows if one.op != "DEL" and one.told == one.version and one.status in STATUSES]
        by_number = {one.number: one for one in stored(connection, [one for one in live if one.record])}
        for one in rows:
            kept = by_number.get(one.number) if one.op != "DEL" and one.told == one.version else None
            yield Change(one.op, one.regc_id, one.told, kept, *_end(one))
    if day.day == 1:
        over = select(ENTRIES.c.regc_id, ENTRIES.c.version).where(ENTRIES.c.ends == month_number(month_of(day)))
        for one in connection.execute(over.order_by(ENTRIES.c.number)):
            yield Change("DEL", one.regc_id, one.version, None)


def _end(row: Row[Any]) -> tuple[str, tuple[str, ...]]:
    """Status and successors that the tombstone of a change tells, without reading the store once more."""
    if row.told != row.version or row.status in STATUSES or not row.record:
        return GONE, ()
    return row.status, tuple(json.loads(row.record).get("replaced_by", ()))


def change_days(connection: Connection, today: date | None) -> tuple[date, ...]:
    """Days that have a delta, oldest first; expiries that no `tick` has told yet count up to `today`."""
    days = {date.fromisoformat(day) for day in connection.scalars(select(CHANGES.c.day).distinct())}
    if today:
        over = select(ENTRIES.c.ends).where(ENTRIES.c.ends <= month_number(month_of(today))).distinct()
        days |= {first_day(number) for number in connection.scalars(over)}
    return tuple(sorted(days))


def counts(connection: Connection, today: date) -> tuple[int, int]:
    """How many entries are shown, and how many names lead to one that has ended."""
    over = ENTRIES.c.ends > month_number(month_of(today))
    shown = connection.scalar(select(func.count()).select_from(ENTRIES).where(over)) or 0
    total = connection.scalar(select(func.count()).select_from(ENTRIES)) or 0
    return shown, total - shown


def stored(connection: Connection, rows: Sequence[Row[Any]], name: str = "") -> tuple[Stored, ...]:
    """Rows of `entries` as values, with the history of each."""
    history: dict[int, list[Version]] = {row.number: [] for row in rows}
    told = select(VERSIONS).where(VERSIONS.c.entry.in_(history)).order_by(VERSIONS.c.entry, VERSIONS.c.version)
    for line in connection.execute(told) if rows else ():
        history[line.entry].append(Version(line.version, line.status, line.batch))
    return tuple(_stored(row, tuple(history[row.number]), name) for row in rows)


def _stored(row: Row[Any], versions: tuple[Version, ...], name: str) -> Stored:
    return Stored(
        number=row.number,
        record=record(row.record) if row.record else Tombstone(row.regc_id, row.version, GONE, row.month),
        text=row.record,
        issuer=row.issuer,
        signatures=signatures(row.signatures),
        manifest=row.manifest,
        salt=bytes(row.salt),
        leaf=NO_LEAF if row.leaf is None else row.leaf,
        batch=row.batch,
        since=json.loads(row.since),
        versions=versions,
        name=name,
    )


def record(text: str) -> Record:
    """A record as it was signed, whatever the rules say of it today."""
    return read_stored(canonical.loads(text.encode()))


def signatures(text: str) -> tuple[tuple[str, bytes], ...]:
    """What `registry_loading` wrote, or nothing for an entry that ran its time."""
    return tuple((one["reviewer"], from_b64(one["signature"])) for one in json.loads(text or "[]"))
