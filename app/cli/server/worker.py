"""gunicorn's threaded worker as these doors need it: silent, nameless, patient for a bounded time only, and mortal.

What is changed here is changed nowhere else, and each change has its test in tests/unit/cli/test_worker.py or
tests/unit/cli/test_retirement.py.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.unreader import SocketUnreader
from gunicorn.http.wsgi import Response
from gunicorn.workers import gthread

from app.cli.server.arbiter import PID_BYTES
from app.cli.server.introduction import NotIntroduced, read_circuit

# A request's first lines come at once, or within seconds over a slow circuit. A thread that waits for them serves
# nobody else: forty half-sent requests closed the door for as long as they liked.
HEADER_SECONDS = 20.0
# Connections of one circuit in each process whose headers are not whole. A browser has six; without this one circuit
# could hold every thread with half-sent requests.
HEADERS_EACH = 8
# Whoever is slower over so many seconds holds a thread, and the end of a process that held plaintext, for the sake of
# it: a form of a kilobyte is there at once, and the worst circuits bring some kilobytes a second.
BODY_SECONDS = 600.0
BODY_RATE = 500
# gunicorn reads ahead up to 1 MiB, then copies all that is left for each piece that is taken. Reading ahead no more
# than the application takes at once (app/web/multipart.py) halves the CPU time of a large upload.
READ_AHEAD = 256 * 1024
# After an answer that ends a connection: how long, and for how many bytes, a client that still sends is read, so that
# it sees the answer and not a reset (RFC 9112 section 9.6).
LINGER_SECONDS = 2.0
LINGER_BYTES = 65_536
# A retired process answers what runs, however long: only the hull's idle limit bounds an upload, and only the arbiter
# bounds a stop (serve.GRACE_SECONDS).
UNBOUNDED = 10**9
NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})

Application = Callable[..., Iterable[bytes]]


class SilentLogger(Logger):
    """gunicorn names paths and addresses in what it logs; nothing of a visit may be written (DESIGN §6.1)."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.disabled = True


class Unreader(SocketUnreader):
    """Reads headers until a deadline, and bodies at a least average rate."""

    max_body_chunk = READ_AHEAD

    def __init__(self, sock: Any) -> None:
        super().__init__(sock)
        self.deadline: float | None = None
        self._began = 0.0
        self._taken = 0

    def begin_headers(self) -> None:
        self.deadline = time.monotonic() + HEADER_SECONDS

    def begin_body(self) -> None:
        self.deadline, self._began, self._taken = None, time.monotonic(), 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise OSError(errno.EPIPE, "the request's first lines never came to an end")
            self.sock.settimeout(left)
        else:
            lasted = time.monotonic() - self._began
            if lasted > BODY_SECONDS and self._taken < lasted * BODY_RATE:
                raise OSError(errno.EPIPE, "the body comes too slowly")
        data: bytes = super().chunk(size_hint)
        self._taken += len(data)
        return data


class Connection(gthread.TConn):
    """Each request on it has a deadline for its headers.

    Attributes:
        circuit: an opaque key of the circuit that it came by, None as long as nobody told.
        reading: it holds a thread, and its headers are not whole.
        dropped: bytes read and dropped while it lingers.
    """

    circuit: bytes | None = None
    reading = False
    dropped = 0

    def init(self) -> None:
        first = not self.initialized
        super().init()
        if first:
            self.parser.unreader = Unreader(self.sock)
        self.parser.unreader.begin_headers()


