"""What selects offer, as value → (French, English), and other small things that templates ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.domain.lateness import lateness
from app.domain.states import ACTIONS, Move
from app.domain.taxonomy import CATEGORIES, GRADES, SEVERITIES

Label = tuple[str, str]


def categories() -> dict[str, Label]:
    return {code: (f"{code} {one.label[0]}", one.label[1]) for code, one in CATEGORIES.items()}


def subcodes() -> dict[str, Label]:
    """All of them; which one belongs to the category that is set is checked by the service."""
    return {
        f"{code}-{number}": (f"{code}-{number} {label[0]}", label[1])
        for code, one in CATEGORIES.items()
        for number, label in one.subcodes.items()
    }


def numbered(labels: Mapping[int, Label] | Mapping[str, Label]) -> dict[str, Label]:
    """With the code before the words."""
    return {str(code): (f"{code} — {label[0]}", label[1]) for code, label in labels.items()}


def people(names: Iterable[str]) -> dict[str, Label]:
    return {name: (name, name) for name in names}


def action_of(move: Move) -> Label:
    """What people call a move."""
    return ACTIONS[move.action]


def grouped(digits: str) -> str:
    """A hash in groups of eight, as somebody copies it by hand."""
    return " ".join(digits[begin : begin + 8] for begin in range(0, len(digits), 8))


OPTIONS = {
    "categories": categories,
    "subcodes": subcodes,
    "severities": lambda: numbered(SEVERITIES),
    "grades": lambda: numbered(GRADES),
    "people": people,
    "action_of": action_of,
    "grouped": grouped,
    "late": lateness,
}
