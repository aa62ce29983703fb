"""The reporter door behind its real server and plain sockets: clients that leave, stall, lie or send too much."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.web.reporter_house import BOUNDARY, HOST, STORY, House, file_part, multipart, part

SERVER = """
import sys
from dataclasses import replace
from pathlib import Path
from app.cli.serve import serve
from app.reporter import create_app
from app.settings import Door, IntakeSettings, load
from app.web import forms, hull
hull.IDLE_SECONDS = 2
forms.DRAIN_SECONDS, forms.PAUSE_SECONDS = 3, 1
settings = load(IntakeSettings, Path(sys.argv[1]))
serve([(lambda: create_app(settings), settings.reporter)])
"""

MAX_BYTES = 3_000_000
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED = "application/x-www-form-urlencoded"


class Wire:
    """One running door."""

    def __init__(self, house: House, port: int) -> None:
        self.house = house
        self.port = port

    def connect(self) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def head(self, length: int | None, path: str = "/report", kind: str = MULTIPART) -> bytes:
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        return (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\n{framing}\r\nConnection: close\r\nContent-Type: {kind}\r\n\r\n"
        ).encode()

    def fields(self) -> bytes:
        return part("story", STORY) + part("attempt", self.house.client().attempt())

    def answer(self, *pieces: bytes) -> tuple[int, str]:
        """Send everything, then read everything."""
        with self.connect() as link:
            for piece in pieces:
                link.sendall(piece)
            return self.read(link)

    @staticmethod
    def read(link: socket.socket) -> tuple[int, str]:
        got = b""
        while chunk := link.recv(65_536):
            got += chunk
        return int(got.split(b" ", 2)[1]), got.decode()

    def gpgs(self) -> list[int]:
        """Processes of gpg on this house's home."""
        home, found = str(self.house.settings.path("gnupg")).encode(), []
        for entry in Path("/proc").iterdir():
            try:
                line = (entry / "cmdline").read_bytes() if entry.name.isdecimal() else b""
            except OSError:
                continue
            if line.startswith(b"gpg") or b"/gpg\0" in line[:100]:
                found += [int(entry.name)] if home in line else []
        return found


def until(what: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return what()


@pytest.fixture(scope="module")
def wire(tmp_path_factory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("wire")
    house = House(folder, max_bytes=MAX_BYTES)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    toml = house.settings.home / "intake.toml"
    toml.write_text(
        f'trial = true\nroot = "{house.settings.root}"\nmax_bytes = {MAX_BYTES}\nreserve_bytes = 0\n'
        f'[reporter]\nlisten = "127.0.0.1:{port}"\nhosts = ["{HOST}"]\n'
    )
    log = (folder / "log").open("w+")
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(toml)], stdout=log, stderr=log)
    try:
        assert until(lambda: _listens(port), 20), (folder / "log").read_text()
        yield Wire(house, port)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) is not None
        log.close()
        house.close()
    assert (folder / "log").read_text() == ""


