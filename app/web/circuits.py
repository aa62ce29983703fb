"""Fair shares for visitors who have no address: tor tells which circuit a connection came by (ADR 0021).

The circuit is an opaque key in the WSGI environment, made with a secret that exists in memory only. It is nobody's
name: it ends with the circuit, and is in no log, page, cookie or exception. Without it (loopback, a trial) nothing here
applies and only the bounds of the whole door do.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Hashable, Mapping
from typing import Any, Generic, TypeVar

from app.web.shared import Shared

CIRCUIT = "sourdine.circuit"

# POST requests of one circuit: so many at once, then one in so many seconds. The whole way of a report is five or six;
# somebody who reads and answers replies sends a few in a minute.
BURST = 120
SECONDS = 1.0
# 4,096 circuits in 64 KiB. One that was quiet for BURST × SECONDS is forgotten; when eight that are not fall together,
# the quietest is.
SETS = 512
WAYS = 8
_ENTRY = struct.Struct("8sd")

T = TypeVar("T")


def circuit_of(environ: Mapping[str, Any]) -> bytes:
    """The key of the circuit of a request, empty when nobody told."""
    key: bytes = environ.get(CIRCUIT, b"")
    return key


class Rates:
    """How fast each circuit asks for what is dear, over all processes of a door (generic cell rate algorithm, ITU-T
    I.371: one time for each circuit, at which all it spent will have come back).

    Args:
        burst: requests at once.
        seconds: until one of them has come back.
    """

    def __init__(self, *, burst: int = BURST, seconds: float = SECONDS) -> None:
        self._room = burst * seconds
        self._seconds = seconds
        self._shared = Shared(SETS * WAYS * _ENTRY.size)

    def charge(self, circuit: bytes, now: float) -> bool:
        """Count one request of a circuit at `now`, in seconds of a clock that all processes share.

        Returns:
            Whether it may go on; one that may not costs nothing.
        """
        if not circuit:
            return True
        with self._shared.alone():
            place, until = self._find(circuit, now)
            until = max(until, now) + self._seconds
            allowed = until - now <= self._room
            if allowed:
                _ENTRY.pack_into(self._shared.data, place, circuit, until)
            return allowed

    def _find(self, circuit: bytes, now: float) -> tuple[int, float]:
        """The place of a circuit, or the one that it gets; what is over there is forgotten on the way."""
        first = int.from_bytes(circuit[:4], "little") % SETS * WAYS * _ENTRY.size
        places = range(first, first + WAYS * _ENTRY.size, _ENTRY.size)
        quietest, least = first, float("inf")
        for place in places:
            key, until = _ENTRY.unpack_from(self._shared.data, place)
            if key == circuit:
                return place, until
            if until <= now:
                _ENTRY.pack_into(self._shared.data, place, bytes(8), 0.0)
                until = 0.0
            if until < least:
                quietest, least = place, until
        return quietest, 0.0


class Turns(Generic[T]):
    """A queue that serves those who wait in turn, however many things each of them brought. Not for two threads."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, deque[T]] = {}

    def put(self, who: Hashable, what: T) -> None:
        """One more thing of theirs."""
        self._waiting.setdefault(who, deque()).append(what)

    def take(self) -> T:
        """The next one's oldest thing; they wait behind all others for the next of theirs.

        Raises:
            IndexError: nothing waits.
        """
        if not self._waiting:
            raise IndexError("nothing waits")
        who = next(iter(self._waiting))
        things = self._waiting.pop(who)
        what = things.popleft()
        if things:
            self._waiting[who] = things
        return what
