"""`sourdine tor up` with real tor on the private network: published, tried from outside, watched, closed for good."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli.visitor import Visitor
from tests.fakes import installed
from tests.journey.house import submit
from tests.tor.backend import Backend
from tor.client_auth import ClientKey
from tor.control import Control
from tor.descriptor import decrypt
from tor.errors import ControlLost
from tor.socks import INTRO_FAILED, NEEDS_KEY, NO_ANSWER, NO_DESCRIPTOR, REACHED, WRONG_KEY, connect, probe
from tor.testnet.runner import TestNetwork
from tor.version import check_tor

pytestmark = pytest.mark.onion

SOURDINE = (sys.executable, "-m", "app.cli", "tor")
PATIENCE = 60.0
CLOSED = {NEEDS_KEY, WRONG_KEY}
GONE = {NO_DESCRIPTOR, INTRO_FAILED}
PROTECTED = "courier: protected"


class Machine:
    """A folder with tor.toml on the private network, and the `tor up` that runs in it."""

    def __init__(self, folder: Path, network: TestNetwork, door: Backend) -> None:
        self.folder = folder
        self.network = network
        self.door = door
        (folder / "data").mkdir(mode=0o700)
        network.seed(folder / "data")
        (folder / "more").write_text("\n".join(network.lines) + "\n")
        self.configure()
        self.systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.systemd.bind(str(folder / "systemd"))
        self.systemd.setblocking(False)
        self.told: list[str] = []
        self.given: dict[int, tuple[str, bytes]] = {}
        self.up: subprocess.Popen[bytes] | None = None

    def configure(self, **settings: str | bool) -> None:
        made = {"reporter": self.door.target, "courier": self.door.target, "include": "more", **settings}
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in made.items()]
        (self.folder / "tor.toml").write_text("trial = true\n" + "".join(lines))

    def script(self, text: str) -> str:
        """A program to be called instead of tor; `{tor}` stands for the real one."""
        file = self.folder / "tor.sh"
        file.write_text("#!/bin/sh\n" + text.format(tor=check_tor().path) + "\n")
        file.chmod(0o700)
        return str(file)

    def run(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(self._words(*words), capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert done.returncode == status, done
        return done.stdout + done.stderr

    def start(self, *said: str, boxed: bool = False) -> None:
        words = self._words("up")
        environment = os.environ | {"NOTIFY_SOCKET": self.systemd.getsockname()}
        with (self.folder / "said").open("wb") as out:
            self.up = subprocess.Popen(
                installed.boxed("sourdine-tor.service", *words) if boxed else words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment,
            )
        for text in said:
            self.wait_said(text)

    def notified(self) -> list[str]:
        """What systemd was told so far. Its queue is short: it is emptied while waiting, too."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.told.append(self.systemd.recv(1000).decode())
        return self.told

    def said(self) -> str:
        return (self.folder / "said").read_text(errors="replace")

    def wait_said(self, text: str, times: int = 1) -> None:
        wait_until(
            lambda: bool(self.notified()) and (self.said().count(text) >= times or self.ended()),
            self.said,
        )
        assert self.said().count(text) >= times, self.said()

    def ended(self) -> bool:
        return self.up is not None and self.up.poll() is not None

    def wait_ended(self) -> int:
        assert self.up is not None
        return self.up.wait(PATIENCE)

    @property
    def tor_pid(self) -> int:
        with Control.connect(self.folder / "control") as control:
            return int(control.get_info("process/pid"))

    def leftovers(self) -> list[int]:
        """Processes that read this machine's torrc."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.folder / "torrc").encode() in (process / "cmdline").read_bytes().split(b"\0"):
                    found.append(int(process.name))
        return found

    def address(self, name: str = "courier") -> str:
        return (self.folder / name / "hostname").read_text().strip()

    def key(self, name: str) -> bytes:
        """`client-key new`, and the private half as a client's tor takes it."""
        found = re.search(r"key: ([A-Z2-7]{52})", self.run("client-key", "new", name))
        assert found
        return base64.b32decode(found[1] + "====")

    def probe(self, client: int, name: str = "courier") -> int:
        return probe(self.network.clients[client].socks, self.address(name), user=secrets.token_hex(4), timeout=20)

    def visitor(self, client: int, name: str) -> Visitor:
        address, proxy = self.address(name), self.network.clients[client].socks
        return Visitor(address, 80, connect=lambda: connect(proxy, address, 80, user="v", timeout=30))

    def wait_probe(self, client: int, *codes: int, name: str = "courier") -> None:
        """Until a client is told one of these, forgetting in between what it knew."""
        told: list[int] = []

        def look() -> bool:
            told.append(self.probe(client, name))
            if told[-1] not in codes:
                self.forget(client)
            return told[-1] in codes

        wait_until(look, lambda: f"{told}\n{self.said()}")

    def forget(self, client: int) -> None:
        with Control.connect(self.network.clients[client].control) as control:
            control.new_identity()
            if client in self.given:  # tor forgets the keys as well
                control.add_client_key(*self.given[client])

    def give(self, client: int, private: bytes) -> None:
        with Control.connect(self.network.clients[client].control) as control:
            self.given[client] = (self.address(), private)
            control.add_client_key(*self.given[client])

    def close(self) -> None:
        self.systemd.close()
        if self.up is not None:
            self.up.kill()
            self.up.wait()

    def _words(self, *words: str) -> list[str]:
        return [*SOURDINE, *words, "--config", str(self.folder / "tor.toml")]


