"""Legal persons as the desks' signed bundles tell them, and which names of cooperatives were judged to be one.

A bundle replaces the one before it of the same issuer, whole: a judgement that is taken back is not in the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select, union, update

from app.errors import UserError
from app.stores.registry_reading import ended_of, newest
from app.stores.registry_tables import BUNDLES, DIRECTORY, ENDED, ENTRIES, MERGES
from app.stores.registry_values import CooperativePage

# A cooperative with more entries than this shows the newest; the search finds the others.
ENTRIES_MAX = 500
_STEPS = 16
_BATCH = 10_000


@dataclass(frozen=True)
class Bundle:
    """What one issuer says: `records` by id of the cooperative, canonical JSON; `merges` from one id to another."""

    issuer: str
    sequence: int
    digest: str
    records: Mapping[str, str]
    merges: Mapping[str, str]


def put(connection: Connection, bundle: Bundle) -> bool:
    """Replace what the issuer said before; False when it is the very bundle in force.

    Raises:
        UserError: an older bundle, or another one under a used number.
    """
    known = connection.execute(select(BUNDLES).where(BUNDLES.c.issuer == bundle.issuer)).first()
    if known and (known.sequence, known.digest) == (bundle.sequence, bundle.digest):
        return False
    if known and bundle.sequence <= known.sequence:
        raise UserError(
            f"Directory {bundle.sequence} of {bundle.issuer} is an old version: number {known.sequence} is in force.",
            "Nothing was changed. Bring the newest one.",
        )
    head = {"sequence": bundle.sequence, "digest": bundle.digest}
    if known:
        connection.execute(update(BUNDLES).where(BUNDLES.c.issuer == bundle.issuer).values(**head))
    else:
        connection.execute(insert(BUNDLES).values(issuer=bundle.issuer, **head))
    for table, column, pairs in (("directory", "record", bundle.records), ("merges", "becomes", bundle.merges)):
        target = {"directory": DIRECTORY, "merges": MERGES}[table]
        connection.execute(delete(target).where(target.c.issuer == bundle.issuer))
        rows = [{"issuer": bundle.issuer, "cooperative": name, column: value} for name, value in pairs.items()]
        for start in range(0, len(rows), _BATCH):
            connection.execute(insert(target), rows[start : start + _BATCH])
    return True


def record_of(connection: Connection, cooperative: str) -> str:
    """The line of the directory, canonical JSON, or nothing; of several issuers the first by name."""
    wanted = select(DIRECTORY.c.record).where(DIRECTORY.c.cooperative == cooperative)
    return connection.scalar(wanted.order_by(DIRECTORY.c.issuer).limit(1)) or ""


def ids(connection: Connection) -> Iterator[str]:
    """Every id of a cooperative that has a page, whether its entries are shown or have ended."""
    found = union(*(select(table.c.cooperative) for table in (ENTRIES, ENDED, MERGES))).subquery()
    wanted = select(found.c.cooperative).where(found.c.cooperative.is_not(None)).order_by(found.c.cooperative)
    yield from connection.scalars(wanted)


def page_of(connection: Connection, cooperative: str, today: date) -> CooperativePage | None:
    """What is known of a cooperative under its own id and those that became it; None for an id nobody used."""
    names = _names(connection, cooperative)
    entries, ended = newest(connection, today, ENTRIES_MAX, names), ended_of(connection, today, names)
    record, into = record_of(connection, cooperative), _goal(connection, cooperative)
    if not (entries or ended or record or into or len(names) > 1):
        return None
    return CooperativePage(cooperative, into, record, entries, ended)


def _goal(connection: Connection, cooperative: str) -> str:
    """Where judgements lead from an id, or nothing. Two desks may lead round in a circle: then its least id stays."""
    seen = [cooperative]
    while len(seen) < _STEPS:
        wanted = select(MERGES.c.becomes).where(MERGES.c.cooperative == seen[-1]).order_by(MERGES.c.issuer).limit(1)
        step = connection.scalar(wanted)
        if step is None:
            break
        if step in seen:
            least = min(seen[seen.index(step) :])
            return "" if least == cooperative else least
        seen.append(step)
    return "" if seen[-1] == cooperative else seen[-1]


def _names(connection: Connection, cooperative: str) -> list[str]:
    """The id and every id that became it, over several steps."""
    names, new = [cooperative], [cooperative]
    for _ in range(_STEPS):
        found = connection.scalars(select(MERGES.c.cooperative).where(MERGES.c.becomes.in_(new)))
        new = [name for name in dict.fromkeys(found) if name not in names]
        if not new:
            break
        names += new
    return names
