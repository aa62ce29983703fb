"""What `sourdine demo --onion` says while tor is on its way, with a control port and a SOCKS port that do as told."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli.demo_layout import Reach, Trial
from app.cli.demo_onion import KINDS, Way, _watch
from tests.fakes.control_port import ControlPort
from tor.client_auth import ClientKey
from tor.key import OnionKey
from tor.socks import NEEDS_KEY, NO_DESCRIPTOR, REACHED
from tor.testnet.process import NodeProcess

PHASE = "GETINFO status/bootstrap-phase"
DONE = '250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY="Done"\n250 OK'
STUCK = '250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=10 TAG=conn SUMMARY="Connecting to a relay"\n250 OK'


class SocksPort:
    """Answers each CONNECT with the code that a function gives for the name."""

    def __init__(self, code: Callable[[str], int]) -> None:
        self._code = code
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            with link, link.makefile("rb") as read:
                read.read(3)
                link.sendall(b"\x05\x02")
                size = read.read(2)[1]
                read.read(size)
                read.read(read.read(1)[0])
                link.sendall(b"\x01\x00")
                read.read(4)
                name = read.read(read.read(1)[0]).decode()
                read.read(2)
                link.sendall(b"\x05" + bytes([self._code(name)]) + b"\x00\x01" + bytes(6))


@pytest.fixture
def short() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="do-", dir="/tmp"))
    yield path
    shutil.rmtree(path)


def make_way(folder: Path, socks: str) -> Way:
    reach = Reach({name: OnionKey.generate().address for name in KINDS}, socks)
    tor = NodeProcess("demo", folder, tor="/bin/false")
    return Way(Trial(folder, 8080, reach), tor, (), socks, socks, folder / "control", ClientKey.generate("courier"))


def test_a_slow_registry_does_not_hide_the_key_for_ever(short: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """This one tor was asked again to be refused after it had been given the key."""
    names: dict[str, str] = {}
    asked: list[str] = []

    def code(name: str) -> int:
        asked.append(names[name])
        if names[name] == "courier":
            return REACHED if any("ONION_CLIENT_AUTH_ADD" in line for line in port.asked) else NEEDS_KEY
        return NO_DESCRIPTOR if names[name] == "registry" and asked.count("registry") < 4 else REACHED

    socks = SocksPort(code)
    try:
        way = make_way(short, socks.address)
        names |= {address: name for name, address in way.trial.reach.onions.items()}
        with ControlPort(short / "control", {PHASE: DONE}) as port:
            _watch(way, threading.Event(), patience=0.7)
    finally:
        socks.close()
    told = capsys.readouterr()
    assert "registry onion is not reachable yet" in told.err
    assert "The doors on this machine work." in told.err
    assert way.key.private_base32 in told.out
    assert sum("ONION_CLIENT_AUTH_ADD" in line for line in port.asked) == 1


def test_a_tor_that_does_not_reach_its_network_is_said(short: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = threading.Event()
    with ControlPort(short / "control", {PHASE: STUCK}):
        stop = threading.Timer(1.0, ended.set)
        stop.start()
        _watch(make_way(short, "127.0.0.1:9"), ended, patience=0.2)
        stop.join()
    told = capsys.readouterr()
    assert "tor has not reached the Tor network" in told.err
    assert "10 %" in told.err
    assert "protected" not in told.out
