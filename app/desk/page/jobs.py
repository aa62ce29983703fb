"""Work that takes longer than a page may: it runs in a thread of its own and tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread

from app.errors import UserError
from crypto.errors import SealingError

Progress = Callable[[int, int], None]
BROKEN = UserError("Something went wrong in this desk.", "What was done before it is kept. Try again.")


@dataclass(frozen=True)
class Told:
    """What an act came to, for the page that follows: one sentence, French and English, and lines in English."""

    french: str
    english: str
    lines: tuple[str, ...] = ()


class CancelledError(Exception):
    """Somebody locked the desk meanwhile."""


class Job:
    """One piece of work.

    Args:
        name: French and English, for the page that shows it.
        work: called once with a function that takes how many steps are done, and of how many.
        then: the path of the page that follows.
    """

    def __init__(self, name: tuple[str, str], work: Callable[[Progress], Told], then: str) -> None:
        self.name = name
        self.then = then
        self.done, self.total = 0, 0
        self.told: Told | None = None
        self.problem: UserError | SealingError | None = None
        self._work = work
        self._stop, self._ended = Event(), Event()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> Job:
        self._thread.start()
        return self

    @property
    def running(self) -> bool:
        return not self._ended.is_set()

    def wait(self, seconds: float) -> bool:
        """Whether it ends within that time."""
        return self._ended.wait(seconds)

    def cancel(self, seconds: float) -> None:
        """Ask it to stop at its next step, and wait for that a while."""
        self._stop.set()
        self._ended.wait(seconds)

    def _run(self) -> None:
        try:
            self.told = self._work(self._step)
        except CancelledError:
            pass
        except (UserError, SealingError) as error:
            self.problem = error
        except Exception:  # its text may hold content: nobody reads it
            self.problem = BROKEN
        finally:
            self._ended.set()

    def _step(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self._stop.is_set():
            raise CancelledError
