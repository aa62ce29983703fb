"""`sourdine tor` without a network: usage, sentences, client keys in files, what a stopped tor leaves possible."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
import socket
import socketserver
import stat
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli import main, tor_notify, tor_onions, tor_up
from app.cli.tor import describe
from app.cli.tor_layout import Place, say_skew
from app.cli.tor_notify import notify
from app.cli.tor_onions import Onions
from app.errors import UserError
from app.settings import TorSettings, load
from tor import onion
from tor.bootstrap import Bootstrap
from tor.errors import TorError
from tor.key import load_or_make
from tor.socks import INTRO_FAILED, NEEDS_KEY, NO_ANSWER, NO_DESCRIPTOR, REACHED
from tor.status import OnionStatus, Status
from tor.version import check_tor

EXAMPLE = Path(__file__).parents[3] / "config/tor.example.toml"
SETTINGS = 'reporter = "unix:reporter.sock"\ncourier = "unix:courier.sock"\n'


class Machine:
    """A folder with tor.toml: runs commands, remembers what they said."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.capsys = capsys
        self.configure(SETTINGS)

    def configure(self, text: str) -> None:
        (self.home / "tor.toml").write_text(text)

    @property
    def place(self) -> Place:
        return Place(load(TorSettings, self.home / "tor.toml"))

    def run(self, *words: str, status: int = 0) -> tuple[str, str]:
        """What was printed as the result, and the rest."""
        with pytest.raises(SystemExit) as ended:
            main.main(["tor", *words, "--config", str(self.home / "tor.toml")])
        said = self.capsys.readouterr()
        assert (ended.value.code or 0) == status, said
        return said.out, said.err


@pytest.fixture
def machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Machine:
    home = tmp_path / "m"
    home.mkdir(mode=0o700)
    return Machine(home, capsys)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("down",),
        ("up", "now"),
        ("status", "--yaml"),
        ("client-key",),
        ("client-key", "show"),
        ("client-key", "new"),
        ("client-key", "new", "a", "b"),
        ("client-key", "list", "a"),
        ("client-key", "revoke"),
        ("client-key", "revoke", "a", "--restart", "--new-address"),
    ],
)
def test_wrong_usage_is_status_two(machine: Machine, words: tuple[str, ...]) -> None:
    machine.run(*words, status=2)


@pytest.mark.parametrize("words", [("up",), ("status",), ("client-key", "list"), ("client-key", "new", "a")])
def test_a_settings_file_is_needed(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SOURDINE_CONFIG", raising=False)
    with pytest.raises(SystemExit) as ended:
        main.main(["tor", *words])
    assert ended.value.code == 2
    assert "--config" in capsys.readouterr().err


def test_the_example_shows_every_setting() -> None:
    written = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert set(written) == {field.name for field in dataclasses.fields(TorSettings)} - {"home"}
    settings, defaults = load(TorSettings, EXAMPLE), TorSettings(home=EXAMPLE.parent)
    for name in set(written) - {"reporter", "courier"}:
        assert getattr(settings, name) == getattr(defaults, name), name
    assert [made.name for made in Place(settings).onions] == ["reporter", "courier"]


def test_paths_start_at_the_settings_file(machine: Machine) -> None:
    place = machine.place
    assert (place.folder, place.control) == (machine.home, machine.home / "control")
    assert place.socks == f"unix:{machine.home}/socks"
    assert [made.target for made in place.onions] == [
        f"unix:{machine.home}/reporter.sock", f"unix:{machine.home}/courier.sock",
    ]  # fmt: skip
    machine.configure('reporter = "unix:/run/a.sock"\nregistry = "127.0.0.1:8083"\ncircuits = true\n')
    first, second = machine.place.onions
    assert (first.target, first.circuit_ids, first.pow) == ("unix:/run/a.sock", True, True)
    assert (second.target, second.circuit_ids, second.guarded) == ("127.0.0.1:8083", False, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no door"),
        ('reporter = "0.0.0.0:80"\n', "may not lead to"),
        ('reporter = "example.org:80"\n', "may not lead to"),
        ('reporter = "unix:a"\ninclude = "more"\n', "include is for trials only"),
        ('trial = true\nreporter = "unix:a"\ninclude = "more"\n', "include cannot be read"),
        ('reporter = "unix:a"\nbinary = "/nowhere/tor"\n', "is not on this machine"),
        ('reporter = "unix:a"\nbinary = "/bin/true"\n', "not tor"),
        ('reporter = "unix:a"\nsocks = "0.0.0.0:9050"\n', "socks may not be"),
        ('reporter = "unix:a"\nsurprise = 1\n', "surprise is unknown"),
        (f'reporter = "unix:{"a" * 120}"\n', "too long"),
    ],
)
def test_up_refuses_in_a_sentence(machine: Machine, text: str, said: str) -> None:
    machine.configure(text)
    assert said in machine.run("up", status=1)[1]


