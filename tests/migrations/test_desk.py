"""The desk's schema: each step with rows in place, and the tables that the code believes in."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from app.stores import engine
from app.stores.desk_tables import METADATA

ROWS = {
    "desk": "(1, 'try.example', x'01')",
    "reviewers": "('alize', 'members', 'F', x'02', x'03', x'04', x'05', x'06', x'07', NULL)",
    "manifests": "(1, 'd', x'08')",
    "pickups": "(4, 'e', '2026-11-20')",
    "envelopes": "('00', 'f', 16384, 4, 'opened', '', '2026-11-21', NULL)",
    "seen": "(x'09')",
    "cases": "('abcdefghij23', 1, x'0a')",
    "grants": "('abcdefghij23', 'alize', x'0b')",
    "mailboxes": "(x'0c', 'abcdefghij23')",
    "messages": "('11', 'abcdefghij23', '11', x'0d')",
    "replies": "('22', 'abcdefghij23', x'0e')",
    "papers": "('abcdefghij23', 'entry', x'0f')",
    "shared": "('link', '44', x'12')",
    "outgoing": "('33', x'10')",
    "outboxes": "(3, 'g', '2026-11-22', x'11')",
    "exports": "(2, 'h', '2026-11-22', NULL)",
    "journal": "(1, '2026-11-22', 'alize', 'open', 's', '', '0', '1', NULL)",
}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'desk.db'}"


def fill(url: str) -> None:
    engine.upgrade(url, "desk")
    with engine.writing(engine.connect(url)) as connection:
        for name, values in ROWS.items():
            connection.execute(text(f"INSERT INTO {name} VALUES {values}"))


def found(url: str) -> dict[str, list[tuple[object, ...]]]:
    with engine.reading(engine.connect(url)) as connection:
        return {name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))] for name in ROWS}


def test_rows_survive_every_upgrade(url: str) -> None:
    fill(url)
    before = found(url)
    engine.upgrade(url, "desk")
    assert found(url) == before
    assert all(len(rows) == 1 for rows in before.values())


def test_the_code_and_the_migrations_agree(url: str) -> None:
    engine.upgrade(url, "desk")
    with engine.reading(engine.connect(url)) as connection:
        seen = inspect(connection)
        assert set(seen.get_table_names()) == {*METADATA.tables, "alembic_version"} == {*ROWS, "alembic_version"}
        for name, table in METADATA.tables.items():
            columns = {column["name"]: bool(column["nullable"]) for column in seen.get_columns(name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}, name
            keys = seen.get_pk_constraint(name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key], name


def test_a_case_that_goes_takes_everything_of_it_along(url: str) -> None:
    fill(url)
    with engine.writing(engine.connect(url)) as connection:
        connection.execute(text("DELETE FROM cases"))
    left = found(url)
    gone = {name for name, rows in left.items() if not rows}
    assert gone == {"cases", "grants", "mailboxes", "messages", "replies", "papers"}


def test_a_schema_is_never_taken_back(url: str) -> None:
    engine.upgrade(url, "desk")

    def take_back() -> None:
        with engine.writing(engine.connect(url)) as connection:
            config = engine.alembic_config("desk")
            config.attributes["connection"] = connection
            command.downgrade(config, "base")

    with pytest.raises(RuntimeError, match="never taken back"):
        take_back()
    engine.require_head(engine.connect(url), "desk")
