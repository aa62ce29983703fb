"""Words of every script, and the ids of cooperatives that are made of them."""

from __future__ import annotations

import re
import unicodedata

import pytest

from app.domain import gate
from app.domain.cooperative_id import COOPERATIVE_ID, cooperative_id
from app.domain.cooperatives import may_be_same
from app.domain.record import Cooperative, Identifier
from app.domain.words import fold
from tests.unit.domain.pairs import pairs

GREEK = "Ο πρόεδρος αρνήθηκε να συγκαλέσει τη γενική συνέλευση των μελών επί τρία χρόνια"
NAXOS, CHANIA = "Αγροτικός Συνεταιρισμός Νάξου", "Πιστωτικός Συνεταιρισμός Χανίων"


# Of names in these texts: letters of their own, which no accent makes.
LETTERS = frozenset("øłđ")


def latin(text: str) -> list[str]:
    """As words were read while a word was of a to z and digits alone."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    kept = (one for one in parts if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")
    return re.findall(r"[a-z0-9]+", "".join(kept))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Αγροτικός ΣΥΝΕΤΑΙΡΙΣΜΌΣ", ["αγροτικοσ", "συνεταιρισμοσ"]),
        ("Потребителна кооперация «Йордан»", ["потребителна", "кооперация", "иордан"]),
        ("Sønderjysk Łódź", ["sønderjysk", "łodz"]),
        ("Œuvre d’Élise\u00ad, n°\u202f2²", ["oeuvre", "d", "elise", "n", "22"]),
        ("Bio-coop™ snake_case ½", ["bio", "coop", "snake", "case", "1", "2"]),
        ("… — !", []),
    ],
)
def test_fold(text: str, words: list[str]) -> None:
    assert fold(text) == words


def test_french_and_english_are_folded_as_ever() -> None:
    for pair in pairs(200, 7):
        for text in (pair.text, pair.story):
            if not LETTERS.intersection(text.casefold()):
                assert fold(text) == latin(text)


def test_the_gate_reads_every_script() -> None:
    place = gate.overlap(GREEK.upper(), [GREEK])
    assert place
    assert place.first == 1


def test_names_in_another_script_are_compared_by_their_words() -> None:
    assert may_be_same(NAXOS, "συνεταιρισμός ΝΑΞΟΥ")
    assert not may_be_same("Кооперация Дунав", "Мебели Родопи")


def one(name: str, number: str = "", country: str = "GR") -> str:
    identifier = Identifier("other", number) if number else None
    made = cooperative_id(Cooperative(name, "other", country, identifier, "50-249", "", ""))
    assert COOPERATIVE_ID.fullmatch(made)
    return made


def test_every_cooperative_has_an_id_of_its_own() -> None:
    assert len({one(NAXOS), one(CHANIA), one("…"), one("!")}) == 4
    assert one(NAXOS) == one(NAXOS.upper())
    assert one("x", "12-3-4") == "gr-other-12-3-4"
    assert len({one("x", number) for number in ("12-3-4", "12.3/4", "12-3.4", "12-3-4-")}) == 4
    assert one("x", "0" * 29 + ".") != one("x", "0" * 29 + "/")
