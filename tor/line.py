"""One authenticated connection to a control socket, by stem: bounded in time, silent in logs."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import stem
import stem.connection
import stem.control
import stem.response
import stem.socket
import stem.util.log

from tor.errors import ControlLost, ControlRefused
from tor.paths import socket_path

# tor answers at once even while it makes descriptors; a tor that is stopped (SIGSTOP, swap) must not stop us too.
REPLY_SECONDS = 30.0
_NOT_RUNNING = "tor is not running: nothing answers on {path}."
_START = "Start it with: sourdine tor up"

# stem gives every line, and so every secret key, to a logger that any handler of this process may listen to.
stem.util.log.get_logger().disabled = True


class Line(stem.control.BaseController):  # type: ignore[misc] # stem has no types
    """stem's reader threads and reply queue, with a time limit, and without its deprecated `Thread.setDaemon`."""

    def __init__(self, path: Path, on_event: Callable[[str], None], timeout: float) -> None:
        self._on_event = on_event
        self._timeout = timeout
        super().__init__(stem.socket.ControlSocketFile(str(path)))

    def msg(self, message: str) -> stem.response.ControlMessage:
        """As stem's, but not for ever.

        Raises:
            stem.SocketClosed: no answer in time, or the socket is gone.
        """
        with self._msg_lock:
            with contextlib.suppress(queue.Empty):
                while True:
                    self._reply_queue.get_nowait()
            self._socket.send(message)
            try:
                answer = self._reply_queue.get(timeout=self._timeout)
            except queue.Empty:
                answer = stem.SocketClosed("no answer")
        if isinstance(answer, stem.ControllerError):
            self.close()
            raise answer
        return answer

    def _launch_threads(self) -> None:
        with self._socket._get_send_lock():
            for name, run in (("_reader_thread", self._reader_loop), ("_event_thread", self._event_loop)):
                thread = getattr(self, name)
                if thread is None or not thread.is_alive():
                    thread = threading.Thread(target=run, name=f"tor{name}", daemon=True)
                    setattr(self, name, thread)
                    thread.start()

    def _handle_event(self, event_message: stem.response.ControlMessage) -> None:
        self._on_event(event_message.raw_content().replace("\r\n", "\n"))


def open_line(path: Path, on_event: Callable[[str], None], timeout: float) -> Line:
    """Connect and authenticate by cookie.

    Args:
        on_event: called, in another thread, with the text of each event; lines end with LF.
        timeout: seconds for each answer.

    Raises:
        ControlLost: nobody listens there.
        ControlRefused: the socket or the cookie cannot be read, the cookie is wrong, or tor wants a password.
    """
    _probe(path, timeout)
    try:
        line = Line(path, on_event, timeout)
    except stem.SocketError:
        raise ControlLost(_NOT_RUNNING.format(path=path), _START) from None
    try:
        stem.connection.authenticate(line)
    except stem.connection.AuthenticationFailure as failure:
        line.close()
        raise _refusal(failure, path) from None
    except BaseException:
        line.close()
        raise
    return line


def _probe(path: Path, timeout: float) -> None:
    """The same connection, made by hand first: stem keeps only the text of an error, and leaks the socket."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout)
        try:
            link.connect(socket_path(path))
        except PermissionError:
            raise ControlRefused(
                f"The control socket {path} cannot be read by this user.", "Run as the user that tor runs as."
            ) from None
        except OSError:
            raise ControlLost(_NOT_RUNNING.format(path=path), _START) from None


def _refusal(failure: Exception, path: Path) -> ControlRefused | ControlLost:
    known = stem.connection
    if isinstance(failure, known.MissingPassword | known.IncorrectPassword | known.UnrecognizedAuthMethods):
        return ControlRefused(
            "tor wants a password on its control socket.", "Use CookieAuthentication 1, as in the torrc that we write."
        )
    if isinstance(failure, known.UnreadableCookieFile | known.NoAuthCookie):
        return ControlRefused(
            "tor's authentication cookie cannot be read by this user.", "Run as the user that tor runs as."
        )
    if isinstance(failure, known.CookieAuthFailed):
        return ControlRefused("tor refused the cookie: it is not that of the running tor.", "Restart tor.")
    return ControlLost(f"What answers on {path} does not speak tor's control protocol, or stopped.", _START)
