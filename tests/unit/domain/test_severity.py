"""Raising a severity takes one person, lowering it two."""

from __future__ import annotations

import pytest

from app.domain import taxonomy
from app.domain.severity import RETALIATION_SEVERITY, is_override, proposed


@pytest.mark.parametrize("category", sorted(taxonomy.CATEGORIES))
def test_the_category_proposes_and_a_flag_of_retaliation_is_a_floor(category: str) -> None:
    own = taxonomy.CATEGORIES[category].severity
    assert proposed(category, retaliation=False) == own
    assert proposed(category, retaliation=True) == max(own, RETALIATION_SEVERITY)


def test_without_a_category_only_the_flag_proposes() -> None:
    assert proposed("", retaliation=False) is None
    assert proposed("", retaliation=True) == RETALIATION_SEVERITY


@pytest.mark.parametrize(
    ("wanted", "recorded", "proposal", "expected"),
    [
        (1, None, None, False),  # nothing to fall below
        (2, None, 2, False),
        (4, None, 2, False),
        (1, None, 2, True),  # a first record below the proposal
        (3, 3, 4, False),  # said again
        (3, 2, 4, False),  # raised, though still below the proposal
        (2, 3, 1, True),  # lowered, though above the proposal
        (3, 4, 4, True),
    ],
)
def test_what_takes_two_people(wanted: int, recorded: int | None, proposal: int | None, expected: bool) -> None:
    assert is_override(wanted, recorded=recorded, proposal=proposal) is expected
