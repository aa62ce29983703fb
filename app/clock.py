"""One source of dates for every program (CONTRACT, "Time").

A program whose settings say `trial = true` reads its day from a file at each use, so that `sourdine demo` can
show what happens months later through the real guards. Every other program uses the UTC date.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from app.errors import UserError


class Clock(Protocol):
    def today(self) -> date:
        """The current day, UTC."""
        ...


class SystemClock:
    def today(self) -> date:
        return datetime.now(UTC).date()


class TrialClock:
    """The day written in a file (`YYYY-MM-DD`); the UTC date when there is no file; never backwards."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._latest = date.min

    def today(self) -> date:
        try:
            text = self._path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            day = SystemClock().today()
        else:
            try:
                day = date.fromisoformat(text)
            except ValueError:
                raise UserError(
                    f"The trial clock file {self._path} does not hold a day.",
                    "Write one line such as 2027-01-31 in it.",
                ) from None
        self._latest = max(self._latest, day)
        return self._latest
