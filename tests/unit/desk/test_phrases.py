"""Templates: what stands in them, what a person must write, and the form between the two."""

from __future__ import annotations

import re
import string

import pytest

from app.desk.replies.blocks import Signing, compose, empty_form, read_form, template_named
from app.desk.replies.phrases import LANGUAGES, TEMPLATES, Template
from app.desk.replies.replies import KINDS
from app.domain.facts import State
from app.domain.reply_check import PARTS, Around, cautions
from app.domain.states import SENTENCES, next_states
from app.domain.words import fold
from app.errors import UsageError, UserError
from tests.unit.desk.house import DAY

_NAMES = """
    acknowledgement question progress out_of_scope unfounded unverifiable verified mediation referred
    registry_proposed published handover closing
"""
NAMES = _NAMES.split()
FOUR = ["decision", "why", "what_next", "appeal"]
CLOSING = [name for name, template in TEMPLATES.items() if template.kind == "closing"]
WRITTEN = {
    "decision": "Nous arrêtons là.",
    "why": "Les pièces ne suffisent pas à conclure.",
    "what_next": "Vous pouvez compléter ici.",
    "appeal": "Écrivez ici : une autre personne relira.",
}
SIGNING = Signing("brume", "alize")


def filled(template: Template, language: str = "fr") -> str:
    text = "Quand était-ce la première fois ?" if template.asks else "Voici ce qui est fait."
    blocks = WRITTEN if template.kind == "closing" else {"text": text}
    return compose(template, language, blocks, signing=SIGNING, today=DAY)


def test_every_template_is_there() -> None:
    assert list(TEMPLATES) == NAMES
    assert {template.kind for template in TEMPLATES.values()} == set(KINDS)
    with pytest.raises(UsageError, match="no template none"):
        template_named("none")


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_hold_the_same_places(name: str) -> None:
    template = TEMPLATES[name]
    places = [
        {field for _, field, _, _ in string.Formatter().parse(template.text[language]) if field}
        for language in LANGUAGES
    ]
    assert places[0] == places[1]
    assert {block.name for block in template.blocks} <= places[0]
    assert ("week" in places[0]) == (template.wait > 0)
    assert template.states


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(name: str, language: str) -> None:
    """DOMAIN §5.6: plain words, 20 to a sentence on average."""
    text = re.sub(r"\{\w+\}", "", TEMPLATES[name].text[language])
    sentences = [part for part in re.split(r"[.?!:;]\s|\n", text) if part.strip()]
    assert sum(len(part.split()) for part in sentences) / len(sentences) <= 20
    assert max(len(part.split()) for part in sentences) <= 25


@pytest.mark.parametrize("name", CLOSING)
def test_a_closing_template_has_four_blocks_and_says_what_becomes_of_the_mailbox(name: str) -> None:
    template = TEMPLATES[name]
    assert [block.name for block in template.blocks] == FOUR
    assert all(block.required for block in template.blocks)
    assert all(State.CLOSED in next_states(state) for state in template.states)
    for number, language in enumerate(LANGUAGES):
        text = filled(template, language)
        assert text.endswith(SENTENCES[State.CLOSED][number])
        assert all(written in text for written in WRITTEN.values())
        assert cautions(text, "closing", Around("x")) == ()
        labels = [fold(block.label(language)) for block in template.blocks]
        assert all(set(label) & set(fold(" ".join(names))) for label, names in zip(labels, PARTS[number], strict=True))


@pytest.mark.parametrize("name", CLOSING)
@pytest.mark.parametrize("missing", FOUR)
@pytest.mark.parametrize("instead", [None, "", " \n", "…", "Non.", "hint", "hint in English"])
def test_each_block_is_filled_in_by_a_person(name: str, missing: str, instead: str | None) -> None:
    template = TEMPLATES[name]
    block = next(block for block in template.blocks if block.name == missing)
    text = {"hint": block.hint("fr"), "hint in English": f"\n{block.hint('en')} "}.get(instead or "", instead)
    blocks = {key: value for key, value in WRITTEN.items() if key != missing} | (
        {} if text is None else {missing: text}
    )
    with pytest.raises(UserError, match="is not filled in"):
        compose(template, "fr", blocks, signing=SIGNING, today=DAY)


