"""When a process that held plaintext is replaced (ADR 0020): a table of the processes of one door, and one rule.

What a request leaves in memory (a story, a codename, a reply) may be found by whoever breaks into that process later.
So it takes no new request, answers those that run, and ends; another is ready. Pure: time is an argument, and who
forks and signals is the arbiter (app/cli/server/arbiter.py), which alone knows all of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

# Seconds that a process serves at least. A flood of reports then costs each place one fork in so many seconds (about
# 25 ms of CPU time, measured) and not one for each request.
RETIRE_SECONDS = 5.0
# Retired processes of one door that may still answer. Each weighs some 15 MB of its own, and 0.6 MB more for each
# upload (measured), until the slowest has ended, which may take hours; at the bound the others go on serving, and
# retire as these end.
MAX_RETIRED = 8


@dataclass
class _Process:
    born: float
    touched: bool = False
    retired: bool = False


class Retirements:
    """The processes of one door.

    Args:
        seconds: how long a process serves at least.
        most: how many retired ones may still live.
    """

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._processes: dict[int, _Process] = {}

    def born(self, pid: int, now: float) -> None:
        """A process serves from `now` on, in seconds of a clock that only goes up."""
        self._processes[pid] = _Process(now)

    def touched(self, pid: int) -> None:
        """It holds, or held, plaintext. Harmless for one that has ended."""
        if pid in self._processes:
            self._processes[pid].touched = True

    def keep(self, living: Collection[int]) -> None:
        """Forget those that have ended."""
        self._processes = {pid: process for pid, process in self._processes.items() if pid in living}

    def due(self, now: float) -> list[int]:
        """Those that must go now, the oldest first."""
        room = self._most - sum(process.retired for process in self._processes.values())
        due = [
            (process.born, pid)
            for pid, process in self._processes.items()
            if process.touched and not process.retired and now - process.born >= self._seconds
        ]
        return [pid for _, pid in sorted(due)[: max(0, room)]]

    def retired(self, pid: int) -> None:
        """From here on it takes no request."""
        self._processes[pid].retired = True

    @property
    def serving(self) -> int:
        """How many take requests."""
        return sum(not process.retired for process in self._processes.values())
