"""The desk's side of the log: each export continues it, and neither a crash nor a restore starts another history."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desk.cases.exports import LOG, export_again, export_registry, log_of
from app.desk.cases.relearn import learn_export
from app.desk.keep.backup import make_backup
from app.errors import UserError
from crypto import note
from crypto.checkpoint import open_checkpoint
from crypto.export import Export, commitment, open_export_at_once
from crypto.openpgp.verify import verify_all
from crypto.tlog import Frontier, leaf_hash
from tests.unit.desk.house import ORIGIN, House, open_house
from tests.unit.desk.test_backup import bring_back, lose
from tests.unit.desk.test_entries import facts, published


@pytest.fixture
def fresh() -> Iterator[House]:
    with open_house() as house:
        yield house


def opened(house: House, path: Path) -> Export:
    return open_export_at_once(path.read_bytes(), house.manifest, verify_all, origin=ORIGIN)


def grown(*exports: Export) -> Frontier:
    log = Frontier()
    for export in exports:
        for signed in export.entries:
            log, _ = log.append(leaf_hash(commitment(signed.entry, signed.salt)))
    return log


def test_each_export_continues_the_log(fresh: House) -> None:
    exports = []
    for number in (1, 2):
        published(fresh)
        path = fresh.folder / f"export-{number}"
        export_registry(fresh.desk(), path)
        exports.append(opened(fresh, path))
        head = open_checkpoint(
            exports[-1].checkpoint, fresh.manifest.desk_key, origin=f"{ORIGIN}/{fresh.manifest.instance}"
        )
        log = grown(*exports)
        assert (head.size, head.root) == (number, log.root)
        with fresh.store.reading() as tx:
            assert log_of(fresh.desk(), tx) == log
    salts = [signed.salt for export in exports for signed in export.entries]
    assert len(set(salts)) == len(salts)
    export_again(fresh.desk(), fresh.folder / "again")
    assert (fresh.folder / "again").read_bytes() == path.read_bytes()


def test_a_desk_of_before_the_log_begins_it_with_its_next_export(fresh: House) -> None:
    published(fresh)
    export_registry(fresh.desk(), fresh.folder / "one")
    with fresh.store.writing() as tx:
        tx.drop_shared(LOG, ORIGIN)
    published(fresh)
    export_registry(fresh.desk(), fresh.folder / "two")
    second = opened(fresh, fresh.folder / "two")
    assert second.sequence == 2
    with fresh.store.reading() as tx:
        assert log_of(fresh.desk(), tx) == grown(second)


def test_a_place_that_refuses_uses_up_no_number(fresh: House) -> None:
    published(fresh)
    (fresh.folder / "link").symlink_to(fresh.folder / "elsewhere")
    with pytest.raises(UserError, match="not a plain file"):
        export_registry(fresh.desk(), fresh.folder / "link")
    with fresh.store.reading() as tx:
        assert tx.last_export().number == 0
    assert export_registry(fresh.desk(), fresh.folder / "one").sequence == 1


def test_a_crash_between_the_record_and_the_file(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    published(fresh)
    path = fresh.folder / "one"

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", die)
        with pytest.raises(Killed):
            export_registry(fresh.desk(), path)
    assert not path.exists()
    with pytest.raises(UserError, match="waits for an export") as told:
        export_registry(fresh.desk(), path)
    assert "--again" in told.value.hint
    export_again(fresh.desk(), path)
    with fresh.store.reading() as tx:
        assert log_of(fresh.desk(), tx) == grown(opened(fresh, path))


def test_a_rename_that_is_refused_says_that_the_export_counts(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    published(fresh)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", refuse)
        with pytest.raises(UserError) as told:
            export_registry(fresh.desk(), fresh.folder / "one")
    assert "is recorded" in told.value.hint
    assert "Nothing was changed" not in told.value.hint


def test_a_restored_desk_continues_the_same_history(fresh: House) -> None:
    """The backup holds the log; what left after it comes back from the stick, and is never signed anew."""
    published(fresh)
    export_registry(fresh.desk(), fresh.folder / "one")
    case = published(fresh)
    backup = fresh.folder / "backup"
    make_backup(fresh.desk(), backup)
    lost = fresh.folder / "two"
    export_registry(fresh.desk(), lost)
    lose(fresh)
    bring_back(fresh, backup)
    with fresh.store.reading() as tx:
        assert log_of(fresh.desk(), tx).size == 1
    third = fresh.folder / "three"
    with pytest.raises(UserError, match="was restored") as told:
        export_registry(fresh.desk(), third)
    assert "--after NUMBER" in told.value.hint
    assert "learn-export FILE" in told.value.hint
    with pytest.raises(UserError, match="loaded export 2"):
        export_registry(fresh.desk(), third, after=2)
    done = learn_export(fresh.desk(), lost)
    assert (done.sequence, done.entries) == (2, 1)
    assert facts(fresh, case).exported
    published(fresh)
    export_registry(fresh.desk(), third)
    exports = [opened(fresh, fresh.folder / name) for name in ("one", "two", "three")]
    assert [export.sequence for export in exports] == [1, 2, 3]
    assert exports[2].previous == note.digest(lost.read_bytes())
    with fresh.store.reading() as tx:
        assert log_of(fresh.desk(), tx) == grown(*exports)


def test_a_restored_desk_whose_registry_is_no_further(fresh: House) -> None:
    published(fresh)
    export_registry(fresh.desk(), fresh.folder / "one")
    backup = fresh.folder / "backup"
    make_backup(fresh.desk(), backup)
    lose(fresh)
    bring_back(fresh, backup)
    published(fresh)
    assert export_registry(fresh.desk(), fresh.folder / "two", after=1).sequence == 2
    published(fresh)
    assert export_registry(fresh.desk(), fresh.folder / "three").sequence == 3


def test_an_export_of_another_history_is_not_learnt(fresh: House) -> None:
    published(fresh)
    export_registry(fresh.desk(), fresh.folder / "one")
    published(fresh)
    backup = fresh.folder / "backup"
    make_backup(fresh.desk(), backup)
    export_registry(fresh.desk(), fresh.folder / "two")
    lose(fresh)
    bring_back(fresh, backup)
    with fresh.store.writing() as tx:
        tx.drop_shared(LOG, ORIGIN)
    with pytest.raises(UserError, match="another log"):
        learn_export(fresh.desk(), fresh.folder / "two")
    with fresh.store.reading() as tx:
        assert tx.last_export().number == 1
