"""Texts of the record: nothing that a reader does not see, and no word that only looks like another."""

from __future__ import annotations

import pytest

from app.domain.strict import EntryError, Reader, has_unseen


def read(text: str) -> str:
    return Reader({"text": text}, "finding", ("text",)).text("text", 600, lines=3)


@pytest.mark.parametrize("hidden", ["\ufe0f", "\u3164", "\u115f", "\u180b", "\u034f", "\u2800", "\u200b", "\U000e0101"])
def test_what_nobody_sees_is_refused(hidden: str) -> None:
    with pytest.raises(EntryError, match="invisible"):
        read(f"fra{hidden}ude")
    assert has_unseen(f"é{hidden}")


@pytest.mark.parametrize(
    "word", ["fr\u0430ude", "\u0435scroquerie", "v\u03bfl", "\u0430\u0301rt", "\u1eb9\u0304\u043e"]
)
def test_a_word_is_of_one_script(word: str) -> None:
    with pytest.raises(EntryError, match=r"finding\.text: a word mixes letters of two scripts"):
        read(word)


@pytest.mark.parametrize(
    "text",
    [
        "Manquement constaté à l'œuvre, n° 2 – « 3 µm »",
        "\u03a3\u03c5\u03bd\u03b5\u03c4\u03b1\u03b9\u03c1\u03b9\u03c3\u03bc\u03cc\u03c2 SA",
        "\u041a\u043e\u043e\u043f\u0435\u0440\u0430\u0446\u0438\u044f-BG",
        "Deux\nlignes\né",
    ],
)
def test_ordinary_texts_pass(text: str) -> None:
    assert read(text) == text
