"""Tor falls over, ten times during traffic and once in an upload: what had a receipt exists, and nothing else."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

from app.cli.visitor import Upload
from tests.journey.house import STORY
from tests.tor.figures import figure
from tests.tor.house import OnionHouse
from tests.tor.traffic import BROKEN, Reporter, form_of, words_of
from tor.control import Control
from tor.errors import ControlLost, TorError
from tor.publisher import PUBLISHED, WAITING

pytestmark = pytest.mark.onion

RESTARTS = 10
REPORTERS = 3
# From the moment that tor can build circuits again.
REPUBLISHED_SECONDS = 5.0
STALL_SECONDS = 10.0
SLOW_STEP, SLOW_STEPS = 64 * 1024, 60


def test_ten_restarts_during_traffic(onions: OnionHouse, tmp_path: Path) -> None:
    before = onions.envelopes()
    reporters = [Reporter(onions, number) for number in range(REPORTERS)]
    for reporter in reporters:
        reporter.start()
    try:
        republished, reached = zip(*(restart(onions) for _ in range(RESTARTS)), strict=True)
    finally:
        for reporter in reporters:
            reporter.stop()
        for reporter in reporters:
            reporter.join()
    figure("seconds from tor's bootstrap to its descriptor uploaded", *republished)
    figure("seconds from tor's bootstrap to reached by a client of before", *reached)
    assert [fault for reporter in reporters for fault in reporter.faults] == []
    sent = [one for reporter in reporters for one in reporter.sent]
    figure("reports, lines that broke", len(sent), sum(reporter.broken for reporter in reporters))
    assert len(sent) >= RESTARTS // 2, "there was traffic"
    assert sum(reporter.broken for reporter in reporters) > 0, "and it was hit"
    assert median(republished) <= REPUBLISHED_SECONDS, republished
    assert max(republished) <= 2 * REPUBLISHED_SECONDS, republished
    assert all(len(one.words) == 8 and one.words == one.again for one in sent), "one attempt, one codename"
    assert parts(onions) == []
    assert stories(onions, tmp_path, onions.envelopes() - before) == sorted(one.canary for one in sent)


def test_tor_killed_in_the_middle_of_an_upload(onions: OnionHouse, tmp_path: Path) -> None:
    """Nothing half-written stays, and the same form sent again is the report."""
    canary = secrets.token_hex(8)
    form = form_of(onions.visit(), f"{STORY} ({canary})")
    before = onions.envelopes()
    slow = SlowUpload(onions, form)
    slow.start()
    slow.wait_arriving()
    onions.network.host.kill()
    becomes_empty(lambda: parts(onions))
    assert onions.envelopes() == before
    slow.join()
    assert slow.broke, "the visitor sees a dead line, not a page"
    onions.network.host.start()
    onions.network.host.wait_bootstrapped()
    onions.network.wait_reachable(onions.addresses["reporter"])
    file = Upload("pv.pdf", secrets.token_bytes(100_000))
    words = words_of(onions.visit().upload("/report", form, [file]))
    assert len(words) == 8
    assert words_of(onions.visit().upload("/report", form, [file])) == words
    assert stories(onions, tmp_path, onions.envelopes() - before) == [canary]


def test_the_publisher_says_that_tor_is_away_and_that_it_is_back(onions: OnionHouse) -> None:
    del onions.said[:]
    onions.network.host.kill()
    becomes(onions, WAITING)
    with pytest.raises(TorError, match="is not published: waiting for tor") as refused:
        onions.publisher.wait_published(0.1)
    assert "keeps trying" in refused.value.hint
    onions.network.host.start()
    becomes(onions, PUBLISHED)
    assert sorted(set(onions.said)) == sorted(
        f"{door} onion: {state}" for door in onions.addresses for state in (WAITING, PUBLISHED)
    )
    for door in ("reporter", "registry"):
        onions.network.wait_reachable(onions.addresses[door])


class SlowUpload(threading.Thread):
    """An upload as a phone on a bad line sends it."""

    def __init__(self, house: OnionHouse, form: list[tuple[str, str]]) -> None:
        super().__init__()
        self._house, self._form = house, form
        self.sent = 0
        self.broke = False

    def run(self) -> None:
        # The visitor's own tor may hear of a dead circuit only after a minute.
        visitor = self._house.visit(timeout=STALL_SECONDS)
        upload = Upload("video.mp4", b"")
        head = b"".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in self._form
        )
        head += f'--b\r\nContent-Disposition: form-data; name="files"; filename="{upload.name}"\r\n\r\n'.encode()
        size = len(head) + SLOW_STEP * SLOW_STEPS + len(b"\r\n--b--\r\n")
        start = f"POST /report HTTP/1.1\r\nHost: {visitor.host}\r\nContent-Length: {size}\r\n"
        start += "Content-Type: multipart/form-data; boundary=b\r\nSec-Fetch-Site: same-origin\r\n\r\n"
        try:
            assert visitor.connect is not None
            with visitor.connect() as line:
                line.sendall(start.encode() + head)
                self._pour(line)
                self.broke = line.recv(1) == b""
        except BROKEN:
            self.broke = True

    def _pour(self, line: socket.socket) -> None:
        for _ in range(SLOW_STEPS - 1):
            line.sendall(secrets.token_bytes(SLOW_STEP))
            self.sent += SLOW_STEP
            time.sleep(0.1)

    def wait_arriving(self) -> None:
        """Until some of it lies on the intake's disk, under its unfinished name."""
        end = time.monotonic() + 30
        while not any(part.stat().st_size > SLOW_STEP for part in parts(self._house)):
            assert self.is_alive() or not self.broke
            assert time.monotonic() < end, "nothing arrived"
            time.sleep(0.05)


