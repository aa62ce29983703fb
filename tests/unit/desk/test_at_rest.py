"""With the disk and without a reviewer's key: zero bytes of any case, before, during and after work on it."""

from __future__ import annotations

import os

import pytest

from app.desk.carry.outboxes import make_outbox
from app.desk.cases.decisions import move_case
from app.desk.cases.reading import show_case
from app.desk.cases.saving import save_case
from app.desk.cases.setting import set_values
from app.desk.core.bench import CHANGED, LOST, Desk
from app.desk.duties.alarms import case_alarms
from app.desk.replies.replies import send
from app.errors import BusyError
from crypto import sealed
from crypto.errors import NoKeyError
from crypto.fields import to_b64
from tests.unit.desk.house import House, Reporter

CANARY = "canari-7f3a-" + "é" * 3


def worked_on(house: House, reporter: Reporter) -> tuple[Desk, str]:
    case_id = house.new_case(
        f"histoire {CANARY} " * 9,
        reporter=reporter,
        files=[(f"fichier-{CANARY}.pdf", f"contenu {CANARY}".encode() * 50)],
        fields={"cooperative": f"coop {CANARY}", "topic": "3"},
        exclude=["brume"],
    )
    desk = house.desk()
    show_case(desk, case_id)
    send(desk, case_id, f"réponse {CANARY}")
    move_case(desk, case_id, "acknowledged", f"raison {CANARY}")
    set_values(desk, case_id, [f"cooperative=coop {CANARY}", "category=HAR", "severity=4", "conflict=none"])
    save_case(desk, case_id, house.folder / "saved")
    make_outbox(desk, house.folder / "outbox")
    return desk, case_id


def test_the_disk_holds_nothing_that_can_be_read(fresh: House) -> None:
    reporter = Reporter.new()
    desk, case_id = worked_on(fresh, reporter)
    with fresh.store.reading() as tx:
        label = desk.case(tx, case_id).record.label
    box = reporter.mailbox
    secrets = [CANARY, label, "acknowledged", "HAR-", box.locator, to_b64(box.locator), box.pair.public]
    assert fresh.search(*secrets) == []


def test_a_stopped_machine_left_nothing_in_the_log_of_the_database(fresh: House) -> None:
    worked_on(fresh, Reporter.new())
    fresh.store.close()
    assert fresh.search(CANARY) == []
    assert {path.name for path in (fresh.home / "evidence").iterdir() if path.is_file()} >= {".lock"}


def test_files_of_the_desk_are_private(fresh: House) -> None:
    worked_on(fresh, Reporter.new())
    own = [path for path in fresh.home.rglob("*") if path.is_file() and "gnupg" not in path.parts]
    loose = [path.name for path in own if path.stat().st_mode & 0o077]
    assert loose == []


def test_what_is_sealed_is_bound_to_its_place(fresh: House) -> None:
    desk, case_id = worked_on(fresh, Reporter.new())
    with fresh.store.reading() as tx:
        case = desk.case(tx, case_id)
    box = case.seal("paper/a", b"x")
    assert case.open("paper/a", box) == b"x"
    with pytest.raises(NoKeyError):
        case.open("paper/b", box)
    with pytest.raises(NoKeyError):
        sealed.open_box(os.urandom(32), f"{case.id}/paper/a".encode(), box)


def test_reasons_are_read_with_the_key_and_checked_against_the_chain(fresh: House) -> None:
    desk, case_id = worked_on(fresh, Reporter.new())
    with fresh.store.reading() as tx:
        case = desk.case(tx, case_id)
        history = desk.history(tx, case)
    assert [line.action for line, _ in history] == ["receive", "open", "reply", "move", "set", "save"]
    assert history[3][1] == f"received → acknowledged: raison {CANARY}"
    n = history[3][0].n
    forged = case.seal(f"journal/{n}", b'{"reason":"autre","salt":"AAAA"}')
    with fresh.database() as link:
        link.execute("UPDATE journal SET sealed = ? WHERE n = ?", [forged, n])
    with fresh.store.reading() as tx:
        assert desk.history(tx, case)[3][1] == CHANGED
        assert desk.changed_reasons(tx) == [(case, n)]
    for kept, told in ((b"\0" * 60, CHANGED), (None, LOST)):
        with fresh.database() as link:
            link.execute("UPDATE journal SET sealed = ? WHERE n = ?", [kept, n])
        with fresh.store.reading() as tx:
            assert desk.history(tx, case)[3][1] == told
    assert f"The reason in journal line {n} was changed or taken away." in {a.message for a in case_alarms(desk)}


def test_two_reviewers_never_overwrite_one_another(fresh: House) -> None:
    desk, case_id = worked_on(fresh, Reporter.new())
    with fresh.store.reading() as tx:
        case = desk.case(tx, case_id)
    set_values(fresh.desk("cypres"), case_id, ["grade=B"])
    with pytest.raises(BusyError, match="Another reviewer changed"), fresh.store.writing() as tx:
        desk.save(tx, case, case.with_facts(grade="C"))
