"""Persons, requests, recommendations, second readings and tasks, as they are typed."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from app.cli import main
from app.domain.facts import State
from app.errors import UsageError, UserError
from tests.unit.desk.house import House
from tests.unit.desk.test_journey import Typed
from tests.unit.desk.test_merging import put


@pytest.fixture
def typed(fresh: House) -> Typed:
    return Typed(fresh)


def test_a_person_concerned(typed: Typed) -> None:
    case_id = typed.house.new_case()
    assert typed("person", "list", case_id) == ["Nobody is named as concerned."]
    (said,) = typed("person", "add", case_id, "--role", "président")
    person = said.split(":")[0]
    assert said.endswith("2026-12-02.")
    (task,) = typed("tasks")
    assert task.startswith("2026-12-02  tell the person concerned")
    assert typed("person", "defer", case_id, person, "--reason", "des pièces")[0].endswith("2026-12-02.")
    assert typed("person", "list", case_id)[1] == "  2026-11-02: des pièces"
    to = typed.house.folder / "letter.txt"
    typed("person", "inform", case_id, person, "--to", str(to))
    assert typed.json("person", "list", case_id)[0]["status"] == "informed"
    with pytest.raises(UserError, match="already a file"):
        typed("person", "inform", case_id, person, "--to", str(to))


def test_a_request_of_access(typed: Typed) -> None:
    case_id = typed.house.new_case()
    typed("person", "add", case_id, "--role", "président")
    assert typed("access", "list") == ["No request was made."]
    (said,) = typed("access", "add", "--requester", "Claude Dupré", "--kind", "access", "--day", "2026-11-01")
    request = said.split(":")[0]
    assert said.endswith("2026-12-01.")
    assert "due 2026-12-01" in typed("access", "list")[0]
    typed("access", "answer", request, "--extend", "beaucoup de pièces")
    assert typed.json("access", "list")[0]["due"] == "2027-02-01"
    typed("access", "extract", request, case_id, "--to", str(typed.house.folder / "e.txt"))
    with pytest.raises(UsageError, match="Name an outcome"):
        typed("access", "answer", request)
    said = typed("access", "answer", request, "--outcome", "partial", "--ground", "source")
    assert "art. 16" in said[1]
    (other,) = typed("access", "add", "--requester", "X", "--kind", "erasure")
    assert typed("access", "answer", other.split(":")[0], "--outcome", "granted") == [
        f"{other.split(':')[0]}: granted."
    ]
    assert "partial source" in typed("access", "list")[0]


def test_a_recommendation(typed: Typed) -> None:
    case_id = typed.house.new_case()
    assert typed("recommend", "list") == ["Nothing was recommended."]
    text = typed.file("r.txt", "Publier le procès-verbal.")
    (said,) = typed("recommend", "add", case_id, "--to", "Conseil", "--text-file", text, "--due", "2027-01-31")
    one = said.split(":")[0]
    assert said.endswith("looked at again on 2027-05-02 and 2027-11-02.")
    assert "open  due 2027-01-31" in typed("recommend", "list", "--open")[0]
    to = str(typed.house.folder / "l.txt")
    typed("recommend", "letter", case_id, one, "--to", to)
    with pytest.raises(UserError, match="already a file"):
        typed("recommend", "letter", case_id, one, "--to", to)
    typed("recommend", "outcome", case_id, one, "--outcome", "done", "--note", "vu")
    assert typed("recommend", "list", "--open") == ["Nothing was recommended."]
    assert typed.json("recommend", "list")[0]["case"] == case_id
    assert typed("recommend", "check", case_id, one, "--result", "oui")[0].endswith("2027-11-02.")
    assert typed("recommend", "check", case_id, one, "--result", "oui")[0].endswith("both were made.")


def test_a_second_reading(typed: Typed) -> None:
    case_id = typed.house.new_case()
    put(typed.house, case_id, state=State.CLOSED, owner="alize", deputy="brume")
    assert typed("tasks") == ["Nothing else is due."]
    typed.house.set_day(date(2026, 12, 1))
    assert typed("review", "sample", "2026-11") == ["1 to be read again by somebody else.", f"  {case_id}"]
    assert typed.json("review", "sample", "2026-11") == [case_id]
    (task,) = typed.json("tasks", by="cypres")
    assert (task["case_id"], task["due"], task["overdue"]) == (case_id, "2026-12-15", False)
    typed("review", "record", case_id, "--outcome", "agreed", "--remarks", "rien à dire", by="cypres")
    typed.house.set_day(date(2027, 3, 1))
    typed("access", "add", "--requester", "X", "--kind", "access", "--day", "2026-12-01")
    assert "OVERDUE" in typed("tasks", by="cypres")[0]


def test_every_command_of_the_page_parses() -> None:
    page = Path(__file__).parents[3] / "docs" / "operations" / "daily-work.md"
    commands = re.findall(r"`sourdine ([^`]*)`", page.read_text(encoding="utf-8"))
    assert len(commands) >= 20
    for command in commands:
        main.parse(shlex.split(command))
