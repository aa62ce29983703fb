"""What reviewers write: a corpus of what is plain text, and of what is not."""

from __future__ import annotations

import pytest

from app.desk.core.clean import TEXT_MAX, changes, check_all, check_plain
from app.errors import UserError

PLAIN = (
    "Aucune assemblée n'a été tenue.",
    "Deux lignes\nde texte, avec « guillemets » et l’apostrophe typographique.",
    "Prix < 500 € & plus, 3 > 2",
    "a&b=c",
    "AT&T; & co",
    "tabulation\tet fin",
    'il a dit "non"',
    "émoji 🙂 et 中文",
    "x <- y, puis z",
    "https://exemple.fr/?a=1&b=2",
    "1 < 2 < 3",
    "une flèche <p",
)

NOT_PLAIN = (
    "<script>alert(1)</script>",
    "un <b>gras</b>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "avant <!-- caché --> après",
    "<svg/onload=alert(1)>",
    "&lt;b&gt;",
    "&#60;script&#62;",
    "&amp;",
    "<style>p{display:none}</style>",
    "</p>",
    "<?php echo 1 ?>",
    "<![CDATA[x]]>",
    "<math><mtext></mtext></math>",
)

HIDDEN = (
    "droite\u202eàgauche",
    "zéro\u200blargeur",
    "nul\0",
    "\ufeffdébut",
    "sonne\x07",
    "échappe\x1b[31m",
    "ligne\u2028autre",
    "privé\ue000",
    "suppression\x7f",
    "trait\u00addiscret",
)


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert not changes(text)
    assert check_plain(text, "The text") == text


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_refuses_markup_and_codes(text: str) -> None:
    with pytest.raises(UserError, match="The answer has markup"):
        check_plain(text, "The answer")


def test_a_refusal_never_quotes() -> None:
    for text in ("<b>canari</b>", "canari\0"):
        with pytest.raises(UserError) as refused:
            check_plain(text, "The answer")
        assert "canari" not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize("text", HIDDEN)
def test_refuses_what_cannot_be_seen(text: str) -> None:
    with pytest.raises(UserError, match="invisible"):
        check_plain(text, "The answer")


def test_line_ends_and_outer_spaces_are_no_matter() -> None:
    assert check_plain("  a\r\nb\rc \n", "The text") == "a\nb\nc"


def test_refuses_nothing_and_too_much() -> None:
    with pytest.raises(UserError, match="is empty"):
        check_plain(" \r\n", "The text")
    with pytest.raises(UserError, match="too long"):
        check_plain("a" * (TEXT_MAX + 1), "The text")


def test_every_text_of_a_value_is_looked_at() -> None:
    check_all({"a": ["texte", 1, None, True, ""], "b": {"c": "d"}}, "The draft")
    for value in ("<b>", ["a", "<b>"], {"a": {"b": ["<b>"]}}):
        with pytest.raises(UserError, match="The draft"):
            check_all(value, "The draft")


@pytest.mark.parametrize("hidden", ["\ufe0f", "\u3164", "\u115f", "\u180b", "\u034f", "\u2800", "\u200b", "\U000e0101"])
def test_what_nobody_sees_is_refused(hidden: str) -> None:
    with pytest.raises(UserError, match="invisible characters"):
        check_plain(f"fra{hidden}ude", "The text")


def test_a_value_may_be_deep() -> None:
    value: object = "<b>"
    for _ in range(3000):
        value = [value]
    with pytest.raises(UserError, match="has markup"):
        check_all({"a": value}, "The draft")
