"""The gate over names of bodies and sources, and over what two colleges verified."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.domain import gate
from app.domain.entry import Entry
from app.domain.nominative import Naming
from app.domain.patterns import find_name, find_titled, names_in_address
from app.domain.states import State
from tests.unit.domain.samples import TODAY, facts, raw_entry

STORY = "Depuis deux ans, l'assemblée générale n'a jamais été convoquée et le bureau décide seul de tout."


def codes(stories: tuple[str, ...] = (), case: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    found = gate.check(Entry.parse(raw_entry(**changes)), stories, facts(State.VERIFIED, **(case or {})), TODAY)
    return [finding.code for finding in found]


def source(text: str = "Rapport public", url: str = "") -> list[dict[str, str]]:
    return [{"type": "report", "id": text, "url": url}]


def body(text: str) -> dict[str, str]:
    return {"cases": "3-4", "entitled_body": text}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"references": source("Rapport de Mme Aurore Zwingli, présidente")}, "name"),
        ({"references": source("Cass., J. Zwingli c. SCIC")}, "name"),
        ({"references": source("Rapport de madame zwingli")}, "name"),
        ({"references": source("Rapport Christian Zwingli")}, "name"),
        ({"references": source("Président condamné pour escroquerie")}, "banned"),
        ({"references": source(STORY[:90])}, "overlap"),
        ({"references": source(url="https://journal.example/aurore-zwingli-fraude")}, "banned"),
        ({"references": source(url="https://journal.example/2024/anne-zwingli")}, "name"),
        ({"references": source(url="https://journal.example/%C3%89lodie-zwingli")}, "name"),
        ({"references": source(url="https://journal.example/depuis-deux-ans-l-assemblee-generale")}, "overlap"),
        ({"cooperative__federation": "Fédération de Jean Dupont"}, "name"),
        ({"cooperative__federation": "Fédération des escrocs"}, "banned"),
        ({"collective": body("Me Aurore Zwingli")}, "name"),
        ({"collective": body("Collectif contre la fraude")}, "banned"),
    ],
)
def test_a_source_names_and_accuses_nobody(changes: dict[str, Any], code: str) -> None:
    assert codes((STORY,), **changes) == [code]


@pytest.mark.parametrize(
    "changes",
    [
        {"references": source("Tribunal de commerce de Lyon, n° 22-11.222")},
        {"references": source("Cour d'appel de Paris, pôle 5, ch. 9")},
        {"references": source("C. Com., art. L. 225-1 ; R. Trav.")},
        {"references": source("Code pénal, art. 432-12")},
        {"references": source("Rapport du Lycée Marie Curie ; TJ de Saint-Denis ; loi Marine")},
        {"references": source(url="https://www.legifrance.gouv.fr/codes/texte_lc/code-penal/LEGITEXT000006070719")},
        {"references": source(url="https://www.ville.example/saint-denis/avis.html")},
        {"collective": body("European Anti-Fraud Office (OLAF)")},
        {"collective": body("UFC-Que Choisir")},
        {"cooperative__federation": "Fédération Jean-Moulin"},
        {"cooperative__federation": "Confédération générale des SCOP"},
    ],
)
def test_institutions_pass(changes: dict[str, Any]) -> None:
    assert codes((STORY,), **changes) == []


def test_a_title_or_an_initial_without_a_name_is_none() -> None:
    found = find_titled("Annexe M, tome 2 ; madame la présidente ; d'Anne Zwingli")
    assert str(found) == "words 10 to 11"
    assert find_titled("") is None
    assert not names_in_address("anne.example")


@pytest.mark.parametrize(
    "changes",
    [
        {"references": source("Cass., Zwingli c. Trois Rivières")},
        {"references": source(url="https://journal.example/zwingli")},
        {"cooperative__federation": "Union Zwingli"},
        {"collective": body("Association Zwingli")},
    ],
)
def test_the_name_beside_the_entry_stands_in_no_source(changes: dict[str, Any]) -> None:
    naming = Naming(allowed=True, name="Aurore Zwingli")
    found = gate.check(Entry.parse(raw_entry(**changes)), (), facts(State.VERIFIED), TODAY, naming=naming)
    assert [finding.code for finding in found] == ["name"]


def test_an_entry_is_about_the_cooperative_that_was_verified() -> None:
    assert codes(cooperative__name="Le Verger") == ["cooperative"]
    assert codes(case={"cooperative": "Les Trois Rivières, Lyon"}) == []
    assert codes(case={"cooperative": ""}, cooperative__name="Le Verger") == []
    entry, case = Entry.parse(raw_entry(cooperative__name="Le Verger")), facts(State.VERIFIED)
    assert gate.check(entry, (), case, TODAY, recognised=["fr-siren-732829320"]) == ()
    assert [one.code for one in gate.check(entry, (), case, TODAY, recognised=["lei-1"])] == ["cooperative"]


def test_an_entry_is_about_the_subcode_that_was_verified() -> None:
    assert codes(finding__subcode="GOV-4") == ["category"]
    assert codes(finding__subcode="") == []
    assert codes(case={"subcode": ""}, finding__subcode="GOV-4") == []
    assert codes(case={"category": "FIN"}) == ["category"]
    assert codes(case={"entered": TODAY - timedelta(1)}) == []


@pytest.mark.parametrize(
    "text",
    [
        "Selon DUPONT, rien.",
        "un avis de MARTINEZ",
        "l'accord de M. dupont",
        "Décision de J. dupont.",
        "Dr. zwingli décide.",
    ],
)
def test_a_name_in_other_letters_is_one(text: str) -> None:
    assert find_name(text, ()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "La Cour d'appel de Paris l'a jugé ; le Tribunal de commerce de Lyon aussi.",
        "The Works Council was not heard.",
        "The Data Protection Officer was not consulted.",
        "Selon URSSAF et l'INSEE, par CUMA ; avis de M. le président.",
        "C. com., art. L. 225-1 ; C. trav. ; parts de catégorie A. les membres votent.",
        "Selon l'URSSAFX et par SCOPA",
    ],
)
def test_offices_are_nobody(text: str) -> None:
    assert find_name(text, ("SCOPA",)) is None


def test_a_town_alone_may_be_a_name() -> None:
    assert find_name("un avis de Paris", ()) is not None


@pytest.mark.parametrize(
    "word",
    [
        "fr-aude",
        "corrompu",
        "volait",
        "détournant",
        "recelé",
        "délictuel",
        "escrocs",
        "escroquerie",
        "laundering",
    ],
)
def test_penal_words_in_every_form(word: str) -> None:
    assert codes(finding__text=f"Le bureau, {word}, a décidé seul.") == ["banned"]


@pytest.mark.parametrize("words", ["An escrow account was not kept", "The launderette", "Un vol-au-vent par membre"])
def test_ordinary_words_accuse_nobody(words: str) -> None:
    assert codes(finding__text=f"{words}.") == []