def wait_until(test: Callable[[], bool], otherwise: Callable[[], str], pause: float = 0.2) -> None:
    deadline = time.monotonic() + PATIENCE
    while not test():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(pause)


def lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def machine(network: TestNetwork) -> Iterator[Machine]:
    # Not tmp_path: the path of a socket ends at 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="up-", dir="/tmp"))
    try:
        with Backend(folder / "door") as door:
            made = Machine(folder, network, door)
            try:
                yield made
            finally:
                made.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # tor may take its socket away at the same moment
        if folder.exists():
            shutil.rmtree(folder)


def test_keys_come_and_go_while_it_runs(machine: Machine) -> None:
    machine.start("courier: not published: no client key yet", "\nopen\n", boxed=True)
    machine.wait_probe(1, REACHED, name="reporter")
    machine.wait_probe(1, *GONE)  # a guarded onion without keys is not published at all
    assert PROTECTED not in machine.said()

    machine.give(0, machine.key("rivet"))
    machine.wait_said(PROTECTED)
    machine.forget(1)
    machine.wait_probe(0, REACHED)
    machine.wait_probe(1, NEEDS_KEY)

    facts = json.loads(machine.run("status", "--json"))
    assert [(made["name"], made["made"]) for made in facts["onions"]] == [("reporter", True), ("courier", True)]
    assert machine.address() in machine.run("status")

    with connect(machine.network.clients[1].socks, machine.address("reporter"), 80, user="u", timeout=20) as upload:
        upload.sendall(b"GET / HTTP/1.1\r\n")
        assert "No key is left" in machine.run("client-key", "revoke", "rivet")
        machine.wait_said("courier: not published", times=2)
        machine.wait_probe(1, NO_DESCRIPTOR, INTRO_FAILED, NEEDS_KEY)
        upload.sendall(b"\r\n")
        assert upload.recv(100).startswith(b"HTTP/1.1 200"), "what reporters send goes on"
    machine.wait_probe(0, NO_DESCRIPTOR, INTRO_FAILED, *CLOSED)

    child = machine.tor_pid
    assert machine.up is not None
    machine.up.terminate()
    assert machine.wait_ended() == 0
    assert machine.notified()[-1] == "STOPPING=1"
    assert not lives(child)


