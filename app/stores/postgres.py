"""The second database: PostgreSQL by URL, with the transactions that `engine` gives on SQLite (ADR 0029).

* one writer at a time, by a lock that every writer takes first: numbers in load order are committed in load order;
* a reader sees one moment of the database and can write nothing;
* a connection costs a process on the server (measured: 16 ms for a look-up with a new one, 2 ms with a kept one), so a
  few are kept, and a forked worker lets go of those of its parent.

What is deleted is gone for every query. That no disk block, no write-ahead log and no replica holds it any more, this
database does not promise, and neither do we (SECURITY.md).
"""

from __future__ import annotations

import os
from weakref import WeakSet

from sqlalchemy import Connection, Engine, create_engine, event, exc

from app.errors import UserError

PREFIX = "postgresql://"
BUSY_SECONDS = 10
KEPT = 4
# Every query of ours reads few rows through an index: compiling one takes longer than it runs, and a plan that reads a
# whole table is a plan made of wrong guesses (1.1 s for a common word among a million entries, 20 ms by the index).
OPTIONS = "-c jit=off -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
# Any number, the same for every writer of a register; a cluster keeps locks apart by database.
_WRITERS = 0x52454743
_READ = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_WRITE = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE",
    f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'",
    "SET LOCAL synchronous_commit = on",  # what a caller was told is on disk, whatever the server's default
    f"SELECT pg_advisory_xact_lock({_WRITERS})",
)


def is_postgres(url: str) -> bool:
    """Whether a URL of the settings means this database."""
    return url.startswith(PREFIX)


def connect(url: str) -> Engine:
    """An engine on a database that its operator made; nothing is opened yet.

    Raises:
        UserError: the URL cannot be read, or the driver is not installed.
    """
    try:
        engine = create_engine(
            url.replace(PREFIX, "postgresql+psycopg://", 1),
            hide_parameters=True,
            pool_size=KEPT,
            max_overflow=-1,
            pool_pre_ping=True,  # a server that was restarted is met again at the next page
            connect_args={"connect_timeout": BUSY_SECONDS, "application_name": "sourdine", "options": OPTIONS},
        )
    except exc.ArgumentError:
        raise UserError(
            "The database URL cannot be read.", 'Write database = "postgresql://USER@HOST/NAME" in registry.toml.'
        ) from None
    except ModuleNotFoundError:
        raise UserError("The driver of PostgreSQL is not installed.", "Install sourdine[registry].") from None
    event.listen(engine, "begin", _begin)
    _ENGINES.add(engine)
    return engine


_ENGINES: WeakSet[Engine] = WeakSet()


def _let_go() -> None:
    """In a child just forked: the parent's connections are the parent's, and are not closed from here."""
    for engine in tuple(_ENGINES):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_let_go)


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("sourdine_write", False)
    for statement in _WRITE if write else (_READ,):
        connection.exec_driver_sql(statement)
