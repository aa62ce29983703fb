"""The pickup on its way: sent by ranges from the files where its parts lie, opened with care where it arrives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.transfer.files import open_plain
from crypto.pickup import PREFIX_LIMIT, SIZE_MAX, OpenedPickup, prefix

# What a stick may bring: one full pickup of the intake (4 GB) or, alone in it, one envelope of any accepted size.
FILE_LIMIT = PREFIX_LIMIT + SIZE_MAX
CHUNK = 256 * 1024


class PickupBytes:
    """A pickup as a run of bytes that exists nowhere as one file: header in memory, envelopes on the disk."""

    def __init__(self, header: bytes, files: Sequence[tuple[Path, int]]) -> None:
        self._head = prefix(header)
        self._files = tuple(files)
        self.size = len(self._head) + sum(size for _, size in self._files)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, never more than one chunk in memory.

        Raises:
            OSError: an envelope went away or shrank meanwhile; the connection must then break, not end well.
        """
        stop = self.size if stop is None else stop
        if start < len(self._head):
            yield self._head[start:stop]
        base = len(self._head)
        for path, size in self._files:
            first, last = max(start - base, 0), min(stop - base, size)
            if first < last:
                yield from _slice(path, first, last)
            base += size


def _slice(path: Path, first: int, last: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(first)
        left = last - first
        while left:
            chunk = stream.read(min(left, CHUNK))
            if not chunk:
                raise OSError("an envelope is shorter than the pickup says")
            left -= len(chunk)
            yield chunk


@contextmanager
def open_pickup(path: Path, pickup_public: bytes) -> Iterator[OpenedPickup]:
    """Open a pickup that a stick brought: plain file, bounded, signature and exact size checked.

    Raises:
        UserError: no such file, or no plain one.
        FormatError, TrustError: as `crypto.pickup.OpenedPickup`.
    """
    with open_plain(path, limit=FILE_LIMIT) as stream:
        yield OpenedPickup(stream, pickup_public)
