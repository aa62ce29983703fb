"""The public procedure is the table of the desk, in words."""

from __future__ import annotations

import pytest

from app.domain.deadlines import DEADLINES
from app.domain.procedure import steps
from app.domain.states import LABELS, MOVES, SENTENCES, State


@pytest.mark.parametrize("language", [0, 1])
def test_every_state_and_every_way_on(language: int) -> None:
    told = {step.state: step for step in steps(language)}
    assert list(told) == list(State)
    for state, step in told.items():
        assert (step.name, step.reads) == (LABELS[state][language], SENTENCES[state][language])
        assert step.deadline == DEADLINES[state].words[language]
        assert step.following == tuple(LABELS[m.target][language] for m in MOVES if m.source is state)


def test_what_two_colleges_sign() -> None:
    two = {step.state for step in steps(0) if step.colleges == 2}
    assert two == {State.VERIFIED, State.PUBLISHED, State.CORRECTED, State.WITHDRAWN}
