"""A control port that says what a test wants: an old tor, one that hangs, one that talks about its clock."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

HELLO = '250-PROTOCOLINFO 1\n250-AUTH METHODS={methods}\n250-VERSION Tor="{version}"\n250 OK'
HANG, HANG_UP = "hang", "hang up"


class ControlPort:
    """A unix socket that answers commands from a table; unknown ones with 250 OK.

    Args:
        answers: by the beginning of the command; lines end with LF. `HANG` answers nothing, `HANG_UP` closes.
        methods: how it wants to be authenticated; `NULL` lets everybody in.
    """

    def __init__(self, path: Path, answers: dict[str, str] | None = None, *, methods: str = "NULL") -> None:
        self.path = path
        self.answers = {
            "PROTOCOLINFO": HELLO.format(methods=methods, version="0.4.9.11"),
            "GETINFO version": "250-version=0.4.9.11\n250 OK",
            "GETCONF HiddenServiceSingleHopMode": "250 HiddenServiceSingleHopMode=0",
            "GETCONF HiddenServiceNonAnonymousMode": "250 HiddenServiceNonAnonymousMode=0",
            **(answers or {}),
        }
        self.asked: list[str] = []
        self._links: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._start(self._accept)

    def __enter__(self) -> ControlPort:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def hang_up(self) -> None:
        """As when tor dies."""
        for link in self._links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def say(self, event: str) -> None:
        """An event to everybody."""
        for link in self._links:
            with contextlib.suppress(OSError):
                link.sendall(event.replace("\n", "\r\n").encode() + b"\r\n")

    def _start(self, run: object, *args: object) -> None:
        thread = threading.Thread(target=run, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                self._links.append(link)
                self._start(self._talk, link)

    def _talk(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError), link, link.makefile("rb") as lines:
            for line in lines:
                command = line.decode().strip()
                self.asked.append(command)
                answer = next((text for key, text in self.answers.items() if command.startswith(key)), "250 OK")
                if answer == HANG_UP:
                    link.shutdown(socket.SHUT_RDWR)
                elif answer != HANG:
                    link.sendall(answer.replace("\n", "\r\n").encode() + b"\r\n")
