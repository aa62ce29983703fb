"""The reporter door behind circuit numbers, as production runs it: torrc, unix socket, PROXY line, fair shares."""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.visitor import Upload, Visitor
from tests.journey.house import STORY, submit
from tests.tor.house import OnionHouse, to_socket, wait_open
from tor import onion, socks
from tor.key import load_or_make
from tor.testnet.runner import TestNetwork
from tor.torrc import Torrc, write
from tor.version import check_tor

pytestmark = pytest.mark.onion

FLOOD_THREADS, FLOOD_POSTS = 5, 40
PROXY = b"PROXY TCP6 fc00:dead:beef:4dad::0:1 ::1 1 80\r\n"


@dataclass(frozen=True)
class Front:
    """A second front end of the house, reached by its own onion."""

    network: TestNetwork
    address: str
    socket: Path

    def visit(self, user: str = "") -> Visitor:
        proxy, name = self.network.clients[1].socks, user or secrets.token_hex(8)
        connect = lambda: socks.connect(proxy, self.address, 80, user=name, timeout=60)  # noqa: E731
        return Visitor(self.address, 80, timeout=60, connect=connect)


@pytest.fixture(scope="module")
def front(onions: OnionHouse) -> Iterator[Front]:
    folder = Path(tempfile.mkdtemp(prefix="ci-"))
    (folder / "data").mkdir(mode=0o700)
    address, door = load_or_make(folder / "reporter").address, folder / "reporter.sock"
    program = onions.start("intake", settings(onions, address, folder))
    waiting = Visitor(address, 80, connect=introduced(door))
    wait_open(waiting, program, onions.words)
    record = onion.reporter(f"unix:{door}", circuit_ids=True)
    torrc = Torrc(folder, folder / "control", (record,), log=folder / "notice.log", lines=onions.network.lines)
    write(torrc, folder / "torrc", check_tor())
    process = onions.network.adopt("front", folder)
    process.wait_bootstrapped()
    onions.network.wait_reachable(address)
    yield Front(onions.network, address, door)
    process.stop()
    program.terminate()
    program.wait(30)
    shutil.rmtree(folder)


def settings(house: OnionHouse, address: str, folder: Path) -> Path:
    """The intake's own settings, with other sockets, another name, and circuits told."""
    text = house.trial.config("intake").read_text()
    for door in ("reporter", "courier"):
        text = text.replace(f"unix:{house.socket(door)}", f"unix:{folder / door}.sock")
    text = text.replace(house.addresses["reporter"], address)
    text = text.replace("[reporter]\n", "[reporter]\ncircuits = true\n")
    made = house.trial.config("intake").with_name("front.toml")
    made.write_text(text)
    made.chmod(0o600)
    return made


def introduced(door: Path):  # type: ignore[no-untyped-def]
    """Lines that begin as tor begins them."""

    def connect() -> socket.socket:
        line = to_socket(door, 30)()
        line.sendall(PROXY)
        return line

    return connect


def test_a_whole_report_behind_circuit_numbers(front: Front) -> None:
    visitor = front.visit()
    page = submit(visitor, {"story": STORY}, [Upload("pv.pdf", secrets.token_bytes(150_000))])
    assert page.status == 200, page.text
    assert visitor.post("/replies", {"codename": " ".join(page.items("codename"))}).status == 303
    assert visitor.get("/mailbox").status == 200


def test_a_line_without_its_number_gets_no_page(front: Front) -> None:
    with to_socket(front.socket, 10)() as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {front.address}\r\n\r\n".encode())
        assert b"<html" not in line.recv(65536)


def test_a_flooding_circuit_does_not_slow_another_visitor(front: Front) -> None:
    """One circuit sends far more than a person can: it is told to wait, and nobody else is."""
    user, statuses, lock = secrets.token_hex(8), Counter[int](), threading.Lock()
    front.visit(user).get("/")

    def flood() -> None:
        for _ in range(FLOOD_POSTS):
            status = front.visit(user).post("/report/review", {"story": "x"}).status
            with lock:
                statuses[status] += 1

    threads = [threading.Thread(target=flood) for _ in range(FLOOD_THREADS)]
    for thread in threads:
        thread.start()
    honest = [len(submit(front.visit(), {"story": STORY}).items("codename")) for _ in range(3)]
    for thread in threads:
        thread.join()
    assert honest == [8, 8, 8]
    assert set(statuses) == {400, 429}, statuses
    assert statuses.total() == FLOOD_POSTS * FLOOD_THREADS, "each was answered"
    assert submit(front.visit(), {"story": STORY}).status == 200