@pytest.mark.parametrize("name", ["", "reporter", "data"])
def test_up_refuses_a_folder_that_others_can_read(machine: Machine, name: str) -> None:
    (machine.home / name).mkdir(mode=0o700, exist_ok=True)
    (machine.home / name).chmod(0o750)
    assert "Others can read" in machine.run("up", status=1)[1]


def test_up_refuses_a_loose_key(machine: Machine) -> None:
    load_or_make(machine.home / "reporter")
    (machine.home / "reporter/hs_ed25519_secret_key").chmod(0o640)
    assert "Others can read the key file" in machine.run("up", status=1)[1]


@pytest.mark.parametrize("text", ["", "descriptor:x25519:AAAA\n", "descriptor:x25519:" + "a" * 52 + "\n"])
def test_up_refuses_a_malformed_client_key(machine: Machine, text: str) -> None:
    machine.run("client-key", "new", "rivet")
    (machine.home / "courier/authorized_clients/rivet.auth").write_text(text)
    assert "tor would open it to everybody" in machine.run("up", status=1)[1]


def test_two_cannot_run_in_one_folder(machine: Machine) -> None:
    assert not machine.place.is_up()
    with machine.place.locked():
        assert machine.place.is_up()
        assert "Another `sourdine tor up`, or a demo, already runs" in machine.run("up", status=1)[1]
    assert not machine.place.is_up()


def test_up_refuses_client_keys_where_everybody_is_welcome(machine: Machine) -> None:
    machine.place.clients("reporter").add("rivet")
    assert "nobody else would find it" in machine.run("up", status=1)[1]


def test_a_key_that_goes_while_torrc_is_written(machine: Machine) -> None:
    machine.run("client-key", "new", "rivet")
    place = machine.place
    place.make()
    watch = tor_up._Watch(place, check_tor())
    watch._clients = watch._look_at_clients()
    assert list(watch._clients.keys) == ["rivet"]
    place.clients().remove("rivet")
    watch._write(network=True)
    assert watch._clients.keys == {}
    assert "courier" not in place.torrc.read_text().replace(str(machine.home), "")


def test_a_key_file_that_is_spoiled_while_torrc_is_written(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tor_up, "SECOND_LOOK", 0.0)
    machine.run("client-key", "new", "rivet")
    place = machine.place
    place.make()
    watch = tor_up._Watch(place, check_tor())
    watch._clients = watch._look_at_clients()
    (place.clients().folder / "rivet.auth").write_text("")
    with pytest.raises(TorError, match="malformed"):
        watch._write(network=True)  # at the start
    watch._began = True
    watch._write(network=True)
    assert "is malformed. tor would open it to everybody" in watch._clients.fault
    assert "courier" not in place.torrc.read_text().replace(str(machine.home), "")


def test_up_gives_up_when_tor_never_stays(machine: Machine) -> None:
    # A data folder that tor cannot use, although we can.
    (machine.home / "data").mkdir(mode=0o700)
    (machine.home / "data/lock").mkdir()
    assert "tor ends as soon as it starts" in machine.run("up", status=1)[1]


def test_status_when_nothing_runs(machine: Machine) -> None:
    assert "tor is not running" in machine.run("status", status=1)[1]
    assert "sourdine tor up" in machine.run("status", "--json", status=1)[1]


def test_a_status_for_a_person_holds_counts_only() -> None:
    facts = OnionStatus("reporter", "a.onion", made=True, published=True, intro_points=6, effort=0, other_instance=True)
    closed = OnionStatus(
        "courier", "b.onion", made=True, published=False, intro_points=0, effort=None, other_instance=None
    )
    found = Status("0.4.9.11", Bootstrap(100, "Done"), -7200, {"HS_SERVICE_REND": 3}, (facts, closed))
    assert list(describe(found)) == [
        "tor 0.4.9.11: 100 %, Done",
        say_skew(-7200),
        "reporter http://a.onion published, 6 introduction points, proof of work: effort 0",
        "  The network hands out another description than ours: keys changed a moment ago (look again in some",
        "  minutes), or another machine publishes with the same key (stop one of the two).",
        "courier http://b.onion not published, 0 introduction points",
        "circuits: HS_SERVICE_REND 3",
    ]


