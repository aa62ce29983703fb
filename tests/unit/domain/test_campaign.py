"""A text for members: written only when it can harm no reporter, and never with a word of theirs."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.campaign import CHECKED, RIGHTS, RIGHTS_FR, TEXT, Ground, compose, refusals
from app.domain.collective import Clue
from app.domain.entry import Entry
from app.domain.facts import State
from app.domain.gate import OVERLAP_WORDS, overlap
from app.domain.patterns import scan
from app.domain.words import banned, fold
from tests.unit.domain.samples import REGC_ID, TODAY, raw_entry
from tests.unit.domain.test_collective import clue

ONION = "a" * 56 + ".onion"
PUBLIC = raw_entry(dates=raw_entry()["dates"] | {"published": "2026-10"})
FINDING = PUBLIC["finding"]["text"]


def ground(*clues: Clue, **changes: object) -> Ground:
    good = Ground(
        entry=Entry.parse(PUBLIC),
        state=State.PUBLISHED,
        clues=clues or (clue(), clue()),
        texts=("Le conseil a tout décidé sans nous cette année.",),
        registry="registry.example",
        onion=ONION,
    )
    return replace(good, **changes)


def changed(**fields: object) -> Entry:
    raw = raw_entry(dates=PUBLIC["dates"])
    for name, value in fields.items():
        group, _, field = name.partition("__")
        raw[group] = raw[group] | {field: value} if field else value
    return Entry.parse(raw)


def codes(made: Ground, today: date = TODAY) -> list[str]:
    return [one.code for one in refusals(made, today)]


def test_a_good_ground_is_not_refused() -> None:
    assert codes(ground()) == []
    assert (
        codes(
            ground(entry=changed(status="contested", adversarial__reply="Non.", adversarial__reply_inserted="2026-11"))
        )
        == []
    )


@pytest.mark.parametrize("state", [state for state in State if state is not State.PUBLISHED])
def test_only_of_a_published_entry(state: State) -> None:
    assert codes(ground(state=state)) == ["entry"]


def test_not_of_an_entry_that_never_left_or_has_ended() -> None:
    assert codes(ground(entry=None)) == ["entry"]
    assert codes(ground(), date(2027, 10, 1)) == ["entry"]
    assert codes(ground(), date(2027, 9, 30)) == []
    with pytest.raises(ValueError, match="needs an entry"):
        compose(ground(entry=None))


def test_each_refusal_says_what_to_change() -> None:
    small = raw_entry()["cooperative"] | {"members": "<50"}
    text = "Constat : le conseil a tout décidé sans nous cette année."
    cases = {
        "members": ground(entry=changed(cooperative=small, finding__subcode="")),
        "contested": ground(entry=changed(status="contested")),
        "quiet": ground(clue(), clue(written=date(2026, 10, 23))),
        "opinion": ground(clue(), clue(opinion="no")),
        "overlap": ground(entry=changed(finding__text=text)),
        "name": ground(entry=changed(finding__text="Manquement constaté par Mme Durand.")),
        "reach": ground(entry=changed(finding__text="Écrire à conseil@coop.example.")),
        "registry": ground(registry=""),
        "onion": ground(onion=f"{ONION}/?a=1"),
    }
    for code, made in cases.items():
        (found,) = refusals(made, TODAY)
        assert found.code == code
        assert found.message.endswith(".")
        assert "décidé" not in found.message
    assert codes(cases["quiet"], date(2026, 11, 22)) == []


def test_the_text_holds_what_is_public_and_nothing_else() -> None:
    text = compose(ground())
    for told in (
        "Coopérative des Trois Rivières",
        f"https://registry.example/entry/{REGC_ID}\n",
        f"http://{ONION}/\n",
        FINDING,
    ):
        assert told in text
    assert "art. 25-1" in text
    assert "as of\n    right (same law" in text
    assert "?" not in text.replace("la même chose ?", "").replace("lived the same?", "")
    assert "invitée à répondre" in text
    answered = changed(adversarial__reply="Une assemblée aura lieu.", adversarial__reply_inserted="2026-11")
    assert "La coopérative y a répondu." in compose(ground(entry=answered))
    abroad = changed(cooperative=raw_entry()["cooperative"] | {"country": "BE", "identifier": None})
    assert "47-1775" not in compose(ground(entry=abroad))
    assert "law of your country" in compose(ground(entry=abroad))


def test_our_own_words_pass_our_own_gate() -> None:
    for text in (TEXT, *RIGHTS, *RIGHTS_FR):
        assert [code for code, _ in scan(text.replace(CHECKED, ""))] == []
        assert banned(fold(text)) is None


VOCABULARY = "le la une règle vote conseil assemblée année sans avec membre compte"
WORDS = st.lists(st.sampled_from(VOCABULARY.split()), max_size=40)


@given(WORDS, WORDS)
def test_no_six_words_of_a_reporter_are_ever_written(found: list[str], story: list[str]) -> None:
    text = " ".join(["Manquement", *found])
    made = ground(entry=changed(finding__text=text), texts=(" ".join(story),))
    shared = any(
        tuple(found[i : i + OVERLAP_WORDS]) == tuple(story[j : j + OVERLAP_WORDS])
        for i in range(len(found) - OVERLAP_WORDS + 1)
        for j in range(len(story) - OVERLAP_WORDS + 1)
    )
    assert ("overlap" in codes(made)) is shared
    if not codes(made):
        assert overlap(compose(made), made.texts) is None


def test_no_field_holds_a_recipient() -> None:
    names = {field.name for kind in (Ground, Clue, Entry) for field in dataclasses.fields(kind)}
    assert not {name for name in names if any(word in name for word in ("recipient", "mail", "address", "list"))}


def test_a_case_without_a_cooperative_asks_nobody_and_writes_nothing() -> None:
    assert [one.code for one in refusals(ground(clues=()), TODAY)] == ["cooperative"]
