"""A door that keeps each whole request: what tor really sends to a unix socket, byte for byte."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
STEP_SECONDS = 0.2
LINE_SECONDS = 10.0


class Backend:
    """A context manager: listens on a unix socket, answers each request with `ok`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.received: list[bytes] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @property
    def target(self) -> str:
        return f"unix:{self.path}"

    def __enter__(self) -> Backend:
        self._listener.bind(str(self.path))
        self._listener.listen(16)
        self._listener.settimeout(STEP_SECONDS)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._end.is_set():
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            with line:
                line.settimeout(LINE_SECONDS)
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                chunk = line.recv(4096)
                if not chunk:
                    break
                data += chunk
            if b"\r\n\r\n" in data:
                self.received.append(data)
                line.sendall(ANSWER)
        except OSError:
            return