def test_a_key_is_shown_once_and_only_its_public_half_stays(machine: Machine) -> None:
    out, err = machine.run("client-key", "new", "rivet")
    address = load_or_make(machine.home / "courier").address
    assert f"http://{address}" in out
    (private,) = re.findall(r"key: ([A-Z2-7]{52})\n", out)
    assert "Tor Browser asks" in err
    assert "from the next start" in err
    file = machine.home / "courier/authorized_clients/rivet.auth"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for path in machine.home.rglob("*"):
        if path.is_file():
            assert private.encode() not in path.read_bytes()
            assert base64.b32decode(private + "====") not in path.read_bytes()
    assert private not in "".join(machine.run("client-key", "list"))


def test_a_key_for_tor_itself_goes_into_a_file(machine: Machine) -> None:
    out, err = machine.run("client-key", "new", "rivet", "--to", str(machine.home / "rivet.auth_private"))
    file = machine.home / "rivet.auth_private"
    text = file.read_text()
    assert re.fullmatch(r"[a-z2-7]{56}:descriptor:x25519:[A-Z2-7]{52}\n", text)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert text.strip().rpartition(":")[2] not in out + err


def test_a_key_that_cannot_be_handed_over_is_not_made(machine: Machine) -> None:
    taken = machine.home / "taken"
    taken.write_text("x")
    assert "exists already" in machine.run("client-key", "new", "rivet", "--to", str(taken), status=1)[1]
    assert machine.run("client-key", "new", "rivet", "--to", str(machine.home / "no/where"), status=1)
    assert taken.read_text() == "x"
    assert json.loads(machine.run("client-key", "list", "--json")[0]) == {"clients": []}


@pytest.mark.parametrize("name", ["Rivet", "a b", "../a", "", "a-", "a" * 33, "é"])
def test_a_name_that_is_no_file_name(machine: Machine, name: str) -> None:
    assert "is not a name for a client key" in machine.run("client-key", "new", name, status=1)[1]


def test_list_and_revoke(machine: Machine) -> None:
    assert "not published" in machine.run("client-key", "list")[1]
    for name in ("rivet", "clou"):
        machine.run("client-key", "new", name)
    assert "already" in machine.run("client-key", "new", "rivet", status=1)[1]
    assert machine.run("client-key", "list")[0] == "clou\nrivet\n"
    assert json.loads(machine.run("client-key", "list", "--json")[0]) == {"clients": ["clou", "rivet"]}
    out, err = machine.run("client-key", "revoke", "rivet")
    assert "rivet is out" in out
    assert "from the next start" in err
    assert "There is no client key named rivet" in machine.run("client-key", "revoke", "rivet", status=1)[1]
    assert "No key is left" in machine.run("client-key", "revoke", "clou", "--restart")[1]


@pytest.mark.parametrize("words", [(), ("--restart",), ("--new-address",)])
def test_a_tor_that_does_not_answer_keeps_nobody_in(machine: Machine, words: tuple[str, ...]) -> None:
    """The key goes first, whatever is wrong with the control socket."""
    for name in ("rivet", "clou"):
        machine.run("client-key", "new", name)
    before = load_or_make(machine.home / "courier").address
    with machine.place.locked():
        said = machine.run("client-key", "revoke", "rivet", *words, status=1)[1]
    assert "The key is removed, but tor did not answer" in said
    assert f"revoke rivet {'--new-address' if '--new-address' in words else '--restart'}" in said
    assert machine.place.clients().names() == ("clou",)
    assert load_or_make(machine.home / "courier").address == before


def test_a_look_at_the_lock_stops_no_start(machine: Machine) -> None:
    place = machine.place
    descriptor = place._take_lock()
    assert descriptor is not None
    threading.Timer(0.2, os.close, (descriptor,)).start()
    with place.locked():
        assert place.is_up()


def test_a_new_address_keeps_the_other_keys(machine: Machine) -> None:
    for name in ("rivet", "clou"):
        machine.run("client-key", "new", name)
    before = load_or_make(machine.home / "courier").address
    out, err = machine.run("client-key", "revoke", "rivet", "--new-address")
    after = load_or_make(machine.home / "courier").address
    assert after != before
    assert f"new address: http://{after}" in out
    assert "intake.toml" in err
    assert machine.run("client-key", "list")[0] == "clou\n"


def test_client_keys_need_a_courier_onion(machine: Machine) -> None:
    machine.configure('reporter = "unix:reporter.sock"\n')
    for words in (("list",), ("new", "rivet"), ("revoke", "rivet")):
        assert "does not serve the courier's onion" in machine.run("client-key", *words, status=1)[1]


