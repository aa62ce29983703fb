"""A few bytes that all processes of one door share, with locks that die with their holder.

Made before the processes are forked. The locks belong to an open file, which each process opens for itself: the kernel
frees them when it ends, however it ends. Not POSIX record locks: those belong to a whole process, and the kernel then
sees deadlocks between threads that have none (fcntl(2), "Open file description locks").
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

_FLOCK = "hhqqi4x"  # struct flock of a 64-bit Linux: type, whence, start, length, pid
_ALONE = 1 << 40  # beyond the bytes that are locked singly


class Shared:
    """Zeros at first.

    Args:
        size: bytes.

    Attributes:
        data: the bytes, the same for every process.
    """

    def __init__(self, size: int) -> None:
        self._file = os.memfd_create("sourdine")
        os.ftruncate(self._file, size)
        self.data = mmap.mmap(self._file, size)
        self._mutex = threading.Lock()
        self._opened: list[int] = [self._file]
        self._pid = 0
        weakref.finalize(self, _close, self._opened)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The block runs in one thread of one process at a time."""
        with self._mutex:
            self._lock(fcntl.F_OFD_SETLKW, fcntl.F_WRLCK, _ALONE)
            try:
                yield
            finally:
                self._lock(fcntl.F_OFD_SETLKW, fcntl.F_UNLCK, _ALONE)

    def take(self, place: int) -> bool:
        """Lock one byte; False when another process has it. Which ones this process has, the caller remembers."""
        try:
            self._lock(fcntl.F_OFD_SETLK, fcntl.F_WRLCK, place)
        except BlockingIOError:
            return False
        return True

    def give_back(self, place: int) -> None:
        """Unlock one byte."""
        self._lock(fcntl.F_OFD_SETLK, fcntl.F_UNLCK, place)

    def _lock(self, command: int, kind: int, start: int) -> None:
        fcntl.fcntl(self._own(), command, struct.pack(_FLOCK, kind, os.SEEK_SET, start, 1, 0))

    def _own(self) -> int:
        """This process's own opening of the file: one that was inherited would share its locks."""
        if self._pid != os.getpid():
            self._opened.append(os.open(f"/proc/self/fd/{self._file}", os.O_RDWR | os.O_CLOEXEC))
            self._pid = os.getpid()
        return self._opened[-1]


def _close(opened: list[int]) -> None:
    for descriptor in opened:
        os.close(descriptor)