class Worker(gthread.ThreadWorker):
    """One process of a door, until it held plaintext and the arbiter sends it away."""

    wsgi: Application

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._leaving: dict[Connection, None] = {}
        self._request = threading.local()
        self._told = False
        self._mutex = threading.Lock()
        self._reading: Counter[bytes] = Counter()

    def init_process(self) -> None:
        self.cfg.set("graceful_timeout", UNBOUNDED)
        super().init_process()

    def init_signals(self) -> None:
        super().init_signals()
        # Ctrl-C and a closed terminal reach every process; only the one that was started decides what they mean.
        for sign in (signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGQUIT})

    def handle_quit(self, _signal: int, _frame: Any) -> None:
        """Stop at once: the threads that still read are not waited for."""
        os._exit(0)

    def load_wsgi(self) -> None:
        super().load_wsgi()
        inner = self.wsgi

        def tell(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            environ["sourdine.plaintext"] = self._tell_plaintext
            if self._request.circuit is not None:
                environ["sourdine.circuit"] = self._request.circuit
            return inner(environ, start_response)

        self.wsgi = tell

    def handle(self, conn: Connection) -> Any:
        if self.app.door.circuits and conn.circuit is None:
            if not conn.wait_for_data(gthread.DEFAULT_WORKER_DATA_TIMEOUT):
                return gthread._DEFER
            try:
                conn.circuit = read_circuit(conn.sock, self.app.secret)
            except NotIntroduced:
                return False
            conn.data_ready = False
            if not conn.wait_for_data(0):  # tor introduces a stream at once; its request comes a round trip later
                return gthread._DEFER
        if not self._begin_headers(conn):
            return False
        try:
            return super().handle(conn)
        finally:
            self._end_headers(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        # Once the headers are there, the door's own limits count (app/web/hull.py).
        self._end_headers(conn)
        conn.parser.unreader.begin_body()
        conn.sock.settimeout(None)
        self._request.circuit = conn.circuit
        return super().handle_request(req, conn)

    def _begin_headers(self, conn: Connection) -> bool:
        """Whether its circuit may have one more thread for headers."""
        if conn.circuit is None:
            return True
        with self._mutex:
            conn.reading = self._reading[conn.circuit] < HEADERS_EACH
            self._reading[conn.circuit] += conn.reading
        return conn.reading

    def _end_headers(self, conn: Connection) -> None:
        if conn.reading and conn.circuit is not None:
            with self._mutex:
                conn.reading = False
                self._reading[conn.circuit] -= 1
                self._reading += Counter()  # forgets who has none

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            # As long as one process keeps it open, the kernel takes connections that nobody may ever answer.
            for listener in self.sockets:
                listener.close()

    def is_parent_alive(self) -> bool:
        """Without an arbiter nobody replaces this process: it takes nothing more, and keeps no connection."""
        self.alive = self.alive and super().is_parent_alive()
        return bool(self.alive)

    def enqueue_req(self, conn: Connection) -> None:
        try:
            super().enqueue_req(conn)
        except RuntimeError:  # no more threads: this connection is lost, not every upload of the process
            self._end(conn)

    def accept(self, listener: Any) -> None:
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in NO_DESCRIPTORS:
                raise
            time.sleep(0.05)  # the next upload that ends gives some back; dying would end them all

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """gunicorn waits here for a client to close, up to two seconds each, and serves nobody meanwhile."""
        try:
            result = False if fs.cancelled() else fs.result()
            if result is gthread._DEFER:
                self._await_request(conn)
            elif result:
                super().finish_request(conn, fs)
            else:
                self._see_off(conn)
        except Exception:
            self._end(conn)

    def murder_pending(self) -> None:
        super().murder_pending()
        while self._leaving and (conn := next(iter(self._leaving))).timeout <= time.monotonic():
            self._forget(conn)

    def _await_request(self, conn: Connection) -> None:
        """A connection that says nothing yet costs no thread. A stopping process waits for it too: it was taken."""
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEADER_SECONDS
        self.poller.register(conn.sock, gthread.selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        self.pending_conns.append(conn)

    def _see_off(self, conn: Connection) -> None:
        conn.sock.setblocking(False)
        conn.sock.shutdown(socket.SHUT_WR)
        conn.timeout = time.monotonic() + LINGER_SECONDS
        self.poller.register(conn.sock, gthread.selectors.EVENT_READ, partial(self._drop, conn))
        self._leaving[conn] = None

    def _drop(self, conn: Connection, sock: socket.socket) -> None:
        try:
            size = len(sock.recv(LINGER_BYTES))
        except BlockingIOError:
            return
        except OSError:
            size = 0
        conn.dropped += size
        if not size or conn.dropped >= LINGER_BYTES:
            self._forget(conn)

    def _forget(self, conn: Connection) -> None:
        del self._leaving[conn]
        self.poller.unregister(conn.sock)
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def _tell_plaintext(self) -> None:
        """Once in the life of a process: the arbiter does the rest."""
        if not self._told:
            self._told = True
            with suppress(OSError):  # without an arbiter this process ends anyway
                os.write(self.app.telling, self.pid.to_bytes(PID_BYTES, "little"))


def _nameless_headers(response: Response) -> list[str]:
    """Neither what serves nor when: a clock that is off by its own seconds tells which machine an onion is. RFC 9110
    section 6.6.1 asks for Date from whoever has a clock to be trusted, for caches; nothing here is cached."""
    return [line for line in _named_headers(response) if not line.startswith(("Server:", "Date:"))]


_named_headers = Response.default_headers
Response.default_headers = _nameless_headers
gthread.TConn = Connection
# A connection that says nothing at first is watched by the poller; it held a thread for five seconds before.
gthread.DEFAULT_WORKER_DATA_TIMEOUT = 0.5
