"""Requests of persons concerned: a register that names no case, and an extract that holds nothing of a reporter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.cases.entries import draft_entry
from app.desk.cases.letters import make_notice
from app.desk.core.bench import OpenCase
from app.desk.core.entry_paper import load_paper, store_paper
from app.desk.core.record import CaseRecord
from app.desk.duties.access import Request, _the_person, add_request, answer, compose, extend, extract, list_requests
from app.desk.duties.access_page import STATES, About
from app.desk.duties.persons import Person, add_person, defer, inform, list_persons
from app.domain.facts import CaseFacts, State
from app.domain.gate import OVERLAP_WORDS, overlap
from app.domain.words import fold
from app.errors import UserError
from tests.unit.desk.house import STORY, House
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_journey import ENTRY
from tests.unit.desk.test_merging import case, put, reasons

ROLE = "Présidente du conseil d'administration"
WORDS = st.lists(st.text(alphabet="abcdefé", min_size=2, max_size=7), min_size=OVERLAP_WORDS, max_size=40)
REQUEST = Request("r1", date(2026, 11, 2), "Claude Dupré", "access")
FACTS = CaseFacts(state=State.ASSESSMENT, entered=date(2026, 11, 2))
CASE = OpenCase(
    "abcdefghij23", 1, b"k" * 32, CaseRecord(label="", facts=FACTS, received=date(2026, 11, 2), allowed=("alize",))
)
ABOUT = About(ROLE, ("GOV", "GOV-2", "assessment"))


def test_a_register_for_every_reviewer_names_no_case(house: House, tmp_path: Path) -> None:
    case_id = assessed(house)
    person = add_person(house.desk(), case_id, ROLE)
    request = add_request(house.desk(), "Claude Dupré", "access")
    extract(house.desk(), request.id, [case_id], tmp_path / "e.txt")
    assert list_requests(house.desk("brume"))[-1] == request
    assert case_id not in str(request.to_dict())
    assert list_persons(house.desk(), case_id)[0].requests == (request.id,)
    assert reasons(house, case_id)[-1] == ("access extract", f"request {request.id}, person {person.id}")
    text = (tmp_path / "e.txt").read_text(encoding="utf-8")
    record = case(house, case_id).record
    for secret in (STORY, record.label, case_id, "alize", record.keys.locator.hex()):
        assert secret not in text
    assert all(told in text for told in (ROLE, "Claude Dupré", "à l'étude", "pas encore envoyée"))


def test_one_month_or_three(house: House) -> None:
    today = house.desk().today
    request = add_request(house.desk(), "A", "erasure", today - timedelta(days=3))
    assert request.due == date(2026, 11, 30)
    longer = extend(house.desk(), request.id, "beaucoup de pièces")
    assert longer.due == date(2027, 1, 30)
    with pytest.raises(UserError, match="extended already"):
        extend(house.desk(), request.id, "encore")


def test_an_answer_has_its_outcome_and_its_ground(house: House) -> None:
    request = add_request(house.desk(), "B", "access")
    for outcome, ground in (("maybe", ""), ("refused", ""), ("refused", "because"), ("granted", "source")):
        with pytest.raises(UserError, match="An answer is one of"):
            answer(house.desk(), request.id, outcome, ground)
    done = answer(house.desk(), request.id, "partial", "source")
    assert (done.answered, done.outcome, done.ground) == (house.desk().today, "partial", "source")
    assert done in list_requests(house.desk("cypres"))
    with pytest.raises(UserError, match="answered already"):
        answer(house.desk(), request.id, "granted")
    with pytest.raises(UserError, match="no such request"):
        answer(house.desk(), "nothing", "granted")


@pytest.mark.parametrize(("name", "kind", "days"), [("A", "other", 0), ("A", "access", 1), ("a\nb", "access", 0)])
def test_what_is_no_request(house: House, name: str, kind: str, days: int) -> None:
    with pytest.raises(UserError, match="A request has a name"):
        add_request(house.desk(), name, kind, house.desk().today + timedelta(days=days))


def test_nobody_writes_a_case_into_the_register(house: House) -> None:
    case_id = house.new_case()
    with pytest.raises(UserError, match="This names a case"):
        add_request(house.desk(), f"Claude Dupré (dossier {case_id})", "access")
    request = add_request(house.desk(), "Claude Dupré", "access")
    with pytest.raises(UserError, match="This names a case"):
        extend(house.desk(), request.id, f"voir {case(house, case_id).record.label.lower()}")


def test_who_must_not_know_yet_is_told_nothing(house: House, tmp_path: Path) -> None:
    case_id = assessed(house)
    request = add_request(house.desk(), "C", "access")
    with pytest.raises(UserError, match="names nobody"):
        extract(house.desk(), request.id, [case_id], tmp_path / "e")
    person = add_person(house.desk(), case_id, ROLE)
    defer(house.desk(), case_id, person.id, "des pièces pourraient disparaître")
    with pytest.raises(UserError, match="an extract would tell"):
        extract(house.desk(), request.id, [case_id], tmp_path / "e")
    assert not (tmp_path / "e").exists()
    inform(house.desk(), case_id, person.id, tmp_path / "l")
    extract(house.desk(), request.id, [case_id], tmp_path / "e")
    assert "Lettre d'information : envoyée" in (tmp_path / "e").read_text(encoding="utf-8")


def test_a_finding_is_told_once_it_was_made_known(house: House, tmp_path: Path) -> None:
    case_id = assessed(house)
    add_person(house.desk(), case_id, ROLE)
    request = add_request(house.desk(), "D", "access")
    put(house, case_id, state=State.REGISTRY_PROPOSED, reporter_opinion="yes")
    draft_entry(house.desk(), case_id, ENTRY)
    told = ENTRY["finding"]["text"]
    extract(house.desk(), request.id, [case_id], tmp_path / "before")
    assert told not in (tmp_path / "before").read_text(encoding="utf-8")
    make_notice(house.desk(), case_id, tmp_path / "notice")
    extract(house.desk(), request.id, [case_id], tmp_path / "after")
    assert told in (tmp_path / "after").read_text(encoding="utf-8")
    desk = house.desk()
    with house.store.writing() as tx:
        opened = desk.case(tx, case_id)
        paper = load_paper(opened, tx)
        # What the public reads stays what is told, whatever is drafted since.
        store_paper(opened, tx, replace(paper, published=paper.entry))
    put(house, case_id, notice_on=None)
    extract(house.desk(), request.id, [case_id], tmp_path / "public")
    assert told in (tmp_path / "public").read_text(encoding="utf-8")


OTHERS = ("Trésorier adjoint", "Directrice salariée", "Commissaire aux comptes")


def test_an_extract_is_about_one_person(house: House, tmp_path: Path) -> None:
    case_id, other = assessed(house), assessed(house)
    mine, *others = [add_person(house.desk(), case_id, role) for role in (ROLE, *OTHERS)]
    alone = add_person(house.desk(), other, "Administratrice")
    inform(house.desk(), case_id, others[0].id, tmp_path / "l")
    defer(house.desk(), case_id, others[1].id, "des pièces pourraient disparaître")
    request = add_request(house.desk(), "E", "access")
    for persons in ((), (mine.id, others[0].id), (alone.id,)):
        with pytest.raises(UserError, match="about one of them") as refused:
            extract(house.desk(), request.id, [case_id], tmp_path / "e", persons=persons)
        assert "--person" in refused.value.hint
    with pytest.raises(UserError, match="in none of these cases"):
        extract(house.desk(), request.id, [case_id], tmp_path / "e", persons=[mine.id, "abcdef"])
    with pytest.raises(UserError, match="an extract would tell"):
        extract(house.desk(), request.id, [case_id], tmp_path / "e", persons=[others[1].id])
    assert not (tmp_path / "e").exists()
    extract(house.desk(), request.id, [case_id, other], tmp_path / "e", persons=[mine.id, alone.id])
    text = (tmp_path / "e").read_text(encoding="utf-8")
    assert ROLE in text
    assert "Administratrice" in text
    assert text.count("pas encore envoyée") == 2
    assert not [role for role in OTHERS if role in text]
    assert [one.requests for one in list_persons(house.desk(), case_id)] == [(request.id,), (), (), ()]


ROLES = st.lists(st.text(alphabet="abcdefghijklm", min_size=5, max_size=12), min_size=2, max_size=5, unique=True)


@given(ROLES, st.integers(min_value=0))
def test_whoever_asks_reads_of_nobody_else(roles: list[str], asks: int) -> None:
    """Whatever is noted of the others of a case, only the person who asks stands in the extract."""
    there = [Person(f"{n:06x}", role.upper(), "due", None) for n, role in enumerate(roles)]
    mine = there[asks % len(there)]
    chosen = _the_person(CASE, there, [mine.id])
    page = compose(REQUEST, [replace(ABOUT, role=chosen.role)], [], date(2026, 11, 2))
    told = {line.partition(" : ")[2] for line in page.splitlines() if "Fonction notée" in line}
    assert told == {mine.role}
    with pytest.raises(UserError, match="about one of them"):
        _the_person(CASE, there, [])


def test_an_extract_is_written_to_memory_only(house: House) -> None:
    desk = house.desk()
    strict = replace(desk, settings=replace(desk.settings, trial=False))
    with pytest.raises(UserError, match="would stay on a disk"):
        extract(strict, "r", [], house.home / "e")


def test_every_state_has_its_words() -> None:
    assert set(STATES) == set(State)
    page = compose(REQUEST, [], [], date(2026, 11, 2))
    assert "Aucune donnée" in page
    assert "non établi" in compose(REQUEST, [About(ROLE, ("", "", "received"))], [], date(2026, 11, 2))


@given(WORDS, st.integers(min_value=0))
def test_nothing_of_a_reporter_comes_through(words: list[str], start: int) -> None:
    """Whatever a reporter wrote, six of their words in a row never stand in an extract."""
    story = " ".join(words)
    begin = start % (len(words) - OVERLAP_WORDS + 1)
    stolen = " ".join(words[begin : begin + OVERLAP_WORDS]).upper()
    for about in (replace(ABOUT, role=stolen), replace(ABOUT, finding=f"Il apparaît que {stolen}, souvent.")):
        with pytest.raises(UserError, match="repeat words of a report"):
            compose(REQUEST, [about], [story], date(2026, 11, 2))


@given(st.lists(st.text(max_size=200), max_size=4), st.text(alphabet="abc é'", max_size=40))
def test_what_is_composed_never_overlaps(texts: list[str], role: str) -> None:
    try:
        page = compose(REQUEST, [replace(ABOUT, role=role)], texts, date(2026, 11, 2))
    except UserError:
        return
    assert overlap(page, texts) is None
    assert not any(len(fold(text)) >= OVERLAP_WORDS and text in page for text in texts)
