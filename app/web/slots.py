"""A bounded number of uploads at once over all processes of a door; the next one is told to come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import BusyError
from app.web.shared import Shared

# A person sends one report at a time, sometimes two. Someone who tries to hold the door has to build a circuit, and
# to pay tor's proof of work, for every four.
EACH = 4
KEY_BYTES = 8


class Slots:
    """Each upload holds a thread and a gpg for as long as its client sends. Made before the processes are forked; what
    a process held is free again when it ends.

    Args:
        count: uploads at once.
        each: of them, how many may come by one circuit.
    """

    def __init__(self, count: int, *, each: int = EACH) -> None:
        self._count = count
        self._each = each
        self._shared = Shared(count * KEY_BYTES)
        self._mine: set[int] = set()

    @contextmanager
    def one(self, circuit: bytes = b"") -> Iterator[None]:
        """A slot for the length of the block.

        Args:
            circuit: an opaque key of KEY_BYTES bytes; empty when nobody told, and then only the whole is bounded.

        Raises:
            BusyError: all are taken, or all that this circuit may have.
        """
        with self._shared.alone():
            place = self._take(circuit)
        try:
            yield
        finally:
            with self._shared.alone():
                self._mine.remove(place)
                self._mark(place, b"")
                self._shared.give_back(place)

    def _take(self, circuit: bytes) -> int:
        free = (place for place in range(self._count) if place not in self._mine and self._shared.take(place))
        if not circuit or self._held(circuit) < self._each:
            for place in free:
                self._mine.add(place)
                self._mark(place, circuit)
                return place
        raise BusyError("Too many reports are arriving.", "Nothing was stored. Try again in a few minutes.")

    def _held(self, circuit: bytes) -> int:
        held = 0
        for place in range(self._count):
            if self._shared.data[place * KEY_BYTES : (place + 1) * KEY_BYTES] != circuit:
                continue
            if place not in self._mine and self._shared.take(place):  # whoever had it died
                self._mark(place, b"")
                self._shared.give_back(place)
                continue
            held += 1
        return held

    def _mark(self, place: int, circuit: bytes) -> None:
        self._shared.data[place * KEY_BYTES : (place + 1) * KEY_BYTES] = circuit.ljust(KEY_BYTES, b"\0")
