"""Recommendations: to whom, until when, what came of them, and two looks afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.desk.cases.followup import (
    PAPER,
    all_recommendations,
    carried,
    check,
    recommend,
    recommendations_of,
    set_outcome,
    write_letter,
)
from app.domain.durations import add_months
from app.errors import UserError
from tests.unit.desk.house import STORY, House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_merging import reasons

BOARD = "Conseil d'administration des Tilleuls"
TEXT = "Convoquer l'assemblée annuelle avant la fin du semestre.\nPublier son procès-verbal."


def made(house: House, case_id: str):
    return recommend(house.desk(), case_id, BOARD, TEXT, due=house.desk().today + timedelta(days=90))


def test_the_letter_is_written_to_memory_only(house: House) -> None:
    case_id = assessed(house)
    one = made(house, case_id)
    desk = house.desk()
    strict = replace(desk, settings=replace(desk.settings, trial=False))
    with pytest.raises(UserError, match="would stay on a disk"):
        write_letter(strict, case_id, one.id, house.home / "letter.txt")
    assert not (house.home / "letter.txt").exists()


def test_two_looks_are_made_with_it(house: House, tmp_path: Path) -> None:
    case_id = assessed(house)
    today = house.desk().today
    one = made(house, case_id)
    assert (one.outcome, one.due, one.made) == ("open", today + timedelta(days=90), today)
    assert [look.due for look in one.checks] == [add_months(today, 6), add_months(today, 12)]
    write_letter(house.desk(), case_id, one.id, tmp_path / "l.txt")
    text = (tmp_path / "l.txt").read_text(encoding="utf-8")
    assert BOARD in text
    assert "    Publier son procès-verbal." in text
    assert not any(secret in text for secret in (STORY, case_id, "alize"))
    assert reasons(house, case_id)[-2:] == [("recommend", f"{one.id} to {BOARD}"), ("recommend letter", one.id)]


def test_outcome_and_looks_are_recorded(house: House) -> None:
    case_id = assessed(house)
    one = made(house, case_id)
    answered = set_outcome(house.desk(), case_id, one.id, "accepted", "par écrit")
    assert (answered.outcome, answered.settled, answered.note) == ("accepted", house.desk().today, "par écrit")
    assert set_outcome(house.desk(), case_id, one.id, "open").settled is None
    with pytest.raises(UserError, match="An outcome is one of"):
        set_outcome(house.desk(), case_id, one.id, "maybe")
    looked = check(house.desk(), case_id, one.id, "rien n'a changé")
    assert (looked.checks[0].done, looked.checks[1].done) == (house.desk().today, None)
    assert looked.checks[0].result == "rien n'a changé"
    check(house.desk("cypres"), case_id, one.id, "c'est fait")
    with pytest.raises(UserError, match="Both checks"):
        check(house.desk(), case_id, one.id, "encore")
    with pytest.raises(UserError, match="no such recommendation"):
        check(house.desk(), case_id, "nothing", "encore")


def test_words_of_a_reporter_are_no_recommendation(house: House) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    later = house.desk().today + timedelta(days=9)
    with pytest.raises(UserError, match="reporter's own words"):
        recommend(house.desk(), case_id, BOARD, STORY, due=later)
    for addressee, text, due in (
        ("a\nb", TEXT, later),
        (BOARD, "t" * 4001, later),
        (BOARD, TEXT, house.desk().today),
        ("b" * 201, TEXT, later),
    ):
        with pytest.raises(UserError, match="A recommendation has"):
            recommend(house.desk(), case_id, addressee, text, due=due)
    with house.store.reading() as tx:
        assert recommendations_of(tx, house.desk().case(tx, case_id)) == []


def test_across_cases_only_those_that_one_may_open(house: House) -> None:
    closed = house.new_case(reporter=Reporter.new(), exclude=["brume"])
    one = made(house, closed)

    def ids(name: str) -> set[str]:
        desk = house.desk(name)
        with house.store.reading() as tx:
            return {found.id for _, found in all_recommendations(desk, tx)}

    assert one.id in ids("alize")
    assert one.id not in ids("brume")


def test_what_is_still_to_be_looked_at_outlives_the_content(house: House) -> None:
    case_id = assessed(house)
    one, other = made(house, case_id), made(house, case_id)
    for result in ("oui", "toujours"):
        check(house.desk(), case_id, other.id, result)
    desk = house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        kept = carried(tx, case)
        tx.drop_content(case_id)
        stone = desk.save(tx, case, replace(case.record, purged=date(2027, 1, 1), label=""))
        stone.put_paper(tx, PAPER, kept)
    assert check(desk, case_id, one.id, "oui").checks[0].done
    with pytest.raises(UserError, match="no such recommendation"):
        check(desk, case_id, other.id, "oui")
    with pytest.raises(UserError, match="purged"):
        made(house, case_id)
