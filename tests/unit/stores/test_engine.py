"""Opening, locking, forgetting and upgrading a SQLite file."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from app.errors import BusyError, UserError
from app.stores import engine
from tests.fakes.child import run_in_child


@pytest.fixture
def url(tmp_path: Path) -> str:
    folder = tmp_path / "a folder, 100 % odd? #1"
    folder.mkdir()
    return f"sqlite:///{folder / 'x.db'}"


@pytest.fixture
def database(url: str) -> str:
    engine.upgrade(url, "intake")
    return url


def add(url: str, version: int) -> None:
    with engine.writing(engine.connect(url)) as connection:
        connection.execute(text("INSERT INTO manifest_seen VALUES (:v, 'd')"), {"v": version})


def versions(url: str) -> list[int]:
    with engine.reading(engine.connect(url)) as connection:
        return list(connection.scalars(text("SELECT version FROM manifest_seen ORDER BY version")))


@pytest.mark.parametrize("wrong", ["postgresql://x/y", "sqlite:///", "intake.db"])
def test_only_sqlite_files_are_opened(wrong: str) -> None:
    with pytest.raises(UserError, match="SQLite file"):
        engine.connect(wrong)


def test_a_missing_file_is_busy_and_never_made(url: str) -> None:
    with pytest.raises(BusyError, match="missing"):
        versions(url)
    assert not engine.file_of(url).exists()


def test_upgrade_makes_a_private_file_and_can_be_repeated(database: str) -> None:
    add(database, 1)
    engine.upgrade(database, "intake")
    assert versions(database) == [1]
    assert stat.S_IMODE(engine.file_of(database).stat().st_mode) == 0o600


def test_head_is_required(url: str) -> None:
    with pytest.raises(UserError) as refused:
        engine.require_head(engine.connect(url), "intake")
    assert refused.value.hint == "Type: sourdine intake init"
    engine.upgrade(url, "intake")
    engine.require_head(engine.connect(url), "intake")


def test_another_version_of_the_schema_is_refused(database: str) -> None:
    with engine.writing(engine.connect(database)) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UserError, match="another version"):
        engine.require_head(engine.connect(database), "intake")


def test_pragmas_hold_on_every_connection(database: str) -> None:
    with engine.reading(engine.connect(database)) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "temp_store")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "temp_store": 2}


def test_an_exception_takes_everything_back(database: str) -> None:
    def cut_short() -> None:
        with engine.writing(engine.connect(database)) as connection:
            connection.execute(text("INSERT INTO manifest_seen VALUES (1, 'd')"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_short()
    assert versions(database) == []


def test_a_locked_database_is_busy_and_names_no_value(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    holder = sqlite3.connect(engine.file_of(database), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="locked") as refused:
        add(database, 424242)
    holder.close()
    assert refused.value.__cause__ is None
    assert "424242" not in str(refused.value)
    add(database, 424242)
    assert versions(database) == [424242]


def test_a_damaged_file_is_busy(database: str) -> None:
    engine.file_of(database).write_bytes(b"this is no database " * 400)
    with pytest.raises(BusyError, match="damaged"):
        versions(database)


def test_a_broken_rule_of_ours_is_not_called_busy(database: str) -> None:
    add(database, 1)
    with pytest.raises(exc.IntegrityError) as broken:
        add(database, 1)
    assert "SQL parameters hidden" in str(broken.value)


def test_threads_write_one_after_another(database: str) -> None:
    threads = [threading.Thread(target=add, args=(database, n)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert versions(database) == list(range(12))


def test_a_forked_process_may_use_the_same_engine(database: str) -> None:
    shared = engine.connect(database)
    with engine.writing(shared) as connection:
        connection.execute(text("INSERT INTO manifest_seen VALUES (1, 'd')"))

    def work() -> None:
        with engine.writing(shared) as connection:
            connection.execute(text("INSERT INTO manifest_seen VALUES (2, 'd')"))

    assert run_in_child(work) == 0
    assert versions(database) == [1, 2]


def test_deleted_content_leaves_the_file_and_its_log(database: str) -> None:
    marker = "canary-" + "q" * 500
    shared = engine.connect(database)
    keeper = shared.connect()  # another process that keeps the database open, so that the log stays
    keeper.exec_driver_sql("SELECT 1").fetchall()
    keeper.rollback()
    with engine.writing(shared) as connection:
        connection.execute(text("INSERT INTO manifest_seen VALUES (1, :m)"), {"m": marker})
    path = engine.file_of(database)
    log = path.with_name(path.name + "-wal")
    assert marker.encode() in log.read_bytes()
    with engine.writing(shared) as connection:
        connection.execute(text("DELETE FROM manifest_seen"))
    engine.forget(shared)
    assert log.stat().st_size == 0
    assert marker.encode() not in path.read_bytes()
    keeper.close()


def test_compact_keeps_rows(database: str) -> None:
    add(database, 7)
    engine.compact(engine.connect(database))
    assert versions(database) == [7]


def test_a_reader_keeps_deleted_content_and_that_is_told(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    shared = engine.connect(database)
    add(database, 1)
    with engine.reading(shared) as visitor:
        visitor.execute(text("SELECT version FROM manifest_seen")).fetchall()
        with engine.writing(shared) as connection:
            connection.execute(text("DELETE FROM manifest_seen"))
        assert engine.forget(shared) is False
        assert engine.lingers(shared)
    assert engine.forget(shared) is True
    assert not engine.lingers(shared)


def test_a_deletion_that_holds_is_not_said_to_have_changed_nothing(database: str) -> None:
    shared = engine.connect(database)
    engine.file_of(database).unlink()
    with pytest.raises(BusyError) as refused:
        engine.forget(shared)
    assert "was done and holds" in refused.value.hint
    assert "Nothing was changed" not in refused.value.hint
    engine.file_of(database).write_bytes(b"this is no database " * 400)
    with pytest.raises(BusyError, match="damaged") as refused:
        engine.forget(shared)
    assert "was done and holds" in refused.value.hint