def test_nothing_of_tor_is_loaded_by_the_desk() -> None:
    code = "import sys; from app.cli import main; main.parse(['desk', 'import', 'x']); print('stem' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_systemd_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    for name, address in ((str(tmp_path / "n"), str(tmp_path / "n")), (f"@n{os.getpid()}", f"\0n{os.getpid()}")):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            manager.settimeout(5)
            monkeypatch.setenv("NOTIFY_SOCKET", name)
            notify("READY=1", "STATUS=open")
            assert manager.recv(100) == b"READY=1\nSTATUS=open"
    notify("READY=1")  # nobody listens any more: nothing happens
    monkeypatch.setattr(tor_notify, "SEND_SECONDS", 0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "full"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "full"))
        for _ in range(100):
            notify("STATUS=nobody reads this")


GOLDEN = Path(__file__).parents[1] / "tor" / "golden"
ADDRESS = (GOLDEN / "descriptor.onion").read_text().strip()
UPLOADED = f"650 HS_DESC UPLOADED {ADDRESS.removesuffix('.onion')} UNKNOWN $FFFF\n"


class Tor:
    """A control connection that is always bootstrapped, and counts what it is asked to forget."""

    forgot = 0
    own = ""

    def own_descriptor(self, address: str) -> str:
        return self.own

    def bootstrap(self) -> Bootstrap:
        return Bootstrap(100, "Done")

    def clock_skew(self) -> int | None:
        return 7200

    def new_identity(self) -> None:
        self.forgot += 1


class Outside(socketserver.ThreadingUnixStreamServer):
    """A SOCKS port in front of one onion: every CONNECT is answered with the next code of a list."""

    daemon_threads = True

    def __init__(self, path: Path, record: onion.Onion, *codes: int) -> None:
        super().__init__(str(path), Answer)
        self.codes = list(codes)
        self.statuses = [200]
        self.asked = 0
        self.said: list[str] = []
        self.tor = Tor()
        self.onions = Onions([(record, ADDRESS)], f"unix:{path}", self.said.append)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def look(self, times: int) -> None:
        for _ in range(times):
            self.onions.step(self.tor)  # type: ignore[arg-type]


class Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.recv(100)
        self.request.sendall(b"\x05\x02")
        self.request.recv(100)
        self.request.sendall(b"\x01\x00")
        self.request.recv(300)
        assert isinstance(self.server, Outside)
        self.server.asked += 1
        code = self.server.codes.pop(0)
        if code != NO_ANSWER:
            self.request.sendall(bytes([5, code, 0, 1]) + bytes(6))
        if code == REACHED and self.request.recv(300):
            self.server.asked -= 1  # this one asked for a page too
            status = self.server.statuses.pop(0)
            self.request.sendall(b"HTTP/1.1 %d Words\r\n\r\n" % status if status else b"")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Outside]]:
    for pause in ("SETTLE_SECONDS", "FIRST_PAUSE", "NEWNYM_SECONDS", "GUARD_SECONDS"):
        monkeypatch.setattr(tor_onions, pause, 0.0)
    opened: list[Outside] = []

    def open_one(record: onion.Onion, *codes: int) -> Outside:
        opened.append(Outside(tmp_path / "socks", record, *codes))
        return opened[-1]

    yield open_one
    for one in opened:
        one.shutdown()
        one.server_close()


Opener = Callable[..., Outside]
CLIENTS = {"rivet": "A" * 52}


def test_protected_is_said_only_after_upload_and_refusal(outside: Opener) -> None:
    seen = outside(onion.courier("unix:/a"), NO_DESCRIPTOR, INTRO_FAILED, NO_ANSWER, NEEDS_KEY)
    seen.onions.expect(CLIENTS)
    seen.look(3)
    assert seen.asked == 0, "what a directory shows now may be of an earlier life"
    assert seen.said[0] == say_skew(7200)
    seen.onions.heard("650 HS_DESC UPLOADED other UNKNOWN $FFFF\n")
    seen.look(3)
    assert seen.asked == 0
    seen.onions.heard(UPLOADED)
    seen.look(8)
    assert seen.asked == 4
    assert seen.onions.known()
    assert [text for text in seen.said if "protected" in text] == seen.said[-1:]


@pytest.mark.parametrize("codes", [(REACHED,), (5,), (NEEDS_KEY + 1, REACHED), (1, 4, 1, 4, REACHED)])
def test_an_open_courier_onion_stops_everything(outside: Opener, codes: tuple[int, ...]) -> None:
    seen = outside(onion.courier("unix:/a"), *codes)
    seen.onions.expect(CLIENTS)
    seen.onions.heard(UPLOADED)
    with pytest.raises(UserError, match="open to everybody"):
        seen.look(20)
    assert seen.codes == []
    assert not [text for text in seen.said if "protected" in text]


