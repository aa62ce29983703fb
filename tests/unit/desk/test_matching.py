"""Which legal person a case is about: suggested, judged, recorded, undone, and kept from whom it does not concern."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desk.cases.entries import draft_entry
from app.desk.circle import links
from app.desk.core.entry_paper import load_paper
from app.desk.core.match_paper import filled
from app.domain.cooperative_id import cooperative_id
from app.domain.facts import State
from app.errors import UserError
from tests.unit.desk.house import STORY, House, open_house
from tests.unit.desk.test_journey import ENTRY, Typed

DATA = Path(__file__).resolve().parents[2] / "data" / "directory"
RIVERS, LIMES, ENERGY = "fr-siren-732829320", "fr-siren-900000019", "fr-siren-900000027"


@pytest.fixture(scope="module")
def typed() -> Iterator[Typed]:
    with open_house() as house:
        made = Typed(house)
        made("directory", "import", str(DATA / "StockUniteLegale_utf8.csv"))
        yield made


def new_case(house: House, cooperative: str, **options: object) -> str:
    return house.new_case(STORY, fields={"cooperative": cooperative}, **options)


def cooperative_of(typed: Typed, case: str, by: str = "alize") -> str:
    desk = typed.house.desk(by)
    with desk.store.reading() as tx:
        return desk.case(tx, case).facts.cooperative


def test_suggested_judged_and_undone_by_somebody_else(typed: Typed) -> None:
    case = new_case(typed.house, "la coop des trois rivieres, à Lyon")
    typed("case", "set", case, "cooperative=Trois Rivières (Lyon)")
    assert typed("directory", "suggest", case)[0].startswith(RIVERS)
    assert typed.json("directory", "suggest", case)["match"] is None
    assert typed("directory", "match", case, RIVERS, "--reason", "the statutes name its SIREN")[0].startswith(case)
    assert cooperative_of(typed, case) == "COOPERATIVE DES TROIS RIVIERES"
    told = typed.json("directory", "suggest", case, by="cypres")["match"]
    assert told["cooperative"]["identifier"] == {"type": "siren", "value": "732829320"}
    assert (told["id"], told["by"], told["reason"]) == (RIVERS, "alize", "the statutes name its SIREN")
    first = typed("directory", "suggest", case, by="brume")[0]
    assert first.startswith("judged by alize on 2026-11-02: fr-siren-732829320")
    typed("directory", "match", case, ENERGY, "--reason", "no, the other one", by="cypres")
    assert cooperative_of(typed, case) == "SCIC ENERGIE DU VALLON"
    assert typed("directory", "unmatch", case, "--reason", "nobody knows", by="brume") == [
        f"{case}: no legal person is judged."
    ]
    assert cooperative_of(typed, case) == "Trois Rivières (Lyon)"
    with pytest.raises(UserError, match="Nobody judged"):
        typed("directory", "unmatch", case, "--reason", "again")
    desk = typed.house.desk()
    with desk.store.reading() as tx:
        history = [(line.action, reason) for line, reason in desk.history(tx, desk.case(tx, case))]
    assert ("match", f"{RIVERS}: the statutes name its SIREN") in history
    assert ("unmatch", "nobody knows") in history
    typed("directory", "match", case, RIVERS, "--reason", "x")
    typed("case", "set", case, "cooperative=Written anew")
    typed("directory", "unmatch", case, "--reason", "x")
    assert cooperative_of(typed, case) == "Written anew"


def test_who_may_not_open_a_case_learns_nothing(typed: Typed) -> None:
    case = new_case(typed.house, "Les Tilleuls", exclude=["brume"])
    typed("directory", "match", case, LIMES, "--reason", "x")
    for words in (("suggest", case), ("match", case, LIMES, "--reason", "x"), ("unmatch", case, "--reason", "x")):
        with pytest.raises(UserError, match="You have no case of that number"):
            typed("directory", *words, by="brume")
    (book,) = typed.house.home.glob("directory-*.book")
    assert typed.house.search("SCIC DES TILLEULS") == [f"{book.name}: {b'SCIC DES TILLEULS'!r}"]


def test_no_such_legal_person_and_no_suggestion(typed: Typed) -> None:
    case = new_case(typed.house, "Les Acacias du Lac")
    assert typed("directory", "suggest", case) == ["Nobody in the directory is like what this case says."]
    with pytest.raises(UserError, match="no legal person"):
        typed("directory", "match", case, "fr-siren-356000000", "--reason", "x")
    with pytest.raises(UserError, match="reason is empty"):
        typed("directory", "match", case, LIMES, "--reason", " ")
    assert cooperative_of(typed, case) == ""


def test_a_judged_id_leads_to_the_one_it_goes_on_as(typed: Typed) -> None:
    case = new_case(typed.house, "vallon")
    typed("directory", "merge", "fr-name-aaaaaaaaaaaaaaaa", ENERGY, "--reason", "x")
    typed("directory", "match", case, "fr-name-aaaaaaaaaaaaaaaa", "--reason", "x")
    assert typed.json("directory", "suggest", case)["match"]["id"] == ENERGY
    typed("directory", "unmerge", "fr-name-aaaaaaaaaaaaaaaa", "--reason", "x")


def test_a_link_to_another_name_of_it_puts_the_linked_out() -> None:
    with open_house() as house:
        typed = Typed(house)
        typed("directory", "import", str(DATA / "StockUniteLegale_utf8.csv"))
        case = new_case(house, "une coopérative du quartier")
        links.declare(house.desk("brume"), "SCIC des Tilleuls")
        typed("case", "show", case, by="brume")
        typed("directory", "match", case, LIMES, "--reason", "x")
        with pytest.raises(UserError, match="You have no case of that number"):
            typed("case", "show", case, by="brume")
        assert cooperative_of(typed, case, "cypres") == "LES TILLEULS"


def test_once_verified_only_the_one_that_was_meant(typed: Typed) -> None:
    house = typed.house
    case = new_case(house, "Les Tilleuls")
    typed("case", "set", case, "cooperative=Les Tilleuls")
    desk = house.desk()
    with desk.store.writing() as tx:  # as two colleges would have moved it
        one = desk.case(tx, case)
        desk.save(tx, one, one.with_facts(state=State.VERIFIED))
    with pytest.raises(UserError, match="about another cooperative"):
        typed("directory", "match", case, RIVERS, "--reason", "x")
    typed("directory", "match", case, LIMES, "--reason", "the very one")
    assert cooperative_of(typed, case) == "Les Tilleuls"
    typed("directory", "unmatch", case, "--reason", "nothing that was verified changes")
    assert cooperative_of(typed, case) == "Les Tilleuls"


def test_what_two_colleges_verified_is_not_undone_by_one(typed: Typed) -> None:
    case = new_case(typed.house, "Les Tilleuls")
    typed("directory", "match", case, LIMES, "--reason", "x")
    desk = typed.house.desk()
    with desk.store.writing() as tx:
        one = desk.case(tx, case)
        desk.save(tx, one, one.with_facts(state=State.VERIFIED))
    with pytest.raises(UserError, match="verified this case") as refused:
        typed("directory", "unmatch", case, "--reason", "x")
    assert "back to assessment" in refused.value.hint


def test_a_draft_takes_what_the_directory_knows(typed: Typed) -> None:
    case = new_case(typed.house, "Trois Rivières")
    desk = typed.house.desk()
    draft = {**{key: value for key, value in ENTRY.items() if key != "good_faith"}, "cooperative": {"members": "<50"}}
    with desk.store.reading() as tx:
        assert filled(desk.case(tx, case), tx, draft) is draft
    typed("directory", "match", case, RIVERS, "--reason", "x")
    with desk.store.reading() as tx:
        opened = desk.case(tx, case)
        full = filled(opened, tx, draft)
        assert filled(opened, tx, []) == []
        assert filled(opened, tx, {"status": "withdrawn"}) == {"status": "withdrawn"}
        assert filled(opened, tx, {"cooperative": 7}) == {"cooperative": 7}
        kept = filled(opened, tx, {"cooperative": {"name": "As the analyst wrote it"}})
    assert full["cooperative"] == {
        "name": "COOPERATIVE DES TROIS RIVIERES",
        "form": "scop",
        "country": "FR",
        "identifier": {"type": "siren", "value": "732829320"},
        "sector": "industry",
        "members": "<50",
    }
    assert kept["cooperative"]["name"] == "As the analyst wrote it"
    assert kept["cooperative"]["form"] == "scop"
    assert "federation" not in kept["cooperative"]


def test_a_filled_draft_is_an_entry(typed: Typed) -> None:
    case = new_case(typed.house, "Trois Rivières")
    typed("directory", "match", case, RIVERS, "--reason", "x")
    desk = typed.house.desk()
    with desk.store.writing() as tx:
        one = desk.case(tx, case)
        desk.save(tx, one, one.with_facts(state=State.VERIFIED))
    with desk.store.reading() as tx:
        raw = filled(desk.case(tx, case), tx, ENTRY | {"cooperative": {"members": "250-999"}})
    draft_entry(desk, case, raw)
    with desk.store.reading() as tx:
        paper = load_paper(desk.case(tx, case), tx)
    assert paper is not None
    assert paper.entry is not None
    assert cooperative_id(paper.entry.cooperative) == RIVERS
