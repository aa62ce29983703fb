"""The register. Its only writer is `load`; everything else reads, apart from what time itself ends.

`load` takes a batch whose signatures were checked, in one transaction: either every record of it is in force
afterwards, or nothing changed. Whether an entry is still shown is asked of its signed dates at each reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import Engine, select

from app.domain.batch import Batch
from app.domain.durations import month_of
from app.errors import UserError
from app.settings import RegistrySettings
from app.stores import engine as database
from app.stores import (
    registry_database,
    registry_directory,
    registry_expiry,
    registry_loading,
    registry_log,
    registry_reading,
)
from app.stores.engine import reading, writing
from app.stores.registry_directory import Bundle
from app.stores.registry_loading import Loaded, Rules
from app.stores.registry_log import LogReader
from app.stores.registry_reading import PAGE_SIZE
from app.stores.registry_tables import LOADS, MANIFESTS, META
from app.stores.registry_values import (
    Change,
    CooperativePage,
    Found,
    Known,
    Load,
    LogHead,
    Query,
    Stored,
)
from crypto.manifest import Manifest


class RegistryStore:
    """The registry's own database. Threads and forked workers may share it."""

    def __init__(self, engine: Engine, settings: RegistrySettings) -> None:
        self.engine = engine
        self._clock = settings.clock
        self._rules = Rules(settings.origin, settings.nominative)

    @classmethod
    def create(cls, settings: RegistrySettings) -> RegistryStore:
        """Make the database, or bring an older one to the newest schema and search index."""
        registry_database.upgrade(settings.url(settings.database))
        engine = registry_database.connect(settings.url(settings.database))
        try:
            with writing(engine) as connection:
                registry_expiry.index_anew(connection)
            registry_database.forget(engine)
        finally:
            engine.dispose()
        return cls.open(settings)

    @classmethod
    def open(cls, settings: RegistrySettings) -> RegistryStore:
        """Open what `create` made.

        Raises:
            UserError: there is no database, or its schema or its search index is another version's.
        """
        engine = registry_database.connect(settings.url(settings.database))
        database.require_head(engine, "registry")
        with reading(engine) as connection:
            fits = registry_expiry.has_index(connection)
        if not fits:
            raise UserError(
                "The search index of the registry was made by another version of Sourdine.",
                "Type: sourdine registry init",
            )
        return cls(engine, settings)

    def close(self) -> None:
        self.engine.dispose()

    def load(self, batch: Batch, manifest: Manifest, today: date, *, note: bytes) -> Loaded:
        """Put a checked batch in force, whole or not at all; `note` is the issuer's signed manifest.

        Raises:
            FormatError, TrustError: its manifest is older than one used before, or its checkpoint is another log's.
            UserError: the batch is out of order or too early, its tree is another one, or a record may not follow.
        """
        with writing(self.engine) as connection:
            done = registry_loading.load(connection, batch, manifest, today, note=note, rules=self._rules)
        registry_database.forget(self.engine)
        return done

    def refuse(self, day: date, issuer: str, digest: str, why: str) -> None:
        """Write into the operator's record that a file was refused; `issuer` may be empty."""
        with writing(self.engine) as connection:
            registry_loading.write_line(connection, day, (issuer, 0, digest), "refused", why)

    def loads(self, limit: int = 100) -> tuple[Load, ...]:
        """What was taken and refused, newest first."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(LOADS).order_by(LOADS.c.number.desc()).limit(limit)).all()
        return tuple(Load(row.day, row.issuer, row.sequence, row.digest, row.outcome, row.why) for row in rows)

    def find(self, regc_id: str) -> Stored | None:
        """The version in force under that name. A signed tombstone is whole; an entry that ran its time and was
        forgotten is a tombstone without text, salt and signatures."""
        with reading(self.engine) as connection:
            return registry_reading.find(connection, regc_id, self._clock.today())

    def search(self, query: Query, today: date) -> Found:
        """Entries that are shown today, newest load first."""
        with reading(self.engine) as connection:
            return registry_reading.search(connection, query, today)

    def newest(self, today: date, limit: int) -> tuple[Stored, ...]:
        """What was loaded last among what is shown."""
        with reading(self.engine) as connection:
            return registry_reading.newest(connection, today, limit)

    def cooperative(self, cooperative_id: str, today: date) -> CooperativePage | None:
        """A cooperative and what is shown of it, or nothing for an id that nobody used."""
        with reading(self.engine) as connection:
            return registry_directory.page_of(connection, cooperative_id, today)

    def cooperatives(self) -> Iterator[str]:
        """Every id of a cooperative that has a page, in order."""
        with reading(self.engine) as connection:
            yield from registry_directory.ids(connection)

    def stream(self, today: date, *, tombstones: bool = False) -> Iterator[Stored]:
        """Everything shown today, by number, from one moment of the database; `tombstones` adds the signed ones."""
        with reading(self.engine) as connection:
            yield from registry_reading.stream(connection, today, tombstones=tombstones)

    def changes(self, day: date) -> Iterator[Change]:
        """The delta of one day, in its order."""
        with reading(self.engine) as connection:
            yield from registry_reading.changes(connection, day)

    def change_days(self, today: date | None = None) -> tuple[date, ...]:
        """Days that have a delta, oldest first; with `today` also those on which entries merely ended."""
        with reading(self.engine) as connection:
            return registry_reading.change_days(connection, today)

    def logs(self) -> tuple[LogHead, ...]:
        """The head of each issuer's log."""
        with reading(self.engine) as connection:
            return registry_log.heads(connection)

    def log(self, issuer: str) -> LogReader:
        """The log of one issuer; its head is None when there is none."""
        return LogReader(self.engine, issuer)

    def manifests(self) -> tuple[Known, ...]:
        """Every manifest that a load was checked with, by issuer, oldest first."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(MANIFESTS).order_by(MANIFESTS.c.issuer, MANIFESTS.c.version)).all()
        return tuple(Known(row.issuer, row.version, bytes(row.note)) for row in rows)

    def stamp(self, today: date) -> str:
        """A mark that changes when anything shown may have changed: with each load, and with each month."""
        with reading(self.engine) as connection:
            mark = connection.scalar(select(META.c.value).where(META.c.name == "mark"))
        return f"{mark}-{month_of(today)}"

    def load_directory(
        self, issuer: str, sequence: int, digest: str, records: Mapping[str, str], merges: Mapping[str, str]
    ) -> bool:
        """Replace what an issuer's last bundle said; False for the very same bundle.

        Raises:
            UserError: an older bundle, or another one under a used number.
        """
        with writing(self.engine) as connection:
            done = registry_directory.put(connection, Bundle(issuer, sequence, digest, records, merges))
            if done:
                registry_loading.touch(connection)
        return done

    def directory_record(self, cooperative_id: str) -> str:
        """The line of the directory, canonical JSON, or nothing."""
        with reading(self.engine) as connection:
            return registry_directory.record_of(connection, cooperative_id)

    def counts(self, today: date) -> tuple[int, int]:
        """How many entries are shown today, and how many names lead to one that has ended."""
        with reading(self.engine) as connection:
            return registry_reading.counts(connection, today)

    def forget_expired(self, today: date) -> int:
        """Erase what has run its time; gives how many entries. Names whose month has come go with them."""
        with writing(self.engine) as connection:
            count, names = registry_expiry.forget(connection, today)
        if count or names:
            registry_database.forget(self.engine)
        return count


__all__ = [
    "PAGE_SIZE", "Change", "CooperativePage", "Found", "Known", "Load", "Loaded", "LogHead", "LogReader", "Query",
    "RegistryStore", "Stored",
]  # fmt: skip
