"""`sourdine demo --testnet` and `--onion`: the same doors, reached through Tor.

`--testnet` starts a private Tor network on loopback and publishes there: nothing leaves this machine. `--onion` starts
one tor of its own on the public network. Both publish over the control port, from keys in `DIR/tor`.
"""

from __future__ import annotations

import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from app.cli import ui
from app.cli.demo_browser import QUIET, SAFEST, proxy, write_profile
from app.cli.demo_layout import Reach, Trial, root_of, write_settings
from app.cli.tor_layout import Place
from app.settings import TorSettings, load
from tor import socks
from tor.client_auth import ClientKey, Clients
from tor.control import Control
from tor.errors import TorError
from tor.key import load_or_make
from tor.onion import courier, registry, reporter
from tor.paths import private_folder
from tor.publisher import Publisher, Service
from tor.socks import NEEDS_KEY, NO_ANSWER, REACHED
from tor.testnet.process import NodeProcess
from tor.testnet.runner import TestNetwork, free_ports
from tor.torrc import Torrc, write
from tor.version import check_tor

KINDS = {"reporter": reporter, "courier": courier, "registry": registry}
CLIENT = "courier"
# A bound for a network that was forgotten; it ends with the demo anyway.
NETWORK_SECONDS = 7 * 24 * 3600.0
PROBE_SECONDS = 30.0
PAUSE_SECONDS = 0.3
RESTART_SECONDS, LONGEST_RESTART_SECONDS = 0.25, 30.0
# What a person waits before looking at the clock.
PATIENCE_SECONDS = 90.0

SETTINGS = """trial = true
control = "{control}"
socks = "{socks}"
reporter = "{reporter}"
courier = "{courier}"
registry = "{registry}"
"""


