"""One Argon2 at a time in each door, a few waiting, the rest told to come back.

A derivation costs 64 MiB and a quarter of a second; without a queue, fifty logins at once take 2.6 GB and stop every
other page (CRYPTO.md D). One runs at a time over all processes of the door, each in its own memory (ADR 0015, 0020).
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from app.errors import BusyError
from app.web.circuits import Turns
from app.web.shared import Shared
from crypto.arena import Arena
from crypto.derive import Kdf

WAITING = 8
# More than a process has threads for uploads: only what they leave behind can fill it.
REPORTS_WAITING = 64
# Seats for logins that one circuit may have: a third, so that three must work together to keep others out.
SHARE = 3


class KdfQueue:
    """The derivations of one door; who waits is known to each process for itself.

    Args:
        salt: of the instance, from the manifest.
        kdf: the cost, from the manifest.
        waiting: how many logins may wait for their turn.
        reports: how many derivations for reports may wait or run.
    """

    def __init__(self, salt: bytes, kdf: Kdf, *, waiting: int = WAITING, reports: int = REPORTS_WAITING) -> None:
        self._arena = Arena(salt, kdf)
        self._shared = Shared(1)
        # Its one thread starts with the first derivation, so after the workers were forked.
        self._turns = ThreadPoolExecutor(1, "kdf")
        self._mutex = threading.Lock()
        self._waiting: Turns[tuple[Future[bytes], bytes]] = Turns()
        self._seats = threading.BoundedSemaphore(waiting + 1)
        self._taken: Counter[bytes] = Counter()
        self._reports = threading.BoundedSemaphore(reports)

    def for_login(self, code: bytes, circuit: bytes = b"") -> bytes:
        """The root of a typed codename.

        Args:
            circuit: by which it came, an opaque key; empty when nobody told.

        Raises:
            BusyError: too many are waiting, or too many of this circuit.
        """
        with self._seat(circuit):
            return self._derive(("login", circuit), code).result()

    def for_report(self, code: bytes, circuit: bytes = b"") -> Future[bytes]:
        """The root of a drawn codename, derived while the report arrives. It has seats of its own, so that a flood of
        logins cannot keep reports out. Cancel it when the report is not taken.

        Raises:
            BusyError: too many are waiting.
        """
        if not self._reports.acquire(blocking=False):
            raise BusyError("Too many reports are arriving.", "Try again in a few minutes.")
        root = self._derive(("report", circuit), code)
        root.add_done_callback(lambda _root: self._reports.release())
        return root

    @contextmanager
    def _seat(self, circuit: bytes) -> Iterator[None]:
        with self._mutex:
            full = bool(circuit) and self._taken[circuit] >= SHARE
            if full or not self._seats.acquire(blocking=False):
                raise BusyError("Too many codenames are being opened.", "Try again in a few minutes.")
            self._taken[circuit] += 1
        try:
            yield
        finally:
            with self._mutex:
                self._seats.release()
                self._taken[circuit] -= 1
                self._taken += Counter()  # forgets a circuit that waits for nothing

    def _derive(self, who: tuple[str, bytes], code: bytes) -> Future[bytes]:
        root: Future[bytes] = Future()
        with self._mutex:
            self._waiting.put(who, (root, code))
        self._turns.submit(self._next)
        return root

    def _next(self) -> None:
        """The turn of whoever is next, which need not be who asked for this one."""
        with self._mutex:
            root, code = self._waiting.take()
        if not root.set_running_or_notify_cancel():
            return
        try:
            with self._shared.alone():
                value = self._arena.root(code)
        except Exception as error:
            root.set_exception(error)
        else:
            root.set_result(value)
