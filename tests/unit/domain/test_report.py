"""Reports and messages as forms: the limits of CONTRACT, each refusal, and what is worth reading again."""

from __future__ import annotations

import time

import pytest

from app.domain import limits
from app.domain.report import (
    HINTS_MAX,
    PUBLISH,
    QUESTIONS,
    SATISFACTION,
    TOPICS,
    YES_NO,
    FieldError,
    FieldErrors,
    MessageForm,
    ReportForm,
    hints,
    is_codename,
    normal_text,
)
from crypto import codename

STORY = "Les comptes de l'année n'ont jamais été présentés aux membres."


def refused(function, *arguments, **named) -> tuple[FieldError, ...]:
    with pytest.raises(FieldErrors) as caught:
        function(*arguments, **named)
    return caught.value.errors


def report(**fields) -> ReportForm:
    return ReportForm.parse({"story": STORY, **fields}.items())


def test_only_the_story_is_needed():
    form = report()
    assert form == ReportForm(story=STORY, follow_up="codename")
    assert form.fields == {}


def test_every_field():
    pairs = [
        ("story", STORY),
        ("cooperative", " Les Abeilles, Lyon "),
        ("topic", "3"),
        ("period", "printemps 2024"),
        ("others", "oui"),
        ("asked_internally", "non"),
        ("publish", "ask"),
        ("follow_up", "none"),
        ("exclude", "brume"),
        ("exclude", "alize"),
        ("exclude", "brume"),
        ("exclude", ""),
        ("unknown", "left aside"),
    ]
    form = ReportForm.parse(pairs)
    assert form.exclude == ("brume", "alize")
    assert form.follow_up == "none"
    assert form.fields == {
        "cooperative": "Les Abeilles, Lyon",
        "period": "printemps 2024",
        "others": "oui",
        "asked_internally": "non",
        "topic": "3",
        "publish": "ask",
    }


@pytest.mark.parametrize("size", [limits.STORY_MIN, limits.STORY_MIN + 1, limits.STORY_MAX - 1, limits.STORY_MAX])
def test_story_lengths_that_fit(size):
    assert len(report(story="é" * size).story) == size


@pytest.mark.parametrize(
    ("story", "code"),
    [
        ("", "missing"),
        (" \r\n\t" * 40, "missing"),
        ("x" * (limits.STORY_MIN - 1), "too_short"),
        ("x" * (limits.STORY_MAX + 1), "too_long"),
        ("🐝" * (limits.STORY_MAX + 1), "too_long"),
    ],
)
def test_story_lengths_that_do_not(story, code):
    assert refused(report, story=story) == (FieldError("story", code),)


def test_line_ends_count_once():
    assert report(story="x\r\n" * 25).story == "x\n" * 25
    assert refused(report, story="x\r\n" * 24) == (FieldError("story", "too_short"),)
    assert len(report(story="x" * (limits.STORY_MAX - 1) + "\r\n").story) == limits.STORY_MAX


def test_a_lone_carriage_return_stays():
    assert normal_text("a\rb\r\nc\n") == "a\rb\nc\n"


def test_a_missing_field_is_an_empty_one():
    assert refused(ReportForm.parse, []) == (FieldError("story", "missing"),)


@pytest.mark.parametrize("field", ["cooperative", "period", "others", "asked_internally"])
def test_a_short_field_at_its_limit(field):
    assert getattr(report(**{field: "x" * limits.FIELD_MAX}), field) == "x" * limits.FIELD_MAX
    assert refused(report, **{field: "x" * (limits.FIELD_MAX + 1)}) == (FieldError(field, "too_long"),)


@pytest.mark.parametrize(("field", "value"), [("topic", "0"), ("topic", "10"), ("publish", "oui"), ("follow_up", "x")])
def test_closed_codes(field, value):
    assert refused(report, **{field: value}) == (FieldError(field, "unknown"),)


def test_the_codes_that_are_allowed():
    for topic in TOPICS:
        assert report(topic=topic).topic == topic
    for publish in PUBLISH:
        assert report(publish=publish).publish == publish


def test_every_error_is_named_at_once_and_holds_no_content():
    with pytest.raises(FieldErrors) as caught:
        ReportForm.parse([("story", "canary"), ("topic", "canary"), ("topic", "canary"), ("period", "canary" * 100)])
    codes = {(error.field, error.code) for error in caught.value.errors}
    assert codes == {("story", "too_short"), ("topic", "unknown"), ("topic", "twice"), ("period", "too_long")}
    assert caught.value.too_long
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(caught.value)


def test_a_short_story_is_not_too_long():
    with pytest.raises(FieldErrors) as caught:
        report(story="")
    assert not caught.value.too_long


def test_what_was_typed_is_not_in_a_repr():
    assert STORY not in repr(report(cooperative=STORY))
    assert "Les comptes" not in repr(hints(f"{STORY} ecrire a canari@example.org"))
    assert "canari" not in repr(hints("canari@example.org"))
    assert STORY not in repr(MessageForm.parse([("story", STORY)]))


