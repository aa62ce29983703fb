"""The folder of evidence: ciphertexts that wait in `inbox/`, and what was opened, sealed again, beside it.

A file is written as `.part`, made durable, renamed, and only then named by a row; so whatever no row names is the
remains of a crash and is swept. One process at a time works here (a lock on the folder).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.errors import BusyError
from app.settings import DeskSettings
from app.transfer.files import PartFile
from crypto.sealed import SealedReader

INBOX = "inbox"
LOCK = ".lock"
# Room that must stay free beside what is written: the database and the registry export still have to fit.
RESERVE_BYTES = 50_000_000
# Seconds that a command waits for another one: opening a few texts takes less, a pickup of many files more.
PATIENCE = 5.0


class Evidence:
    """The evidence of one desk."""

    def __init__(self, settings: DeskSettings) -> None:
        self.folder = settings.path(settings.evidence)
        self.inbox = self.folder / INBOX
        self.inbox.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Nobody else imports or opens meanwhile.

        Raises:
            BusyError: somebody does.
        """
        descriptor = os.open(self.folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            _wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)

    def check_space(self, size: int) -> None:
        """Refuse early, with nothing half-written.

        Raises:
            BusyError: the disk would be full.
        """
        free = os.statvfs(self.folder)
        if free.f_bavail * free.f_frsize < size + RESERVE_BYTES:
            raise BusyError("The disk of this desk is too full for that.", "Nothing was changed. Make room, try again.")

    def incoming(self, envelope_id: str) -> PartFile:
        """A ciphertext on its way into the inbox."""
        return PartFile(self.inbox / envelope_id)

    def has(self, envelope_id: str) -> bool:
        return (self.inbox / envelope_id).is_file()

    def waiting(self, envelope_id: str) -> BinaryIO:
        """A ciphertext of the inbox."""
        return (self.inbox / envelope_id).open("rb")

    def drop_waiting(self, envelope_id: str) -> None:
        (self.inbox / envelope_id).unlink(missing_ok=True)

    def sealing(self, name: str) -> PartFile:
        """Opened content on its way to rest, under the name that `new_name` gave."""
        return PartFile(self.folder / name)

    def drop(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    @contextmanager
    def reader(self, name: str, key: bytes) -> Iterator[SealedReader]:
        """Random access to sealed content."""
        with (self.folder / name).open("rb") as file, SealedReader(file, key, context(name)) as reader:
            yield reader

    def sweep(self, named: Collection[str], expected: Collection[str]) -> None:
        """Remove what a crash left: sealed files that no message names, ciphertexts that nobody waits for."""
        _sweep(self.folder, {*named, INBOX, LOCK})
        _sweep(self.inbox, expected)


def _wait_for(descriptor: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise BusyError(
                    "Another command of this desk is importing or opening envelopes.", "Try again when it has ended."
                ) from None
            time.sleep(0.05)
        else:
            return


def new_name() -> str:
    return secrets.token_hex(16)


def context(name: str) -> bytes:
    """Binds a sealed file to its name."""
    return b"evidence/v1/" + name.encode("ascii")


def _sweep(folder: Path, keep: Collection[str]) -> None:
    for path in folder.iterdir():
        if path.name not in keep and not path.is_dir():
            path.unlink()