def _listens(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(autouse=True)
def _empty(wire: Wire) -> Iterator[None]:
    before = {path.name for path in wire.house.envelopes()}
    yield
    assert until(lambda: not wire.gpgs())
    assert not [path for path in wire.house.envelopes() if path.name.endswith(".part")]
    for path in wire.house.envelopes():
        assert path.name in before or wire.house.store.counts().missing == 0


def test_a_report_over_the_wire(wire: Wire):
    before = wire.house.stored()
    body = wire.fields() + file_part("x", os.urandom(1_000_000)) + f"--{BOUNDARY}--\r\n".encode()
    status, text = wire.answer(wire.head(len(body)), body)
    assert status == 200
    assert '<ol id="codename">' in text
    assert "\r\nServer:" not in text
    assert wire.house.stored() == before + 1


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_the_client_leaves_midway(wire: Wire, leave):
    """gpg is killed: the end of its input would make it seal half a report as a whole one."""
    before = wire.house.stored()
    body = wire.fields() + file_part("x", b"z" * 2_000_000)
    link = wire.connect()
    link.sendall(wire.head(len(body) + 500_000) + body[:1_500_000])
    assert until(lambda: bool(wire.gpgs()))
    assert until(lambda: any(path.name.endswith(".part") for path in wire.house.envelopes()))
    if leave == "reset":
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    link.close()
    assert until(lambda: not wire.gpgs())
    assert until(lambda: not any(path.name.endswith(".part") for path in wire.house.envelopes()))
    assert wire.house.stored() == before


def test_the_client_leaves_after_the_last_file_and_before_the_end(wire: Wire):
    before = wire.house.stored()
    body = wire.fields() + file_part("x", b"z" * 900_000)
    with wire.connect() as link:
        link.sendall(wire.head(len(body) + 100) + body)
        assert until(lambda: bool(wire.gpgs()))
    assert until(lambda: not wire.gpgs())
    assert wire.house.stored() == before


def test_the_client_stalls(wire: Wire):
    """No byte for too long: thread, gpg and draft are free again."""
    body = wire.fields() + file_part("x", b"z" * 900_000)
    with wire.connect() as link:
        link.sendall(wire.head(len(body) + 1000) + body)
        assert until(lambda: bool(wire.gpgs()))
        assert until(lambda: not wire.gpgs(), 15)
        status, text = wire.read(link)
    assert status == 400
    assert "assemblée générale" in text


def test_half_closed_and_truncated(wire: Wire):
    body = wire.fields() + file_part("x", b"z" * 900_000)
    with wire.connect() as link:
        link.sendall(wire.head(len(body) + 1000) + body)
        link.shutdown(socket.SHUT_WR)
        status, text = wire.read(link)
    assert status == 400
    assert "assemblée générale" in text


@pytest.mark.parametrize("path", ["/report", "/report/review"])
def test_an_urlencoded_form_that_is_cut(wire: Wire, path):
    """Half a report must never look whole."""
    before = wire.house.stored()
    fields = {"attempt": wire.house.client().attempt(), "story": STORY * 9, "period": "cut here"}
    body = urlencode(fields).encode()
    with wire.connect() as link:
        link.sendall(wire.head(len(body), path, URLENCODED) + body[:700])
        link.shutdown(socket.SHUT_WR)
        status, text = wire.read(link)
    assert status == 400
    assert "Le conseil a décidé seul" in text
    assert fields["attempt"] in text
    assert 'action="/report/review"' in text
    assert wire.house.stored() == before


def test_a_refused_client_is_not_waited_for(wire: Wire):
    """Neither one that pauses, nor one that drips, keeps a thread for longer than the bound."""
    for drip in (b"", b"z"):
        begun = time.monotonic()
        with wire.connect() as link:
            link.sendall(wire.head(20_000_000) + wire.fields() + file_part("x", b"z" * 600_000))
            link.settimeout(0.3)
            got = b""
            while not got and time.monotonic() < begun + 20:
                try:
                    got = link.recv(65_536)
                except TimeoutError:
                    link.sendall(drip)
        assert got.startswith(b"HTTP/1.1 413")
        assert 0.5 < time.monotonic() - begun < 8


def test_too_large_is_answered_after_draining(wire: Wire):
    """The client sends all of it before it reads; the page must be there then, with the text."""
    for length in (MAX_BYTES + 1, MAX_BYTES + 2_500_000, 2 * MAX_BYTES):
        body = wire.fields() + file_part("x", b"z" * length) + f"--{BOUNDARY}--\r\n".encode()
        status, text = wire.answer(wire.head(len(body)), body)
        assert status == 413
        assert "assemblée générale" in text
        assert "trop lourds" in text


def test_chunked(wire: Wire):
    body = multipart({"story": STORY, "attempt": wire.house.client().attempt()}, [("x", b"z" * 100_000)])
    pieces = [body[at : at + 7_777] for at in range(0, len(body), 7_777)]
    framed = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces) + b"0\r\n\r\n"
    assert wire.answer(wire.head(None), framed)[0] == 200


def test_chunked_and_too_large(wire: Wire):
    body = wire.fields() + file_part("x", b"z" * (MAX_BYTES + 1)) + f"--{BOUNDARY}--\r\n".encode()
    framed = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    status, text = wire.answer(wire.head(None), framed)
    assert status == 413
    assert "assemblée générale" in text


def test_broken_chunks(wire: Wire):
    body = wire.fields() + file_part("x", b"z" * 100_000)
    status, _ = wire.answer(wire.head(None), f"{len(body):x}\r\n".encode() + body + b"\r\nnot a length\r\n")
    assert status == 400


@pytest.mark.parametrize(
    ("request_line", "host", "status"),
    [
        ("GET / HTTP/1.1", HOST, 200),
        ("GET /en/ HTTP/1.1", HOST, 200),
        ("GET / HTTP/1.1", "other.test", 421),
        ("GET /nowhere HTTP/1.1", HOST, 404),
        ("DELETE /report HTTP/1.1", HOST, 405),
        ("GET /%ff%00 HTTP/1.1", HOST, 404),
        ("GET //evil.test/ HTTP/1.1", HOST, 404),
    ],
)
def test_plain_requests(wire: Wire, request_line, host, status):
    got, text = wire.answer(f"{request_line}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert got == status
    head = text.split("\r\n\r\n", 1)[0].lower()
    assert "cache-control: no-store" in head
    assert "content-security-policy: default-src 'none'" in head
    assert "server:" not in head


def test_a_flood_of_half_requests_leaves_the_door_open(wire: Wire):
    links = [wire.connect() for _ in range(20)]
    for link in links:
        link.sendall(wire.head(1000) + wire.fields()[:50])
    assert wire.answer(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())[0] == 200
    for link in links:
        link.close()
