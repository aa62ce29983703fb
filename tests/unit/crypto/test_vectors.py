"""The corpus is there, is made again byte for byte, and every file goes through every door."""

from __future__ import annotations

import pytest

from tests.vectors.base import OUTCOMES, ROOT, Vector, load, load_all
from tests.vectors.doors import DOORS, through
from tests.vectors.make import FORMATS, all_vectors

# At least so many files of each format: a glob over a folder that moved must not pass for a green test.
COUNTS = {
    "canonical": 34,
    "note": 26,
    "padding": 13,
    "sealed": 12,
    "hpke": 10,
    "codename": 43,
    "draw": 6,
    "derivation": 6,
    "manifest": 59,
    "reply": 35,
    "pickup": 29,
    "outbox": 32,
    "export": 54,
    "tlog": 55,
    "checkpoint": 22,
    "directory": 27,
}
CORPUS = [vector for name in FORMATS for vector in load_all(name)]
MADE = list(all_vectors())


def label(vector: Vector) -> str:
    return f"{vector.format}/{vector.name}"


def test_the_corpus_is_there() -> None:
    assert set(COUNTS) == set(FORMATS) == set(DOORS)
    found = {name: len(load_all(name)) for name in FORMATS}
    assert {name: n for name, n in found.items() if n < COUNTS[name]} == {}
    for name in FORMATS:
        expected = {vector.expect for vector in load_all(name)}
        assert "success" in expected, f"{name} has no vector that is accepted"
        assert len(expected) > 1, f"{name} has no vector that is refused"


def test_no_file_is_without_its_scenario() -> None:
    assert len({vector.path for vector in MADE}) == len(MADE), "two scenarios share a name"
    committed = {path for name in FORMATS for path in (ROOT / name).iterdir()}
    assert committed == {vector.path for vector in MADE}


@pytest.mark.parametrize("made", MADE, ids=label)
def test_is_made_again(made: Vector) -> None:
    committed, again = made.path.read_bytes(), made.serialise()
    if made.random:
        committed, again = committed.partition(b"\n\n")[0], again.partition(b"\n\n")[0]
    assert committed == again, "run: python -m tests.vectors.make"


@pytest.mark.parametrize("vector", CORPUS, ids=label)
def test_means_what_it_says(vector: Vector) -> None:
    refusal = OUTCOMES[vector.expect]
    if refusal is None:
        through(vector)
        return
    with pytest.raises(refusal) as raised:
        through(vector)
    assert type(raised.value) is refusal
    assert str(raised.value) == vector.rule


def test_loading_is_the_inverse_of_serialising() -> None:
    for vector in MADE:
        if not vector.random:
            assert load(vector.path).serialise() == vector.serialise()
