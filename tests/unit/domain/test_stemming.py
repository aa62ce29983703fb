"""What is a word, which words say nothing, and which ones meet."""

from __future__ import annotations

import unicodedata

import pytest

from app.domain.stemming import LONGEST, Phrase, fold, keys, places, plain, squashed, words


def shorter(word: str) -> str:
    return word[:4]


def test_folds_accents_capitals_and_ligatures() -> None:
    assert fold("Élève, ŒUVRE et Çà") == "eleve, oeuvre et ca"
    assert fold(unicodedata.normalize("NFD", "é")) == "e"


def test_a_whole_text_folds_as_its_words_do() -> None:
    text = "Élève, ŒUVRE, ÆGIS, Straße, ŷ et Çà : 2 œufs"
    assert plain(text) == fold(text)
    assert plain(unicodedata.normalize("NFD", "É")) == "e"


def test_an_apostrophe_ends_a_word() -> None:
    assert words("L’assemblée d'hier, qu'on_vit") == ["l", "assemblée", "d", "hier", "qu", "on", "vit"]
    assert words("a" * 90) == ["a" * LONGEST]


def test_places_are_those_of_the_text() -> None:
    text = "Été — l'AG"
    assert [(word, text[start:end]) for word, start, end in places(text)] == [("été", "Été"), ("l", "l"), ("ag", "AG")]


@pytest.mark.parametrize("word", ["les", "même", "the", "qu"])
def test_words_that_say_nothing_have_no_key(word: str) -> None:
    assert keys(word, (shorter,)) == ()


def test_each_stemmer_sees_the_word_with_and_without_accents() -> None:
    assert keys("décidé", (shorter,)) == ("deci",)
    assert keys("décidé", (str, lambda word: word.removesuffix("é"))) == ("decid", "decide")
    assert keys("2026", (shorter,)) == ("2026",)
    assert keys("a4b7c", (shorter,)) == ("a4b7c",)


@pytest.mark.parametrize(
    ("asked", "text", "found"),
    [
        (["assemblee", "generale"], "L'Assemblée générale", True),
        (["assemblee", "generale"], "assemblée,\n  GÉNÉRALE", True),
        (["assemblee", "generale"], "assemblée très générale", False),
        (["semblee"], "assemblée", False),
        (["assemble"], "assemblée", False),
        (["coeur"], "Au cœur", True),
        (["coeur"], "AU CŒUR", True),
        (["coeur"], "au coeur", True),
        (["2", "ans"], "2 ans", True),
        (["2", "ans"], "12 ans, puis 2 ans", True),
    ],
)
def test_a_phrase_stands_as_it_is(asked: list[str], text: str, found: bool) -> None:
    assert Phrase(asked).stands_in(plain(text)) is found


def test_a_name_is_found_however_it_is_punctuated() -> None:
    assert squashed("L’Étoile") in squashed("Coopérative L'ETOILE")
    assert squashed("co-operative") == squashed("Coopérative") == "cooperative"
    assert squashed("Ελλάς") == squashed("ΕΛΛΑΣ") != ""


@pytest.mark.parametrize("hyphen", "-\u2010\u2011")
def test_a_co_operative_is_a_cooperative(hyphen: str) -> None:
    text = f"Our CO{hyphen}OPERATIVE, the micro{hyphen}option and co{hyphen}owners"
    assert words(text)[:2] == ["our", "cooperative"]
    assert words(text)[3:] == ["micro", "option", "and", "co", "owners"]
    assert [word for word, _, _ in places(text)] == words(text)
    assert text[4 : 4 + 12] == [text[start:end] for _, start, end in places(text)][1]
    assert Phrase(["our", "cooperative"]).stands_in(plain(text))
