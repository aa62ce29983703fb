"""The torrc, byte for byte, and through the real tor's own parser; nothing is written that could open a door."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tor.client_auth import Clients
from tor.errors import PublishError, TorError
from tor.key import load_or_make
from tor.onion import Onion, courier, registry, reporter
from tor.torrc import Torrc, write
from tor.version import check_tor

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path("/var/lib/sourdine-tor")
ALL = Torrc(
    ROOT,
    Path("/run/sourdine-tor/control"),
    (
        reporter("unix:/run/sourdine/reporter.sock", circuit_ids=True),
        courier("unix:/run/sourdine/courier.sock"),
        registry("127.0.0.1:8083"),
    ),
    socks="unix:/run/sourdine-tor/socks",
)
BARE = Torrc(
    ROOT, ROOT / "control", (registry("unix:/run/registry.sock"),), log=ROOT / "log", lines=("TestingTorNetwork 1",)
)


@pytest.mark.parametrize(("name", "torrc"), [("all.torrc", ALL), ("bare.torrc", BARE)])
def test_the_text_is_the_golden_one(name: str, torrc: Torrc) -> None:
    assert torrc.render() == (GOLDEN / name).read_text()


def test_every_defence_is_in_every_text() -> None:
    for torrc in (ALL, BARE):
        lines = torrc.render().splitlines()
        assert {
            "HiddenServiceSingleHopMode 0",
            "HiddenServiceNonAnonymousMode 0",
            "SafeLogging 1",
            "CookieAuthentication 1",
            "ClientOnly 1",
            "Sandbox 0",
        } <= set(lines)
        assert lines.count("HiddenServiceMaxStreamsCloseCircuit 0") == len(torrc.onions)
        assert not any(line.startswith(("ORPort", "ControlPort", "DirPort", "MetricsPort")) for line in lines)
    text = ALL.render()
    assert text.count("HiddenServicePoWDefensesEnabled 1") == 2
    assert text.count("HiddenServiceExportCircuitID haproxy") == 1


@pytest.fixture
def mine(short: Path) -> Torrc:
    doors = (reporter(f"unix:{short}/r.sock", circuit_ids=True), courier(f"unix:{short}/c.sock"))
    return Torrc(short, short / "control", doors, socks=f"unix:{short}/socks")


def test_the_real_tor_accepts_it(mine: Torrc) -> None:
    for onion in mine.onions:
        load_or_make(mine.onion_folder(onion))
    Clients(mine.onion_folder(mine.onions[1]) / "authorized_clients").add("anne")
    file = mine.folder / "torrc"
    for _ in range(2):
        write(mine, file, check_tor())
        assert file.read_text() == mine.render()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in mine.folder.iterdir() if ".part" in path.name] == []


def test_a_guarded_onion_without_clients_is_not_written(mine: Torrc) -> None:
    with pytest.raises(PublishError, match="no client key yet"):
        write(mine, mine.folder / "torrc", check_tor())
    assert not (mine.folder / "torrc").exists()


def test_a_folder_of_an_earlier_time_is_closed_too(mine: Torrc) -> None:
    """The last key may go after our look and before tor's: what is left must not be an empty folder."""
    clients = Clients(mine.onion_folder(mine.onions[1]) / "authorized_clients")
    clients.add("anne")
    (clients.folder / "nobody.auth").unlink()
    write(mine, mine.folder / "torrc", check_tor())
    clients.remove("anne")
    assert [path.name for path in clients.folder.iterdir()] == ["nobody.auth"]


def test_one_malformed_client_file_stops_it(mine: Torrc) -> None:
    clients = Clients(mine.onion_folder(mine.onions[1]) / "authorized_clients")
    clients.add("anne")
    (clients.folder / "bob.auth").write_text("descriptor:x25519:" + "A" * 52 + "====\n")
    (clients.folder / "bob.auth").chmod(0o600)
    with pytest.raises(TorError, match="malformed"):
        write(mine, mine.folder / "torrc", check_tor())
    assert not (mine.folder / "torrc").exists()


def test_what_tor_refuses_replaces_nothing(short: Path) -> None:
    file = short / "torrc"
    write(Torrc(short, short / "control", ()), file, check_tor())
    before = file.read_bytes()
    with pytest.raises(TorError, match="NoSuchOption"):
        write(Torrc(short, short / "control", (), lines=("NoSuchOption 1",)), file, check_tor())
    assert file.read_bytes() == before
    assert [path.name for path in short.iterdir() if ".part" in path.name] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"folder": Path("relative")}, "cannot use the path"),
        ({"folder": Path("/with space")}, "cannot use the path"),
        ({"folder": Path("/with#hash")}, "cannot use the path"),
        ({"folder": Path("/line\nbreak")}, "cannot use the path"),
        ({"control": Path("/" + "x" * 107)}, "at most 107"),
        ({"socks": "9050"}, "may not be"),
        ({"socks": "0.0.0.0:9050"}, "may not be"),
        ({"socks": "unix:relative"}, "cannot use the path"),
        ({"log": Path("log")}, "cannot use the path"),
    ],
)
def test_what_torrc_cannot_hold_is_a_sentence(changes: dict[str, object], sentence: str) -> None:
    fields: dict[str, object] = {"folder": ROOT, "control": ROOT / "control", "onions": (), **changes}
    with pytest.raises(TorError, match=sentence):
        Torrc(**fields).render()  # type: ignore[arg-type]


def test_names_and_lines_are_checked_at_once() -> None:
    twice = (registry("127.0.0.1:1"), registry("127.0.0.1:2"))
    with pytest.raises(TorError, match="of its own"):
        Torrc(ROOT, ROOT / "c", twice)
    with pytest.raises(TorError, match="of its own"):
        Torrc(ROOT, ROOT / "c", (Onion("data", "127.0.0.1:1"),))
    with pytest.raises(TorError, match="line break"):
        Torrc(ROOT, ROOT / "c", (), lines=("A 1\nB 2",))


def test_socks_may_be_a_port_or_absent() -> None:
    assert "SocksPort 127.0.0.1:9050 ExtendedErrors\n" in Torrc(ROOT, ROOT / "c", (), socks="127.0.0.1:9050").render()
    assert "SocksPort 0\n" in Torrc(ROOT, ROOT / "c", ()).render()
