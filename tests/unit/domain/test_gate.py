"""The gate: each refusal alone, and ordinary findings that pass."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain import gate
from app.domain.entry import Entry, Tombstone
from app.domain.patterns import Place, find_name, scan
from app.domain.states import State
from app.domain.words import banned, fold
from tests.unit.domain.samples import REGC_ID, TODAY, facts, raw_entry

STORY = "Depuis deux ans, l'assemblée générale n'a jamais été convoquée et le bureau décide seul de tout."


def codes(
    text: str | None = None, *, stories: tuple[str, ...] = (), case: dict[str, Any] | None = None, **changes: Any
):
    if text is not None:
        changes["finding__text"] = text
    entry = Entry.parse(raw_entry(**changes))
    state = (case or {}).pop("state", State.VERIFIED) if case else State.VERIFIED
    known = facts(state, **({"cooperative": entry.cooperative.name} | (case or {})))
    return [finding.code for finding in gate.check(entry, stories, known, TODAY)]


GOOD = [
    "Manquement constaté à l'obligation de convoquer l'Assemblée Générale. Le Conseil d'Administration a renouvelé "
    "les mandats sans vote.",
    "The Board of Directors did not call the annual General Meeting in 2024.",
    "La Coopérative des Trois Rivières n'a pas tenu d'élection depuis 2021. Les membres ont attendu plus de deux ans.",
    "Les procès-verbaux des années 2022, 2023 et 2024 manquent. Selon l'article 8, ils sont dus aux membres.",
    "Article 8 : 12 membres sur 40 ont demandé le Procès-Verbal ; mandature 2022-2025.",
    "Members may ask for the minutes; the Board refused them twice, in 2023 and in 2024.",
    "Le CA de la SCIC a modifié les règles sans l'accord des sociétaires. Environ 300 membres sont concernés.",
    "Une demande écrite à madame la présidente est restée sans réponse ; le personnel de la Coop n'est pas concerné.",
    "Violation des statuts : volontariat imposé, délai de 18 mois. A. G. Extraordinaire non tenue (art. L. 225-1).",
]


@pytest.mark.parametrize("text", GOOD)
def test_ordinary_findings_pass(text: str) -> None:
    assert codes(text, stories=(STORY,)) == []


REFUSED = [
    ("name", "Jean a décidé sans mandat."),
    ("name", "La décision de M. Untel est hors mandat."),
    ("name", "Décision prise par Mme Le Goff."),
    ("name", "Le trésorier Durand a décidé."),
    ("name", "Décision de J. Dupont, hors mandat."),
    ("name", "Décision de J.-P. Dupont."),
    ("name", "Décision d'Élodie, hors mandat."),
    ("name", "Selon Kévin Durand, les statuts ne valent rien."),
    ("name", "DUPONT Martin décide seul."),
    ("name", "Dr Strange decides alone."),
    ("name", "La demande vient de madame dupont."),
    ("name", "Décision de Zwingli, hors mandat."),
    ("name", "Selon Anna van der Berg, hors mandat."),
    ("name", "un avis de jean, hors mandat."),
    ("email", "Écrire à bureau@coop.example.org."),
    ("email", "Écrire à bureau (at) coop.example.org."),
    ("phone", "Appeler le 06 12 34 56 78."),
    ("phone", "Appeler le +33 6 12 34 56 78."),
    ("phone", "Appeler le 0470/123.456."),
    ("iban", "Virement sur FR76 3000 6000 0112 3456 7890 189."),
    ("date", "Refus du 12 mars 2024."),
    ("date", "Refus en mars 2024."),
    ("date", "Refus le 12/03/2024."),
    ("date", "Refus le 2024-03-12."),
    ("date", "Refused on March 3."),
    ("date", "Refus un lundi."),
    ("date", "Refus à 14h30."),
    ("date", "Refused at 14:30."),
    ("amount", "Un écart de 12 500 € est constaté."),
    ("amount", "Un écart de 3 millions d'euros."),
    ("amount", "A gap of £ 300."),
    ("file", "Voir bilan_2024.pdf en annexe."),
    ("link", "Voir https://example.org/x pour le détail."),
    ("link", "Voir @compte pour le détail."),
    ("case", "Voir le dossier abcdefghij23 pour le détail."),
    ("banned", "Le bureau a commis une escroquerie."),
    ("banned", "Le bureau a volé les membres."),
    ("banned", "Vol de parts sociales."),
    ("banned", "Faits d'abus de confiance."),
    ("banned", "The board is guilty."),
    ("banned", "DÉTOURNEMENT de fonds."),
]


@pytest.mark.parametrize(("code", "text"), REFUSED)
def test_refuses(code: str, text: str) -> None:
    assert codes(text) == [code]


def test_messages_say_where_and_never_repeat_the_words() -> None:
    entry = Entry.parse(raw_entry(finding__text="Le bureau a volé Zorglub Zorglub le 12 mars 2024."))
    findings = gate.check(entry, (), facts(State.VERIFIED), TODAY)
    text = " ".join(finding.message for finding in findings)
    assert "word 4:" in text
    assert "words 8 to 9:" in text
    assert "Zorglub" not in text
    assert "volé" not in text


@pytest.mark.parametrize(
    "finding",
    [
        "Constat : l'assemblée générale n'a jamais été convoquée.",
        "constat : L’assemblee  generale, n'a JAMAIS ete convoquee",
    ],
)
def test_refuses_six_words_of_a_report(finding: str) -> None:
    assert codes(finding, stories=("Autre récit.", STORY)) == ["overlap"]


def test_five_words_are_not_six() -> None:
    assert codes("Le bureau décide seul de la suite.", stories=(STORY,)) == []
    assert gate.overlap("un deux trois quatre cinq", ["un deux trois quatre cinq six"]) is None
    assert gate.overlap("chacun deux trois quatre cinq six", ["un deux trois quatre cinq six"]) is None
    assert gate.overlap("un deux trois quatre cinq sixième", ["un deux trois quatre cinq six"]) is None
    assert gate.overlap("un de-ux trois quatre cinq six", ["un deux trois quatre cinq six"]) == Place(1, 6)
    assert gate.overlap("un deux trois quatre cinq six", ["un deux trois qua-\ntre cinq six"]) == Place(1, 5)
    assert gate.overlap("zéro un deux trois quatre cinq six", ["un deux trois quatre cinq six"]) == Place(2, 7)


WORDS = (
    "membre",
    "vote",
    "statut",
    "bureau",
    "conseil",
    "compte",
    "part",
    "voix",
    "mandat",
    "règle",
    "accord",
    "délai",
)
WORD = st.sampled_from(WORDS)


@given(st.lists(WORD, min_size=8, max_size=40), st.data())
def test_any_six_words_are_found_whatever_their_dress(story: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(story) - 6))
    dress = data.draw(st.sampled_from([str.upper, str.title, str.lower]))
    glue = data.draw(st.sampled_from([" ", ", ", "\n", " – ", "\u200b "]))
    copied = glue.join(dress(word) for word in story[at : at + 6])
    assert gate.overlap(f"Constat {copied} fin", [" ".join(story)]) is not None


@given(st.lists(WORD, max_size=30), st.lists(WORD, max_size=30))
def test_nothing_shared_passes(story: list[str], finding: list[str]) -> None:
    runs = {tuple(story[i : i + 6]) for i in range(len(story) - 5)}
    assume(not any(tuple(finding[i : i + 6]) in runs for i in range(len(finding) - 5)))
    assert gate.overlap(" ".join(finding), [" ".join(story)]) is None


CORRECTION = {"month": "2027-01", "field": "finding.text", "before": "0" * 64, "reason": "error"}


def test_everything_an_analyst_wrote_is_checked() -> None:
    assert codes(version=2, corrections=[{**CORRECTION, "note": "Demandé par Mme Martin."}]) == ["name"]
    assert codes(adversarial__reply_refused="Une escroquerie.") == ["banned"]
    assert codes(version=2, stories=(STORY,), corrections=[{**CORRECTION, "note": STORY[:90]}]) == ["overlap"]


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("Le 12 mars 2024 nous avons payé 500 €. Accuser d'escroquerie est faux.", []),
        ("Notre présidente, Anne Martin, conteste.", ["name"]),
        ("Écrivez à p.martin@coop.example.org.", ["email"]),
    ],
)
def test_reply_is_the_cooperatives_own_but_names_nobody(reply: str, found: list[str]) -> None:
    assert codes(adversarial__reply=reply, adversarial__reply_inserted="2026-12") == found
    assert codes(adversarial__observations=[{"month": "2026-12", "text": reply}]) == found


def test_cooperative_may_bear_the_name_of_a_person() -> None:
    text = "La coopérative Jean Moulin n'a pas convoqué ses membres."
    assert codes(text) == ["name"]
    assert codes(text, cooperative__name="Coopérative Jean Moulin") == []
    assert codes(text, cooperative__federation="Fédération Jean-Moulin") == []


@pytest.mark.parametrize(
    ("grade", "size", "found"),
    [
        ("A2", None, ["group_size"]),
        ("A2", 19, ["group_size"]),
        ("A2", 20, []),
        ("B", 19, ["group_size"]),
        ("B", 20, []),
        ("A1", None, []),
    ],
)
def test_group_of_twenty(grade: str, size: int | None, found: list[str]) -> None:
    reference = [{"type": "decision", "id": "Décision publique", "url": ""}]
    case = {"grade": grade, "group_size": size}
    assert codes(finding__grade=grade, references=reference, case=case) == found


def test_grade_cannot_be_raised_to_escape_the_group() -> None:
    reference = [{"type": "decision", "id": "Décision publique", "url": ""}]
    case = {"grade": "B", "group_size": 3}
    assert codes(finding__grade="A1", references=reference, case=case) == ["grade", "group_size"]


def test_category_is_the_one_of_the_case() -> None:
    assert codes(case={"category": "FIN"}) == ["category"]


@pytest.mark.parametrize(
    ("state", "opinion", "days", "found"),
    [
        (State.VERIFIED, "no", 0, ["opinion"]),
        (State.VERIFIED, "", 0, []),
        (State.VERIFIED, "ask", 0, []),
        (State.REGISTRY_PROPOSED, "no", 90, ["opinion"]),
        (State.REGISTRY_PROPOSED, "", 29, ["opinion"]),
        (State.REGISTRY_PROPOSED, "ask", 29, ["opinion"]),
        (State.REGISTRY_PROPOSED, "ask", 30, []),
        (State.REGISTRY_PROPOSED, "yes", 0, []),
        (State.RIGHT_OF_REPLY, "ask", 0, []),
        (State.RIGHT_OF_REPLY, "no", 60, ["opinion"]),
    ],
)
def test_opinion_of_the_reporter(state: State, opinion: str, days: int, found: list[str]) -> None:
    case = {"state": state, "reporter_opinion": opinion, "entered": TODAY - timedelta(days)}
    assert codes(case=case) == found


def test_good_faith_sheet() -> None:
    assert codes(case={"good_faith": False}) == ["good_faith"]


def test_tombstone_passes() -> None:
    tombstone = Tombstone(REGC_ID, 2, "withdrawn", "2027-01")
    assert gate.check(tombstone, [STORY], facts(good_faith=False), date(2027, 1, 1)) == ()


def test_words_are_folded() -> None:
    folded = fold("L’Œuvre d'ÉTÉ, ex\u00adæquo\u200b — n°2 ß")
    assert folded == ["l", "oeuvre", "d", "ete", "exaequo", "n", "2", "ss"]
    assert fold("") == []
    assert banned([]) is None
    assert banned(["pots", "de", "vin"]) == (1, 3)


def test_places_are_counted_from_one() -> None:
    assert str(Place(2, 2)) == "word 2"
    assert str(Place(2, 4)) == "words 2 to 4"
    assert find_name("", []) is None
    assert dict(scan("a\nb 12/03/24")) == {"date": Place(3, 3)}
    assert find_name("(d'Anne)", []) == Place(1, 1)


@pytest.mark.parametrize(
    ("state", "severity", "expected"),
    [
        (State.VERIFIED, 2, []),
        (State.VERIFIED, 1, ["severity"]),
        (State.VERIFIED, 3, ["severity"]),
        (State.PUBLISHED, 1, []),
        (State.CORRECTED, 3, ["severity"]),
    ],
)
def test_the_severity_is_the_verified_one(state: State, severity: int, expected: list[str]) -> None:
    assert codes(case={"state": state}, finding__severity=severity) == expected


def reference(**changes: str) -> list[dict[str, str]]:
    return [{"type": "law", "id": "Loi 47-1775, art. 8", "url": ""} | changes]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cooperative__name": "Les Tilleuls bureau@coop.example.org"}, "email"),
        ({"cooperative__name": "Les Tilleuls 06 12 34 56 78"}, "phone"),
        ({"cooperative__federation": "www.example.org"}, "link"),
        ({"references": reference(id="https://example.org/x")}, "link"),
        ({"references": reference(id="@compte")}, "link"),
        ({"references": reference(url="https://example.org/?to=a@b.example")}, "email"),
        ({"references": reference(url="https://mastodon.example/@compte")}, "link"),
        ({"references": reference(url="https://www.linkedin.com/in/x")}, "link"),
    ],
)
def test_names_and_sources_reach_nobody(changes: dict[str, Any], code: str) -> None:
    assert code in codes(**changes)


def test_public_sources_pass() -> None:
    ecli = {"type": "ecli", "id": "ECLI:FR:CCASS:2022:C100428", "url": ""}
    law = "https://www.legifrance.gouv.fr/loda/id/JORFTEXT000000684004"
    assert codes(references=[ecli, *reference(url=law)], cooperative__name="Coopérative Jean Moulin") == []
