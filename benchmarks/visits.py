"""Visitors of a door on a unix socket: pages one after the other, and many uploads that trickle at once."""

from __future__ import annotations

import http.client
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from app.cli.visitor import _file_head, _text_part

BOUNDARY = "----trickle"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Latencies:
    """Seconds of each request, and what was no 200."""

    seconds: list[float] = field(default_factory=list)
    refused: list[object] = field(default_factory=list)

    def quantile(self, share: float) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]

    @property
    def line(self) -> str:
        if not self.seconds:
            return "nothing"
        p50, p99 = statistics.median(self.seconds), self.quantile(0.99)
        return (
            f"{len(self.seconds)} asked, p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, {len(self.refused)} refused"
        )


class Unix(http.client.HTTPConnection):
    def __init__(self, path: str, host: str) -> None:
        super().__init__(host, timeout=300)
        self._path = path

    def connect(self) -> None:
        self.sock = dial(self._path)


def dial(path: str) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(300)
    link.connect(path)
    return link


def ask(path: str, host: str, method: str, page: str, fields: dict[str, str] | None = None) -> tuple[int, bytes]:
    link = Unix(path, host)
    try:
        body = urlencode(fields) if fields is not None else None
        link.request(method, page, body=body, headers={"Connection": "close", "Content-Type": FORM} if body else {})
        answer = link.getresponse()
        return answer.status, answer.read()
    finally:
        link.close()


class Pages(threading.Thread):
    """Asks for pages, one after the other, until told to stop."""

    def __init__(self, path: str, host: str, pages: tuple[str, ...] = ("/", "/report", "/how"), pause: float = 0.02):
        super().__init__()
        self.found = Latencies()
        self._path, self._host, self._pages, self._pause = path, host, pages, pause
        self._end = threading.Event()

    def run(self) -> None:
        turn = 0
        while not self._end.wait(self._pause):
            turn += 1
            begin = time.perf_counter()
            try:
                status: object = ask(self._path, self._host, "GET", self._pages[turn % len(self._pages)])[0]
            except Exception as error:
                status = error
            self.found.seconds.append(time.perf_counter() - begin)
            if status != 200:
                self.found.refused.append(status)

    def __enter__(self) -> Latencies:
        self.start()
        return self.found

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()


@dataclass
class Trickle:
    link: socket.socket
    left: bytes
    answer: bytes = b""


def upload(fields: dict[str, str], size: int, host: str) -> bytes:
    """One whole request with a file of so many bytes."""
    parts = b"".join(_text_part(BOUNDARY, name, value) for name, value in fields.items())
    parts += _file_head_of(size) + bytes(size) + f"\r\n--{BOUNDARY}--\r\n".encode()
    head = (
        f"POST /report HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(parts)}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    return head.encode() + parts


def _file_head_of(size: int) -> bytes:
    from app.cli.visitor import Upload

    return _file_head(BOUNDARY, Upload("file.bin", bytes(size)))


def trickle(path: str, requests: list[bytes], rate: int, tick: Callable[[float], None]) -> list[tuple[int, float]]:
    """Send all at once, each at `rate` bytes a second; the status and the time of each answer.

    Args:
        tick: called twice a second with the seconds since the beginning.
    """
    chooser, begin, done = selectors.DefaultSelector(), time.monotonic(), []
    waiting = []
    for request in requests:
        waiting.append(Trickle(dial(path), request))
        chooser.register(waiting[-1].link, selectors.EVENT_READ, waiting[-1])
    following = begin
    while len(done) < len(requests):
        now = time.monotonic()
        if now >= following:
            following += 0.5
            tick(now - begin)
            for one in waiting:
                if one.left:
                    one.left = one.left[one.link.send(one.left[: rate // 2]) :]
        for key, _ in chooser.select(max(0, following - time.monotonic())):
            one = key.data
            got = one.link.recv(65536)
            one.answer += got
            if not got:
                chooser.unregister(one.link)
                one.link.close()
                one.left = b""
                done.append((int(one.answer.split(b" ", 2)[1]) if one.answer else 0, time.monotonic() - begin))
    chooser.close()
    return done