def test_what_tor_says_now_and_then_is_no_proof(outside: Opener) -> None:
    seen = outside(onion.courier("unix:/a"), 1, 1, 4, 4, 4, 4, NEEDS_KEY)
    seen.onions.expect(CLIENTS)
    seen.onions.heard(UPLOADED)
    seen.look(20)
    assert "courier: protected" in seen.said[-1]


def test_an_own_description_that_is_readable_stops_everything(outside: Opener) -> None:
    """Before any look from outside, and long after the last."""
    seen = outside(onion.courier("unix:/a"), NEEDS_KEY)
    seen.onions.expect(CLIENTS)
    seen.onions.heard(UPLOADED)
    seen.look(5)
    assert "courier: protected" in seen.said[-1]
    seen.tor.own = (GOLDEN / "guarded.txt").read_text()
    seen.look(1)
    seen.tor.own = (GOLDEN / "descriptor.txt").read_text()
    with pytest.raises(UserError, match="open to everybody: its description was readable"):
        seen.look(1)


def test_an_open_onion_may_be_read(outside: Opener) -> None:
    seen = outside(onion.reporter("unix:/a"), REACHED, REACHED)
    seen.tor.own = (GOLDEN / "descriptor.txt").read_text()
    seen.onions.expect({})
    seen.onions.heard(UPLOADED)
    seen.look(3)
    assert seen.said[-1] == "reporter: reachable"


def test_only_an_upload_of_the_guarded_one_lets_a_change_wait(outside: Opener) -> None:
    seen = outside(onion.courier("unix:/a"))
    seen.onions.heard("650 HS_DESC UPLOAD other UNKNOWN $FFFF\n")
    assert seen.onions.may_change()
    seen.onions.heard(UPLOADED.replace("UPLOADED", "UPLOAD"))
    assert not seen.onions.may_change()


def test_why_it_is_not_published_is_said(outside: Opener) -> None:
    seen = outside(onion.courier("unix:/a"))
    seen.onions.expect({}, "The file is malformed.")
    assert seen.said == ["courier: not published: The file is malformed."]


def test_a_change_of_keys_is_looked_at_afresh(outside: Opener) -> None:
    seen = outside(onion.courier("unix:/a"), NEEDS_KEY, NEEDS_KEY)
    seen.onions.expect({})
    assert seen.onions.known()
    assert "no client key yet" in seen.said[-1]
    seen.onions.expect(CLIENTS)
    assert not seen.onions.known()
    seen.onions.heard(UPLOADED)
    seen.look(4)
    assert seen.onions.known()
    before = seen.tor.forgot
    seen.onions.expect({"clou": "B" * 52})
    seen.look(4)
    assert not seen.onions.known(), "the upload before the change counts for nothing"
    seen.onions.heard(UPLOADED)
    seen.look(4)
    assert seen.tor.forgot == before + 1, "what tor remembered is from before the change"
    assert seen.onions.known()


def test_a_door_that_is_not_there_yet(outside: Opener) -> None:
    seen = outside(onion.reporter("unix:/a"), 1, REACHED, REACHED)
    seen.onions.expect({})
    seen.onions.heard(UPLOADED)
    seen.look(2)
    assert seen.onions.known()
    assert "its door does not answer at unix:/a" in seen.said[-1]
    seen.look(2)
    assert seen.said[-1] == "reporter: reachable"


@pytest.mark.parametrize(("status", "said"), [(421, "hosts"), (400, "circuits"), (0, "circuits")])
def test_a_door_that_turns_everybody_away(outside: Opener, status: int, said: str) -> None:
    """Each look is a CONNECT that is closed at once, then one that asks for the first page."""
    seen = outside(onion.reporter("unix:/a"), *[REACHED] * 4)
    seen.statuses = [status, 200]
    seen.onions.expect({})
    seen.onions.heard(UPLOADED)
    seen.look(2)
    assert f"`{said}`" in seen.said[-1]
    assert seen.onions.known()
    seen.look(2)
    assert seen.said[-1] == "reporter: reachable"


def test_an_upload_that_tor_never_tells(outside: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = outside(onion.reporter("unix:/a"), NO_ANSWER, NO_ANSWER, NO_ANSWER, REACHED, REACHED)
    monkeypatch.setattr(tor_onions, "LATE_SECONDS", 0.0)
    seen.onions.expect({})
    seen.look(6)
    assert seen.onions.known()
    assert sum("does not say that it uploaded" in text for text in seen.said) == 1
