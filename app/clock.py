"""One source of dates for every program (CONTRACT, "Time").

A program whose settings say `trial = true` reads its day from a file at each use, so that `sourdine demo` can
show what happens months later through the real guards. Every other program uses the UTC date.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from app.errors import BusyError


class Clock(Protocol):
    def today(self) -> date:
        """The current day, UTC."""
        ...


class SystemClock:
    def today(self) -> date:
        return datetime.now(UTC).date()


class TrialClock:
    """The day written in a file (`YYYY-MM-DD`); the UTC date when there is no file; never backwards.

    The latest day that any program saw stands beside it, so that the commands of one trial agree on the day.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = path.with_name("." + path.name)

    def today(self) -> date:
        """The current day of the trial.

        Raises:
            BusyError: the file holds no day: a fault of whoever wrote it, not of the visitor.
        """
        day = _read(self._path)
        latest = _read(self._seen) or date.min
        day = day or SystemClock().today()
        if day <= latest:
            return latest
        part = self._seen.with_name(f"{self._seen.name}.{os.getpid()}.{threading.get_ident()}")
        part.write_text(f"{day}\n", encoding="ascii")
        part.replace(self._seen)
        return day


def _read(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except (ValueError, OSError):
        raise BusyError(
            f"The trial clock file {path} does not hold a day.", "Write one line such as 2027-01-31 in it."
        ) from None
