"""Envelopes are durable before they have a row, claims are claimed once, days are all that is known of time."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from app.errors import BusyError, UserError
from app.stores import engine
from app.stores.intake import AlreadyClaimed, Claim, IntakeStore
from app.stores.intake_tables import COURIER_STEPS, REPLIES
from crypto.errors import TrustError
from tests.fakes.instance import TODAY, Instance, add_envelope

CLAIM = Claim(b"d" * 32, b"first content".ljust(32))
ONE_DAY = timedelta(days=1)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance.make(tmp_path)


@pytest.fixture
def store(instance: Instance) -> Iterator[IntakeStore]:
    made = instance.store()
    yield made
    made.close()


def add_reply(store: IntakeStore, locator: bytes, reply: str, readable: date, expires: date) -> None:
    with engine.writing(store.engine) as connection:
        row = {"locator": locator, "id": reply, "data": b"sealed", "readable_from": readable, "expires": expires}
        connection.execute(insert(REPLIES).values(**row))


def files(store: IntakeStore) -> set[str]:
    return {path.name for path in store.files.folder.iterdir()}


def test_open_refuses_what_init_did_not_make(instance: Instance) -> None:
    with pytest.raises(UserError) as refused:
        IntakeStore.open(instance.settings)
    assert refused.value.hint == "Type: sourdine intake init"


def test_a_draft_is_private_and_nameless_until_committed(store: IntakeStore) -> None:
    draft = store.new_envelope()
    assert files(store) == {draft.id + ".part"}
    assert stat.S_IMODE(draft.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.files.folder.stat().st_mode) == 0o700
    assert store.counts().envelopes == 0
    os.write(draft.fd, b"ciphertext")
    store.commit(draft, claim=None, today=TODAY)
    assert files(store) == {draft.id}
    assert store.files.path(draft.id).read_bytes() == b"ciphertext"
    counts = store.counts()
    assert (counts.envelopes, counts.size, counts.replies, counts.missing) == (1, 10, 0, 0)


def test_files_and_folder_carry_midnight(store: IntakeStore) -> None:
    envelope = add_envelope(store, b"x")
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC).timestamp()
    for path in (store.files.path(envelope), store.files.folder):
        assert path.stat().st_mtime == midnight


def test_a_discarded_draft_leaves_nothing(store: IntakeStore) -> None:
    draft = store.new_envelope()
    store.discard(draft)
    store.discard(draft)
    assert files(store) == set()


def test_discard_after_commit_keeps_the_envelope(store: IntakeStore) -> None:
    draft = store.new_envelope()
    draft.file.write(b"x")
    store.commit(draft, claim=None, today=TODAY)
    store.discard(draft)
    assert files(store) == {draft.id}


def test_the_loser_of_two_claims_is_unlinked(store: IntakeStore) -> None:
    first, second = store.new_envelope(), store.new_envelope()
    store.commit(first, claim=CLAIM, today=TODAY)
    with pytest.raises(AlreadyClaimed) as lost:
        store.commit(second, claim=Claim(CLAIM.digest, b"other"), today=TODAY)
    assert lost.value.content == CLAIM.content
    assert files(store) == {first.id}
    assert store.find_claim(CLAIM.digest) == CLAIM.content
    assert store.find_claim(b"e" * 32) is None


def test_a_claim_is_kept_until_the_next_day_ends(store: IntakeStore) -> None:
    store.commit(store.new_envelope(), claim=CLAIM, today=TODAY)
    for day in (TODAY, TODAY + ONE_DAY):
        store.tick(day)
        assert store.find_claim(CLAIM.digest) is not None
    assert store.tick(TODAY + 2 * ONE_DAY) == 1
    assert store.find_claim(CLAIM.digest) is None
    assert store.counts().envelopes == 1


def test_tick_works_once_a_day(store: IntakeStore) -> None:
    assert store.tick(TODAY) == 0
    add_reply(store, b"l" * 32, "a" * 32, TODAY, TODAY)
    assert store.tick(TODAY) == 0
    assert store.tick(TODAY + ONE_DAY) == 1


def test_a_locked_database_stores_nothing(store: IntakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    draft = store.new_envelope()
    holder = sqlite3.connect(Path(store.files.folder).parent / "intake.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError):
        store.commit(draft, claim=CLAIM, today=TODAY)
    holder.close()
    assert files(store) == set()
    assert store.counts().envelopes == 0


def test_without_a_database_to_ask_the_file_stays_for_the_sweep(store: IntakeStore) -> None:
    # The COMMIT may have happened although its answer was lost: unlinking could destroy an accepted report.
    draft = store.new_envelope()
    database = store.files.folder.parent / "intake.db"
    database.rename(database.with_suffix(".away"))
    with pytest.raises(BusyError):
        store.commit(draft, claim=None, today=TODAY)
    assert files(store) == {draft.id}
    database.with_suffix(".away").rename(database)
    assert store.sweep() == 1
    assert files(store) == set()


def test_a_vanished_folder_is_busy(store: IntakeStore) -> None:
    draft = store.new_envelope()
    folder = store.files.folder
    folder.rename(folder.with_name("away"))
    with pytest.raises(BusyError, match="refuses"):
        store.new_envelope()
    with pytest.raises(BusyError, match="refuses to write"):
        store.commit(draft, claim=None, today=TODAY)
    assert store.counts().envelopes == 0


def test_a_nearly_full_disk_takes_nothing(store: IntakeStore, instance: Instance) -> None:
    store.check_space()
    with pytest.raises(BusyError, match="nearly full"):
        store.new_envelope(expect=store.free_bytes() + 1)
    assert files(store) == set()


def test_sweep_takes_leftovers_and_leaves_the_living(store: IntakeStore) -> None:
    kept = add_envelope(store, b"x")
    draft = store.new_envelope()
    folder = store.files.folder
    (folder / ("a" * 32 + ".part")).write_bytes(b"a crash left this")
    (folder / ("b" * 32)).write_bytes(b"renamed, then a crash before the row")
    (folder / "notes.txt").write_text("not ours")
    assert store.sweep() == 2
    assert files(store) == {kept, draft.path.name, "notes.txt"}
    store.discard(draft)


def test_a_draft_swept_before_its_lock_is_begun_again(store: IntakeStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real, swept = os.open, []

    def race(path, flags, mode=0o777):
        descriptor = real(path, flags, mode)
        if flags & os.O_EXCL and not swept:
            swept.append(path)
            os.unlink(path)
        return descriptor

    monkeypatch.setattr(os, "open", race)
    draft = store.new_envelope()
    assert draft.path.exists()
    assert draft.path not in swept
    store.discard(draft)


def test_a_lost_file_is_counted(store: IntakeStore) -> None:
    store.files.path(add_envelope(store, b"x")).unlink()
    assert store.counts().missing == 1


def test_replies_open_and_expire_by_the_day(store: IntakeStore) -> None:
    locator = b"l" * 32
    add_reply(store, locator, "a" * 32, TODAY + ONE_DAY, TODAY + 3 * ONE_DAY)
    assert store.replies(locator, TODAY) == []
    assert [reply.id for reply in store.replies(locator, TODAY + ONE_DAY)] == ["a" * 32]
    assert store.replies(locator, TODAY + ONE_DAY)[0].data == b"sealed"
    assert store.replies(locator, TODAY + 3 * ONE_DAY) == []
    assert store.replies(b"m" * 32, TODAY + ONE_DAY) == []
    assert store.tick(TODAY + 3 * ONE_DAY) == 1


def test_a_reporter_deletes_one_reply_or_all(store: IntakeStore) -> None:
    for reply in ("a", "b", "c"):
        add_reply(store, b"l" * 32, reply * 32, TODAY, TODAY + ONE_DAY)
    add_reply(store, b"m" * 32, "a" * 32, TODAY, TODAY + ONE_DAY)
    assert store.delete_reply(b"l" * 32, "a" * 32)
    assert not store.delete_reply(b"l" * 32, "a" * 32)
    assert store.delete_replies(b"l" * 32) == 2
    assert store.counts().replies == 1


def test_login_codes_are_forgotten(store: IntakeStore) -> None:
    with engine.writing(store.engine) as connection:
        connection.execute(insert(COURIER_STEPS).values(mac=b"m", session=b"s", day=TODAY))
    assert store.tick(TODAY + ONE_DAY) == 0
    assert store.tick(TODAY + 2 * ONE_DAY) == 1


def test_manifests_never_go_back(store: IntakeStore, instance: Instance) -> None:
    first = instance.manifest
    assert store.manifest_seen() is None
    store.accept_manifest(first)
    store.accept_manifest(first)
    second = instance.publish(version=2, previous=first.digest)
    store.accept_manifest(second)
    assert store.manifest_seen() == second.pin
    with pytest.raises(TrustError, match="rolled back"):
        store.accept_manifest(first)
    assert store.manifest_seen() == second.pin


def test_nothing_in_the_schema_tells_a_mailbox_or_an_hour(store: IntakeStore) -> None:
    with engine.reading(store.engine) as connection:
        schema = " ".join(connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'table'").scalars())
    for word in ("mailbox", "public", "time", "AUTOINCREMENT", "hour"):
        assert word.lower() not in schema.lower()
    ours = schema.replace("CREATE TABLE alembic_version", "")
    assert ours.count("CREATE TABLE") == ours.count("WITHOUT ROWID")
