"""Starts and stops the private network of `plan`.

    with TestNetwork() as network:
        with Control.connect(network.host.control) as control:
            address = control.publish(onion, key, ())
        network.wait_reachable(address)
        network.clients[0].socks        # "127.0.0.1:PORT", for a browser or a program

Needs Linux with `setpriv` (util-linux), tor and tor-gencert (Debian package "tor"); opens nothing outside loopback.
"""

from __future__ import annotations

import contextlib
import http.client
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tor.errors import TorError, TorMissing
from tor.process import ALONE
from tor.socks import probe
from tor.testnet import plan as planning
from tor.testnet.plan import LOOPBACK, PLACEHOLDER, Node, Plan
from tor.testnet.process import NodeProcess, wait_for
from tor.version import check_tor

START_SECONDS = 60.0
MAX_SECONDS = 900.0
KEY_SECONDS = 30.0
REACH_SECONDS = 30.0
# A stream that meets a host in the moment of its restart may hang for tor's two minutes; another one, on a circuit of
# its own, does not. A good one takes less than a second.
PROBE_SECONDS = 5.0
# What a client would fetch from the authority. Given beforehand, because it often asks a relay that has no consensus
# yet, and then waits ten seconds before it asks another.
DIRECTORY = ("cached-certs", "cached-microdesc-consensus", "cached-microdescs.new")


