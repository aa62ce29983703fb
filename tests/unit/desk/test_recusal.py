"""A reviewer whom the reporter excluded: no row, no count, no search, no journal line, and no way in later."""

from __future__ import annotations

import pytest

from app.cli import main, ui
from app.desk.carry import takeup
from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import check_entry, draft_entry, sign_entry
from app.desk.cases.reading import list_cases, show_case
from app.desk.cases.saving import save_case
from app.desk.cases.setting import set_values
from app.desk.duties.alarms import case_alarms
from app.desk.replies.replies import send
from app.errors import UserError
from tests.unit.desk.house import STORY, House, Reporter
from tests.unit.desk.test_journey import Typed
from tests.unit.desk.test_takeup import counts, record


def test_an_excluded_reviewer_sees_nothing(fresh: House) -> None:
    reporter = Reporter.new()
    fresh.receive(fresh.seal(STORY, reporter=reporter, exclude=["brume"]))
    brume = fresh.desk("brume")
    assert take_up(brume) == takeup.TakenUp()
    (case_id,) = take_up(fresh.desk("alize")).cases
    assert list_cases(brume) == []
    with pytest.raises(UserError, match="no case of that number") as missing:
        show_case(brume, case_id)
    with pytest.raises(UserError) as other:
        show_case(brume, "abcdefghij23")
    assert str(missing.value) == str(other.value)
    assert record(fresh, case_id, "cypres").excluded == ("brume",)
    alize = fresh.desk("alize")
    with fresh.store.reading() as tx:
        case = alize.case(tx, case_id)
        assert [line.action for line, _ in alize.history(tx, case)] == ["receive"]
        assert all(row.line.subject != case_id for row in tx.journal())


def test_an_excluded_reviewer_never_takes_up_a_follow_up(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter, exclude=["brume"])
    # Before any reply told it whom to exclude, the intake seals a message to everybody.
    fresh.receive(fresh.seal("Une date de plus.", reporter=reporter, kind="message"))
    brume = fresh.desk("brume")
    assert take_up(brume) == takeup.TakenUp()
    assert take_up(brume) == takeup.TakenUp()
    assert counts(fresh) == (1, 1, 0)
    assert take_up(fresh.desk("cypres")).joined == [case_id]
    assert len(show_case(fresh.desk("alize"), case_id).messages) == 2


def test_nothing_on_the_disk_tells_who_was_excluded(fresh: House) -> None:
    fresh.new_case(exclude=["brume"])
    fresh.new_case()
    take_up(fresh.desk("brume"))
    with fresh.database() as link:
        rows = link.execute("SELECT case_id, reviewer, length(sealed) FROM grants").fetchall()
    assert len(rows) == 6
    assert len({size for _, _, size in rows}) == 1


def test_no_command_lets_an_excluded_reviewer_in(fresh: House) -> None:
    case_id = fresh.new_case(reporter=Reporter.new(), exclude=["brume"])
    brume, folder = fresh.desk("brume"), fresh.folder / "saved"
    tries = [
        lambda: show_case(brume, case_id),
        lambda: save_case(brume, case_id, folder),
        lambda: set_values(brume, case_id, ["hold=yes"]),
        lambda: move_case(brume, case_id, "acknowledged", "lu"),
        lambda: send(brume, case_id, "Bonjour."),
        lambda: draft_entry(brume, case_id, {}),
        lambda: check_entry(brume, case_id),
        lambda: sign_entry(brume, case_id),
    ]
    for attempt in tries:
        with pytest.raises(UserError, match="You have no case of that number"):
            attempt()
    assert not folder.exists()


def test_an_excluded_reviewer_is_neither_owner_nor_deputy(fresh: House) -> None:
    case_id = fresh.new_case(exclude=["brume"])
    for key in ("owner", "deputy"):
        with pytest.raises(UserError, match="one of alize, cypres"):
            set_values(fresh.desk(), case_id, [f"{key}=brume"])


def test_what_an_excluded_reviewer_types_prints_nothing_of_it(fresh: House) -> None:
    typed = Typed(fresh)
    case_id = fresh.new_case(reporter=Reporter.new(), exclude=["brume"])
    fresh.forward(30)
    assert case_alarms(fresh.desk("brume")) == []
    assert typed("case", "list", by="brume") == ["No case is open to you."]
    assert typed.json("case", "list", by="brume") == []
    assert all(case_id not in line for line in typed("tick", by="brume"))
    args = main.parse(["desk", "case", "show", case_id, "--as", "brume", "--config", str(typed.config)])
    with pytest.raises(UserError) as refused, ui.captured() as lines:
        args.run(args)
    assert lines == []
    assert case_id not in str(refused.value) + refused.value.hint
