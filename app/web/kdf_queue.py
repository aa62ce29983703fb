"""One Argon2 at a time in each process, a few waiting, the rest told to come back.

A derivation costs 64 MiB and a quarter of a second; without a queue, fifty logins at once take 2.6 GB and stop every
other page (CRYPTO.md D).
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from app.errors import BusyError
from crypto.arena import Arena
from crypto.derive import Kdf

WAITING = 8
# More than a process has threads for uploads: only what they leave behind can fill it.
REPORTS_WAITING = 64


class KdfQueue:
    """The derivations of one process.

    Args:
        salt: of the instance, from the manifest.
        kdf: the cost, from the manifest.
        waiting: how many logins may wait for their turn.
        reports: how many derivations for reports may wait or run.
    """

    def __init__(self, salt: bytes, kdf: Kdf, *, waiting: int = WAITING, reports: int = REPORTS_WAITING) -> None:
        self._arena = Arena(salt, kdf)
        # Its one thread starts with the first derivation, so after the workers were forked.
        self._turns = ThreadPoolExecutor(1, "kdf")
        self._seats = threading.BoundedSemaphore(waiting + 1)
        self._reports = threading.BoundedSemaphore(reports)

    def for_login(self, code: bytes) -> bytes:
        """The root of a typed codename.

        Raises:
            BusyError: too many are waiting.
        """
        if not self._seats.acquire(blocking=False):
            raise BusyError("Too many codenames are being opened.", "Try again in a few minutes.")
        try:
            return self._turns.submit(self._arena.root, code).result()
        finally:
            self._seats.release()

    def for_report(self, code: bytes) -> Future[bytes]:
        """The root of a drawn codename, derived while the report arrives. It has seats of its own, so that a flood of
        logins cannot keep reports out. Cancel it when the report is not taken.

        Raises:
            BusyError: too many are waiting.
        """
        if not self._reports.acquire(blocking=False):
            raise BusyError("Too many reports are arriving.", "Try again in a few minutes.")
        root = self._turns.submit(self._arena.root, code)
        root.add_done_callback(lambda _root: self._reports.release())
        return root