class TestNetwork:
    """The network: a context manager, or `start` and `stop`.

    Args:
        relays, clients: how many.
        lines: further torrc lines by node name ("host", "client0", "relay0", …).
        start_seconds: give up starting after so long.
        max_seconds: everything is stopped after so long, whatever happens.
    """

    __test__ = False  # the name looks like a test to pytest

    def __init__(
        self,
        *,
        relays: int = planning.RELAYS,
        clients: int = planning.CLIENTS,
        lines: Mapping[str, Sequence[str]] | None = None,
        start_seconds: float = START_SECONDS,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        self.timings: dict[str, float] = {}
        self._start_seconds = start_seconds
        self._max_seconds = max_seconds
        self._plan = Plan(free_ports(planning.ports_needed(relays, clients)), int(time.time()), relays, clients, lines)
        self._root: Path | None = None
        self._tor = ""
        self._network = PLACEHOLDER
        self._processes: dict[str, NodeProcess] = {}
        self._watchdog: threading.Timer | None = None
        self._begun = 0.0

    # -- use -------------------------------------------------------------------------------------------------------

    @property
    def root(self) -> Path:
        """The folder of the network, short enough for sockets; removed by `stop`."""
        if self._root is None:
            raise TorError("The private network is not running.", "Start it first.")
        return self._root

    @property
    def clients(self) -> list[NodeProcess]:
        return [self._processes[node.name] for node in self._plan.client_nodes]

    @property
    def host(self) -> NodeProcess:
        return self._processes["host"]

    @property
    def processes(self) -> list[NodeProcess]:
        """Every tor process of the network, added ones too."""
        return list(self._processes.values())

    def wait_reachable(self, address: str, *, client: int = 0, port: int = 80, timeout: float = REACH_SECONDS) -> float:
        """Until a client gets a stream to an onion; tor's word that it uploaded a descriptor is no promise of that.

        Returns:
            the seconds it took.

        Raises:
            TorError: not in time; the hint is what the client was told last.
        """
        begun = time.monotonic()
        said = -1

        def reached() -> bool:
            nonlocal said
            proxy, user = self.clients[client].socks, secrets.token_hex(4)
            said = probe(proxy, address, port, user=user, timeout=PROBE_SECONDS)
            return said == 0

        try:
            wait_for("the onion service to be reachable", reached, begun + timeout, pause=0.2)
        except TorError as error:
            raise TorError(error.message, f"The last SOCKS reply was {said:#x}.") from None
        return time.monotonic() - begun

    @property
    def lines(self) -> tuple[str, ...]:
        """What makes a torrc of somebody else part of this network; see `adopt`."""
        return (*planning.COMMON, self._network)

    def seed(self, folder: Path) -> None:
        """Put the directory documents into a DataDirectory, as a client that was here before would have them."""
        source = self._processes[self._plan.authority.name].folder
        for name in DIRECTORY:
            shutil.copy(source / name, folder / name)

    def add_host(
        self, name: str, lines: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> NodeProcess:
        """One more onion host in the running network, started but not waited for; it stops with the network.

        Args:
            name: letters and digits, not used before.
            lines: further torrc lines, `HiddenServiceDir` and what follows it for example.
            environment: further variables, a faked clock for example.
        """
        node = planning.onion_host(name, lines)
        process = self._make(node, environment)
        self.seed(process.folder)
        process.start()
        return process

    def adopt(self, name: str, folder: Path) -> NodeProcess:
        """Start a tor whose torrc somebody else wrote, with `lines` in it; it stops with the network.

        Args:
            name: not used before.
            folder: holds `torrc` and an empty DataDirectory `data`; its log is `notice.log`, its control socket
                `control`.
        """
        self._refuse_known(name)
        process = NodeProcess(name, folder, tor=self._tor)
        self._processes[name] = process
        self.seed(folder / "data")
        process.start()
        return process

    # -- life ------------------------------------------------------------------------------------------------------

    def __enter__(self) -> TestNetwork:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when every client and the host can build circuits. From the main thread: tor ends with its starter.

        Raises:
            TorError: tor is missing or too old, or the network did not come up; the hint ends with the logs.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the private network is started from the main thread")
        self._tor = check_tor().path
        self._begun = time.monotonic()
        # Not below TMPDIR, which may be long: the path of a socket ends at 107 bytes.
        self._root = Path(tempfile.mkdtemp(prefix="tn-", dir="/tmp"))
        self._watchdog = threading.Timer(self._max_seconds, self.stop)
        self._watchdog.daemon = True
        self._watchdog.start()
        try:
            self._start(self._begun + self._start_seconds)
        except BaseException as error:
            logs = "\n".join(f"--- {process.name}\n{process.tail()}" for process in self.processes)
            self.stop()
            if isinstance(error, TorError):
                raise TorError(
                    f"The private network did not start. {error.message}", f"{error.hint}\n{logs}"
                ) from error
            raise

    def stop(self) -> None:
        """Stop every process and remove the folder. May be called twice."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        for process in self.processes:
            process.signal(signal.SIGTERM)
        for process in self.processes:
            process.stop()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    # -- the steps of the start ------------------------------------------------------------------------------------

    def _start(self, deadline: float) -> None:
        for node in self._plan.nodes:
            self._make(node)
        v3ident, fingerprint = self._identify(self._plan.authority)
        self._network = planning.authority_line(self._plan.authority, v3ident, fingerprint)
        for node in self._plan.nodes:
            self._write(node)
        self._mark("keys")
        relays = [node for node in self._plan.nodes if node.is_relay]
        for node in relays:
            self._processes[node.name].start()
        self._vote([self._processes[node.name] for node in relays], deadline)
        users = [*self.clients, self.host]
        for process in users:
            self.seed(process.folder)
            process.start()
        for process in users:
            process.wait_bootstrapped(deadline - time.monotonic())
        self._mark("bootstrapped")

    def _make(self, node: Node, environment: Mapping[str, str] | None = None) -> NodeProcess:
        self._refuse_known(node.name)
        folder = self.root / node.name
        folder.mkdir(mode=0o700)
        process = NodeProcess(node.name, folder, tor=self._tor, socks_port=node.socks, environment=environment)
        self._processes[node.name] = process
        self._write(node)
        return process

    def _refuse_known(self, name: str) -> None:
        if name in self._processes:
            raise TorError(f"The private network already has a node {name}.", "Choose another name.")

    def _write(self, node: Node, instead: Sequence[str] = ()) -> None:
        process = self._processes[node.name]
        process.torrc.write_text(planning.render(node, process.folder, self._network, instead), encoding="utf-8")

    def _identify(self, authority: Node) -> tuple[str, str]:
        """Make the authority's keys; its voting fingerprint and its relay fingerprint."""
        keys = self._processes[authority.name].folder / "keys"
        keys.mkdir(mode=0o700)
        certificate = keys / "authority_certificate"
        words = ["-a", f"{LOOPBACK}:{authority.dirport}", "-m", "12", "--passphrase-fd", "0"]
        words += ["-i", str(keys / "authority_identity_key"), "-s", str(keys / "authority_signing_key")]
        _output(["tor-gencert", "--create-identity-key", *words, "-c", str(certificate)], b"private network\n")
        lines = certificate.read_text(encoding="ascii").splitlines()
        v3ident = next(line.split()[1] for line in lines if line.startswith("fingerprint "))
        torrc = str(self._processes[authority.name].torrc)
        printed = _output([self._tor, "--list-fingerprint", "-f", torrc, *ALONE, "--hush"]).decode("ascii")
        # "Nickname AAAA BBBB …"
        return v3ident, "".join(printed.strip().splitlines()[-1].split()[1:])

    def _vote(self, relays: Sequence[NodeProcess], deadline: float) -> None:
        """Wait until the authority knows every relay, then let it vote."""
        authority = self._processes[self._plan.authority.name]

        def known() -> bool:
            _alive(relays)
            return _count(_all_relays(self._plan.authority.dirport), b"router ") >= len(relays)

        wait_for("the relays to be known", known, deadline)
        self._mark("descriptors")
        self._write(self._plan.authority, planning.hurried(int(time.time())))
        authority.signal(signal.SIGHUP)

        def agreed() -> bool:
            _alive(relays)
            with contextlib.suppress(FileNotFoundError):
                return _count((authority.folder / DIRECTORY[1]).read_bytes(), b"r ") >= len(relays)
            return False

        wait_for("a consensus of all relays", agreed, deadline)
        self._mark("consensus")

    def _mark(self, name: str) -> None:
        self.timings[name] = round(time.monotonic() - self._begun, 2)


def free_ports(count: int) -> list[int]:
    """Distinct free ports on loopback, all held at once while choosing."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]


def _alive(processes: Sequence[NodeProcess]) -> None:
    for process in processes:
        if not process.alive():
            raise TorError(f"The tor process {process.name} ended by itself.", process.tail())


def _all_relays(dirport: int) -> bytes:
    """The descriptors that the authority holds (dir-spec, "/tor/server/all"); nothing while it does not answer."""
    line = http.client.HTTPConnection(LOOPBACK, dirport, timeout=5)
    try:
        line.request("GET", "/tor/server/all")
        return line.getresponse().read()
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        line.close()


def _count(text: bytes, start: bytes) -> int:
    return sum(line.startswith(start) for line in text.splitlines())


def _output(words: list[str], given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(words, input=given, capture_output=True, timeout=KEY_SECONDS, check=False)
    except FileNotFoundError:
        raise TorMissing(f"{words[0]} is missing.", "Type: sudo apt-get install tor") from None
    except subprocess.TimeoutExpired:
        raise TorError(f"{words[0]} did not end in time.", "The machine may be overloaded: try again.") from None
    if done.returncode:
        raise TorError(f"{words[0]} failed.", done.stderr.decode(errors="replace").strip())
    return done.stdout
