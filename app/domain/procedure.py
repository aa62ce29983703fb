"""The procedure in words, for the public: one step for each state, from the very table that the desk runs (S1.18).

Nothing is written here twice: sentences come from `states.SENTENCES`, deadlines from `deadlines.DEADLINES`, the way on
and the number of colleges from `states.MOVES`.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.deadlines import DEADLINES
from app.domain.states import LABELS, MOVES, SENTENCES, State


@dataclass(frozen=True)
class Step:
    """One state as the public reads it, in one language.

    Attributes:
        name: of the state. reads: what the reporter reads then; "" when nothing new.
        deadline: what is due, in words.
        colleges: how many colleges sign to come here.
        following: names of the states that may follow; none for an end.
    """

    state: State
    name: str
    reads: str
    deadline: str
    colleges: int
    following: tuple[str, ...]


def steps(language: int) -> tuple[Step, ...]:
    """The whole procedure, in the order of the states.

    Args:
        language: 0 French, 1 English.
    """
    return tuple(_step(state, language) for state in State)


def _step(state: State, language: int) -> Step:
    following = [LABELS[move.target][language] for move in MOVES if move.source is state]
    return Step(
        state=state,
        name=LABELS[state][language],
        reads=SENTENCES[state][language],
        deadline=DEADLINES[state].words[language],
        colleges=2 if state in _SIGNED else 1,
        following=tuple(following),
    )


# An entry is published, corrected or withdrawn on two signatures under the entry itself, which a guard asks for.
_SIGNED = frozenset(move.target for move in MOVES if move.signed_by_two)
