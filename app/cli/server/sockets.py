"""Where a door listens: bound before any process starts, so that what is wrong is one sentence and not a trace."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import stat
from pathlib import Path

from app.errors import UserError

UNIX = "unix:"
# sun_path of unix(7), less its final zero.
PATH_BYTES = 107
# tor and this program, nobody else; the folder's group decides who that is.
MODE = 0o660
BACKLOG = 2048
LOOPBACK = re.compile(r"127(\.[0-9]{1,3}){3}")


def bind(listen: str) -> socket.socket:
    """A listening socket for `HOST:PORT` or `unix:/path`.

    Raises:
        UserError: the address is taken, or not of this machine alone.
    """
    return _bind_unix(Path(listen.removeprefix(UNIX))) if listen.startswith(UNIX) else _bind_port(listen)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that IPv4 host."""
    return host == "localhost" or LOOPBACK.fullmatch(host) is not None


def remove(listen: str, mark: tuple[int, int]) -> None:
    """Take the file of a unix socket away, unless another instance put its own in that place."""
    if listen.startswith(UNIX) and mark_of(listen) == mark:
        Path(listen.removeprefix(UNIX)).unlink(missing_ok=True)


def mark_of(listen: str) -> tuple[int, int]:
    """Which file a unix socket is now: a number, which a later file may get again, and when it was made."""
    try:
        found = os.stat(listen.removeprefix(UNIX))
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def _bind_port(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or int(port) > 65535 or not is_loopback(host):
        raise UserError(
            f"{listen} is not a place where a door may listen: the network would reach it without Tor.",
            "Write unix:/path or 127.0.0.1:PORT; an ordinary web site has its web server in front.",
        )
    listener = socket.socket(socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"Port {listen} is already in use.", "Stop what runs there, or choose another with --port-base N."
            ) from None
        raise UserError(f"Cannot listen on {listen}: {error.strerror}.", "Choose another address.") from None
    listener.listen(BACKLOG)
    return listener


def _bind_unix(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > PATH_BYTES:
        raise UserError(f"The socket path {path} is longer than {PATH_BYTES} bytes.", "Choose a shorter one.")
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UserError(
            f"The folder {path.parent} cannot hold the socket: {error.strerror}.", "Make it, or name another."
        ) from None
    listener = socket.socket(socket.AF_UNIX)
    try:
        # Of two that start at once, the second must see the first one's socket alive, not bound and still silent.
        fcntl.flock(folder, fcntl.LOCK_EX)
        _clear(path)
        # The mode of the descriptor is the mode of the file from its first moment; the umask may only take away.
        os.fchmod(listener.fileno(), MODE)
        listener.bind(str(path))
        path.chmod(MODE)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise UserError(f"Cannot listen on {path}: {error.strerror}.", "Choose another path.") from None
    except UserError:
        listener.close()
        raise
    finally:
        os.close(folder)
    return listener


def _clear(path: Path) -> None:
    """Remove what a crash left; never what somebody listens on, nor what is no socket."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise UserError(f"{path} is there and is no socket.", "Move it away, or name another path. It was not touched.")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except BlockingIOError:
            pass  # somebody listens, and has many waiting
    raise UserError(f"The socket {path} is already in use.", "Stop the instance that runs there, then start again.")