def test_a_revoked_key_stays_out_after_a_restart_and_the_others_do_not(machine: Machine) -> None:
    keys = {name: machine.key(name) for name in ("rivet", "clou")}
    machine.start(PROTECTED, "\nopen\n")
    told = machine.notified()
    assert told[-2:] == ["STATUS=open", "READY=1"], "tor itself tells systemd nothing"
    assert [text for text in told if PROTECTED in text]
    for client, private in enumerate(keys.values()):
        machine.give(client, private)
        machine.wait_probe(client, REACHED)
    first = machine.tor_pid
    assert "connections were cut" in machine.run("client-key", "revoke", "clou", "--restart")
    machine.wait_said(PROTECTED, times=2)
    assert machine.tor_pid != first
    # The cached descriptor names introduction points that are gone; a fresh one is not for this key.
    machine.wait_probe(1, *CLOSED)
    machine.wait_probe(0, REACHED)

    before = machine.address()
    machine.run("client-key", "new", "vis")
    assert "new address" in machine.run("client-key", "revoke", "vis", "--new-address")
    assert machine.address() != before
    machine.wait_said(PROTECTED, times=3)
    machine.give(0, keys["rivet"])
    machine.wait_probe(0, REACHED)
    left = probe(machine.network.clients[0].socks, before, user=secrets.token_hex(4), timeout=20)
    assert left in {*GONE, *CLOSED}


def test_a_tor_that_dies_is_started_again(machine: Machine) -> None:
    machine.configure(courier="")
    machine.start("reporter: reachable")
    for times in (2, 3):
        os.kill(machine.tor_pid, signal.SIGKILL)
        machine.wait_said("reporter: reachable", times=times)
        machine.wait_probe(1, REACHED, name="reporter")
    child = machine.tor_pid
    assert machine.up is not None
    machine.up.kill()
    machine.wait_ended()
    wait_until(lambda: not machine.leftovers(), lambda: "tor outlived a killed `tor up`")
    assert not lives(child)


def test_a_malformed_key_file_closes_the_courier_alone(machine: Machine) -> None:
    machine.give(0, machine.key("rivet"))
    machine.start(PROTECTED, "reporter: reachable")
    machine.wait_probe(0, REACHED)
    file = machine.folder / "courier/authorized_clients/rivet.auth"
    good = file.read_text()
    file.write_text(good.replace("x25519", "x2551"))
    machine.wait_said("courier: not published: The client key file")
    wait_until(lambda: machine.probe(0) in {NO_ANSWER, *GONE}, machine.said)
    machine.wait_probe(1, NEEDS_KEY, *GONE)
    made = {one["name"]: one["made"] for one in json.loads(machine.run("status", "--json"))["onions"]}
    assert made == {"reporter": True, "courier": False}
    machine.wait_probe(1, REACHED, name="reporter")
    assert not machine.ended()
    file.write_text(good)
    machine.wait_said(PROTECTED, times=2)
    machine.wait_probe(0, REACHED)

    file.write_text("")
    machine.wait_said("courier: not published: The client key file", times=2)
    os.kill(machine.tor_pid, signal.SIGKILL)
    machine.wait_said("reporter: reachable", times=2)
    assert not machine.ended(), "a tor that dies meanwhile takes nothing with it"


def test_a_malformed_key_file_refuses_the_start(machine: Machine) -> None:
    machine.key("rivet")
    (machine.folder / "courier/authorized_clients/rivet.auth").write_text("")
    machine.start()
    assert machine.wait_ended() == 1
    assert "is malformed" in machine.said()
    assert "tor would open it to everybody" in machine.said()


def test_two_revocations_in_a_row_open_nothing(machine: Machine) -> None:
    """The last key goes after `tor up` has looked at the folder, and before tor does."""
    script = machine.script('case "$*" in *--verify-config*) sleep 0.6 ;; esac\nexec {tor} "$@"')
    machine.configure(reporter="", binary=script)
    for name in ("rivet", "clou"):
        machine.key(name)
    machine.start(PROTECTED, "\nopen\n")
    time.sleep(5)  # an upload that has just been made would let the first change wait
    folder = machine.folder / "courier/authorized_clients"
    (folder / "clou.auth").unlink()
    wait_until((machine.folder / ".torrc.part").exists, machine.said, pause=0.005)
    (folder / "rivet.auth").unlink()
    readable = []
    with Control.connect(machine.folder / "control") as control:
        end = time.monotonic() + 8
        while time.monotonic() < end:
            own = control.own_descriptor(machine.address())
            readable.append(bool(own and decrypt(own, machine.address())))
            time.sleep(0.05)
    assert True not in readable
    assert "courier: not published: no client key yet" in machine.said()
    assert not machine.ended()


