"""The intake's schema: each step with rows in place, and the tables that the code believes in."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from app.stores import engine
from app.stores.intake_tables import METADATA

ROWS = {
    "envelopes": "('00', 16384, NULL, '2026-11-21')",
    "attempts": "(x'01', x'02', '2026-11-21')",
    "replies": "(x'03', 'aa', x'04', '2026-11-22', '2027-05-20')",
    "outboxes": "(3, 'd', '2026-11-20')",
    "pickups": "(4, 'e', x'05', '2026-11-20')",
    "manifest_seen": "(1, 'f')",
    "couriers": "('rivet', x'06', x'07')",
    "courier_steps": "(x'08', x'09', '2026-11-21')",
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'intake.db'}"


def filled(url: str) -> dict[str, list[tuple[object, ...]]]:
    with engine.reading(engine.connect(url)) as connection:
        return {name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in ROWS}


def test_rows_survive_every_upgrade(url: str) -> None:
    engine.upgrade(url, "intake")
    with engine.writing(engine.connect(url)) as connection:
        for name, values in ROWS.items():
            connection.execute(text(f"INSERT INTO {name} VALUES {values}"))
    before = filled(url)
    engine.upgrade(url, "intake")
    assert filled(url) == before
    assert all(len(rows) == 1 for rows in before.values())


def test_the_code_and_the_migrations_agree(url: str) -> None:
    engine.upgrade(url, "intake")
    with engine.reading(engine.connect(url)) as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == {*METADATA.tables, "alembic_version"}
        for name, table in METADATA.tables.items():
            columns = {column["name"]: bool(column["nullable"]) for column in found.get_columns(name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}, name
            keys = found.get_pk_constraint(name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key], name


def test_a_schema_is_never_taken_back(url: str) -> None:
    engine.upgrade(url, "intake")

    def take_back() -> None:
        with engine.writing(engine.connect(url)) as connection:
            config = engine.alembic_config("intake")
            config.attributes["connection"] = connection
            command.downgrade(config, "base")

    with pytest.raises(RuntimeError, match="never taken back"):
        take_back()
    engine.require_head(engine.connect(url), "intake")
