"""Cases kept open for a session are those of the database at that moment, whoever changed them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.desk.carry.takeup import take_up
from app.desk.core.bench import Desk
from app.desk.core.keyring import Keyring
from tests.unit.desk.house import STORY, House, Reporter


def labels(desk: Desk) -> list[str]:
    with desk.store.reading() as tx:
        return sorted(case.record.label for case in desk.cases(tx))


def rename(desk: Desk, case_id: str, label: str) -> None:
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.record, label=label))


def test_a_case_is_opened_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = house.new_case()
    house.new_case(exclude=["brume"])
    desk, brume = house.desk(), house.desk("brume")
    mine, theirs = labels(desk), labels(brume)
    assert len(mine) == len(theirs) + 1
    monkeypatch.setattr(Keyring, "open_grant", lambda *_: pytest.fail("opened again"))
    assert labels(desk) == mine
    assert labels(brume) == theirs
    with desk.store.reading() as tx:
        assert desk.case(tx, case_id) is desk.find(tx, case_id)


def test_changes_of_others_are_seen(house: House) -> None:
    case_id = house.new_case()
    alize, brume = house.desk(), house.desk("brume")
    before = labels(alize)
    rename(brume, case_id, "changed elsewhere")
    assert "changed elsewhere" in labels(alize)
    rename(alize, case_id, "changed here")
    assert "changed here" in labels(brume)
    new = house.new_case(name="cypres")
    with alize.store.reading() as tx:
        assert new in {case.id for case in alize.cases(tx)}
    assert len(labels(alize)) == len(before) + 1


class PowerCutError(Exception):
    pass


def change_in_vain(desk: Desk, case_id: str) -> None:
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.record, label="never written"))
        assert desk.case(tx, case_id).record.label == "never written"
        assert "never written" in {case.record.label for case in desk.cases(tx)}
        raise PowerCutError


def test_a_write_sees_its_own_change_and_leaves_nothing_when_it_is_rolled_back(house: House) -> None:
    case_id = house.new_case()
    desk = house.desk()
    with pytest.raises(PowerCutError):
        change_in_vain(desk, case_id)
    # The next change takes the very version number that the first one had.
    rename(house.desk("brume"), case_id, "written")
    assert "never written" not in labels(desk)
    with desk.store.reading() as tx:
        assert desk.case(tx, case_id).record.label == "written"


def test_a_case_that_is_gone_is_let_go(fresh: House) -> None:
    kept, gone = fresh.new_case(), fresh.new_case()
    desk = fresh.desk()
    labels(desk)
    with desk.store.writing() as tx:
        tx.drop_case(gone)
    with desk.store.reading() as tx:
        assert [case.id for case in desk.cases(tx)] == [kept]
        assert desk.find(tx, gone) is None
    assert list(desk.shelf._held) == [kept]


def test_a_grant_given_later_opens(fresh: House) -> None:
    case_id = fresh.new_case(exclude=["brume"])
    alize, brume = fresh.desk(), fresh.desk("brume")
    assert labels(brume) == []
    with alize.store.writing() as tx:
        case = alize.case(tx, case_id)
        grants = alize.keyring.grant_case(case.id, case.key, ["brume"])
        tx.put_grants(case.id, {"brume": grants["brume"]})
        alize.save(tx, case, case.record)
    assert len(labels(brume)) == 1


def test_threads_of_one_session_agree(fresh: House) -> None:
    fresh.receive(*(fresh.seal(STORY, reporter=Reporter.new()) for _ in range(6)))
    desk = fresh.desk()
    assert len(take_up(desk).cases) == 6
    with desk.store.reading() as tx:
        ids = [case.id for case in desk.cases(tx)]

    def work(n: int) -> int:
        rename(desk, ids[n % 6], f"label {n}")
        return len(labels(desk))

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(work, range(24))) == {6}
    assert labels(desk) == labels(fresh.desk())


def test_progress_is_told(fresh: House) -> None:
    fresh.new_case()
    told: list[tuple[int, int]] = []
    desk = fresh.desk()
    with desk.store.reading() as tx:
        desk.cases(tx, lambda done, total: told.append((done, total)))
    assert told == [(0, 1), (1, 1)]