def test_an_onion_that_is_open_after_all_is_stopped(machine: Machine) -> None:
    """A tor that publishes without keys, whatever its torrc says: only the look from outside finds it."""
    machine.key("rivet")
    opened = machine.folder / "opened"
    opened.mkdir(mode=0o700)
    secret = "hs_ed25519_secret_key"
    shutil.copy(machine.folder / "courier" / secret, opened / secret)
    script = machine.script(
        'case "$*" in *--version*|*--list-modules*|*--verify-config*) exec {tor} "$@" ;; esac\n'
        f'exec {{tor}} "$@" HiddenServiceDir {opened} HiddenServicePort "80 {machine.door.target}"'
    )
    machine.configure(reporter="", binary=script)
    machine.start()
    assert machine.wait_ended() == 1, machine.said()
    assert "open to everybody" in machine.said()
    assert PROTECTED not in machine.said()
    with pytest.raises(ControlLost):
        Control.connect(machine.folder / "control")


def test_a_wrong_clock_is_said(machine: Machine) -> None:
    machine.configure(courier="", binary=machine.script('exec faketime -f +2h {tor} "$@"'))
    machine.start("2 h 0 min ahead")
    assert machine.up is not None
    machine.up.send_signal(signal.SIGINT)
    assert machine.wait_ended() == 0
    # faketime stays beside the program it starts: whoever stops the first process only leaves a tor behind.
    wait_until(lambda: not machine.leftovers(), lambda: f"still there: {machine.leftovers()}")


def test_a_door_that_is_not_there_is_said(machine: Machine) -> None:
    machine.configure(courier="", reporter=f"unix:{machine.folder}/nowhere")
    machine.start("its door does not answer", "\nopen\n")
    with Backend(machine.folder / "nowhere"):
        machine.wait_said("reporter: reachable\n")


def test_a_key_pair_is_what_the_client_needs(machine: Machine) -> None:
    file = machine.folder / "rivet.auth_private"
    machine.run("client-key", "new", "rivet", "--to", str(file))
    label, _, _, private = file.read_text().strip().split(":")
    assert f"{label}.onion" == machine.address()
    assert len(private) == len(ClientKey.generate("a").private_base32)


def test_a_report_over_the_onion_as_installed(machine: Machine) -> None:
    """What install.md leaves: both programs in their boxes, unix sockets between them, circuit numbers on."""
    folder = machine.folder
    intake = installed.make(folder / "i", reporter="a", courier="b")
    doors = {name: f"unix:{folder}/i/{name}.sock" for name in ("reporter", "courier")}
    machine.configure(circuits=True, **doors)
    key = machine.key("rivet")
    machine.start("reporter: published, but its door does not answer", PROTECTED, "\nopen\n", boxed=True)
    names = {name: machine.address(name) for name in doors}
    installed.configure(intake, circuits=False, **names)
    with installed.serving(intake):
        machine.wait_said("`circuits`")
    installed.configure(intake, circuits=True, reporter=names["courier"], courier=names["reporter"])
    with installed.serving(intake):
        machine.wait_said("`hosts`")
    installed.configure(intake, circuits=True, **names)
    with installed.serving(intake):
        machine.wait_said("reporter: reachable\n")
        receipt = submit(machine.visitor(1, "reporter"))
        assert receipt.status == 200
        assert '<ol id="codename">' in receipt.text
        machine.give(0, key)
        machine.wait_probe(0, REACHED)
        assert machine.visitor(0, "courier").get("/login").status == 200
        machine.wait_probe(1, NEEDS_KEY)
    assert len(list((intake.settings.home / "envelopes").iterdir())) == 1
