"""A journal that somebody changed on the disk: told at each unlocking, and nothing leaves signed."""

from __future__ import annotations

import time

import pytest

from app.cli import main
from app.desk.carry.outboxes import make_outbox, write_again
from app.desk.cases.reading import list_cases
from app.desk.cases.setting import set_values
from app.desk.core.chain import journal_fault
from app.desk.duties.alarms import case_alarms
from app.domain import journal
from app.errors import UserError
from app.stores.desk import JournalRow
from tests.unit.desk.house import DAY, House
from tests.unit.desk.test_journey import Typed


def fault(house: House) -> str:
    with house.store.reading() as tx:
        return journal_fault(house.desk().keyring, tx)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE journal SET actor = 'cypres' WHERE n = 2", "Line 2 was edited"),
        ("DELETE FROM journal WHERE n = 2", "Line 2 is missing"),
        ("UPDATE journal SET n = n + 100 WHERE n = 2", "Line 2 is missing"),
        ("DELETE FROM journal WHERE n >= 3", "The given head is not in this journal"),
        ("UPDATE journal SET day = 'never' WHERE n = 2", "Line 2 was edited"),
        ("DELETE FROM outboxes WHERE number = 2", "cannot be read"),
        ("UPDATE outboxes SET sealed = x'0011'  WHERE number = 2", "cannot be read"),
    ],
)
def test_a_changed_journal_is_told_and_nothing_is_signed(fresh: House, statement: str, told: str) -> None:
    path = fresh.folder / "outbox"
    fresh.new_case()
    make_outbox(fresh.desk(), path)
    make_outbox(fresh.desk(), path)
    assert fault(fresh) == ""
    with fresh.database() as link:
        link.execute(statement)
    assert told in fault(fresh)
    assert len(list_cases(fresh.desk())) == 1
    before = path.read_bytes()
    with pytest.raises(UserError, match=told):
        make_outbox(fresh.desk(), path)
    for action in ("outbox", "export"):
        with pytest.raises((UserError, ValueError)), fresh.store.writing() as tx:
            fresh.desk().log(tx, action, subject="x 3")
    assert path.read_bytes() == before
    assert told in case_alarms(fresh.desk())[0].message


@pytest.mark.parametrize("action", ["outbox", "export"])
@pytest.mark.parametrize("own", [True, False])
def test_nothing_is_signed_over_reasons_that_were_taken_away(fresh: House, action: str, own: bool) -> None:
    case_id = fresh.new_case(name="cypres", exclude=[] if own else ["alize"])
    set_values(fresh.desk("cypres"), case_id, ["severity=2"], "lu deux fois")
    made = "zeroblob(60)" if own else "NULL"
    with fresh.database() as link:
        assert link.execute(f"UPDATE journal SET sealed = {made} WHERE sealed IS NOT NULL").rowcount
    with pytest.raises(UserError, match="was changed or taken away"), fresh.store.writing() as tx:
        fresh.desk().log(tx, action, subject="x 1")
    with pytest.raises(UserError, match="was changed or taken away"):
        make_outbox(fresh.desk(), fresh.folder / "outbox")
    assert not (fresh.folder / "outbox").exists()


def test_a_journal_written_anew_does_not_pass_the_last_outbox(fresh: House) -> None:
    fresh.new_case()
    make_outbox(fresh.desk(), fresh.folder / "outbox")
    with fresh.store.reading() as tx:
        rows = tx.journal()
    with fresh.database() as link:
        link.execute("DELETE FROM journal")
    with fresh.store.writing() as tx:
        for row in rows:
            line = journal.append(tx.last_line(), day=DAY, actor="brume", action=row.line.action, subject="")
            tx.add_line(JournalRow(line))
    assert "not in this journal" in fault(fresh)
    assert write_again(fresh.desk(), fresh.folder / "again").number == 1  # nothing new is signed


def test_each_command_tells(fresh: House, capsys: pytest.CaptureFixture[str]) -> None:
    fresh.receive()
    fresh.new_case()
    with fresh.database() as link:
        link.execute("UPDATE journal SET action = 'erase' WHERE n = 1")
    args = main.parse(["desk", "case", "list", "--config", str(Typed(fresh).config), "--as", "alize"])
    args.run(args)
    assert "Line 1 was edited" in capsys.readouterr().err


def test_ten_thousand_lines_take_no_time(fresh: House) -> None:
    with fresh.store.writing() as tx:
        last = None
        for _ in range(10_000):
            last = journal.append(last, day=DAY, actor="alize", action="open", subject="a" * 32)
            tx.add_line(JournalRow(last))
    ring = fresh.desk().keyring
    begun = time.process_time()
    with fresh.store.reading() as tx:
        assert journal_fault(ring, tx) == ""
    took = time.process_time() - begun
    assert took < 5.0, took  # 0.2 on a quiet machine; once a line was read again for each other one, it was minutes
