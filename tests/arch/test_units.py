"""The systemd units: they parse, they name what exists, and each program really runs inside its own sandbox."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from app.cli.visitor import Visitor
from tests.fakes import box
from tests.fakes import installed as installed_intake
from tests.fakes.installed import boxed
from tests.fakes.instance import Instance
from tests.journey.house import submit
from tor.address import onion_address

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "config" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
TIMERS = sorted(UNITS.glob("*.timer"))
INSTALLED = "/opt/sourdine/"
# systemd's own scale: 10 is no protection at all. tor needs the network, which alone is 0.8.
EXPOSURE = {"sourdine-tor.service": 1.5}
MOST_EXPOSED = 0.6
USERS = {"intake": "sourdine", "tor": "sourdine-tor", "registry": "sourdine-registry"}


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("systemd-analyze is missing. Type: sudo apt-get install systemd")
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as if this checkout were /opt/sourdine: verify looks whether the program is there."""
    folder = tmp_path_factory.mktemp("units")
    program = folder / "sourdine"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in (*SERVICES, *TIMERS):
        text = unit.read_text().replace(f"{INSTALLED}.venv/bin/sourdine", str(program))
        (folder / unit.name).write_text(text)
    return folder


def test_the_units_are_there() -> None:
    assert [unit.name for unit in SERVICES] == [
        "sourdine-intake-tick.service",
        "sourdine-intake.service",
        "sourdine-registry-tick.service",
        "sourdine-registry.service",
        "sourdine-tor.service",
    ]
    assert [unit.stem for unit in TIMERS] == ["sourdine-intake-tick", "sourdine-registry-tick"]


@pytest.mark.parametrize("unit", [*SERVICES, *TIMERS], ids=lambda unit: unit.name)
def test_systemd_takes_it_without_a_word(unit: Path, installed: Path) -> None:
    done = analyze("verify", "--man=no", str(installed / unit.name))
    ours = [line for line in done.stderr.splitlines() if "sourdine" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_how_exposed_it_is(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--no-pager", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= EXPOSURE.get(unit.name, MOST_EXPOSED)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_its_command_parses_and_its_user_is_its_own(unit: Path) -> None:
    said = box.lines_of(unit)
    (command,) = said["ExecStart"]
    program, *words = command.split()
    assert program == f"{INSTALLED}.venv/bin/sourdine"
    main.parse(words)
    user = USERS[words[0]]
    assert (said["User"], said["Group"], said["StateDirectory"]) == ([user], [user], [user])
    assert words[-1] == f"/var/lib/{user}/{words[0]}.toml"
    assert f"u {user} " in (UNITS / "sourdine.sysusers").read_text()
    assert said["AssertPathExists"] == [words[-1]]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_nothing_of_memory_reaches_a_disk(unit: Path) -> None:
    said = box.lines_of(unit)
    assert (said["LimitCORE"], said["MemorySwapMax"], said["UMask"]) == (["0"], ["0"], ["0077"])


def test_who_has_a_network() -> None:
    for unit in SERVICES:
        said = box.lines_of(unit)
        if unit.name == "sourdine-tor.service":
            assert "PrivateNetwork" not in said
            assert said["SupplementaryGroups"] == ["sourdine sourdine-registry"]
            assert not {"ExecReload", "AmbientCapabilities"} & {name for name, value in said.items() if any(value)}
            assert said["Type"] == ["exec"], "nobody waits for a network"
        else:
            assert said["PrivateNetwork"] == ["yes"]
            assert said["RestrictAddressFamilies"] == ["AF_UNIX"]
            assert said["IPAddressDeny"] == ["any"]


def test_running_uploads_may_end() -> None:
    said = box.lines_of(UNITS / "sourdine-intake.service")
    assert int(said["TimeoutStopSec"][0]) >= 900
    assert said["KillMode"] == ["mixed"]
    assert "sourdine-tor.service" in said["After"][0], "when the machine goes down, tor ends last"


# -- the intake in its box ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def intake() -> Iterator[Instance]:
    # Not tmp_path: the path of a socket ends at 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="bx-", dir="/tmp"))
    yield installed_intake.make(folder, reporter=host("reporter"), courier=host("courier"))
    shutil.rmtree(folder)


def host(door: str) -> str:
    return onion_address(door.encode().ljust(32, b"."))


def test_the_box_is_closed() -> None:
    code = "import socket; socket.socket(socket.AF_INET)"
    done = subprocess.run(
        boxed("sourdine-intake.service", sys.executable, "-c", code), capture_output=True, check=False
    )
    assert b"PermissionError" in done.stderr
    code = "import os; print(os.listdir('/sys/class/net') and open('/proc/net/dev').read().count(':'))"
    done = subprocess.run(boxed("sourdine-intake.service", sys.executable, "-c", code), capture_output=True, check=True)
    assert done.stdout == b"1\n", "loopback alone"


def test_a_report_is_taken_inside_the_box(intake: Instance) -> None:
    for action in ("tick", "status"):
        words = boxed("sourdine-intake-tick.service", *installed_intake.command(intake, action))
        subprocess.run(words, check=True, capture_output=True, cwd=ROOT)
    with installed_intake.serving(intake) as program:
        before = os.listdir(intake.settings.home / "envelopes")
        receipt = submit(visitor(intake, "reporter"))
        assert receipt.status == 200
        assert '<ol id="codename">' in receipt.text
        assert len(os.listdir(intake.settings.home / "envelopes")) == len(before) + 1
        assert visitor(intake, "courier").get("/login").status == 200
    assert program.returncode == 0
    assert not list(intake.folder.glob("*.sock"))


def visitor(intake: Instance, door: str) -> Visitor:
    def line() -> socket.socket:
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(60)
        link.connect(str(intake.folder / f"{door}.sock"))
        return link

    return Visitor(host(door), 80, connect=line)
