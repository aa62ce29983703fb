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


class KdfQueue:
    """The derivations of one process.

    Args:
        salt: of the instance, from the manifest.
        kdf: the cost, from the manifest.
        waiting: how many logins may wait for their turn.
    """

    def __init__(self, salt: bytes, kdf: Kdf, *, waiting: int = WAITING) -> None:
        self._arena = Arena(salt, kdf)
        # Its one thread starts with the first derivation, so after the workers were forked.
        self._turns = ThreadPoolExecutor(1, "kdf")
        self._seats = threading.BoundedSemaphore(waiting + 1)

    def for_login(self, code: bytes) -> bytes:
        """The root of a typed codename.

        Raises:
            BusyError: too many are waiting.
        """
        if not self._seats.acquire(blocking=False):
            raise BusyError("Too many codenames are being opened.", "Try again in a few minutes.")
        try:
            return self.for_report(code).result()
        finally:
            self._seats.release()

    def for_report(self, code: bytes) -> Future[bytes]:
        """The root of a drawn codename, derived while the report arrives. It takes its turn among the uploads, whose
        number is bounded elsewhere, so that a flood of logins cannot keep reports out."""
        return self._turns.submit(self._arena.root, code)