def test_a_sealed_file_may_stand_for_the_story():
    assert ReportForm.parse([("exclude", "brume")], sealed=True).story == ""
    assert ReportForm.parse([("story", STORY)], sealed=True).story == STORY
    assert refused(ReportForm.parse, [("story", "short")], sealed=True) == (FieldError("story", "too_short"),)


def typed_codename(language: str = "fr") -> str:
    return " ".join(codename.words(codename.draw(b"\x07" * 32, b"\x01" * 16), language))


@pytest.mark.parametrize("language", codename.LANGUAGES)
def test_a_codename_is_never_a_story(language):
    typed = typed_codename(language)
    assert is_codename(typed.upper())
    padded = "\n".join(f"{n}. {word}" for n, word in enumerate(typed.split(), 1)) + " " * limits.STORY_MIN
    assert refused(report, story=padded) == (FieldError("story", "codename"),)
    assert refused(MessageForm.parse, [("story", typed)]) == (FieldError("story", "codename"),)


def test_a_codename_with_two_words_exchanged_is_none_either():
    words = typed_codename().split()
    words[0], words[1] = words[1], words[0]
    assert is_codename(" ".join(words))


@pytest.mark.parametrize("text", ["", "un mot", STORY, "x " * 8])
def test_other_texts_are_no_codenames(text):
    assert not is_codename(text)


def test_messages():
    assert MessageForm.parse([("story", "x"), ("exclude", "brume")]) == MessageForm("x", ("brume",))
    assert MessageForm.parse([("story", "")], optional=True).story == ""
    assert refused(MessageForm.parse, [("story", " ")]) == (FieldError("story", "missing"),)
    assert refused(MessageForm.parse, [("story", "x" * 100_001)], optional=True) == (FieldError("story", "too_long"),)


def test_closed_answers():
    survey = dict.fromkeys(QUESTIONS, SATISFACTION)
    form = MessageForm.parse_choices([("q1", "yes"), ("q3", "no"), ("q4", "")], needed=survey)
    assert dict(form.fields) == {"q1": "yes", "q3": "no"}
    assert form.story == ""
    assert refused(MessageForm.parse_choices, [], needed=survey) == (FieldError("q1", "missing"),)
    assert refused(MessageForm.parse_choices, [("q2", "9")], needed=survey) == (FieldError("q2", "unknown"),)


def test_closed_answers_with_a_line_of_text():
    needed = {"consent": YES_NO}
    pairs = [("consent", "yes"), ("mediator", " Mme Untel "), ("exclude", "brume")]
    form = MessageForm.parse_choices(pairs, needed=needed, text="mediator")
    assert dict(form.fields) == {"consent": "yes", "mediator": "Mme Untel"}
    assert form.exclude == ("brume",)
    pairs = [("consent", "yes"), ("mediator", "x" * 501)]
    assert refused(MessageForm.parse_choices, pairs, needed=needed, text="mediator") == (
        FieldError("mediator", "too_long"),
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("écrivez à jeanne.durand+coop@exemple.fr merci", "email"),
        ("appelez le 06 12 34 56 78 ce soir", "phone"),
        ("appelez +33 (0)6.12.34.56.78", "phone"),
        ("au 0470 12 34 56", "phone"),
        ("voir https://drive.example/abc?d=1 ici", "link"),
        ("voir www.example.org/x", "link"),
        ("En tant que trésorier, j'ai vu", "role"),
        ("en qualité d'administratrice", "role"),
        ("j'étais seule à la réunion", "role"),
        ("Je suis la comptable", "role"),
        ("speaking as the treasurer", "role"),
        ("in my capacity as a director", "role"),
        ("I was the secretary", "role"),
        ("I was alone that day", "role"),
    ],
)
def test_hints(text, kind):
    assert [hint.kind for hint in hints(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    ["", STORY, "de 2019-2020 à 2021", "le 12/03/2024", "un montant de 1 200 000 €", "a@b", "réf. AB123456789012"],
)
def test_no_hints(text):
    assert hints(text) == ()


def test_a_passage_is_named_once_and_the_list_ends():
    assert len(hints("a@example.org a@example.org")) == 1
    assert len(hints(" ".join(f"p{n}@example.org" for n in range(50)))) == HINTS_MAX


@pytest.mark.parametrize("unit", ["a", "a@", "1", "1 ", "www.", "en tant ", "@", "a.b-", "\u00a0 ", "+("])
def test_hints_take_one_pass(unit):
    text = (unit * limits.STORY_MAX)[: limits.STORY_MAX]
    start = time.process_time()
    hints(text)
    assert time.process_time() - start < 2


def test_the_largest_form_fits_its_bound():
    assert limits.STORY_MAX * 4 * 3 + 4 * limits.FIELD_MAX * 4 * 3 + 4096 < limits.FORM_BYTES
    assert limits.HEADER_BYTES >= 255 * 4 * 3 + 64
