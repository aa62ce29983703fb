"""desk.db: one transaction at a time, every statement in the three modules beside this one.

    with store.writing() as tx:
        tx.update_case(...)
        tx.add_line(...)

A service that changes a case writes its journal line in the same transaction, or neither is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, exists, func, insert, or_, select, update

from app.domain.journal import Line
from app.errors import UserError
from app.settings import DeskSettings
from app.stores import engine
from app.stores.desk_carried import CarriedRows
from app.stores.desk_cases import CaseRows
from app.stores.desk_keys import Identity, KeyRows
from app.stores.desk_tables import CASES, EXPORTS, JOURNAL, OUTBOXES, PICKUPS

PROGRAM = "desk"


@dataclass(frozen=True)
class JournalRow:
    """A line of the chain and its reason, sealed under the key of the case it is about."""

    line: Line
    sealed: bytes | None = field(default=None, repr=False)


class Transaction(KeyRows, CarriedRows, CaseRows):
    """Everything that one transaction may read and write."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def last_line(self) -> Line | None:
        newest = select(JOURNAL).order_by(JOURNAL.c.n.desc()).limit(1)
        row = self.connection.execute(newest).one_or_none()
        return _journal(row).line if row else None

    def last_act(self, action: str) -> int:
        """The number of the newest line of this kind; 0 when there is none."""
        newest = select(func.max(JOURNAL.c.n)).where(JOURNAL.c.action == action)
        return self.connection.execute(newest).scalar_one() or 0

    def worked(self) -> bool:
        """Something is here that was never written without a line of the journal."""
        kept = or_(*(exists().select_from(table) for table in (PICKUPS, CASES, OUTBOXES, EXPORTS)))
        return bool(self.connection.execute(select(kept)).scalar_one())

    def journal(self) -> list[JournalRow]:
        """The whole chain, first line first."""
        return [_journal(row) for row in self.connection.execute(select(JOURNAL).order_by(JOURNAL.c.n))]

    def raw_journal(self) -> list[dict[str, Any]]:
        """The same as it stands on the disk, whatever somebody made of it; first number first."""
        return [row._asdict() for row in self.connection.execute(select(JOURNAL).order_by(JOURNAL.c.n))]

    def add_line(self, row: JournalRow) -> None:
        values = vars(row.line) | {"day": row.line.day.isoformat(), "sealed": row.sealed}
        self.connection.execute(insert(JOURNAL).values(values))

    def forget_reasons(self, subject: str) -> None:
        """The reasons of one case go with it; the lines stay, since they hold only a salted hash of each."""
        self.connection.execute(update(JOURNAL).where(JOURNAL.c.subject == subject).values(sealed=None))


class DeskStore:
    """The database of the desk."""

    def __init__(self, settings: DeskSettings) -> None:
        self._engine = engine.connect(settings.url(settings.database))

    @classmethod
    def create(cls, settings: DeskSettings) -> DeskStore:
        """Make the database or bring it to the newest schema."""
        engine.upgrade(settings.url(settings.database), PROGRAM)
        return cls(settings)

    @classmethod
    def open(cls, settings: DeskSettings) -> DeskStore:
        """An existing database of this very version.

        Raises:
            UserError: it is missing, or older or newer than this program.
        """
        store = cls(settings)
        try:
            engine.require_head(store._engine, PROGRAM)
        except UserError:
            store.close()
            raise
        return store

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with engine.reading(self._engine) as connection:
            yield Transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """All of it or nothing."""
        with engine.writing(self._engine) as connection:
            yield Transaction(connection)

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Many transactions follow one another: see `engine.steady`."""
        with engine.steady(self._engine):
            yield

    def forget(self) -> None:
        """After a deletion: the old pages leave the write-ahead log too."""
        engine.forget(self._engine)

    def compact(self) -> None:
        """After a purge: the database is written anew, without a page of what was deleted."""
        engine.compact(self._engine)

    def copy_to(self, path: Path) -> None:
        """A consistent copy of the whole database in a new file, while others go on working."""
        engine.copy(self._engine, path)

    def identity(self) -> Identity:
        """Which instance this desk serves.

        Raises:
            UserError: `desk init --reviewers` was not run yet.
        """
        with self.reading() as tx:
            identity = tx.identity()
        if identity is None:
            raise UserError("This desk has no keys yet.", "Type: sourdine desk init --reviewers DIR")
        return identity

    def close(self) -> None:
        self._engine.dispose()


def _journal(row: Row) -> JournalRow:
    values = row._asdict()
    sealed = values.pop("sealed")
    return JournalRow(Line(**values | {"day": date.fromisoformat(row.day)}), sealed)
