"""The private network itself: quick, closed to the outside, and gone when it should be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tor.house import OnionHouse
from tests.tor.sockets import LISTENING, children_of, sockets_of
from tor.errors import TorError
from tor.socks import NO_DESCRIPTOR, probe
from tor.testnet.runner import TestNetwork

pytestmark = pytest.mark.onion

# `start` itself gives up after 60.
START_SECONDS = 45
SCRIPT = "import time; from tor.testnet.runner import TestNetwork; TestNetwork().start(); time.sleep(60)"


def test_starts_in_time(network: TestNetwork) -> None:
    assert network.timings["bootstrapped"] < START_SECONDS, network.timings


def test_no_socket_leaves_loopback(network: TestNetwork, onions: OnionHouse) -> None:
    """Every tor process and every process of the doors, after traffic on each onion."""
    for door, status in (("reporter", 200), ("courier", 303), ("registry", 200)):
        assert onions.visit(door).get("/").status == status
    tors = [process.pid for process in network.processes if process.alive()]
    doors = [child for program in onions.programs for child in (program.pid, *children_of(program.pid))]
    found = sockets_of(tors)
    assert len([one for one in found if one.state == LISTENING]) >= len(tors) - 1, "the sockets were not found at all"
    assert [one for one in found if not one.inside] == []
    assert sockets_of(doors) == [], "the doors are on unix sockets only"


def test_a_second_node_of_one_name_is_refused(network: TestNetwork) -> None:
    with pytest.raises(TorError, match="already has a node"):
        network.add_host("host")


def test_an_onion_that_nobody_publishes_is_not_reached(network: TestNetwork) -> None:
    address = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"
    assert probe(network.clients[0].socks, address, timeout=60) == NO_DESCRIPTOR
    with pytest.raises(TorError, match="reachable"):
        network.wait_reachable(address, timeout=0.5)


def test_no_tor_outlives_its_starter() -> None:
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stderr=subprocess.DEVNULL) as starter:
        begun = time.monotonic()
        while len(tors := [pid for pid in children_of(starter.pid) if is_tor(pid)]) < 5:
            assert time.monotonic() - begun < 30
            time.sleep(0.1)
        torrc = Path(f"/proc/{tors[0]}/cmdline").read_bytes().split(b"\0")[2].decode()
        starter.kill()
    killed = time.monotonic()
    while any(map(is_tor, tors)):
        assert time.monotonic() - killed < 30, "tor outlived the program that started it"
        time.sleep(0.1)
    # A killed starter cannot tidy up: its folder is the one thing that stays.
    root = Path(torrc).parents[1]
    assert root.name.startswith("tn-")
    shutil.rmtree(root)


def test_a_network_that_cannot_start_says_why_and_leaves_nothing() -> None:
    broken = TestNetwork(lines={"relay2": ["NoSuchOption 1"]})
    with pytest.raises(TorError, match=r"relay2 ended by itself") as refused:
        broken.start()
    assert "NoSuchOption" in refused.value.hint
    assert not broken.root.exists()
    assert [process for process in broken.processes if process.alive()] == []


def test_it_stops_by_itself_when_forgotten() -> None:
    forgotten = TestNetwork(max_seconds=2.5)
    with pytest.raises(TorError):
        forgotten.start()
    assert [process for process in forgotten.processes if process.alive()] == []


def is_tor(pid: int) -> bool:
    try:
        return os.readlink(f"/proc/{pid}/exe").endswith("/tor")
    except OSError:
        return False
