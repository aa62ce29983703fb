"""The torrc way, as production runs it: HiddenServiceDir from our own rendering, on real tor in the private network."""

from __future__ import annotations

import re
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stem.descriptor.hidden_service import HiddenServiceDescriptorV3

from app.cli.visitor import Visitor
from tests.tor.backend import Backend
from tests.tor.house import give_key
from tor import onion, socks
from tor.client_auth import FOLDER, ClientKey, Clients
from tor.control import Control
from tor.errors import TorError
from tor.key import load_or_make
from tor.socks import NEEDS_KEY, REACHED, WRONG_KEY
from tor.testnet.process import NodeProcess
from tor.testnet.runner import TestNetwork
from tor.torrc import Torrc, write
from tor.version import check_tor

pytestmark = pytest.mark.onion

# As tor's manual page has it: four groups of a fixed prefix, then the number of the circuit.
PROXY = re.compile(rb"PROXY TCP6 fc00:dead:beef:4dad::([0-9a-f]+:[0-9a-f]+) ::1 (\d+) 80\r\n")


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="tr-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def backend(folder: Path) -> Iterator[Backend]:
    with Backend(folder / "s") as made:
        yield made


def prepare(network: TestNetwork, folder: Path, *onions: onion.Onion) -> Torrc:
    """Keys, folders and the record of a tor of its own."""
    (folder / "data").mkdir(mode=0o700)
    for one in onions:
        load_or_make(folder / one.name)
    return Torrc(folder, folder / "control", onions, log=folder / "notice.log", lines=network.lines)


def serve(network: TestNetwork, torrc: Torrc) -> NodeProcess:
    """What `sourdine tor up` does: check, write, start."""
    write(torrc, torrc.folder / "torrc", check_tor())
    return start(network, torrc)


def start(network: TestNetwork, torrc: Torrc) -> NodeProcess:
    process = network.adopt(f"torrc{secrets.token_hex(3)}", torrc.folder)
    process.wait_bootstrapped()
    return process


def address_of(torrc: Torrc, name: str) -> str:
    return (torrc.folder / name / "hostname").read_text().strip()


def visit(network: TestNetwork, address: str, user: str, client: int = 0) -> Visitor:
    proxy = network.clients[client].socks
    return Visitor(address, 80, connect=lambda: socks.connect(proxy, address, 80, user=user, timeout=30))


def probe(network: TestNetwork, address: str, client: int = 0) -> int:
    """On circuits of its own."""
    return socks.probe(network.clients[client].socks, address, user=secrets.token_hex(4), timeout=5)


def becomes(value: int, ask: Callable[[], int], seconds: float = 30) -> bool:
    """Whether the answer becomes this in time."""
    end = time.monotonic() + seconds
    while (seen := ask()) != value:
        assert time.monotonic() < end, f"{seen:#x} instead of {value:#x}"
        time.sleep(0.2)
    return True


def let_in(network: TestNetwork, address: str, client: int) -> bool:
    """Whether a visitor gets in; a circuit may break, a refused key is final."""
    for _ in range(3):
        code = probe(network, address, client)
        if code in {REACHED, WRONG_KEY}:
            break
    return code == REACHED


def test_circuit_ids_arrive_and_name_nobody(network: TestNetwork, folder: Path, backend: Backend) -> None:
    """A line before each request: a visitor's requests share a circuit (tor may build a second one at first), and
    no two visitors ever share one."""
    torrc = prepare(network, folder, onion.reporter(backend.target, circuit_ids=True))
    process = serve(network, torrc)
    address = address_of(torrc, "reporter")
    network.wait_reachable(address)
    numbers: dict[str, list[bytes]] = {}
    for user in ("one", "other"):
        visitor = visit(network, address, user)
        backend.received.clear()
        for _ in range(6):
            assert visitor.get("/").body == b"ok"
        matches = [PROXY.match(data) for data in backend.received]
        assert all(matches), backend.received
        numbers[user] = [match[1] for match in matches if match]
        rest = [PROXY.sub(b"", data).split(b"\r\n")[0] for data in backend.received]
        assert rest == [b"GET / HTTP/1.1"] * 6
    process.stop()
    assert all(len(set(found)) <= 3 for found in numbers.values()), numbers
    assert not set(numbers["one"]) & set(numbers["other"])


def test_the_defences_stand_in_the_descriptor(network: TestNetwork, folder: Path, backend: Backend) -> None:
    """Proof of work and the circuits with vanguards: what tor itself says, not what the torrc asks for."""
    torrc = prepare(network, folder, onion.reporter(backend.target))
    process = serve(network, torrc)
    address = address_of(torrc, "reporter")
    network.wait_reachable(address)
    with Control.connect(process.control) as control:
        control.check()
        text = control.get_info(f"hs/service/desc/id/{address.removesuffix('.onion')}")
        assert "pow-params v1" in str(HiddenServiceDescriptorV3.from_str(text + "\n").decrypt(address))
        assert control.get_conf("SocksPort") == ["0"]
        assert becomes(True, lambda: any("HS_VANGUARDS" in row for row in control.circuits()))
    process.stop()


