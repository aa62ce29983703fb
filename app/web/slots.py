"""A bounded number of things at once; the next one is told to come back instead of waiting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import BusyError


class Slots:
    """So many uploads in one process: each holds a thread and a gpg for as long as its client sends."""

    def __init__(self, count: int) -> None:
        self._free = threading.BoundedSemaphore(count)

    @contextmanager
    def one(self) -> Iterator[None]:
        """A slot for the length of the block.

        Raises:
            BusyError: all are taken.
        """
        if not self._free.acquire(blocking=False):
            raise BusyError("Too many reports are arriving.", "Nothing was stored. Try again in a few minutes.")
        try:
            yield
        finally:
            self._free.release()
