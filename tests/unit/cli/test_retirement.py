"""Processes that held plaintext are replaced, and stopping lets running requests end: on a small door, for real."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from app.web.retirement import MAX_RETIRED
from tests.fakes.unix_door import Link, Program, alive, children_of, dial, introduction, program, until

CODE = """
import os, sys, threading
from flask import Flask, request
from app.cli.serve import serve
from app.cli.server import application
from app.settings import Door
from app.web import retirement
from app.web.hull import Policy, harden

retirement.RETIRE_SECONDS = 0.5

def hello():
    app = Flask("hello")
    pid = lambda: str(os.getpid())
    views = {
        "/": pid,
        "/mailbox": pid,
        "/circuit": lambda: request.environ.get("sourdine.circuit", b"").hex(),
        "/root": lambda: repr((request.script_root, request.path, request.scheme)),
        "/environ": lambda: repr(sorted((name, str(value)) for name, value in request.environ.items())),
    }
    for path, view in views.items():
        app.add_url_rule(path, path, view)
    app.add_url_rule("/form", "/form", pid, methods=["POST"])
    app.add_url_rule("/upload", view_func=upload, methods=["POST"])
    plaintext = frozenset({"POST", "GET /mailbox"})
    harden(app, Policy(("door",), upload_paths=frozenset({"/upload"}), plaintext=plaintext))
    return app

def upload():
    size = sum(map(len, iter(lambda: request.stream.read(1), b"")))
    return f"{size} {os.getpid()}"

def forks_but_the_third():
    if os.getpid() == arbiter():
        count[0] += 1
        if count[0] == 3:
            raise BlockingIOError(11, "Resource temporarily unavailable")
    return fork()

def starts_but_few(thread):
    if threading.active_count() > 2 and os.getpid() != arbiter():
        raise RuntimeError("can't start new thread")
    start(thread)

arbiter = lambda: made[0] if made else 0
made, count, fork, start = [], [0], os.fork, threading.Thread.start
def crowded():
    made.append(os.getpid())
    if "crowded" in sys.argv:
        os.fork = forks_but_the_third
    if "few" in sys.argv:
        threading.Thread.start = starts_but_few
    return hello()

circuits = "circuits" in sys.argv
if "short" in sys.argv:
    application.GRACE_SECONDS = 2
