"""Whose turn it is (DOMAIN S1.2): the fewest open cases first, and among equals whoever comes after the last one.

Another choice is allowed and needs a reason; this only says what the rotation would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def next_in_turn(names: Sequence[str], loads: Mapping[str, int], last: str = "") -> str:
    """The next name, or "" when there is none.

    Args:
        names: of those who may, in the order of the rotation.
        loads: open cases of each; a name that is missing has none.
        last: who had the last turn; unknown or "" begins with the first.
    """
    if not names:
        return ""
    start = names.index(last) + 1 if last in names else 0
    turn = [*names[start:], *names[:start]]
    return min(turn, key=lambda name: loads.get(name, 0))
