"""The reporter door as it is served, on a unix socket: plaintext processes end, slow uploads keep nobody out, and a
stop or a killed process loses no receipt."""

from __future__ import annotations

import html
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.fakes.unix_door import Link, Program, alive, dial, introduction, program, until
from tests.web.reporter_house import BOUNDARY, HOST, STORY, House, file_part, forget_keys, multipart, part

SERVER = """
import sys
from dataclasses import replace
from pathlib import Path
from app.cli.serve import serve
from app.reporter import create_app
from app.settings import IntakeSettings, load
from app.web import retirement

settings = load(IntakeSettings, Path(sys.argv[2]))
retirement.RETIRE_SECONDS = float(sys.argv[3])
door = replace(settings.reporter, listen="unix:" + sys.argv[1], circuits=sys.argv[4] == "circuits")
serve([(lambda: create_app(settings), door)])
"""
FORM = "application/x-www-form-urlencoded"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


class Door:
    """A served intake, and what visitors do there."""

    def __init__(self, house: House, running: Program) -> None:
        self.house = house
        self.running = running
        self.links: list[socket.socket] = []
        self.words = [str(house.settings.home / "intake.toml"), "0.5", "none"]

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = FORM, **more: object) -> tuple[int, str, str]:
        """Status, page, cookie."""
        link = Link(self.running.path, first=more.get("first", b""), timeout=120)
        headers = {"Host": HOST, "Content-Type": kind, "Connection": "close"}
        if more.get("cookie"):
            headers["Cookie"] = str(more["cookie"])
        try:
            link.request(method, path, body=body or None, headers=headers)
            answer = link.getresponse()
            cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
            return answer.status, answer.read().decode(), cookie
        finally:
            link.close()

    def report(self, **more: object) -> list[str]:
        """Send a report; its codename."""
        body = multipart({"story": STORY, "attempt": self.house.client().attempt()}, [("a.txt", b"a")])
        status, page, _ = self.ask("POST", "/report", body, MULTIPART, **more)
        assert status == 200
        listed = re.findall(r"<li>([^<]+)</li>", page.split('id="codename"', 1)[1].split("</ol>")[0])
        return [html.unescape(word) for word in listed]

    def upload(self, size: int, *, first: bytes = b"") -> Upload:
        return Upload(self, size, first)


class Upload:
    """A report whose file comes piece by piece."""

    def __init__(self, door: Door, size: int, first: bytes = b"") -> None:
        fields = part("story", STORY) + part("attempt", door.house.client().attempt())
        body = fields + file_part("big.bin", bytes(size)) + f"--{BOUNDARY}--\r\n".encode()
        head = f"POST /report HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        self.left = first + head.encode() + f"Content-Type: {MULTIPART}\r\n\r\n".encode() + body
        self.link = dial(door.running.path, timeout=240)
        door.links.append(self.link)
        self.send(2000)

    def send(self, count: int) -> bool:
        """Some more bytes; False when none are left."""
        self.link.sendall(self.left[:count])
        self.left = self.left[count:]
        return bool(self.left)

    def receipt(self) -> tuple[int, str]:
        if self.left:  # an empty send to a door that has answered and gone is an error
            self.send(len(self.left))
        got = b""
        while chunk := self.link.recv(65_536):
            got += chunk
        self.link.close()
        return int(got.split(b" ", 2)[1]), got.decode()


class Pages(threading.Thread):
    """Asks for pages until the block ends."""

    def __init__(self, door: Door, pause: float = 0.0, **more: object) -> None:
        super().__init__()
        self._door, self._pause, self._more, self._end = door, pause, more, threading.Event()
        self.seconds: list[float] = []
        self.failures: list[object] = []

    def run(self) -> None:
        while not self._end.wait(self._pause):
            begin = time.monotonic()
            try:
                status = self._door.ask("GET", "/how" if len(self.seconds) % 2 else "/", **self._more)[0]
                if status != 200:
                    self.failures.append(status)
            except Exception as error:
                self.failures.append(error)
            self.seconds.append(time.monotonic() - begin)

    def __enter__(self) -> Pages:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()


@contextmanager
def serving(folder: Path, *, seconds: float = 0.5, circuits: bool = False) -> Iterator[Door]:
    house = House(folder)
    toml = house.settings.home / "intake.toml"
    lines = f'trial = true\nroot = "{house.settings.root}"\nreserve_bytes = 0\n'
    toml.write_text(f'{lines}[reporter]\nlisten = "x:1"\nhosts = ["{HOST}"]\n')
    door = None
    try:
        with program(SERVER, str(toml), str(seconds), "circuits" if circuits else "none") as running:
            door = Door(house, running)
            yield door
    finally:
        for link in door.links if door else ():
            link.close()
        house.close()


