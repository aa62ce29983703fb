"""Real servers on loopback for tests: a Flask app behind HTTP, and a line that breaks or speaks SOCKS5."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Tests print nothing."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """Serve an app on 127.0.0.1:port while the block runs."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Line:
    """A TCP relay to 127.0.0.1:target. It cuts answers after so many bytes, and may begin with SOCKS5.

    Args:
        cuts: for each connection in turn, after how many bytes from the server it is cut; None lets all through.
        socks: None for a plain relay, else the reply code to give to CONNECT (0 = done).
    """

    def __init__(self, target: int, *, cuts: list[int | None] | None = None, socks: int | None = None) -> None:
        self._target = target
        self._cuts = list(cuts or [])
        self._socks = socks
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.asked: list[tuple[str, int]] = []
        self.users: list[str] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        # A last connection wakes the accepting thread up.
        self._stopped = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
        self._accepting.join()
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    _stopped = False

    def _accept(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._stopped:
                client.close()
                return
            cut = self._cuts.pop(0) if self._cuts else None
            thread = threading.Thread(target=self._relay, args=(client, cut), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _relay(self, client: socket.socket, cut: int | None) -> None:
        with client, contextlib.suppress(OSError):
            if self._socks is not None and not self._speak_socks(client):
                return
            with socket.create_connection(("127.0.0.1", self._target), timeout=10) as server:
                back = threading.Thread(target=_pump, args=(client, server, None), daemon=True)
                back.start()
                _pump(server, client, cut)
                # shutdown, not close: the other thread still reads from it
                client.shutdown(socket.SHUT_RDWR)
                back.join(5)

    def _speak_socks(self, client: socket.socket) -> bool:
        assert client.recv(3) == b"\x05\x01\x02"
        client.sendall(b"\x05\x02")
        head = client.recv(512)
        self.users.append(head[2 : 2 + head[1]].decode())
        client.sendall(b"\x01\x00")
        request = client.recv(512)
        assert request[:4] == b"\x05\x01\x00\x03"
        length = request[4]
        self.asked.append((request[5 : 5 + length].decode(), int.from_bytes(request[5 + length : 7 + length], "big")))
        client.sendall(b"\x05" + bytes([self._socks or 0]) + b"\x00\x01" + bytes(6))
        return self._socks == 0


def _pump(source: socket.socket, sink: socket.socket, limit: int | None) -> None:
    left = limit
    with contextlib.suppress(OSError):  # the other side went away: that is what these tests are about
        while left is None or left > 0:
            data = source.recv(65_536 if left is None else min(left, 65_536))
            if not data:
                break
            sink.sendall(data)
            left = None if left is None else left - len(data)
        sink.shutdown(socket.SHUT_WR)
