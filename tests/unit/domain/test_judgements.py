"""Two ids judged one: every id resolves, and what is undone is undone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.judgements import flat, merged, resolve, unmerged
from app.errors import UserError

A, B, C = "fr-siren-732829320", "fr-name-aaaaaaaaaaaaaaaa", "lei-5493001kjtiigc8y1r12"
IDS = [f"fr-siren-{number:09d}" for number in range(12)]


def test_a_chain_is_flat_and_undone_in_any_order() -> None:
    judged = merged(merged({}, B, A), C, B)
    assert (resolve(judged, C), resolve(judged, B), resolve(judged, A)) == (A, A, A)
    assert flat(judged) == {B: A, C: A}
    assert flat(unmerged(judged, B)) == {C: B}
    assert flat(unmerged(judged, C)) == {B: A}
    assert resolve({}, "never-judged") == "never-judged"


@pytest.mark.parametrize(
    ("judged", "one", "into", "words"),
    [
        ({}, "X", A, "no id"),
        ({}, A, "", "no id"),
        ({}, A, A, "one already"),
        ({B: A}, B, C, "goes on as"),
        ({B: A}, A, B, "one already"),
        ({B: A, C: B}, A, C, "one already"),
    ],
)
def test_refused(judged: dict[str, str], one: str, into: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        merged(judged, one, into)


def test_nothing_to_undo() -> None:
    with pytest.raises(UserError, match="Nobody judged"):
        unmerged({B: A}, A)


@pytest.mark.parametrize("seed", range(1000))
def test_a_thousand_random_sequences(seed: int) -> None:
    """After each step every id resolves to one that goes on under no other; undoing all of it restores the start."""
    draw = random.Random(seed)
    judged: dict[str, str] = {}
    for _ in range(40):
        one, into = draw.sample(IDS, 2)
        before = judged
        try:
            judged = unmerged(judged, one) if one in judged and draw.random() < 0.4 else merged(judged, one, into)
        except UserError:
            assert judged == before
        shown = flat(judged)
        for name in IDS:
            last = resolve(judged, name)
            assert last not in judged
            assert shown.get(name, name) == last
        assert not set(shown.values()) & set(shown)
    for one in draw.sample(sorted(judged), len(judged)):
        judged = unmerged(judged, one)
    assert (judged, flat(judged)) == ({}, {})


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=30))
def test_a_judgement_undone_at_once_leaves_no_trace(pairs: list[tuple[str, str]]) -> None:
    judged: dict[str, str] = {}
    for one, into in pairs:
        try:
            after = merged(judged, one, into)
        except UserError:
            continue
        assert unmerged(after, one) == judged
        judged = after
