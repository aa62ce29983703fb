"""gunicorn's threaded worker as these doors need it: silent, nameless, and patient for a bounded time only.

What is changed here is changed nowhere else, and each change has its test in tests/unit/cli/test_gthread.py.
"""

from __future__ import annotations

import errno
import time
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import Response
from gunicorn.workers import gthread

# A request's first lines come at once, or within seconds over a slow circuit. A thread that waits for them serves
# nobody else: forty half-sent requests closed the door for as long as they liked.
HEADER_SECONDS = 20.0
# gunicorn reads ahead up to 1 MiB, then copies all that is left for each piece that is taken. Reading ahead no more
# than the application takes at once (app/web/multipart.py) halves the CPU time of a large upload.
READ_AHEAD = 256 * 1024


class SilentLogger(Logger):
    """gunicorn names paths and addresses in what it logs; nothing of a visit may be written (DESIGN §6.1)."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.disabled = True


class Unreader(SocketUnreader):
    """Reads from the socket until a deadline, when there is one."""

    max_body_chunk = READ_AHEAD

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self.deadline: float | None = None

    def chunk(self, size_hint: int | None = None) -> bytes:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise OSError(errno.EPIPE, "the request's first lines never came to an end")
            self.sock.settimeout(left)
        data: bytes = super().chunk(size_hint)
        return data


class Connection(gthread.TConn):
    """Each request on it has a deadline for its headers."""

    def init(self) -> None:
        first = not self.initialized
        super().init()
        if first:
            self.parser.unreader = Unreader(self.sock)
        self.parser.unreader.deadline = time.monotonic() + HEADER_SECONDS


class Worker(gthread.ThreadWorker):
    """Once the headers are there, the door's own limits count (app/web/hull.py)."""

    def handle_request(self, req: Any, conn: Connection) -> Any:
        conn.parser.unreader.deadline = None
        conn.sock.settimeout(None)
        return super().handle_request(req, conn)


def _nameless_headers(response: Response) -> list[str]:
    return [line for line in _named_headers(response) if not line.startswith("Server:")]


_named_headers = Response.default_headers
Response.default_headers = _nameless_headers
gthread.TConn = Connection
# A connection that says nothing at first is watched by the poller; it held a thread for five seconds before.
gthread.DEFAULT_WORKER_DATA_TIMEOUT = 0.5
