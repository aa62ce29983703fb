"""Persons concerned: told within a month, or a reason that is looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.desk.duties.persons import DEFERRED, DUE, INFORMED, add_person, defer, inform, link_request, list_persons
from app.desk.duties.persons_letter import letter
from app.domain.durations import add_months
from app.errors import UserError
from tests.unit.desk.house import STORY, House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_merging import case, reasons

ROLE = "Présidente du conseil d'administration"


def test_due_in_a_month_from_assessment(house: House, tmp_path: Path) -> None:
    case_id = assessed(house)
    entered = case(house, case_id).facts.entered
    house.forward(3)
    person = add_person(house.desk(), case_id, ROLE)
    assert (person.status, person.due) == (DUE, add_months(entered, 1))
    early = add_person(house.desk(), house.new_case(), ROLE)
    assert early.due == add_months(house.desk().today, 1)
    done = inform(house.desk(), case_id, person.id, tmp_path / "letter.txt")
    assert (done.status, done.due, done.informed) == (INFORMED, None, house.desk().today)
    assert list_persons(house.desk("cypres"), case_id) == [done]
    text = (tmp_path / "letter.txt").read_text(encoding="utf-8")
    assert ROLE in text
    record = case(house, case_id).record
    for secret in (STORY, record.label, case_id, "alize", "signaleur"):
        assert secret not in text
    assert reasons(house, case_id)[-2:] == [("person", f"{person.id}: {ROLE}"), ("inform person", person.id)]
    for again in (
        lambda: inform(house.desk(), case_id, person.id, tmp_path / "x"),
        lambda: defer_it(house, case_id, person.id),
    ):
        with pytest.raises(UserError, match="informed already"):
            again()


def defer_it(house: House, case_id: str, person_id: str, reason: str = "des pièces pourraient disparaître"):
    return defer(house.desk(), case_id, person_id, reason)


def test_every_deferral_has_its_reason_and_its_day(house: House) -> None:
    case_id = assessed(house)
    person = add_person(house.desk(), case_id, ROLE)
    with pytest.raises(UserError, match="The reason is empty"):
        defer_it(house, case_id, person.id, " ")
    first = defer_it(house, case_id, person.id)
    assert (first.status, first.due) == (DEFERRED, house.desk().today + timedelta(days=30))
    house.forward(30)
    second = defer_it(house, case_id, person.id, "toujours")
    assert second.due == house.desk().today + timedelta(days=30)
    assert [reason for _, reason in second.reasons] == ["des pièces pourraient disparaître", "toujours"]
    assert reasons(house, case_id)[-1] == ("defer person", f"{person.id}: toujours")


@pytest.mark.parametrize("role", ["", "a\nb", "r" * 161, "<b>"])
def test_a_role_is_one_plain_line(house: House, role: str) -> None:
    case_id = house.new_case()
    with pytest.raises(UserError):
        add_person(house.desk(), case_id, role)
    assert list_persons(house.desk(), case_id) == []


def test_nobody_of_that_id(house: House, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no person of that id"):
        inform(house.desk(), house.new_case(), "abcdef", tmp_path / "x")


def test_a_role_in_the_words_of_the_reporter_stays(house: House, tmp_path: Path) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    person = add_person(house.desk(), case_id, "qui a décidé seul de changer les règles")
    with pytest.raises(UserError, match="reporter's own words"):
        inform(house.desk(), case_id, person.id, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_the_letter_is_written_to_memory_only(house: House) -> None:
    case_id = house.new_case()
    person = add_person(house.desk(), case_id, ROLE)
    desk = house.desk()
    strict = replace(desk, settings=replace(desk.settings, trial=False))
    with pytest.raises(UserError, match="would stay on a disk"):
        inform(strict, case_id, person.id, house.home / "letter.txt")


def test_a_letter_names_the_matter_once_it_is_known(house: House) -> None:
    facts = case(house, assessed(house)).facts
    assert "(domaine :" in letter(facts, ROLE, date(2026, 11, 2), "registry.example")
    bare = letter(replace(facts, category=""), ROLE, date(2026, 11, 2), "")
    assert "domaine" not in bare
    assert "(registry" not in bare


def test_a_request_is_noted_in_the_case(house: House) -> None:
    case_id = house.new_case()
    person = add_person(house.desk(), case_id, ROLE)
    add_person(house.desk(), case_id, "Trésorier")
    desk = house.desk()
    for _ in range(2):
        with house.store.writing() as tx:
            link_request(desk, tx, desk.case(tx, case_id), "r1", person.id)
    assert [one.requests for one in list_persons(desk, case_id)] == [("r1",), ()]
