"""How a file that travels is written and opened: whole or not at all, and nothing but a plain file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from app.errors import UserError

PART = ".part"


class PartFile:
    """`FILE.part` while it grows; `keep` makes it FILE at once, anything else leaves FILE as it was.

    A context manager: leaving it without `keep` removes the part.
    """

    def __init__(self, path: Path) -> None:
        """Start anew, whatever an earlier crash left.

        Raises:
            UserError: the place cannot be written, or something other than a plain file stands there.
        """
        self._path = path
        self._part = path.with_name(path.name + PART)
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise UserError(f"{path} is not a plain file.", "Choose another name for the new file.")
        try:
            self._part.unlink(missing_ok=True)
            descriptor = os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _cannot_write(path, error) from None
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self.size = 0

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Append.

        Raises:
            UserError: the disk refuses.
        """
        try:
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise _cannot_write(self._path, error) from None
        self.size += len(data)

    def restart(self) -> None:
        """Drop what was written so far."""
        self._file.seek(0)
        self._file.truncate()
        self.size = 0

    def keep(self) -> None:
        """Make it durable under its name; a file that stood there is replaced.

        Raises:
            UserError: the disk refuses.
        """
        try:
            os.fsync(self._file.fileno())
            os.replace(self._part, self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _cannot_write(self._path, error) from None


def write_whole(path: Path, chunks: Iterable[bytes]) -> int:
    """Write a file as a whole: `.part`, fsync, rename, fsync of the folder.

    Returns:
        its size.

    Raises:
        UserError: the place or the disk refuses; what stood there before is untouched.
    """
    with PartFile(path) as part:
        for chunk in chunks:
            part.write(chunk)
        part.keep()
        return part.size


def write_secret(path: Path, text: str) -> None:
    """Create a secret file that only its owner can read, synced; never over an existing one.

    Raises:
        UserError: there is one already, or the place refuses.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise UserError(f"{path} exists already; it was left as it is.", "Move it away first, if it is old.") from None
    except OSError as error:
        raise _cannot_write(path, error) from None


def open_plain(path: Path, *, limit: int) -> BinaryIO:
    """Open a file from a stick: a regular file of at most `limit` bytes, never a link, a pipe or a device.

    Raises:
        UserError: it is missing, something else, or too large.
    """
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.", "Check the name and that the stick is mounted.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be opened: {error.strerror}.", "Name the file itself, not a link.") from None
    facts = os.fstat(descriptor)
    if stat.S_ISREG(facts.st_mode) and facts.st_size <= limit:
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        raise UserError(f"{path} is not a plain file.", "Name the file itself.")
    raise UserError(f"{path} is larger than any file of this kind.", "Check where it comes from.")


def _cannot_write(path: Path, error: OSError) -> UserError:
    return UserError(
        f"{path} cannot be written: {error.strerror}.", "Nothing was changed. Check the place and its space."
    )
