"""Which database a register is kept in: SQLite unless the settings name PostgreSQL. Nothing above asks again."""

from __future__ import annotations

from sqlalchemy import Engine

from app.errors import UserError
from app.stores import engine as sqlite
from app.stores import postgres


def connect(url: str) -> Engine:
    """An engine on what the URL names; nothing is opened yet.

    Raises:
        UserError: neither `sqlite:///FILE` nor `postgresql://…`.
    """
    if postgres.is_postgres(url):
        return postgres.connect(url)
    if not url.startswith(sqlite.SQLITE):
        raise UserError(
            "The database is neither SQLite nor PostgreSQL.",
            'Write database = "sqlite:///NAME.db" or "postgresql://USER@HOST/NAME" in registry.toml.',
        )
    return sqlite.connect(url)


def upgrade(url: str) -> None:
    """Bring the schema to its newest version; a SQLite file is made, a PostgreSQL database must be there."""
    if not postgres.is_postgres(url):
        connect(url).dispose()
        sqlite.upgrade(url, "registry")
        return
    engine = connect(url)
    try:
        sqlite.bring_to_head(engine, "registry")
    finally:
        engine.dispose()


def forget(engine: Engine) -> None:
    """Take what was deleted out of the write-ahead log, where the database can do that."""
    if engine.dialect.name == "sqlite":
        sqlite.forget(engine)
