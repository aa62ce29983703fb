"""Entries that go on in others, and what is told of the recommendations after the publication."""

from __future__ import annotations

import pytest

from app.desk.cases.decisions import move_case
from app.desk.cases.entries import check_entry, draft_entry, sign_entry
from app.desk.cases.exports import export_registry
from app.desk.cases.followup import recommend, set_outcome
from app.desk.cases.letters import letter
from app.desk.cases.steps import add_step
from app.domain.entry import Entry, Tombstone
from app.domain.strict import EntryError
from app.errors import UserError
from tests.unit.desk.house import House
from tests.unit.desk.test_entries import draft, exported, facts, notified, paper, published
from tests.unit.desk.test_journey import Typed


def three(house: House) -> list[str]:
    cases = [published(house) for _ in range(3)]
    exported(house)
    return cases


def name_of(house: House, case_id: str) -> str:
    return paper(house, case_id).record.regc_id


def sign(house: House, case_id: str) -> None:
    for name in ("alize", "cypres"):
        sign_entry(house.desk(name), case_id)


def test_two_entries_become_one_and_one_becomes_two(fresh: House) -> None:
    one, two, three_ = three(fresh)
    into = [name_of(fresh, two), name_of(fresh, three_)]
    for others in (into, into[:1]):
        draft_entry(fresh.desk(), one, {"status": "replaced", "replaced_by": others})
    sign(fresh, one)
    move_case(fresh.desk(), one, "withdrawn", "réunies : même fait")
    gone = exported(fresh).entries[0].entry
    assert (gone["status"], gone["version"], gone["replaced_by"]) == ("replaced", 2, into[:1])
    assert facts(fresh, one).state == "withdrawn"
    # The next one goes on where the first does; nobody goes on in an entry that has ended.
    with pytest.raises(EntryError, match=r"^replaced_by"):
        draft_entry(fresh.desk(), two, {"status": "replaced", "replaced_by": [name_of(fresh, one)]})
    draft_entry(fresh.desk(), two, {"status": "replaced", "replaced_by": into[1:]})


def test_two_entries_never_go_on_in_one_another(fresh: House) -> None:
    one, two, _ = three(fresh)
    draft_entry(fresh.desk(), one, {"status": "replaced", "replaced_by": [name_of(fresh, two)]})
    with pytest.raises(EntryError, match=r"^replaced_by"):
        draft_entry(fresh.desk(), two, {"status": "replaced", "replaced_by": [name_of(fresh, one)]})


def test_nobody_is_led_to_an_entry_that_ends_with_the_same_export(fresh: House) -> None:
    one, two, _ = three(fresh)
    draft_entry(fresh.desk(), one, {"status": "replaced", "replaced_by": [name_of(fresh, two)]})
    draft_entry(fresh.desk(), two, {"status": "withdrawn"})
    for case_id in (one, two):
        sign(fresh, case_id)
        move_case(fresh.desk(), case_id, "withdrawn", "objection")
    done = export_registry(fresh.desk(), fresh.folder / "export")
    assert done.entries == 1
    assert "goes on in has ended" in done.aside[0]
    for raw in ({"status": "replaced", "replaced_by": [name_of(fresh, two)]}, draft()):
        with pytest.raises(UserError, match="once the case is verified"):
            draft_entry(fresh.desk(), one, raw)
    draft_entry(fresh.desk(), one, {"status": "withdrawn"})
    sign(fresh, one)
    gone = exported(fresh).entries[0].entry
    assert (gone["status"], gone["replaced_by"]) == ("withdrawn", [])


@pytest.mark.parametrize(
    ("others", "where"),
    [
        ([], "replaced_by"),
        (["REGC-2026-QQQQQQQQQQQQQQQQ"], "replaced_by"),
        (["x"], "replaced_by"),
    ],
)
def test_successors_are_entries_that_left(fresh: House, others: list[str], where: str) -> None:
    case_id = published(fresh)
    exported(fresh)
    with pytest.raises(EntryError, match=where):
        draft_entry(fresh.desk(), case_id, {"status": "replaced", "replaced_by": others})
    with pytest.raises(EntryError, match=where):
        draft_entry(fresh.desk(), case_id, {"status": "replaced", "replaced_by": [name_of(fresh, case_id)]})


