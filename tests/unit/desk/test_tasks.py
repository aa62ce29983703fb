"""One list of everything that is due beside the deadlines of the states."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from app.desk.cases.followup import check, recommend, set_outcome
from app.desk.cases.review import draw
from app.desk.duties.access import add_request, answer
from app.desk.duties.alarms import case_alarms
from app.desk.duties.persons import add_person, defer, inform
from app.desk.duties.tasks import tasks
from app.domain.facts import State
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_merging import put

LETTER = "Conseil d'administration"


def told(house: House, name: str = "alize") -> list[str]:
    return [task.what[1].split(" (")[0] for task in tasks(house.desk(name))]


def test_a_person_is_due_deferred_and_done(fresh: House, tmp_path: Path) -> None:
    case_id = fresh.new_case()
    person = add_person(fresh.desk(), case_id, "président")
    (task,) = tasks(fresh.desk())
    assert (task.case_id, task.due, task.overdue) == (case_id, date(2026, 12, 2), False)
    assert task.to_dict()["what_fr"] == f"informer la personne concernée ({person.id})"
    fresh.set_day(date(2026, 12, 3))
    assert tasks(fresh.desk())[0].overdue
    assert "tell the person concerned" in [alarm.message for alarm in case_alarms(fresh.desk())][-1]
    defer(fresh.desk(), case_id, person.id, "des pièces pourraient disparaître")
    assert told(fresh) == ["look again at why the person is not told"]
    inform(fresh.desk(), case_id, person.id, tmp_path / "l")
    assert tasks(fresh.desk()) == []


def test_a_recommendation_is_asked_after_and_looked_at(fresh: House) -> None:
    case_id = fresh.new_case()
    one = recommend(fresh.desk(), case_id, LETTER, "Publier.", due=fresh.desk().today + timedelta(days=400))
    assert told(fresh) == ["check where the recommendation stands", "what came of the recommendation"]
    set_outcome(fresh.desk(), case_id, one.id, "accepted")
    assert len(tasks(fresh.desk())) == 2
    set_outcome(fresh.desk(), case_id, one.id, "done")
    assert told(fresh) == ["check where the recommendation stands"]
    for result in ("oui", "toujours"):
        check(fresh.desk(), case_id, one.id, result)
    assert tasks(fresh.desk()) == []


def test_a_request_is_everybodys_and_names_no_case(fresh: House) -> None:
    request = add_request(fresh.desk(), "Claude Dupré", "access")
    (task,) = tasks(fresh.desk("brume"))
    assert (task.case_id, task.label) == ("", "")
    assert "Dupré" not in str(task.to_dict())
    answer(fresh.desk(), request.id, "granted")
    assert tasks(fresh.desk("brume")) == []


def test_a_second_reading_is_for_somebody_else(fresh: House) -> None:
    case_id = fresh.new_case()
    put(fresh, case_id, state=State.CLOSED, owner="alize", deputy="cypres")
    fresh.set_day(date(2026, 12, 1))
    draw(fresh.desk(), "2026-11")
    assert told(fresh) == []
    assert told(fresh, "brume") == ["read the closed case again"]


def test_an_open_case_without_an_owner(fresh: House) -> None:
    put(fresh, fresh.new_case(), state=State.ASSESSMENT)
    assert told(fresh) == ["name an owner of the case"]


def test_nothing_of_a_case_that_one_may_not_open(fresh: House) -> None:
    case_id = fresh.new_case(reporter=Reporter.new(), exclude=["brume"])
    add_person(fresh.desk(), case_id, "président")
    recommend(fresh.desk(), case_id, LETTER, "Publier.", due=fresh.desk().today + timedelta(days=9))
    put(fresh, case_id, state=State.ASSESSMENT)
    assert len(tasks(fresh.desk())) == 4
    assert tasks(fresh.desk("brume")) == []
