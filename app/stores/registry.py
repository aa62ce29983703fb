"""The register. Its only writer is `load`; everything else reads.

`load` takes a batch whose signatures were checked, in one transaction: either every record of it is in force
afterwards, or nothing changed. Whether an entry is still shown is asked of its signed dates at each reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, delete, func, insert, or_, select, update

from app.domain.batch import Batch, Head, SignedRecord, check_time, is_next
from app.domain.durations import DURATIONS, month_number, month_of
from app.domain.entry import STATUSES, Entry, Record, Tombstone, parse
from app.domain.strict import EntryError
from app.domain.succession import check_successor
from app.domain.words import fold
from app.errors import UserError
from app.settings import RegistrySettings
from app.stores import engine as sqlite
from app.stores.engine import reading, writing
from app.stores.registry_tables import ENTRIES, ISSUERS, LOADS, VERSIONS
from crypto import canonical
from crypto.fields import to_b64
from crypto.manifest import Manifest, Pin, accept_successor

PAGE_SIZE = 20


@dataclass(frozen=True)
class Loaded:
    """What a load did: how many records are new, or that the whole batch was there already."""

    records: int
    already: bool


@dataclass(frozen=True)
class Stored:
    """The version in force of one entry."""

    record: Record
    issuer: str


@dataclass(frozen=True)
class Query:
    """What a visitor asks for; empty fields ask for nothing. Pages count from 1."""

    text: str = ""
    country: str = ""
    category: str = ""
    page: int = 1


@dataclass(frozen=True)
class Found:
    total: int
    entries: tuple[Entry, ...]
    pages: int


class RegistryStore:
    """The registry's own database. Threads and forked workers may share it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def create(cls, settings: RegistrySettings) -> RegistryStore:
        """Make the database, or bring an older one to the newest schema."""
        sqlite.upgrade(settings.url(settings.database), "registry")
        return cls.open(settings)

    @classmethod
    def open(cls, settings: RegistrySettings) -> RegistryStore:
        """Open what `create` made.

        Raises:
            UserError: there is no database, or its schema is another version's.
        """
        engine = sqlite.connect(settings.url(settings.database))
        sqlite.require_head(engine, "registry")
        return cls(engine)

    def close(self) -> None:
        self._engine.dispose()

    def load(self, batch: Batch, manifest: Manifest, today: date) -> Loaded:
        """Put a checked batch in force, whole or not at all.

        Raises:
            TrustError: its manifest is older than one already used for this issuer.
            UserError: the batch is out of order or too early, or a record may not follow the one in force.
        """
        with writing(self._engine) as connection:
            known = connection.execute(select(ISSUERS).where(ISSUERS.c.instance == batch.issuer)).first()
            accept_successor(Pin(known.manifest_version, known.manifest_digest) if known else None, manifest)
            if not is_next(Head(known.sequence, known.digest) if known else None, batch):
                return Loaded(0, already=True)
            check_time(batch, today)
            _note_batch(connection, batch, manifest, first=known is None)
            for signed in batch.records:
                _put(connection, batch, signed)
        sqlite.forget(self._engine)
        return Loaded(len(batch.records), already=False)

    def find(self, regc_id: str) -> Stored | None:
        """The version in force under that name, tombstones included."""
        with reading(self._engine) as connection:
            return _find(connection, regc_id)

    def search(self, query: Query, today: date) -> Found:
        """Entries that are shown today, newest publication first."""
        wanted = and_(_shown(today), *_matches(query))
        page = select(ENTRIES.c.record).where(wanted).order_by(ENTRIES.c.published.desc(), ENTRIES.c.regc_id)
        with reading(self._engine) as connection:
            total = connection.scalar(select(func.count()).select_from(ENTRIES).where(wanted)) or 0
            rows = connection.scalars(page.limit(PAGE_SIZE).offset((query.page - 1) * PAGE_SIZE)).all()
        entries = tuple(entry for entry in map(_record, rows) if isinstance(entry, Entry))
        return Found(total, entries, max(1, -(-total // PAGE_SIZE)))

    def counts(self, today: date) -> tuple[int, int]:
        """How many entries are shown today, and how many names lead to one that has ended."""
        with reading(self._engine) as connection:
            shown = connection.scalar(select(func.count()).select_from(ENTRIES).where(_shown(today))) or 0
            total = connection.scalar(select(func.count()).select_from(ENTRIES)) or 0
        return shown, total - shown


def _note_batch(connection: Connection, batch: Batch, manifest: Manifest, *, first: bool) -> None:
    values = {
        "manifest_version": manifest.version,
        "manifest_digest": manifest.digest,
        "sequence": batch.sequence,
        "digest": batch.digest,
    }
    if first:
        connection.execute(insert(ISSUERS).values(instance=batch.issuer, **values))
    else:
        connection.execute(update(ISSUERS).where(ISSUERS.c.instance == batch.issuer).values(**values))
    connection.execute(
        insert(LOADS).values(
            issuer=batch.issuer, sequence=batch.sequence, digest=batch.digest, batch=batch.month, day=batch.day
        )
    )


def _put(connection: Connection, batch: Batch, signed: SignedRecord) -> None:
    record = signed.record
    old = _find(connection, record.regc_id)
    if old and old.issuer != batch.issuer:
        raise UserError(f"{record.regc_id} belongs to another issuer.", "Nothing was changed. Ask both issuers.")
    try:
        check_successor(old.record if old else None, record)
    except EntryError as error:
        raise UserError(f"{record.regc_id}: {error.message}", "Nothing was changed. Ask the issuer.") from None
    values = _columns(record) | {"version": record.version, "status": record.status, "issuer": batch.issuer}
    if old:
        connection.execute(update(ENTRIES).where(ENTRIES.c.regc_id == record.regc_id).values(**values))
    else:
        connection.execute(insert(ENTRIES).values(regc_id=record.regc_id, **values))
    if isinstance(record, Tombstone):  # taking down really takes down: no earlier version stays
        connection.execute(delete(VERSIONS).where(VERSIONS.c.regc_id == record.regc_id))
    signatures = [{"reviewer": reviewer, "signature": to_b64(data)} for reviewer, data in signed.signatures]
    connection.execute(
        insert(VERSIONS).values(
            regc_id=record.regc_id,
            version=record.version,
            issuer=batch.issuer,
            sequence=batch.sequence,
            record=values["record"],
            signatures=canonical.dumps(signatures).decode(),
        )
    )


def _columns(record: Record) -> dict[str, Any]:
    columns: dict[str, Any] = dict.fromkeys(("country", "category", "severity", "published", "base", "corrected"))
    columns |= {"record": canonical.dumps(record.to_dict()).decode(), "words": ""}
    if isinstance(record, Entry):
        cooperative, dates = record.cooperative, record.dates
        number = cooperative.identifier.value if cooperative.identifier else ""
        texts = (record.regc_id, cooperative.name, cooperative.federation, number, record.finding.text)
        columns |= {
            "words": " ".join(fold(" ".join(texts))),
            "country": cooperative.country,
            "category": record.finding.category,
            "severity": record.finding.severity,
            "published": month_number(dates.published),
            "base": month_number(dates.renewed or dates.published),
            "corrected": month_number(dates.corrected) if dates.corrected else None,
        }
    return columns


def _find(connection: Connection, regc_id: str) -> Stored | None:
    row = connection.execute(select(ENTRIES).where(ENTRIES.c.regc_id == regc_id)).first()
    return Stored(_record(row.record), row.issuer) if row else None


def _record(text: str) -> Record:
    return parse(canonical.loads(text.encode()))


def _shown(today: date) -> ColumnElement[bool]:
    """The rule of `durations.expires`, over the months that were signed."""
    now, row = month_number(month_of(today)), ENTRIES.c
    months = case(*((row.severity == severity, DURATIONS.months(severity)) for severity in (1, 2, 3, 4)))
    return and_(
        row.status.in_(STATUSES),
        row.base + months > now,
        row.published + DURATIONS.ceiling > now,
        or_(row.corrected.is_(None), row.corrected + DURATIONS.corrected > now),
    )


def _matches(query: Query) -> list[ColumnElement[bool]]:
    # Folded words hold only a-z and 0-9, so none of them is a wildcard.
    conditions: list[ColumnElement[bool]] = [ENTRIES.c.words.contains(word) for word in fold(query.text)]
    if query.country:
        conditions.append(ENTRIES.c.country == query.country)
    if query.category:
        conditions.append(ENTRIES.c.category == query.category)
    return conditions
