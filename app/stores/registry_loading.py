"""The register's only writer: a checked batch comes into force whole, or nothing changes.

Everything that a batch replaces is erased in the same transaction: text, salt, signatures, name and words of the
version before. What stays is a number, a status, a month and the place in the log.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.domain import durations
from app.domain.batch import Batch, Head, SignedRecord, check_time, is_next
from app.domain.cooperative_id import cooperative_id
from app.domain.durations import month_number
from app.domain.entry import STATUSES, Entry, Record, Tombstone
from app.domain.statements import claims
from app.domain.strict import EntryError
from app.domain.succession import check_successor
from app.errors import UserError
from app.stores import registry_directory, registry_log, registry_search
from app.stores.registry_reading import GONE
from app.stores.registry_reading import record as read_record
from app.stores.registry_tables import CHANGES, ENTRIES, INTEGER_MAX, ISSUERS, LOADS, MANIFESTS, META, NAMES, VERSIONS
from crypto import canonical
from crypto.export import commitment, log_origin
from crypto.fields import to_b64
from crypto.manifest import Manifest, Pin, accept_successor
from crypto.tlog import Frontier

_SAFE = "Nothing was changed."
_MONTHS = ("severity", "published", "base", "corrected")
# What is left of an entry that ran its time is its name, its last month and the id of its cooperative: a later
# withdrawal must also take it out of that cooperative's count.
ERASED = {"record": "", "signatures": "", "salt": b"", "since": "{}", "status": GONE, **dict.fromkeys(_MONTHS)}
_WIDE = 500


@dataclass(frozen=True)
class Loaded:
    """What a load did: how many records are new, or that the whole batch was there already."""

    records: int
    already: bool


@dataclass(frozen=True)
class Rules:
    """What registry.toml says of every load."""

    origin: str
    nominative: bool


@dataclass
class _Shelf:
    """What one batch writes, gathered so that each table is written once."""

    batch: Batch
    manifest: int
    day: date
    old: dict[str, Row[Any]]
    number: int
    leaf: int
    commitments: list[bytes] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    names: list[dict[str, Any]] = field(default_factory=list)
    words: list[tuple[int, Entry]] = field(default_factory=list)
    gone: list[tuple[int, Entry]] = field(default_factory=list)


def load(connection: Connection, batch: Batch, manifest: Manifest, today: date, *, note: bytes, rules: Rules) -> Loaded:
    """Put a checked batch in force, inside the caller's transaction.

    Raises:
        FormatError, TrustError: its manifest is older than one already used, or its checkpoint is not of this log.
        UserError: the batch is out of order or too early, its tree is another one, or a record may not follow.
    """
    known = connection.execute(select(ISSUERS).where(ISSUERS.c.instance == batch.issuer)).first()
    accept_successor(Pin(known.manifest_version, known.manifest_digest) if known else None, manifest)
    if manifest.version > INTEGER_MAX:
        raise UserError(
            f"Manifest {manifest.version} of {batch.issuer} bears a number that no register takes.",
            f"{_SAFE} Ask the issuer to count its manifests one by one.",
        )
    if not is_next(Head(known.sequence, known.digest) if known else None, batch):
        return Loaded(0, already=True)
    check_time(batch, today)
    _check_names(batch, rules)
    old = registry_log.frontier_of(known.log_size, bytes(known.log_peaks)) if known else Frontier()
    commitments = _put_records(connection, batch, manifest, today, leaf=old.size)
    new = registry_log.append(connection, batch.issuer, old, commitments)
    registry_log.check_head(new, batch.checkpoint, manifest, log_origin(rules.origin, batch.issuer))
    _note_issuer(connection, batch, manifest, new, first=known is None)
    _note_manifest(connection, manifest, note)
    write_line(connection, today, (batch.issuer, batch.sequence, batch.digest), "loaded", "")
    touch(connection)
    return Loaded(len(batch.records), already=False)


def touch(connection: Connection) -> None:
    """Something shown changed: every copy in a cache has another mark from now on."""
    connection.execute(update(META).where(META.c.name == "mark").values(value=secrets.token_hex(8)))


def write_line(connection: Connection, day: date, export: tuple[str, int, str], outcome: str, why: str) -> None:
    """One line of the operator's record; `export` is issuer, sequence and digest."""
    issuer, sequence, digest = export
    values = {"issuer": issuer, "sequence": sequence, "digest": digest, "outcome": outcome, "why": why}
    number = next_number(connection, LOADS.c.number)
    connection.execute(insert(LOADS).values(number=number, day=day.isoformat(), **values))


def next_number(connection: Connection, column: Any) -> int:
    """Only inside a write transaction: there is one at a time."""
    return (connection.scalar(select(func.max(column))) or 0) + 1