def test_whoever_held_a_report_a_codename_or_a_reply_is_gone_soon(tmp_path: Path) -> None:
    with serving(tmp_path) as door:
        upload = door.upload(300_000)
        assert until(lambda: len(door.running.workers()) == 3, 10), "replaced while the upload runs"
        with Pages(door) as pages:
            words, cookie = "", ""
            for turn in ("report", "login", "mailbox"):
                before = door.running.workers()
                if turn == "report":
                    words = " ".join(door.report())
                elif turn == "login":
                    status, _, cookie = door.ask("POST", "/replies", urlencode({"codename": words}).encode())
                    assert status == 303
                else:
                    assert door.ask("GET", "/mailbox", cookie=cookie)[0] == 200, "another process, the same session"
                assert until(lambda before=before: before - door.running.workers(), 8), turn
            while upload.send(50_000):
                time.sleep(0.05)
        assert upload.receipt()[0] == 200
        assert pages.failures == []
        assert len(pages.seconds) > 10
        assert until(lambda: len(door.running.workers()) == 2, 8)
        assert len(door.house.envelopes()) == 2


@pytest.mark.slow
def test_a_stop_lets_an_upload_end_with_its_receipt(tmp_path: Path) -> None:
    with serving(tmp_path) as door:
        upload = door.upload(200_000)
        assert until(lambda: len(door.running.workers()) == 3), "it is being read"
        door.running.process.send_signal(signal.SIGTERM)
        assert until(lambda: not os.path.exists(door.running.path), 5)
        assert until(lambda: "Waiting for what still arrives" in door.running.said, 10)
        status, page = upload.receipt()
        assert status == 200
        assert 'id="codename"' in page
        assert door.running.process.wait(timeout=15) == 0
        assert len(door.house.envelopes()) == 1


def test_a_second_signal_leaves_nothing_half_written(tmp_path: Path) -> None:
    with serving(tmp_path) as door:
        upload = door.upload(3_000_000)
        upload.send(2_000_000)
        assert until(lambda: [part for part in door.house.envelopes() if part.suffix == ".part"]), "gpg writes"
        pids = door.running.workers()
        door.running.process.send_signal(signal.SIGTERM)
        assert until(lambda: not os.path.exists(door.running.path), 5), "the first signal was heard"
        door.running.process.send_signal(signal.SIGTERM)
        assert door.running.process.wait(timeout=10) == 0
        upload.link.close()
        assert not any(map(alive, pids))
        assert {path.suffix for path in door.house.envelopes()} <= {".part"}
        door.house.store.sweep()  # as `intake serve` does before it serves
        assert door.house.envelopes() == [], "neither a process nor a gpg of the door holds it still"
        with program(SERVER, *door.words) as again:
            assert again.workers()


@pytest.mark.slow
def test_a_killed_process_gives_its_slots_back_and_another_serves(tmp_path: Path) -> None:
    with serving(tmp_path, circuits=True) as door:
        held = [door.upload(800_000, first=introduction(5)) for _ in range(4)]
        for upload in held:
            upload.send(700_000)  # a slot is taken once half a megabyte is there
        assert until(lambda: len(door.house.envelopes()) == 4), "all four hold a slot"
        fifth = door.upload(1000, first=introduction(5))
        assert fifth.receipt()[0] == 503
        for pid in door.running.workers():
            os.kill(pid, signal.SIGKILL)
        for upload in held:
            upload.link.close()
        assert until(lambda: len(door.running.workers()) == 2, 10)
        assert door.report(first=introduction(5))


def test_two_doors_do_not_share_an_address(tmp_path: Path) -> None:
    with serving(tmp_path) as door:
        command = [sys.executable, "-c", SERVER, door.running.path, *door.words]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 1
        assert "already in use" in second.stderr
        assert door.ask("GET", "/")[0] == 200


@pytest.mark.slow
def test_two_hundred_slow_uploads_keep_nobody_out(tmp_path: Path) -> None:
    """At about 2 KB a second each: every one gets its receipt, every page is answered meanwhile."""
    with serving(tmp_path, seconds=5.0) as door:
        uploads = [door.upload(20_000) for _ in range(200)]
        with Pages(door, pause=0.02) as pages:
            begin = time.monotonic()
            sending = list(uploads)
            while sending:
                sending = [upload for upload in sending if upload.send(1000)]
                time.sleep(max(0, 0.5 - (time.monotonic() - begin) % 0.5))
            codes = [upload.receipt()[0] for upload in uploads]
        assert codes == [200] * 200
        assert pages.failures == []
        assert statistics.median(pages.seconds) < 0.25
        assert max(pages.seconds) < 5
        assert len(door.house.envelopes()) == 200
        assert until(lambda: len(door.running.workers()) == 2, 15)


def test_a_client_that_stays_half_open_stops_no_page(tmp_path: Path) -> None:
    with serving(tmp_path) as door:
        links: list[socket.socket] = [dial(door.running.path) for _ in range(10)]
        for link in links:
            link.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        with Pages(door) as pages:
            time.sleep(1.5)
        for link in links:
            link.close()
        assert pages.failures == []
        assert max(pages.seconds) < 5