@dataclass(frozen=True)
class Way:
    """How the doors of a demo are reached through Tor.

    Args:
        trial: whose settings name the onions.
        publishing: the tor that publishes; started again when it ends.
        services: what it publishes.
        visitor, stranger: SOCKS addresses of a client that gets the courier's key, and of one that does not; the same
            one on the public network.
        client: control socket of the visitor's tor.
        key: the courier's.
    """

    trial: Trial
    publishing: NodeProcess
    services: tuple[Service, ...]
    visitor: str
    stranger: str
    client: Path
    key: ClientKey

    @property
    def private(self) -> bool:
        """Whether nothing leaves this machine."""
        return self.visitor != self.stranger

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Publish for the length of the block. A private network is waited for; the public one may be slow or closed
        to us, and is reported on as it goes."""
        ended = threading.Event()
        keeper = threading.Thread(target=_keep, args=(self.publishing, ended), name="tor")
        with Publisher(self.publishing.control, self.services, ui.note):
            keeper.start()
            try:
                if self.private:
                    deadline = time.monotonic() + PATIENCE_SECONDS
                    prove_closed(self, deadline)
                    wait_open(self, deadline)
                    show_steps(self)
                else:
                    # Not waited for at the end: its tor stops after it, and it has nothing to put away.
                    threading.Thread(target=_watch, args=(self, ended), name="onions", daemon=True).start()
                yield
            finally:
                ended.set()
                keeper.join()


@contextmanager
def private(trial: Trial) -> Iterator[Way]:
    """A private network on loopback for the length of the block. From the main thread.

    Raises:
        TorError: tor is missing or too old, or the network did not start.
    """
    ui.note("Starting a private Tor network on this machine; this takes about fifteen seconds.")
    with TestNetwork(max_seconds=NETWORK_SECONDS) as network:
        visitor, stranger = network.clients[0], network.clients[1]
        with _lay(trial, network.host, visitor.socks, stranger.socks, visitor.control) as way:
            yield way


@contextmanager
def public(trial: Trial) -> Iterator[Way]:
    """One tor on the public network for the length of the block. From the main thread.

    Raises:
        TorError: tor is missing or too old.
    """
    tor = check_tor()
    # Sockets need a short path without spaces, wherever the demo's folder and TMPDIR are.
    with tempfile.TemporaryDirectory(prefix="sourdine-tor-", dir="/tmp") as folder:
        process = NodeProcess("demo", Path(folder), tor=tor.path, socks_port=free_ports(1)[0])
        write(Torrc(Path(folder), process.control, (), process.socks, process.log), process.torrc, tor)
        process.start()
        try:
            with _lay(trial, process, process.socks, process.socks, process.control) as way:
                yield way
        finally:
            process.stop()


@contextmanager
def _lay(trial: Trial, publishing: NodeProcess, visitor: str, stranger: str, client: Path) -> Iterator[Way]:
    """Keys, made once, and the settings that name the onions; held against a `tor up` in the same folder."""
    home = private_folder(trial.folder / "tor")
    keys = {name: load_or_make(home / name) for name in KINDS}
    trial = replace(trial, reach=Reach({name: key.address for name, key in keys.items()}, visitor))
    write_settings(trial, root_of(trial))
    targets = {name: f"127.0.0.1:{trial.ports[name]}" for name in KINDS}
    settings = home / "tor.toml"
    settings.write_text(SETTINGS.format(control=publishing.control, socks=stranger, **targets), encoding="utf-8")
    settings.chmod(0o600)
    clients = Clients(home / "courier" / "authorized_clients")
    # The key of this one visitor is new each time: its private half is nowhere but in the memory of the client's tor.
    if CLIENT in clients.names():
        clients.remove(CLIENT)
    key = clients.add(CLIENT)
    services = tuple(
        Service(kind(targets[name]), keys[name], clients.publics if name == "courier" else tuple)
        for name, kind in KINDS.items()
    )
    with Place(load(TorSettings, settings)).locked():
        yield Way(trial, publishing, services, visitor, stranger, client, key)


def prove_closed(way: Way, deadline: float) -> None:
    """Until the courier's onion has refused who has no key; then give the visitor the key, once.

    Args:
        deadline: of `time.monotonic`.

    Raises:
        TorError: not in time, or tor ended.
    """
    address = way.trial.reach.onions["courier"]
    with Control.connect(way.client) as control:
        control.wait_bootstrapped(deadline)
        _wait_reply(way.stranger, "courier", address, NEEDS_KEY, deadline)
        control.add_client_key(address, way.key.private)


def wait_open(way: Way, deadline: float) -> None:
    """Until each onion answers who may come.

    Raises:
        TorError: not in time.
    """
    for name, address in way.trial.reach.onions.items():
        _wait_reply(way.visitor, name, address, REACHED, deadline)


def _wait_reply(proxy: str, name: str, address: str, expected: int, deadline: float) -> None:
    said = NO_ANSWER
    while said != expected:
        if time.monotonic() > deadline:
            raise TorError(f"The {name} onion is not reachable yet: {socks.reason(said)}.", "tor keeps trying.")
        # A name of its own each time: tor does not try a circuit that failed again.
        said = socks.probe(proxy, address, user=secrets.token_hex(4), timeout=PROBE_SECONDS)
        if said != expected:
            time.sleep(PAUSE_SECONDS)


def _keep(process: NodeProcess, ended: threading.Event) -> None:
    """Start tor again when it ends; this thread lives as long as the doors are open, and tor with it."""
    pause = RESTART_SECONDS
    while not ended.wait(pause):
        if process.alive():
            pause = RESTART_SECONDS
            continue
        pause = min(2 * pause, LONGEST_RESTART_SECONDS)
        ui.note("tor ended; it is started again")
        # Whoever killed it may have started another one in its place.
        with suppress(TorError):
            process.start()


def _watch(way: Way, ended: threading.Event, patience: float = PATIENCE_SECONDS) -> None:
    """Say when the onions answer; until then, say honestly each time that they do not."""
    closed = False
    while not ended.is_set():
        deadline = time.monotonic() + patience
        try:
            if not closed:
                prove_closed(way, deadline)
                closed = True  # from now on this tor has the key, and is never told again that it needs one
            wait_open(way, deadline)
        except TorError as error:
            if not ended.is_set():
                ui.note(f"{error.message} The doors on this machine work. {error.hint}")
            ended.wait(PAUSE_SECONDS)
        else:
            show_steps(way)
            return


def show_steps(way: Way) -> None:
    """The addresses, and how to look at them."""
    onions = way.trial.reach.onions
    ui.say("Reached through Tor:")
    for name, address in onions.items():
        ui.say(f"  {name:9} http://{address}/")
    ui.say("The courier onion was tried without a key and refused: it is protected.")
    if not way.private:
        ui.say(f"In Tor Browser it asks for this client key, shown once: {way.key.private_base32}")
        return
    profile = way.trial.folder / "tor" / "browser"
    write_profile(profile, {**QUIET, **SAFEST, **proxy(way.visitor)})
    ui.say(f"SOCKS {way.visitor} (has the courier's client key)")
    ui.say(f"SOCKS {way.stranger} (has none)")
    ui.say("Look at it in Firefox as Tor Browser at its safest level would (a profile made for this, scripts off):")
    ui.say(f"  firefox-esr --no-remote --profile '{profile}' http://{onions['reporter']}/")
    ui.say(f"or: curl --socks5-hostname {way.visitor} http://{onions['reporter']}/")