def _check_names(batch: Batch, rules: Rules) -> None:
    named = next((one.record for one in batch.records if _names_somebody(one.record)), None)
    if named and not rules.nominative:
        raise UserError(
            f"{named.regc_id} names a person, and this registry takes no names.",
            f"{_SAFE} Only its publisher may decide otherwise: nominative = true in registry.toml.",
        )


def _names_somebody(record: Record) -> bool:
    return isinstance(record, Entry) and record.body is not None and record.body.nominative is not None


def _put_records(connection: Connection, batch: Batch, manifest: Manifest, today: date, *, leaf: int) -> list[bytes]:
    """Put every record; gives their commitments, in order."""
    shelf = _Shelf(
        batch, manifest.version, today, _known(connection, batch), next_number(connection, ENTRIES.c.number), leaf
    )
    names: set[str] = set()
    for signed in batch.records:
        if signed.record.regc_id in names:
            raise UserError(f"{signed.record.regc_id} stands twice in one export.", f"{_SAFE} Ask the issuer.")
        names.add(signed.record.regc_id)
        _put(shelf, signed)
    _check_successors(connection, shelf)
    _write(connection, shelf)
    return shelf.commitments


def _known(connection: Connection, batch: Batch) -> dict[str, Row[Any]]:
    wanted = [signed.record.regc_id for signed in batch.records]
    rows: dict[str, Row[Any]] = {}
    for start in range(0, len(wanted), _WIDE):
        some = select(ENTRIES).where(ENTRIES.c.regc_id.in_(wanted[start : start + _WIDE]))
        rows |= {row.regc_id: row for row in connection.execute(some)}
    return rows


def _put(shelf: _Shelf, signed: SignedRecord) -> None:
    record, batch = signed.record, shelf.batch
    row = shelf.old.get(record.regc_id)
    before = _check_follows(shelf, record, row)
    number = row.number if row else shelf.number
    shelf.number += row is None
    plain = record.to_dict()
    shelf.commitments.append(commitment(plain, signed.salt))
    values = _columns(record) | {
        "number": number,
        "regc_id": record.regc_id,
        "version": record.version,
        "issuer": batch.issuer,
        "status": record.status,
        "record": canonical.dumps(plain).decode(),
        "signatures": canonical.dumps(
            [{"reviewer": reviewer, "signature": to_b64(data)} for reviewer, data in signed.signatures]
        ).decode(),
        "salt": signed.salt,
        "leaf": shelf.leaf,
        "manifest": shelf.manifest,
        "batch": batch.month,
        "since": canonical.dumps(_since(before, record, row)).decode(),
    }
    late = _comes_late(record, row)
    if row and late:
        values |= ERASED | {"month": row.month, "cooperative": row.cooperative}
    (shelf.updates if row else shelf.entries).append(values)
    history = {"version": record.version, "status": record.status, "batch": batch.month, "leaf": shelf.leaf}
    shelf.versions.append({"entry": number, **history})
    op = "DEL" if late or _is_over(record, shelf.day) else "MOD" if row else "ADD"
    shelf.changes.append({"day": shelf.day.isoformat(), "op": op, "entry": number, "version": record.version})
    if isinstance(before, Entry):
        shelf.gone.append((number, before))
    if isinstance(record, Entry) and not late:
        shelf.words.append((number, record))
        if signed.name and record.body and record.body.nominative:
            expires = month_number(record.body.nominative.expires)
            shelf.names.append({"entry": number, "name": signed.name, "expires": expires})
    shelf.leaf += 1


def _comes_late(record: Record, row: Row[Any] | None) -> bool:
    """A version made in time whose former text is forgotten: nobody can tell any more what it changes in silence, so
    it has its place in the log, which the next export continues, and is shown no more."""
    return isinstance(record, Entry) and row is not None and not row.record


def _is_over(record: Record, day: date) -> bool:
    return isinstance(record, Tombstone) or record.expires is None or record.expires <= day


def _check_follows(shelf: _Shelf, record: Record, row: Row[Any] | None) -> Record | None:
    """What the record follows: nothing, or the version in force; its text may be gone."""
    if row and row.issuer != shelf.batch.issuer:
        raise UserError(f"{record.regc_id} belongs to another issuer.", f"{_SAFE} Ask both issuers.")
    before = _before(row)
    try:
        if row and isinstance(record, Entry) and _ended(row) <= shelf.batch.day:
            raise EntryError("status", "this entry has run its time: it can only be withdrawn")
        if row is None or row.record or isinstance(record, Tombstone) or record.version <= row.version:
            check_successor(before, record)
    except EntryError as error:
        raise UserError(f"{record.regc_id} cannot follow what is in force. {error.message}", _SAFE) from None
    return before


