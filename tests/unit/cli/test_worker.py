"""The changed worker, on a real socket: half a request ends, a whole one is served, nobody is named or logged."""

from __future__ import annotations

import http.client
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.test_serve import free_port

THREADS = 4
PROGRAM = """
import sys
from flask import Flask, request
from app.cli.serve import serve
from app.cli.server import worker
from app.settings import Door

worker.HEADER_SECONDS = 1.5
worker.BODY_SECONDS = 5

def hello():
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "hello")
    app.add_url_rule("/size", methods=["POST"], view_func=size)
    return app

def size():
    try:
        return str(sum(map(len, iter(lambda: request.stream.read(65536), b""))))
    except OSError:
        return "cut"

serve([(hello, Door(sys.argv[1], (), threads=int(sys.argv[2])))])
"""


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    words = [sys.executable, "-c", PROGRAM, f"127.0.0.1:{port}", str(THREADS)]
    with subprocess.Popen(words, stdout=-1, stderr=-1, text=True) as program:
        assert ask(port) == (200, b"hello")
        yield port, program
        program.terminate()
        said = program.communicate(timeout=20)
    assert said == ("", "")


def ask(port: int, method: str = "GET", path: str = "/", body: bytes | None = None) -> tuple[int, bytes]:
    for _ in range(200):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            link.request(method, path, body=body)
            answer = link.getresponse()
            assert answer.getheader("Server") is None
            assert answer.getheader("Date") is None
            return answer.status, answer.read()
        except ConnectionRefusedError:
            time.sleep(0.05)
        finally:
            link.close()
    raise AssertionError("the door did not open")


@pytest.mark.parametrize("start", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_half_requests_do_not_close_the_door(door: tuple[int, subprocess.Popen[str]], start: bytes) -> None:
    """More of them than there are threads, and their clients never leave."""
    port, _ = door
    links = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(THREADS + 8)]
    try:
        for link in links:
            link.sendall(start)
        begin = time.monotonic()
        assert ask(port) == (200, b"hello")
        assert time.monotonic() - begin < 15
    finally:
        for link in links:
            link.close()


def test_dripping_headers_end_too(door: tuple[int, subprocess.Popen[str]]) -> None:
    port, _ = door
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        ended = False
        for _ in range(40):
            try:
                link.sendall(b"x")
            except OSError:
                ended = True
                break
            time.sleep(0.1)
        assert ended


def test_a_body_may_take_longer_than_its_headers(door: tuple[int, subprocess.Popen[str]]) -> None:
    port, _ = door
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nConnection: close\r\n\r\n")
        for _ in range(3):
            time.sleep(0.8)
            link.sendall(b"ab")
        answer = b""
        while part := link.recv(65536):
            answer += part
        assert answer.endswith(b"\r\n\r\n6")


def test_a_body_that_trickles_for_ever_ends(door: tuple[int, subprocess.Popen[str]]) -> None:
    """In a process that held plaintext, it would put off that process's end."""
    port, _ = door
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n")
        begin, sent = time.monotonic(), 0
        while not select.select([link], [], [], 0.1)[0] and time.monotonic() - begin < 15:
            link.sendall(b"x")
            sent += 1
        assert 5 <= time.monotonic() - begin < 15
        answer = b""
        while part := link.recv(65536):
            answer += part
        assert answer.endswith(b"\r\n\r\ncut")
        assert sent < 1000


def test_a_long_body_of_a_fair_rate_does_not(door: tuple[int, subprocess.Popen[str]]) -> None:
    port, _ = door
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 14000\r\nConnection: close\r\n\r\n")
        for _ in range(14):
            link.sendall(bytes(1000))
            time.sleep(0.5)
        answer = b""
        while part := link.recv(65536):
            answer += part
        assert answer.endswith(b"\r\n\r\n14000")


def test_large_bodies_arrive_whole(door: tuple[int, subprocess.Popen[str]]) -> None:
    for size in (0, 1, 262_143, 262_144, 262_145, 3_000_000):
        assert ask(door[0], "POST", "/size", bytes(size)) == (200, str(size).encode())


def test_no_core_dump_and_nothing_to_attach_to(door: tuple[int, subprocess.Popen[str]]) -> None:
    _, program = door
    children = subprocess.run(
        ["pgrep", "-P", str(program.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    workers = subprocess.run(["pgrep", "-P", children[0]], capture_output=True, text=True, check=True).stdout.split()
    for pid in (*children, *workers):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits)


def test_clients_that_stay_half_open_stop_nobody(door: tuple[int, subprocess.Popen[str]]) -> None:
    """gunicorn by itself waits for each of them, up to two seconds, on the loop that serves all."""
    port, _ = door
    links = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(10)]
    try:
        for link in links:
            link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        for link in links:
            answer = b""
            while part := link.recv(65536):
                answer += part
            assert answer.endswith(b"hello")
        begin = time.monotonic()
        for _ in range(20):
            assert ask(port) == (200, b"hello")
        assert time.monotonic() - begin < 5
        time.sleep(2.5)
        for link in links:  # the door has closed its side too
            link.send(b"x")
            with pytest.raises(ConnectionError):
                until_refused(link)
    finally:
        for link in links:
            link.close()


def until_refused(link: socket.socket) -> None:
    for _ in range(20):
        time.sleep(0.02)
        link.send(b"x")


def test_a_client_that_still_sends_sees_the_answer(door: tuple[int, subprocess.Popen[str]]) -> None:
    """What is unread when a connection closes would become a reset, which throws the answer away."""
    port, _ = door
    with socket.create_connection(("127.0.0.1", port), timeout=20) as link:
        link.sendall(b"NONSENSE\r\n\r\n" + bytes(30_000))
        link.sendall(bytes(10_000))
        time.sleep(0.3)
        assert link.recv(65536).startswith(b"HTTP/1.1 400 ")


def children_of(pid: int) -> list[str]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True)
    return found.stdout.split()
