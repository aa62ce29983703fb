"""The trial house behind onions: doors on unix sockets as in production, published on the private network."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.cli import demo_layout
from app.cli.demo_layout import Reach, Trial, prepare
from app.cli.visitor import Page, Upload, Visitor
from crypto.openpgp.gpg import stop_agent
from tests.journey.house import House, free_base, submit
from tor import onion, socks
from tor.client_auth import Clients
from tor.control import Control
from tor.key import load_or_make
from tor.publisher import Publisher, Service
from tor.testnet.runner import TestNetwork

DOORS = ("reporter", "courier", "registry")
OPEN_SECONDS = 30.0
PUBLISH_SECONDS = 60.0


def wait_open(visitor: Visitor, program: subprocess.Popen[bytes], words: Callable[[], str]) -> None:
    """Until the door gives an answer, whichever."""
    end = time.monotonic() + OPEN_SECONDS
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            visitor.get("/")
            return
        assert program.poll() is None, words()
        assert time.monotonic() < end, words()
        time.sleep(0.1)


def to_socket(path: Path, timeout: float = 300) -> Callable[[], socket.socket]:
    """Lines straight to a unix socket."""

    def connect() -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(timeout)
        try:
            line.connect(str(path))
        except OSError:
            line.close()
            raise
        return line

    return connect


def give_key(control: Control, address: str, private: bytes) -> None:
    """Give a client tor a key, in place of another one too; what it is worth is seen by probing."""
    key = base64.b64encode(private).decode("ascii")
    # Yes is 250, 251 (replaced) or 252 (a descriptor that waited for it was decrypted), control-spec.
    control.ask(f"ONION_CLIENT_AUTH_ADD {address.removesuffix('.onion')} x25519:{key}")


def take_key(control: Control, address: str) -> None:
    """Take the key away again."""
    assert control.ask(f"ONION_CLIENT_AUTH_REMOVE {address.removesuffix('.onion')}")


class OnionHouse(House):
    """A context manager: lays out the demo's folder, serves the doors, publishes them.

    Args:
        folder: empty and short.
        network: started; its first client receives the courier's key.
    """

    def __init__(self, folder: Path, network: TestNetwork) -> None:
        super().__init__(folder, free_base())
        self.network = network
        self.said: list[str] = []
        self.keys = {name: load_or_make(folder / "tor" / name) for name in DOORS}
        self.clients = Clients(folder / "tor" / "courier" / "authorized_clients")
        self.client_key = self.clients.add("courier")
        self.trial = Trial(self.data, self.base, Reach(self.addresses, network.clients[0].socks))
        self.publisher = self.new_publisher()
        self.programs: list[subprocess.Popen[bytes]] = []

    @property
    def addresses(self) -> dict[str, str]:
        return {name: key.address for name, key in self.keys.items()}

    def socket(self, door: str) -> Path:
        return self.folder / f"{door}.sock"

    def services(self) -> list[Service]:
        made = {name: getattr(onion, name)(f"unix:{self.socket(name)}") for name in DOORS}
        return [
            Service(made[name], self.keys[name], self.clients.publics if made[name].guarded else tuple)
            for name in DOORS
        ]

    def new_publisher(self) -> Publisher:
        return Publisher(self.network.host.control, self.services(), self.said.append)

    # -- life ------------------------------------------------------------------------------------------------------

    def __enter__(self) -> OnionHouse:
        try:
            prepare(self.trial)
            self._listen_on_sockets()
            for program in ("intake", "registry"):
                self.serve(program)
            self.publisher.start()
            self.publisher.wait_published(PUBLISH_SECONDS)
            with Control.connect(self.network.clients[0].control) as control:
                give_key(control, self.addresses["courier"], self.client_key.private)
            for door in DOORS:
                self.network.wait_reachable(self.addresses[door])
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.publisher.stop()
        for program in self.programs:
            program.send_signal(signal.SIGTERM)
        for program in self.programs:
            try:
                program.wait(timeout=30)
            finally:
                program.kill()
        for name, _ in demo_layout.REVIEWERS:
            stop_agent(self.trial.home(name))

    def serve(self, program: str) -> None:
        """Start the real `sourdine PROGRAM serve` and wait until its doors answer."""
        self.start(program, self.trial.config(program))
        for door in {"intake": ("reporter", "courier"), "registry": ("registry",)}[program]:
            wait_open(self.local(door), self.programs[-1], self.words)

    def start(self, program: str, config: Path) -> subprocess.Popen[bytes]:
        """`sourdine PROGRAM serve` with these settings; stopped with the house."""
        words = [sys.executable, "-m", "app.cli", program, "serve", "--config", str(config)]
        with (self.folder / f"{program}.said").open("ab") as said:
            self.programs.append(subprocess.Popen(words, stdout=said, stderr=said, env=self.environment))
        return self.programs[-1]

    def words(self) -> str:
        """What the programs said."""
        return "\n".join(path.read_text() for path in self.folder.glob("*.said"))

    def _listen_on_sockets(self) -> None:
        for program, doors in (("intake", ("reporter", "courier")), ("registry", ("registry",))):
            toml = self.trial.config(program)
            text = toml.read_text()
            for door in doors:
                line = f'listen = "127.0.0.1:{self.trial.ports[door]}"'
                assert line in text
                text = text.replace(line, f'listen = "unix:{self.socket(door)}"')
            toml.write_text(text)

    # -- visitors --------------------------------------------------------------------------------------------------

    def visit(self, door: str = "reporter", *, client: int = 0, timeout: float = 60) -> Visitor:
        """A visitor of the onion, on circuits of its own."""
        address, proxy, user = self.addresses[door], self.network.clients[client].socks, secrets.token_hex(8)

        def connect() -> socket.socket:
            return socks.connect(proxy, address, 80, user=user, timeout=timeout)

        return Visitor(address, 80, timeout=timeout, connect=connect)

    def local(self, door: str = "reporter", *, timeout: float = 300) -> Visitor:
        """A visitor who needs no Tor: straight to the socket of the door."""
        return Visitor(self.addresses[door], 80, timeout=timeout, connect=to_socket(self.socket(door), timeout))

    def report(self, story: str, files: list[Upload], *, visitor: Visitor | None = None) -> Page:
        """The whole form journey over Tor, with a codename."""
        return submit(visitor or self.visit(), {"story": story}, files)

    # -- the courier -----------------------------------------------------------------------------------------------

    def new_courier(self, name: str) -> Path:
        """The `courier.toml` of an account of its own, since each one-time code is taken once."""
        folder = self.folder / f"courier-{name}"
        folder.mkdir(mode=0o700)
        secret = ["--password-file", str(folder / "password"), "--totp-file", str(folder / "totp")]
        self.command("courier", "add", name, *secret, "--config", str(self.trial.config("intake")))
        toml = self.trial.config("courier").read_text()
        assert 'name = "courier"' in toml
        made = folder / "courier.toml"
        made.write_text(toml.replace('name = "courier"', f'name = "{name}"'))
        made.chmod(0o600)
        return made

    @contextlib.contextmanager
    def fetching(self, to: Path, config: Path) -> Iterator[subprocess.Popen[str]]:
        """`sourdine courier fetch` while it runs."""
        words = [sys.executable, "-m", "app.cli", "courier", "fetch", "--to", str(to), "--config", str(config)]
        program = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | self.environment
        )
        with program:
            try:
                yield program
            finally:
                program.kill()