def _before(row: Row[Any] | None) -> Record | None:
    if row is None:
        return None
    return read_record(row.record) if row.record else Tombstone(row.regc_id, row.version, GONE, row.month)


def _ended(row: Row[Any]) -> date:
    """The day on which an entry ran its time; a batch made before it may be brought after it was forgotten."""
    if row.status == GONE and not row.record:
        return date.fromisoformat(f"{row.month}-01")
    return durations.first_day(row.ends) if row.ends is not None else date.max


def _check_successors(connection: Connection, shelf: _Shelf) -> None:
    """An entry goes on only in entries of its own issuer that are in force once the batch is."""
    coming = {signed.record.regc_id: signed.record for signed in shelf.batch.records}
    for signed in shelf.batch.records:
        for name in signed.record.replaced_by if isinstance(signed.record, Tombstone) else ():
            row = None
            if name not in coming:
                row = connection.execute(
                    select(ENTRIES.c.status, ENTRIES.c.issuer).where(ENTRIES.c.regc_id == name)
                ).first()
            status = coming[name].status if name in coming else row.status if row else ""
            if status not in STATUSES or (row and row.issuer != shelf.batch.issuer):
                raise UserError(
                    f"{signed.record.regc_id} would go on in {name}, which is no entry in force of this issuer.",
                    f"{_SAFE} Ask the issuer to export both together.",
                )


def _columns(record: Record) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(("cooperative", *_MONTHS))
    if isinstance(record, Tombstone):
        return columns | {"month": record.month}
    dates = record.dates
    return columns | {
        "month": "",
        "cooperative": cooperative_id(record.cooperative),
        "severity": record.finding.severity,
        "published": month_number(dates.published),
        "base": month_number(dates.renewed or dates.published),
        "corrected": month_number(dates.corrected) if dates.corrected else None,
    }


def _since(before: Record | None, record: Record, row: Row[Any] | None) -> dict[str, str]:
    """By path, the month of the batch that first told a claim which this version tells again."""
    if row is None or not isinstance(before, Entry) or not isinstance(record, Entry):
        return {}
    told, months = dict(claims(before)), canonical.loads(row.since.encode())
    return {path: months.get(path, row.batch) for path, value in claims(record) if told.get(path) == value}


def _write(connection: Connection, shelf: _Shelf) -> None:
    place = next_number(connection, CHANGES.c.number)
    changes = [{"number": place + step, **change} for step, change in enumerate(shelf.changes)]
    touched: Sequence[int] = [values["number"] for values in shelf.updates]
    registry_search.take(connection, shelf.gone)
    if touched:
        connection.execute(delete(NAMES).where(NAMES.c.entry.in_(touched)))
    for values in shelf.updates:
        connection.execute(update(ENTRIES).where(ENTRIES.c.number == values["number"]).values(**values))
    for table, rows in (
        (ENTRIES, shelf.entries),
        (VERSIONS, shelf.versions),
        (CHANGES, changes),
        (NAMES, shelf.names),
    ):
        if rows:
            connection.execute(insert(table), rows)
    _move(connection, shelf)
    registry_search.put(connection, shelf.words)
    if shelf.gone:
        registry_search.purge(connection)


def _move(connection: Connection, shelf: _Shelf) -> None:
    """A correction may give a cooperative another id; its address leads on."""
    pairs = [(shelf.old[values["regc_id"]].cooperative, values["cooperative"]) for values in shelf.updates]
    moved = [(old, new) for old, new in pairs if old and new and old != new]
    used = {values["cooperative"] for values in (*shelf.entries, *shelf.updates) if values["cooperative"]}
    registry_directory.move(connection, moved, used, {old for old, new in pairs if old and not new})


def _note_issuer(connection: Connection, batch: Batch, manifest: Manifest, log: Frontier, *, first: bool) -> None:
    values = {
        "manifest_version": manifest.version,
        "manifest_digest": manifest.digest,
        "sequence": batch.sequence,
        "digest": batch.digest,
        "log_size": log.size,
        "log_peaks": registry_log.packed(log),
        "checkpoint": batch.checkpoint,
    }
    if first:
        connection.execute(insert(ISSUERS).values(instance=batch.issuer, **values))
    else:
        connection.execute(update(ISSUERS).where(ISSUERS.c.instance == batch.issuer).values(**values))


def _note_manifest(connection: Connection, manifest: Manifest, note: bytes) -> None:
    row = MANIFESTS.c
    same = (row.issuer == manifest.instance) & (row.version == manifest.version)
    if connection.scalar(select(row.version).where(same)) is None:
        connection.execute(insert(MANIFESTS).values(issuer=manifest.instance, version=manifest.version, note=note))
