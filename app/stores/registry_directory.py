"""Legal persons as the desks' signed bundles tell them, and which names of cooperatives were judged to be one.

A bundle replaces the one before it of the same issuer, whole: a judgement that is taken back is not in the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select, union, update

from app.errors import UserError
from app.stores.registry_reading import ended_of, newest
from app.stores.registry_tables import BUNDLES, DIRECTORY, ENDED, ENTRIES, INTEGER_MAX, MERGES
from app.stores.registry_values import CooperativePage

# A cooperative with more entries than this shows the newest; the search finds the others.
ENTRIES_MAX = 500
# Judgements in a row that are followed; a longer row leads nowhere.
_STEPS = 256
_BATCH = 10_000
_WIDE = 500
# Stands for an issuer where the correction of an entry, and nobody's judgement, gave a cooperative another id.
_MOVED = ""


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
        UserError: an older bundle, another one under a used number, or a number beyond 2,147,483,647.
    """
    if bundle.sequence > INTEGER_MAX:
        raise UserError(
            f"Directory {bundle.sequence} of {bundle.issuer} bears a number that no register takes.",
            "Nothing was changed. Ask the issuer to count its bundles one by one.",
        )
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


def move(connection: Connection, moved: Sequence[tuple[str, str]], used: Set[str], left: Set[str]) -> None:
    """Keep the addresses of cooperatives true after a load.

    Args:
        moved: an id that an entry had, and the one that its correction gave it.
        used: the ids of the entries of this load: nothing leads away from them.
        left: the ids of entries that were taken down: nothing leads there once no entry is left.
    """
    row = MERGES.c
    if not moved and connection.scalar(select(row.cooperative).where(row.issuer == _MOVED).limit(1)) is None:
        return
    names = sorted(used)
    for start in range(0, len(names), _WIDE):
        here = row.cooperative.in_(names[start : start + _WIDE])
        connection.execute(delete(MERGES).where(row.issuer == _MOVED, here))
    for old, new in moved:
        connection.execute(update(MERGES).where(row.issuer == _MOVED, row.becomes == old).values(becomes=new))
        connection.execute(delete(MERGES).where(row.issuer == _MOVED, row.cooperative.in_((old, new))))
        if not _has_entries(connection, old):
            connection.execute(insert(MERGES).values(cooperative=old, issuer=_MOVED, becomes=new))
    for name in left:
        if not _has_entries(connection, name):
            connection.execute(delete(MERGES).where(row.issuer == _MOVED, row.becomes == name))


def _has_entries(connection: Connection, cooperative: str) -> bool:
    wanted = select(ENTRIES.c.number).where(ENTRIES.c.cooperative == cooperative).limit(1)
    return connection.scalar(wanted) is not None


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
    """Where judgements lead from an id, or nothing. Two desks may lead round in a circle: then its least id stays.

    Nothing also for a row of more than _STEPS: whatever is answered halfway could lead round for ever.
    """
    seen = {cooperative: 0}
    last = cooperative
    while len(seen) <= _STEPS:
        wanted = select(MERGES.c.becomes).where(MERGES.c.cooperative == last)
        step = connection.scalar(wanted.order_by(MERGES.c.issuer == _MOVED, MERGES.c.issuer).limit(1))
        if step is None:
            return "" if last == cooperative else last
        if step in seen:
            least = min(name for name, place in seen.items() if place >= seen[step])
            return "" if least == cooperative else least
        seen[step] = len(seen)
        last = step
    return ""


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
