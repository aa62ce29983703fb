"""The folder of ciphertexts: one file `<32 hex digits>` for each accepted envelope, `.part` while it is written.

A writer holds a lock (`flock`) on its file from creation until its row is committed. So an unlocked file without a
row belongs to nobody: a crash left it, and the sweep may remove it while other processes are receiving.
"""

from __future__ import annotations

import fcntl
import io
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

PART = ".part"
_NAME = re.compile(r"[0-9a-f]{32}(\.part)?")


@dataclass(frozen=True)
class Draft:
    """A ciphertext being written; gpg writes to `file` (unbuffered), nobody else knows its name."""

    id: str
    path: Path
    file: io.FileIO

    @property
    def fd(self) -> int:
        return self.file.fileno()


class EnvelopeFiles:
    """All file operations on the folder; the rows are the store's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        """The folder, private to its owner."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def path(self, envelope: str) -> Path:
        return self.folder / envelope

    def free_bytes(self) -> int:
        """What an ordinary user may still write on this disk."""
        facts = os.statvfs(self.folder)
        return facts.f_bavail * facts.f_frsize

    def draft(self) -> Draft:
        """A new locked file that only its owner can read."""
        while True:
            envelope = secrets.token_hex(16)
            path = self.folder / (envelope + PART)
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return Draft(envelope, path, io.FileIO(descriptor, "wb"))
            os.close(descriptor)  # a sweep took it between creation and lock

    def settle(self, draft: Draft, today: date) -> int:
        """Make the ciphertext durable under its final name; its times say the day only.

        Returns:
            its size.
        """
        self._date(draft.fd, today)
        os.fsync(draft.fd)
        os.rename(draft.path, self.path(draft.id))
        self.sync(today)
        return os.fstat(draft.fd).st_size

    def abandon(self, draft: Draft) -> None:
        """Remove what was never renamed, and let go of the lock."""
        draft.path.unlink(missing_ok=True)
        draft.file.close()

    def remove(self, envelopes: list[str]) -> None:
        """Remove settled files that have no row any more."""
        for envelope in envelopes:
            self.path(envelope).unlink(missing_ok=True)

    def sync(self, today: date) -> None:
        """Make names durable, and let the folder's own date say no more than the day."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._date(descriptor, today)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sweep(self, has_row: Callable[[str], bool]) -> int:
        """Remove what a crash left: files of ours that no writer holds and that have no row.

        Returns:
            how many.
        """
        swept = 0
        for path in self.folder.iterdir():
            if _NAME.fullmatch(path.name) and self._remove_abandoned(path, has_row):
                swept += 1
        return swept

    @staticmethod
    def _remove_abandoned(path: Path, has_row: Callable[[str], bool]) -> bool:
        """Under the lock: a writer that gets it afterwards finds its file gone, and takes another."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            # The row is asked for after the lock was had: a writer that just ended has committed it.
            abandoned = path.name.endswith(PART) or not has_row(path.name)
            if abandoned:
                path.unlink(missing_ok=True)
            return abandoned
        finally:
            os.close(descriptor)

    @staticmethod
    def _date(descriptor: int, today: date) -> None:
        midnight = datetime.combine(today, time(), UTC).timestamp()
        os.utime(descriptor, (midnight, midnight))
