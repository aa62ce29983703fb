"""The rotation: fewest first, then whoever comes after the last one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.rota import next_in_turn

NAMES = ("alize", "brume", "cypres")


@pytest.mark.parametrize(
    ("loads", "last", "turn"),
    [
        ({}, "", "alize"),
        ({}, "alize", "brume"),
        ({}, "cypres", "alize"),
        ({}, "somebody", "alize"),
        ({"alize": 1, "brume": 2}, "brume", "cypres"),
        ({"alize": 1, "brume": 1, "cypres": 2}, "alize", "brume"),
        ({"alize": 1, "brume": 1, "cypres": 2}, "brume", "alize"),
    ],
)
def test_whose_turn_it_is(loads: dict[str, int], last: str, turn: str) -> None:
    assert next_in_turn(NAMES, loads, last) == turn


def test_nobody_left() -> None:
    assert next_in_turn((), {"alize": 1}) == ""


@given(st.integers(min_value=1, max_value=60))
def test_the_work_is_shared_evenly(count: int) -> None:
    loads: dict[str, int] = {}
    last = ""
    for _ in range(count):
        last = next_in_turn(NAMES, loads, last)
        loads[last] = loads.get(last, 0) + 1
    assert max(loads.values()) - min(loads.get(name, 0) for name in NAMES) <= 1
