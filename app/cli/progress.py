"""How far a long piece of work is, on the terminal, and nothing about a short one."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.cli import ui

EVERY_SECONDS = 5.0


class Progress:
    """Says `12 of 90 envelopes tried` every few seconds, the first time after as many."""

    def __init__(self, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._clock = clock
        self._next = clock() + EVERY_SECONDS

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        if now >= self._next and done < total:
            self._next = now + EVERY_SECONDS
            ui.note(f"{done} of {total} {self._what} …")
