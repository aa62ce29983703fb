"""Names that tor reads back: which paths fit torrc, a control line and a socket address, and who may read them."""

from __future__ import annotations

import os
import re
import secrets
import stat
from pathlib import Path

from tor.errors import KeyFileError, TorError

# sun_path of Linux holds 108 bytes, the last one zero (unix(7)).
SOCKET_PATH_BYTES = 107
# Quoting differs between torrc and the control protocol, and tor's own parsers differ by option: plain paths only.
_PLAIN = re.compile(r"/[\w@%+=:,./~-]*")
_LOOPBACK = re.compile(r"127\.0\.0\.1:([0-9]{1,5})")


def plain_path(path: Path) -> str:
    """An absolute path that needs no quoting.

    Raises:
        TorError: it is relative, or has a space, a quote or another sign that torrc treats specially.
    """
    text = str(path)
    if not _PLAIN.fullmatch(text) or not text.isascii():
        raise TorError(
            f"tor cannot use the path {text!r}.", "Choose an absolute path of plain letters, digits, - and _."
        )
    return text


def socket_path(path: Path) -> str:
    """A plain path that is short enough for a unix socket.

    Raises:
        TorError: not plain, or longer than 107 bytes.
    """
    text = plain_path(path)
    if len(text) > SOCKET_PATH_BYTES:
        raise TorError(
            f"The socket path {text} is too long: {len(text)} bytes of at most 107.", "Use a shorter folder."
        )
    return text


def is_loopback(endpoint: str) -> bool:
    """Whether this is `127.0.0.1:PORT`, and nothing else that resolves to it."""
    match = _LOOPBACK.fullmatch(endpoint)
    return match is not None and 0 < int(match[1]) < 65_536


def refuse_loose(path: Path, what: str) -> Path:
    """A file or folder that only its owner can read, and that is ours.

    Args:
        what: its name in the sentence: "key file", "folder".

    Raises:
        KeyFileError: missing, another user's, or open to group or others.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise KeyFileError(f"The {what} {path} is missing.", "Restore it from the backup.") from None
    except PermissionError:
        raise KeyFileError(f"The {what} {path} cannot be read by this user.", "Run as the user who owns it.") from None
    if found.st_uid != os.geteuid():
        raise KeyFileError(f"The {what} {path} belongs to another user.", "Run as its owner.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        mode = "700" if stat.S_ISDIR(found.st_mode) else "600"
        raise KeyFileError(f"Others can read the {what} {path}.", f"Type: chmod {mode} '{path}'")
    return path


def private_folder(path: Path) -> Path:
    """A folder that only its owner can enter, made when it is missing.

    Raises:
        KeyFileError: it is there, and another user's or open to group or others.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return refuse_loose(path, "folder")


def write_once(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all; never over another one.

    Raises:
        FileExistsError: the file is there already.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: rename would replace a key that somebody else has just made.
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