def test_revoking_by_reload_is_not_the_end_for_a_cached_descriptor(
    network: TestNetwork, folder: Path, backend: Backend
) -> None:
    """Honestly: the removed key still finds its way until the introduction points change, which a restart does."""
    torrc = prepare(network, folder, onion.courier(backend.target))
    clients = Clients(folder / "courier" / FOLDER)
    leaver = clients.add("leaver")
    clients.add("stayer")
    process = serve(network, torrc)
    address = address_of(torrc, "courier")
    uploaded = threading.Event()

    def heard(event: str) -> None:
        if "HS_DESC UPLOADED" in event:
            uploaded.set()

    with (
        Control.connect(network.clients[1].control) as client,
        Control.connect(process.control, on_event=heard) as host,
    ):
        give_key(client, address, leaver.private)
        network.wait_reachable(address, client=1)
        host.listen("HS_DESC")
        clients.remove("leaver")
        time.sleep(onion.NEWER_SECONDS)
        uploaded.clear()
        host.reload()
        assert uploaded.wait(20)
        time.sleep(3)  # for the other directories
        assert let_in(network, address, 1), "the cached descriptor works: revoking must say so"
        # A client that drops its descriptors (tor drops the keys of the control port with them) is refused.
        client.new_identity()
        give_key(client, address, leaver.private)
        assert becomes(WRONG_KEY, lambda: probe(network, address, 1)), "nobody decrypts the new descriptor with it"
    process.stop()


def test_a_restart_ends_a_revoked_key_at_once(network: TestNetwork, folder: Path, backend: Backend) -> None:
    torrc = prepare(network, folder, onion.courier(backend.target))
    clients = Clients(folder / "courier" / FOLDER)
    leaver, stayer = clients.add("leaver"), clients.add("stayer")
    process = serve(network, torrc)
    address = address_of(torrc, "courier")
    with Control.connect(network.clients[0].control) as good, Control.connect(network.clients[1].control) as bad:
        give_key(good, address, stayer.private)
        give_key(bad, address, leaver.private)
        network.wait_reachable(address, client=0)
        network.wait_reachable(address, client=1)
        clients.remove("leaver")
        process.restart()
        process.wait_bootstrapped()
        network.wait_reachable(address, client=0)
        # It holds the descriptor of before: its introduction points are gone with the old process.
        assert becomes(WRONG_KEY, lambda: probe(network, address, 1))
    process.stop()


@pytest.mark.parametrize(
    "content", ["descriptor:x25519:nonsense\n", "two lines\nof text\n", "", "descriptor:x25519:" + "a" * 52 + "\n"]
)
def test_a_malformed_client_file_stops_us_before_tor_starts(
    network: TestNetwork, folder: Path, backend: Backend, content: str
) -> None:
    torrc = prepare(network, folder, onion.courier(backend.target))
    Clients(folder / "courier" / FOLDER).add("good")
    bad = folder / "courier" / FOLDER / "bad.auth"
    bad.write_text(content)
    bad.chmod(0o600)
    with pytest.raises(TorError, match="malformed"):
        serve(network, torrc)
    assert not (folder / "torrc").exists()


def test_why_that_matters_tor_itself_opens_the_door_to_everybody(
    network: TestNetwork, folder: Path, backend: Backend
) -> None:
    """The trap: the same folder given to tor without our check. Also what an honest probe sees."""
    torrc = prepare(network, folder, onion.courier(backend.target))
    authorized = folder / "courier" / FOLDER
    authorized.mkdir(mode=0o700)
    (authorized / "bad.auth").write_text("descriptor:x25519:nonsense\n")
    (folder / "torrc").write_text(torrc.render())
    process = start(network, torrc)
    address = address_of(torrc, "courier")
    assert becomes(REACHED, lambda: probe(network, address, 1)), "tor fails open"
    process.stop()


def test_no_client_key_no_publication(network: TestNetwork, folder: Path, backend: Backend) -> None:
    torrc = prepare(network, folder, onion.courier(backend.target))
    with pytest.raises(TorError, match="no client key yet"):
        serve(network, torrc)


def test_a_guarded_onion_refuses_a_visitor_without_key(network: TestNetwork, folder: Path, backend: Backend) -> None:
    torrc = prepare(network, folder, onion.courier(backend.target))
    key = Clients(folder / "courier" / FOLDER).add("courier")
    process = serve(network, torrc)
    address = address_of(torrc, "courier")
    assert becomes(NEEDS_KEY, lambda: probe(network, address, 1))
    with Control.connect(network.clients[1].control) as control:
        give_key(control, address, ClientKey.generate("stranger").private)
        assert becomes(WRONG_KEY, lambda: probe(network, address, 1))
        give_key(control, address, key.private)
        assert becomes(REACHED, lambda: probe(network, address, 1))
    process.signal(signal.SIGTERM)
    process.stop()
