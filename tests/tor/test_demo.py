"""`sourdine demo` through Tor, as somebody meets it who has read only what it prints."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from app.cli.visitor import Visitor
from tests.journey.house import free_base
from tests.tor.sockets import children_of, sockets_of
from tor import socks

pytestmark = pytest.mark.onion

START_SECONDS = 90
STOP_SECONDS = 30


def sourdine(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "app.cli", *words]
    return subprocess.run(line, input=given, capture_output=True, text=True, check=False, timeout=300)


def wait_back(proxy: str, address: str) -> None:
    """Until an onion that was published anew is reached. A client that asks again and again before the new descriptor
    is there has asked every directory, and then waits; a stream to where the old one was can hang."""
    time.sleep(8)
    said = []
    end = time.monotonic() + 120
    while (code := socks.probe(proxy, address, user=secrets.token_hex(4), timeout=10)) != socks.REACHED:
        said.append(code)
        assert time.monotonic() < end, f"it did not come back: {said}"
        time.sleep(2)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="sd net "))
    yield path
    shutil.rmtree(path)


def command_line(pid: int) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


class Shown:
    """A running `sourdine demo --testnet` and what it printed."""

    def __init__(self, program: subprocess.Popen[str], text: str, data: Path) -> None:
        self.program = program
        self.text = text
        self.tor_toml = str(data / "tor" / "tor.toml")
        self.onions = dict(re.findall(r"^ +(\w+) +http://(\w+\.onion)/$", text, re.M))
        self.with_key, self.without_key = re.findall(r"^SOCKS (\S+) ", text, re.M)


@pytest.fixture(scope="module")
def shown(folder: Path) -> Iterator[Shown]:
    data, said = folder / "data", folder / "said"
    words = ["demo", "--testnet", "--data", str(data), "--port-base", str(free_base())]
    with said.open("w") as out:
        program = subprocess.Popen([sys.executable, "-m", "app.cli", *words], stdout=out, stderr=out, text=True)
    try:
        end = time.monotonic() + START_SECONDS
        while "or: curl" not in said.read_text():
            assert program.poll() is None, said.read_text()
            assert time.monotonic() < end, said.read_text()
            time.sleep(0.2)
        yield Shown(program, said.read_text(), data)
        family = [program.pid, *children_of(program.pid)]
        program.send_signal(signal.SIGINT)
        assert program.wait(STOP_SECONDS) == 0, said.read_text()
        assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == [], "a process was left behind"
    finally:
        program.kill()


def test_every_door_is_reached_through_the_socks_port_it_prints(shown: Shown) -> None:
    for door, status in (("reporter", 200), ("courier", 303), ("registry", 200)):
        line = partial(socks.connect, shown.with_key, shown.onions[door], 80, user="demo", timeout=60)
        assert Visitor(shown.onions[door], 80, connect=line).get("/").status == status


def test_the_courier_onion_is_closed_to_who_has_no_key(shown: Shown) -> None:
    codes: list[int] = []
    end = time.monotonic() + 30
    # A visitor without the key is told 4, or nothing, now and then.
    while not codes or (codes[-1] in {4, socks.NO_ANSWER} and time.monotonic() < end):
        codes.append(socks.probe(shown.without_key, shown.onions["courier"], user=secrets.token_hex(4)))
    assert codes[-1] == socks.NEEDS_KEY, codes
    assert "tried without a key and refused" in shown.text


def test_another_host_name_is_refused(shown: Shown) -> None:
    """A name that somebody points at the door is not its own."""
    line = partial(socks.connect, shown.with_key, shown.onions["reporter"], 80, user="demo", timeout=60)
    assert Visitor(shown.onions["registry"], 80, connect=line).get("/").status == 421


def test_nothing_leaves_loopback(shown: Shown) -> None:
    family = [shown.program.pid, *children_of(shown.program.pid)]
    found = sockets_of(family)
    assert len(found) > 10, "the sockets were not found at all"
    assert [one for one in found if not one.inside] == []


def test_status_tells_of_each_onion_and_of_nobody(shown: Shown) -> None:
    done = sourdine("tor", "status", "--json", "--config", shown.tor_toml)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {onion["name"]: onion["published"] for onion in told["onions"]} == {
        "reporter": True,
        "courier": True,
        "registry": True,
    }


def test_a_new_client_key_is_taken_while_it_runs(shown: Shown) -> None:
    done = sourdine("tor", "client-key", "new", "rivet", "--config", shown.tor_toml)
    assert done.returncode == 0, done.stderr
    listed = sourdine("tor", "client-key", "list", "--json", "--config", shown.tor_toml)
    assert json.loads(listed.stdout) == {"clients": ["courier", "rivet"]}
    wait_back(shown.with_key, shown.onions["courier"])


def test_a_tor_that_is_killed_comes_back_with_its_onions(shown: Shown) -> None:
    """The onion host is the one tor of the demo without a SOCKS port that carries no relay."""
    (host,) = [pid for pid in children_of(shown.program.pid) if b"/host/torrc" in command_line(pid)]
    os.kill(host, signal.SIGKILL)
    wait_back(shown.without_key, shown.onions["reporter"])


def test_no_other_tor_takes_the_place_of_the_demos(shown: Shown) -> None:
    done = sourdine("tor", "up", "--config", shown.tor_toml)
    assert done.returncode == 1
    assert "belongs to a demo" in done.stderr
    assert sourdine("tor", "status", "--config", shown.tor_toml).returncode == 0


def test_the_profile_has_no_scripts_and_one_way_out(shown: Shown) -> None:
    (profile,) = re.findall(r"--profile '([^']+)'", shown.text)
    lines = (Path(profile) / "user.js").read_text()
    assert 'user_pref("javascript.enabled", false);' in lines
    assert f'user_pref("network.proxy.socks_port", {shown.with_key.rpartition(":")[2]});' in lines


def test_the_whole_walk_goes_through_tor(folder: Path) -> None:
    words = ("--data", str(folder / "walk"), "--port-base", str(free_base()))
    done = sourdine("demo", "--once", "--testnet", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every step held." in done.stdout
    assert "registry  http://" in done.stdout


@pytest.mark.parametrize("answer", ["", "no\n", "\n", "yes!\n"])
def test_without_a_yes_nothing_is_published(folder: Path, answer: str) -> None:
    done = sourdine("demo", "--onion", "--data", str(folder / "never"), given=answer)
    assert done.returncode == 1
    assert "public Tor network" in done.stderr
    assert "Nothing was published." in done.stderr
    assert not (folder / "never").exists()


def test_two_networks_at_once_are_wrong_usage() -> None:
    assert sourdine("demo", "--onion", "--testnet").returncode == 2