serve([(crowded, Door("unix:" + sys.argv[1], ("door",), workers=2, threads=24, circuits=circuits))])
"""


@pytest.fixture
def door() -> Iterator[Program]:
    with program(CODE) as made:
        yield made


class Upload:
    """A body that comes byte by byte, whenever the test says."""

    def __init__(self, door: Program, length: int = 3) -> None:
        self.link = dial(door.path)
        self.link.sendall(f"POST /upload HTTP/1.1\r\nHost: door\r\nContent-Length: {length}\r\n\r\n".encode())

    def send(self, count: int = 1) -> None:
        self.link.sendall(b"x" * count)

    def receipt(self) -> tuple[int, int]:
        """Bytes that arrived, and the process that took them."""
        got = b""
        while chunk := self.link.recv(65_536):
            got += chunk
            if b"\r\n\r\n" in got and b" " in got.split(b"\r\n\r\n", 1)[1]:
                break
        self.link.close()
        assert got.startswith(b"HTTP/1.1 200 "), got
        size, pid = got.split(b"\r\n\r\n", 1)[1].split()
        return int(size), int(pid)


class Pages(threading.Thread):
    """Asks for a page, again and again, and counts what went wrong."""

    def __init__(self, door: Program) -> None:
        super().__init__()
        self._door, self._end = door, threading.Event()
        self.asked, self.slowest, self.pids, self.failures = 0, 0.0, set(), []

    def run(self) -> None:
        while not self._end.is_set():
            begin = time.monotonic()
            try:
                status, body = self._door.ask()
                assert status == 200
                self.pids.add(int(body))
            except Exception as error:
                self.failures.append(error)
            self.slowest = max(self.slowest, time.monotonic() - begin)
            self.asked += 1

    def __enter__(self) -> Pages:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()


@pytest.mark.parametrize(("method", "path"), [("POST", "/form"), ("GET", "/mailbox"), ("HEAD", "/mailbox")])
def test_who_held_plaintext_is_gone_and_another_is_there(door: Program, method: str, path: str) -> None:
    before = door.workers()
    with Pages(door) as pages:
        status, body = door.ask(method, path)
        assert status == 200
        assert until(lambda: before - door.workers(), 8)
        assert until(lambda: len(door.workers()) == 2, 8)
    assert pages.failures == []
    assert pages.asked > 20
    assert pages.slowest < 2
    if body:
        assert not alive(int(body))


def test_who_held_none_stays(door: Program) -> None:
    before = door.workers()
    assert door.ask()[0] == 200
    time.sleep(2)
    assert door.workers() == before


def test_an_upload_goes_on_in_a_process_that_takes_nothing_new(door: Program) -> None:
    before = door.workers()
    upload = Upload(door)
    upload.send()
    assert until(lambda: len(door.workers()) == 3, 8), "it is replaced while the upload runs"
    with Pages(door) as pages:
        time.sleep(2)
    assert len(before & door.workers()) == 2, "nobody has ended"
    upload.send(2)
    size, pid = upload.receipt()
    assert size == 3
    assert pid in before
    assert pid not in pages.pids
    assert pages.failures == []
    assert until(lambda: not alive(pid), 8)
    assert len(door.workers()) == 2


def test_a_kept_connection_is_answered_or_closed_never_broken(door: Program) -> None:
    link = Link(door.path)
    link.request("GET", "/", headers={"Host": "door"})
    pid = int(link.getresponse().read())
    while pid in door.workers():
        door.ask("POST", "/form")
        time.sleep(0.05)
        link.request("GET", "/", headers={"Host": "door"})
        answer = link.getresponse()
        assert answer.status == 200
        pid = int(answer.read())  # once it was closed, http.client connects anew, to another process
    link.close()


def test_a_taken_connection_that_is_still_silent_is_answered(door: Program) -> None:
    """Through tor a request comes a round trip after its connection."""
    links = [dial(door.path) for _ in range(6)]
    before = door.workers()
    while before & door.workers():
        door.ask("POST", "/form")
        if len(door.workers() - before) >= 2:
            break
    for link in links:
        link.sendall(b"GET / HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n")
        assert link.recv(65_536).startswith(b"HTTP/1.1 200 ")
        link.close()


@pytest.mark.slow
def test_retirements_are_bounded_in_rate_and_number(door: Program) -> None:
    begin, seen = time.monotonic(), door.workers()
    with Pages(door) as pages:
        for _ in range(50):
            assert door.ask("POST", "/form")[0] == 200
            seen |= door.workers()
    lasted = time.monotonic() - begin
    assert len(seen) <= 2 + 2 * (lasted / 0.5 + 1)
    uploads = []
    most = 0
    while most < MAX_RETIRED + 2 and len(uploads) < 40:  # two may fall to one process
        uploads.append(Upload(door))
        uploads[-1].send()
        time.sleep(0.3)
        most = max(most, len(door.workers()))
    for _ in range(4):
        uploads.append(Upload(door))
        uploads[-1].send()
        time.sleep(0.6)
        assert until(lambda: len(door.workers()) == MAX_RETIRED + 2, 5)
    assert door.ask()[0] == 200
    for upload in uploads:
        upload.send(2)
        assert upload.receipt()[0] == 3
    assert until(lambda: len(door.workers()) == 2, 10)
    assert pages.failures == []


def test_a_killed_process_is_replaced(door: Program) -> None:
    before = door.workers()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert door.ask()[0] == 200
    assert until(lambda: len(door.workers()) == 2, 8)
    assert not before & door.workers()


def test_without_their_arbiter_the_processes_end_and_leave_the_address(door: Program) -> None:
    pids = door.workers()
    link = Link(door.path)
    link.request("GET", "/", headers={"Host": "door"})
    link.getresponse().read()
    for pid in children_of(door.process.pid):
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: not any(map(alive, pids)), 8)
    assert door.process.wait(timeout=10) == 1
    with pytest.raises(OSError, match="No such file"):
        dial(door.path)
    link.close()


def test_what_cannot_be_forked_is_tried_again() -> None:
    """A third fork fails, as on a machine that has no room for one: nobody is lost, and the next try succeeds."""
    with program(CODE, "crowded") as door:
        before = door.workers()
        upload = Upload(door)
        upload.send()
        with Pages(door) as pages:
            assert until(lambda: len(door.workers()) == 3, 8)
        upload.send(2)
        size, pid = upload.receipt()
        assert size == 3
        assert pid in before
        assert pages.failures == []
        assert door.process.poll() is None


def test_what_finds_no_thread_is_closed_and_an_upload_goes_on() -> None:
    with program(CODE, "few") as door:
        uploads = [Upload(door) for _ in range(2)]
        time.sleep(1)
        refused = [dial(door.path) for _ in range(8)]
        for link in refused:
            with suppress(BrokenPipeError):  # closed already, before it said anything
                link.sendall(b"GET / HTTP/1.1\r\nHost: door\r\n\r\n")
        assert until(lambda: any(map(closed, refused)))
        for link in refused:
            link.close()
        for upload in uploads:
            upload.send(3)
            assert upload.receipt()[0] == 3


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "X-Forwarded-Proto", "X-Forwarded-Ssl"])
def test_no_header_tells_of_a_proxy(door: Program, name: str) -> None:
    with dial(door.path) as link:
        value = "on" if name.endswith("Ssl") else "https" if name.endswith("Proto") else "/root"
        link.sendall(f"GET /root HTTP/1.1\r\nHost: door\r\nConnection: close\r\n{name}: {value}\r\n\r\n".encode())
        got = b""
        while chunk := link.recv(65_536):
            got += chunk
    assert got.endswith(b"('', '/root', 'http')") or got.startswith(b"HTTP/1.1 400 ")


def test_stopping_waits_for_what_arrives(door: Program) -> None:
    idle = Link(door.path)
    idle.request("GET", "/", headers={"Host": "door"})
    idle.getresponse().read()
    upload = Upload(door)
    upload.send()
    assert until(lambda: len(door.workers()) == 3)
    door.process.send_signal(signal.SIGTERM)
    assert until(lambda: not os.path.exists(door.path), 5), "the next instance may have the address at once"
    with pytest.raises(FileNotFoundError):
        dial(door.path)
    assert until(lambda: "Waiting for what still arrives" in door.said, 10)
    assert door.process.poll() is None
    assert idle.sock.recv(1) == b"", "whoever says nothing is not waited for"
    idle.close()
    upload.send(2)
    assert upload.receipt()[0] == 3
    assert door.process.wait(timeout=10) == 0


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_second_signal_ends_at_once(door: Program, sign: signal.Signals) -> None:
    upload = Upload(door)
    upload.send()
    assert until(lambda: len(door.workers()) == 3)
    pids = door.workers()
    door.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert door.process.poll() is None
    begin = time.monotonic()
    door.process.send_signal(sign)
    assert door.process.wait(timeout=10) == 0
    assert time.monotonic() - begin < 4
    assert not any(map(alive, pids))
    upload.link.close()


def test_a_stop_waits_for_a_bounded_time_only() -> None:
    with program(CODE, "short") as door:
        upload = Upload(door)
        upload.send()
        assert until(lambda: len(door.workers()) == 3)
        begin = time.monotonic()
        door.process.send_signal(signal.SIGTERM)
        assert door.process.wait(timeout=10) == 0
        assert 1.5 < time.monotonic() - begin < 6
        upload.link.close()


def test_ctrl_c_reaches_every_process_and_cuts_no_upload(door: Program) -> None:
    upload = Upload(door)
    upload.send()
    assert until(lambda: len(door.workers()) == 3)
    os.killpg(door.process.pid, signal.SIGINT)
    time.sleep(1)
    upload.send(2)
    assert upload.receipt()[0] == 3
    assert door.process.wait(timeout=10) == 0


# -- circuits ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def onion() -> Iterator[Program]:
    with program(CODE, "circuits") as made:
        yield made


def test_a_circuit_is_a_key_and_never_an_address(onion: Program) -> None:
    here, again, there = (onion.ask(path="/circuit", first=introduction(n))[1] for n in (173, 173, 70_000))
    assert len(here) == 16
    assert here == again != there
    _, environ = onion.ask(path="/environ", first=introduction(173))
    assert b"('REMOTE_ADDR', '')" in environ
    assert b"fc00" not in environ
    assert b"dead:beef" not in environ


def test_a_kept_connection_is_introduced_once(onion: Program) -> None:
    link = Link(onion.path, first=introduction(9))
    keys = set()
    for _ in range(3):
        link.request("GET", "/circuit", headers={"Host": "door"})
        keys.add(link.getresponse().read())
    link.close()
    assert len(keys) == 1


def test_introduced_connections_that_wait_cost_no_thread(onion: Program) -> None:
    links = [dial(onion.path) for _ in range(60)]
    for number, link in enumerate(links):
        link.sendall(introduction(number))
    assert onion.ask(first=introduction(99))[0] == 200
    time.sleep(1)
    begin = time.monotonic()
    assert onion.ask(first=introduction(99))[0] == 200
    assert time.monotonic() - begin < 8
    for link in links:
        link.sendall(b"GET / HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n")
        assert link.recv(65_536).startswith(b"HTTP/1.1 200 ")
        link.close()


def test_half_sent_requests_of_one_circuit_keep_no_other_out(onion: Program) -> None:
    links = [dial(onion.path) for _ in range(400)]
    for link in links:
        link.sendall(introduction(7) + b"GET / HT")
    begin = time.monotonic()
    for _ in range(5):
        assert onion.ask(first=introduction(8))[0] == 200
    assert time.monotonic() - begin < 8, "the headers of the others would last twenty seconds"
    kept = [link for link in links if not closed(link)]
    assert 1 <= len(kept) <= 16, "eight in each process"
    for link in kept:
        link.sendall(b"TP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n")
        assert link.recv(65_536).startswith(b"HTTP/1.1 200 ")
    assert onion.ask(first=introduction(7))[0] == 200, "what ended counts no more"
    for link in links:
        link.close()


def closed(link: socket.socket) -> bool:
    link.settimeout(0.2)
    try:
        return link.recv(1) == b""
    except ConnectionResetError:  # closed before it was read
        return True
    except TimeoutError:
        return False
    finally:
        link.settimeout(30)


@pytest.mark.parametrize("first", [b"", b"PROXY TCP6 ::1 ::1 1 80\r\n", b"PROXY TCP6 fc00:dead", b"\r\n\r\n"])
def test_who_is_not_introduced_is_not_answered(onion: Program, first: bytes) -> None:
    with dial(onion.path) as link:
        link.sendall(first + b"GET / HTTP/1.1\r\nHost: door\r\n\r\n")
        assert link.recv(65_536) == b""


def test_without_circuits_the_line_is_a_bad_request(door: Program) -> None:
    with dial(door.path) as link:
        link.sendall(introduction(1) + b"GET / HTTP/1.1\r\nHost: door\r\n\r\n")
        assert link.recv(65_536).startswith(b"HTTP/1.1 400 ")
    assert door.ask()[0] == 200