def test_what_never_left_is_withdrawn_and_not_replaced(fresh: House) -> None:
    waiting, other = published(fresh), published(fresh)
    with pytest.raises(EntryError, match="never left"):
        draft_entry(fresh.desk(), waiting, {"status": "replaced", "replaced_by": [name_of(fresh, other)]})
    early = notified(fresh)
    with pytest.raises(EntryError, match="withdrawn or replaced"):
        draft_entry(fresh.desk(), early, {"status": "replaced", "replaced_by": [name_of(fresh, other)]})


def test_a_replaced_entry_whose_case_has_not_moved_stays(fresh: House) -> None:
    one, two, _ = three(fresh)
    draft_entry(fresh.desk(), one, {"status": "replaced", "replaced_by": [name_of(fresh, two)]})
    sign(fresh, one)
    with pytest.raises(UserError, match="No published entry waits"):
        exported(fresh)
    assert isinstance(paper(fresh, one).record, Tombstone)


def test_a_step_is_a_version_of_its_own(fresh: House) -> None:
    case_id = published(fresh)
    with pytest.raises(UserError, match="was published"):
        add_step(fresh.desk(), case_id, "accepted")
    exported(fresh)
    add_step(fresh.desk(), case_id, "accepted", "Une assemblée est convoquée.")
    fresh.forward(60)
    add_step(fresh.desk(), case_id, "done")
    sign(fresh, case_id)
    left = exported(fresh).entries[0].entry
    assert left["version"] == 2
    assert left["corrections"] == []
    assert left["remediation"] == [
        {"month": "2026-11", "status": "accepted", "note": "Une assemblée est convoquée."},
        {"month": "2027-01", "status": "done", "note": ""},
    ]
    raw = paper(fresh, case_id).record.to_dict() | {"version": 3}
    with pytest.raises(EntryError, match="added, never changed"):
        draft_entry(fresh.desk(), case_id, raw | {"remediation": raw["remediation"][:1]})


def test_the_gate_reads_the_note_of_a_step(fresh: House) -> None:
    case_id = published(fresh)
    exported(fresh)
    add_step(fresh.desk(), case_id, "refused", "Refus de M. Durand le 12 mars.")
    assert {finding.code for finding in check_entry(fresh.desk(), case_id)} == {"name", "date"}
    with pytest.raises(UserError, match="gate holds"):
        sign_entry(fresh.desk(), case_id)


@pytest.mark.parametrize(("status", "match"), [("maybe", r"^remediation\[0\].status"), ("", "what became of it")])
def test_a_step_has_a_status(fresh: House, status: str, match: str) -> None:
    case_id = published(fresh)
    exported(fresh)
    with pytest.raises(UserError, match=match):
        add_step(fresh.desk(), case_id, status)


def test_a_step_follows_the_recommendation(fresh: House) -> None:
    case_id = published(fresh)
    exported(fresh)
    due = fresh.settings.clock.today().replace(year=2027)
    made = recommend(fresh.desk(), case_id, "Les Tilleuls", "Tenir une assemblée chaque printemps.", due=due)
    set_outcome(fresh.desk(), case_id, made.id, "partial")
    typed = Typed(fresh)
    told = typed("entry", "step", case_id, "--recommendation", made.id, "--note", "Une date est fixée.")
    assert "under_way" in told[0]
    record = paper(fresh, case_id).record
    assert isinstance(record, Entry)
    assert record.remediation[-1].status == "under_way"
    with pytest.raises(UserError, match="no such recommendation"):
        add_step(fresh.desk(), case_id, "", recommendation="zzz")


def test_from_the_notice_to_the_export_no_step_is_added(house: House) -> None:
    case_id = notified(house)
    step = {"month": "2026-11", "status": "refused", "note": ""}
    with pytest.raises(UserError, match="told another text"):
        draft_entry(house.desk(), case_id, draft() | {"remediation": [step]})


def test_the_notice_tells_the_steps(house: House) -> None:
    case_id = notified(house)
    entry = paper(house, case_id).record
    assert isinstance(entry, Entry)
    raw = entry.to_dict() | {"remediation": [{"month": "2026-11", "status": "accepted", "note": ""}]}
    assert "recommandation acceptée (2026-11)" in letter(Entry.parse(raw), house.settings.clock.today(), "")
