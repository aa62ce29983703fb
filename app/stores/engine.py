"""One way to open a SQLite file, shared by every store.

Three rules hold here and nowhere else:
* a deleted row is gone from the database (`secure_delete`) and, after `forget`, from the write-ahead log too;
* a connection lives for one transaction (`NullPool`): nothing is inherited by a forked worker, and the last one to
  close truncates the log. Measured: 1.1 ms for an insert with its own connection against 0.5 ms with a kept one;
* a locked database or a full disk is a `BusyError`; no exception shows a parameter (`hide_parameters`).

Schemas are made by Alembic in this process, in one transaction, from the package `migrations.<program>`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, exc

import migrations
from app.errors import BusyError, UserError

SQLITE = "sqlite:///"
BUSY_SECONDS = 10
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "temp_store=MEMORY",  # a sort never spills into a temporary file
    "trusted_schema=OFF",
)


def connect(url: str) -> Engine:
    """An engine on an existing SQLite file; nothing is opened yet and nothing is ever created here.

    Raises:
        UserError: the URL is not `sqlite:///FILE`.
    """
    path = file_of(url)

    def open_file() -> sqlite3.Connection:
        # isolation_level None: SQLAlchemy's "begin" below is the only BEGIN. mode=rw: a missing file is an error.
        return sqlite3.connect(
            path.absolute().as_uri() + "?mode=rw",
            uri=True,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
        )

    engine = create_engine("sqlite://", creator=open_file, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def file_of(url: str) -> Path:
    """The file behind `sqlite:///FILE`."""
    if not url.startswith(SQLITE) or url == SQLITE:
        raise UserError("The database must be a SQLite file.", 'Write database = "sqlite:///NAME.db" in the settings.')
    return Path(url.removeprefix(SQLITE))


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin(connection: Connection) -> None:
    # A writer takes its lock at BEGIN: a lock asked for later, after a read, cannot wait and fails at once.
    write = connection.get_execution_options().get("sourdine_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One read transaction: a consistent view, without a lock on writers."""
    with _busy(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed at the end, rolled back whole on any exception."""
    with _busy(), engine.connect() as connection:
        connection.execution_options(sourdine_write=True)  # changes this connection, in place
        with connection.begin():
            yield connection


@contextmanager
def steady(engine: Engine) -> Iterator[None]:
    """For many transactions in a row: an idle connection stays, so that none of them is the last one to leave.

    Each commit is as durable as ever; what is spared is emptying the write-ahead log after each of them.
    """
    with _busy():
        idle = engine.connect()
    with idle:
        yield


def forget(engine: Engine) -> bool:
    """Call after each transaction that deleted: takes the old pages out of the write-ahead log as well.

    Returns:
        False when somebody was still reading after BUSY_SECONDS: the old pages stay until the next call.

    Raises:
        BusyError: it could not be tried; the deletion itself holds.
    """
    with _busy(_DELETED), engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def lingers(engine: Engine) -> bool:
    """Whether the write-ahead log of a SQLite file holds anything now; asked without waiting for anybody."""
    if engine.dialect.name != "sqlite":
        return False
    with _busy(_DELETED), engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        _busy_now, pages, _ = driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return pages > 0


def compact(engine: Engine) -> None:
    """Write the database anew, without a page of what was deleted."""
    with _busy(), engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        driver.execute("VACUUM")
    forget(engine)


def copy(engine: Engine, path: Path) -> None:
    """A consistent copy in a new file, without free pages; the file must not exist yet."""
    with _busy(), engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        driver.execute("VACUUM INTO ?", [str(path)])


_UNCHANGED = "Nothing was changed."
_DELETED = "What was asked for was done and holds, but deleted text may still stand in the file beside the database."


@contextmanager
def _busy(safe: str = _UNCHANGED) -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, sqlite3.OperationalError):
        raise BusyError(
            "The database cannot be used now: it is locked, missing, or its disk is full.",
            f"{safe} Try again in a minute; if it lasts, run check.",
        ) from None
    except (exc.DatabaseError, sqlite3.DatabaseError) as error:
        if isinstance(error, exc.IntegrityError):
            raise  # a rule of ours was broken: the caller's business
        raise BusyError("The database is damaged.", f"{safe} Restore it from the backup.") from None


def upgrade(url: str, program: str) -> None:
    """Create the database or bring it to the newest schema: one transaction, all steps or none."""
    path = file_of(url)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    engine = connect(url)
    try:
        bring_to_head(engine, program)
        forget(engine)
    finally:
        engine.dispose()


def bring_to_head(engine: Engine, program: str) -> None:
    """Every step that is missing, in one transaction."""
    with writing(engine) as connection:
        config = alembic_config(program)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def require_head(engine: Engine, program: str) -> None:
    """Refuse a database whose schema is missing, older or newer than this program's.

    Raises:
        UserError: names the command that mends it.
    """
    try:
        with reading(engine) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except BusyError:
        found = None
    if found != ScriptDirectory.from_config(alembic_config(program)).get_current_head():
        raise UserError(
            f"The {program} database is missing or was made by another version of Sourdine.",
            f"Type: sourdine {program} init",
        )


def alembic_config(program: str) -> Config:
    config = Config()
    # Found through the import system, so that it works installed, editable and below a path with spaces.
    folder = Path(next(iter(migrations.__path__))) / program
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
