"""Safe copies of attachments, kept in memory for one session: never on a disk, never more than a bound in all."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

# A page of A4 at the size of a screen is about a tenth of a megabyte: a few long documents at once.
LIMIT = 64 * 1024 * 1024

T = TypeVar("T")


class Copies(Generic[T]):
    """What was looked at last stays; the bound counts bytes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[str, int, int], tuple[int, T]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, int, int]) -> T | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][1]

    def put(self, key: tuple[str, int, int], copy: T, size: int) -> None:
        """Keep a copy of so many bytes; the least recently looked at make room."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (size, copy)
            # The newest stays even alone above the bound: somebody looks at it right now.
            while len(self._kept) > 1 and sum(one for one, _ in self._kept.values()) > self._limit:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
