"""Cautions before a reply is sealed: which there are, and that they never quote."""

from __future__ import annotations

import pytest

from app.domain.reply_check import CAUTIONS, Around, Caution, cautions, count_questions, first_words, tells_four_parts

STORY = "Le conseil a décidé seul de changer les règles, sans convoquer d'assemblée générale cette année."
AROUND = Around(
    "Héron calme",
    others=(("Cerf sage", "abcdefghij23"), ("Héron calme", "zzzzzzzzzz77"), ("", "kkkkkkkkkkk2")),
    stories=(STORY,),
)
WEEK = "Revenez lire la semaine du lundi 7 décembre 2026."


def codes(text: str, kind: str = "reply", around: Around = AROUND) -> list[str]:
    return [caution.code for caution in cautions(text, kind, around)]


def test_a_plain_reply_needs_no_caution() -> None:
    assert codes("Bonjour. Nous étudions le dossier.") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("À propos de « cerf  SAGE »…", "other_case"),
        ("Dossier abcdefghij23.", "other_case"),
        ("Dossier zzzzzzzzzz77.", "other_case"),
        ("Le dossier Heron Calme avance.", "own_label"),
        ("Écrivez à aide@exemple.org.", "email"),
        ("Appelez le 01 42 00 00 00.", "phone"),
        ("Compte FR76 3000 6000 0112 3456 7890 189.", "iban"),
        ("Voir https://exemple.org/aide.", "link"),
        ("Vous dites : le conseil a décidé seul de changer.", "overlap"),
    ],
)
def test_what_a_text_should_not_hold(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_only_words_of_another_case_wait_for_a_yes() -> None:
    assert [code for code in CAUTIONS if Caution(code).confirm] == ["other_case"]


def test_half_a_label_is_no_label() -> None:
    assert codes("Le cerf est passé ; soyez sage.") == []
    assert codes("Un cerf.") == []


def test_five_words_of_the_story_are_no_quotation() -> None:
    assert codes("Vous dites : le conseil a décidé seul.") == []


def test_who_is_asked_to_come_back_is_told_when() -> None:
    assert codes("Une personne l'a lu.", "acknowledgement") == ["no_week"]
    assert codes(f"Une personne l'a lu. {WEEK}", "acknowledgement") == []
    assert codes("Quand était-ce ?", "question") == ["no_week"]
    assert codes(f"Quand était-ce ? Qui décide ? {WEEK}", "question") == []
    assert codes(f"Quand ? Qui ? Où ? {WEEK}", "question") == ["questions"]


def test_a_closing_reply_names_its_four_blocks() -> None:
    assert codes("Le dossier est clos.", "closing") == ["blocks"]
    french = "Décision : non. Pourquoi : rien. La suite : rien. Contester : écrivez."
    assert codes(french, "closing") == []
    assert codes("We decided to stop. The reason: nothing. What next: nothing. Appeal: write here.", "closing") == []


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Décision, raisons, suite, recours : une entrée a été publiée.", True),
        ("# Décision\n\n# Pourquoi\n\n# La suite\n\n# Contester\n", False),
        ("Decision. Why. What next. Appeal.", False),
        ("Nous arrêtons là.\nRien ne le montre.\n\nVous pouvez compléter.\nUne autre personne relira.", True),
        ("Nous arrêtons là.\nRien ne le montre.\n\nVous pouvez compléter.\nAu revoir.", False),
        ("La décision est prise, la suite vous revient, et voilà tout pour nous.", False),
        ("", False),
    ],
)
def test_four_parts_are_four_names_with_words_or_four_lines(text: str, whole: bool) -> None:
    assert tells_four_parts(text) is whole


def test_another_author_is_announced() -> None:
    assert codes("Bonjour.", around=Around("Héron calme", new_author=True)) == ["handover"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Merci.", 0),
        ("Quand ?", 1),
        ("Vraiment ?! Oui ?!?", 2),
        ("Quand ??? Où?", 2),
        ("https://exemple.org/?a=b", 0),
        ("« Où ? » et « qui ? »", 2),
        ("1. Quand était-ce\n2) Où\n3. Qui", 3),
        ("En 2024. Puis ?", 1),
    ],
)
def test_questions_are_counted(text: str, count: int) -> None:
    assert count_questions(text) == count


def test_first_words_stay_on_one_line() -> None:
    assert first_words("un\ndeux  trois") == "un deux trois"
    assert first_words(STORY) == "Le conseil a décidé seul de changer les …"
    assert first_words("") == ""


def test_cautions_speak_two_languages_and_quote_nothing() -> None:
    for code in CAUTIONS:
        caution = Caution(code)
        assert caution.french != caution.message
        assert caution.french.endswith((".", "?"))
        assert caution.message.endswith((".", "?"))