def test_acknowledgement_and_question_say_when_to_come_back() -> None:
    for name in ("acknowledgement", "question", "progress", "mediation", "registry_proposed"):
        assert "Revenez lire la semaine du lundi " in filled(TEMPLATES[name])
        assert "in the week of Monday " in filled(TEMPLATES[name], "en")
    assert "la semaine du lundi 23 novembre 2026" in filled(TEMPLATES["acknowledgement"])


def test_an_acknowledgement_never_says_that_somebody_has_read() -> None:
    """It may be sent unread: the sentence of the state that follows would be a lie."""
    for number, language in enumerate(LANGUAGES):
        assert SENTENCES[State.ACKNOWLEDGED][number] not in TEMPLATES["acknowledgement"].text[language]


def test_an_unknown_language_gives_both() -> None:
    text = compose(TEMPLATES["acknowledgement"], "", {}, signing=SIGNING, today=DAY)
    assert text.index("Votre signalement est bien arrivé.") < text.index("Your report has arrived.")
    assert "\n\n\n" not in text
    assert "{" not in text


def test_two_questions_at_most() -> None:
    def ask(text: str) -> str:
        return compose(TEMPLATES["question"], "fr", {"text": text}, signing=SIGNING, today=DAY)

    assert "Qui décide ?" in ask("1. Quand était-ce ?\n2. Qui décide ?")
    for text in ("Quand ? Qui ? Où donc ?", "1. Quand\n2. Qui\n3. Où donc"):
        with pytest.raises(UserError, match="2 questions at most"):
            ask(text)
    with pytest.raises(UserError, match="no question in this text"):
        ask("Nous lisons toujours.")


def test_a_handover_names_both_and_needs_both() -> None:
    template = TEMPLATES["handover"]
    text = compose(template, "fr", {}, signing=SIGNING, today=DAY)
    assert "Jusqu'ici, Alize vous répondait. Désormais, Brume suit" in text
    assert "Merci de votre patience." in compose(
        template, "fr", {"text": "Merci de votre patience."}, signing=SIGNING, today=DAY
    )
    for signing in (Signing("brume"), Signing("brume", "brume")):
        with pytest.raises(UserError, match="no handover"):
            compose(template, "fr", {}, signing=signing, today=DAY)


def test_what_a_person_writes_is_plain_and_braces_are_text() -> None:
    template = TEMPLATES["progress"]
    with pytest.raises(UserError, match="markup"):
        compose(template, "fr", {"text": "Voici <b>où nous</b> en sommes."}, signing=SIGNING, today=DAY)
    text = compose(template, "fr", {"text": "Un texte {week} entre accolades."}, signing=SIGNING, today=DAY)
    assert "Un texte {week} entre accolades." in text
    with pytest.raises(UserError, match="no such block"):
        compose(template, "fr", {"text": "Voici où nous en sommes.", "why": "x"}, signing=SIGNING, today=DAY)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_form_says_nothing(name: str, language: str) -> None:
    template = TEMPLATES[name]
    form = empty_form(template, language)
    assert set(read_form(template, form).values()) == {""}
    assert set(read_form(template, form.replace("\n", "\r\n")).values()) == {""}


def test_a_form_is_read_in_both_languages_and_any_order() -> None:
    template = TEMPLATES["unfounded"]
    text = "# what next\nVous pouvez compléter ici.\n\n#APPEAL\nÉcrivez ici.\n\nEncore.\n## Décision :\nNon.\n# why\n"
    assert read_form(template, text) == {
        "decision": "Non.",
        "why": "",
        "what_next": "Vous pouvez compléter ici.",
        "appeal": "Écrivez ici.\n\nEncore.",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Bonjour.\n# Décision\n", "before the first heading"),
        ("# Décision\nNon.\n# decision\n", "stands twice"),
        ("# Verdict\n", "does not have"),
    ],
)
def test_a_form_that_cannot_be_read(text: str, why: str) -> None:
    with pytest.raises(UserError, match=why) as refused:
        read_form(TEMPLATES["closing"], text)
    assert "--print" in refused.value.hint