def restart(house: OnionHouse) -> tuple[float, float]:
    """Kill tor as a crash would and start it again.

    Returns:
        seconds from the moment that it can build circuits: until its descriptor lies at a directory, until a client
        whose old descriptor has become wrong is there again.
    """
    time.sleep(2)
    host, address = house.network.host, house.addresses["reporter"]
    uploaded = threading.Event()

    def heard(event: str) -> None:
        if f"HS_DESC UPLOADED {address.removesuffix('.onion')}" in event:
            uploaded.set()

    host.restart()
    with patiently_connected(host.control, heard) as control:
        control.listen("HS_DESC")
        host.wait_bootstrapped()
        back = time.monotonic()
        assert uploaded.wait(30), "no descriptor was uploaded"
        published = time.monotonic() - back
    house.network.wait_reachable(address)
    return published, time.monotonic() - back


def patiently_connected(path: Path, heard: Callable[[str], None]) -> Control:
    end = time.monotonic() + 10
    while True:
        try:
            return Control.connect(path, on_event=heard)
        except ControlLost:
            assert time.monotonic() < end, "tor did not open its control socket"
            time.sleep(0.05)


def becomes(house: OnionHouse, state: str, seconds: float = 20) -> None:
    """Until the publisher says so of every onion."""
    end = time.monotonic() + seconds
    while set(house.publisher.states().values()) != {state}:
        assert time.monotonic() < end, house.publisher.states()
        time.sleep(0.02)


def becomes_empty(look) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + 30
    while found := look():
        assert time.monotonic() < end, found
        time.sleep(0.1)


def parts(house: OnionHouse) -> list[Path]:
    """Ciphertexts that nobody finished."""
    found = []
    for path in house.envelopes():
        with contextlib.suppress(FileNotFoundError):
            if path.name.endswith(".part") and path.stat():
                found.append(path)
    return found


def stories(house: OnionHouse, into: Path, envelopes: set[Path]) -> list[str]:
    """The canary of each envelope, sorted; opened with stock gpg."""
    return sorted(_canaries(house, into, envelopes))


def _canaries(house: OnionHouse, into: Path, envelopes: set[Path]) -> Iterator[str]:
    for envelope in envelopes:
        house.stock_open(envelope, into / envelope.name)
        text = (into / envelope.name / "message.txt").read_text()
        yield text.rpartition("(")[2].rstrip(")")
