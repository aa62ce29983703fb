"""What a private Tor network on loopback consists of: its nodes, their ports and the text of each torrc. Pure.

One directory authority, some relays (no exits, so no name is ever looked up), some clients with a SOCKS port and one
onion-service host. Option names are those of the tor manual page; what each choice costs is measured in ADR 0018.

Why it is quick: authorities vote by the clock, and a vote before all relays are known is useless until the next one.
So the clock is parked at start, and one vote is called when the authority knows every relay.
Why it is private: every listener and every relay of the configuration is on 127.0.0.1, and `OutboundBindAddress` makes
the kernel refuse any connection that would leave loopback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"
# With three relays small requests take twice as long, with two no circuit to an onion can be built.
RELAYS, CLIENTS = 4, 2
# The longest initial interval that tor takes; it must divide half an hour.
PARKED_SECONDS = 1800
# The shortest one.
HURRIED_SECONDS = 5
# tor refuses TestingTorNetwork without an authority of its own, even to print its fingerprint.
PLACEHOLDER = f"DirAuthority placeholder orport=9 {LOOPBACK}:9 {'F' * 40}"

# What every tor of the network needs.
COMMON = (
    "TestingTorNetwork 1",
    f"OutboundBindAddress {LOOPBACK}",
    "ShutdownWaitLength 0",
    "AvoidDiskWrites 1",
    # TestingTorNetwork sets 1: then the authority measures its own loopback traffic, becomes the only relay with a
    # bandwidth above zero, is chosen for every hop, and no circuit can be built.
    "CountPrivateBandwidth 0",
)


@dataclass(frozen=True)
class Node:
    """One tor process to be: a port is 0 where it has none."""

    name: str
    lines: tuple[str, ...]
    orport: int = 0
    dirport: int = 0
    socks: int = 0

    @property
    def is_relay(self) -> bool:
        """Takes part in the vote."""
        return bool(self.orport)


@dataclass(frozen=True)
class Plan:
    """The network.

    Args:
        ports: distinct free ports on loopback, as many as `ports_needed` says.
        now: Unix time of the start, in seconds; the parked vote is as far from it as can be.
        relays, clients: how many; the authority relays too.
        lines: further torrc lines by node name ("host", "client0", …).
    """

    ports: Sequence[int]
    now: int
    relays: int = RELAYS
    clients: int = CLIENTS
    lines: Mapping[str, Sequence[str]] | None = None

    def __post_init__(self) -> None:
        if self.relays < 3 or self.clients < 1:
            raise ValueError("an onion service needs three relays and somebody to visit it")
        if len(set(self.ports)) != ports_needed(self.relays, self.clients):
            raise ValueError("as many distinct ports as ports_needed says")

    @property
    def authority(self) -> Node:
        orport, dirport = self.ports[0], self.ports[1]
        lines = (*relay_lines(orport), *authority_lines(dirport), *parked(self.now), *self._more("authority"))
        return Node("authority", lines, orport=orport, dirport=dirport)

    @property
    def relay_nodes(self) -> tuple[Node, ...]:
        ports = self.ports[2 : 2 + self.relays]
        return tuple(
            Node(f"relay{n}", (*relay_lines(port), *self._more(f"relay{n}")), orport=port)
            for n, port in enumerate(ports)
        )

    @property
    def client_nodes(self) -> tuple[Node, ...]:
        ports = self.ports[2 + self.relays :]
        return tuple(
            Node(f"client{n}", (f"SocksPort {LOOPBACK}:{port} ExtendedErrors", *self._more(f"client{n}")), socks=port)
            for n, port in enumerate(ports)
        )

    @property
    def host(self) -> Node:
        return onion_host("host", self._more("host"))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """In the order of starting."""
        return (self.authority, *self.relay_nodes, *self.client_nodes, self.host)

    def _more(self, name: str) -> tuple[str, ...]:
        return tuple((self.lines or {}).get(name, ()))


def ports_needed(relays: int = RELAYS, clients: int = CLIENTS) -> int:
    """Two for the authority, one for each relay and each client."""
    return 2 + relays + clients


def onion_host(name: str, lines: Sequence[str] = ()) -> Node:
    """A host of onion services: reached by its control socket or by `HiddenServiceDir` lines, never by a port."""
    return Node(name, ("SocksPort 0", *lines))


def render(node: Node, folder: Path, network: str, hurried: Sequence[str] = ()) -> str:
    """The torrc of one node.

    Args:
        node: of a plan.
        folder: its own, absolute; DataDirectory, control socket and log are in it.
        network: the line of `authority_line`, or `PLACEHOLDER`.
        hurried: lines in place of those that park the vote.
    """
    own = (
        f"Nickname {node.name}",
        f"DataDirectory {folder}",
        f"ControlSocket {folder / 'control'}",
        "CookieAuthentication 1",
        f"Log notice file {folder / 'notice.log'}",
        "LogTimeGranularity 1",
    )
    replaced = {line.split(" ", 1)[0] for line in hurried}
    kept = [line for line in node.lines if line.split(" ", 1)[0] not in replaced]
    return "\n".join([*COMMON, *own, network, *kept, *hurried]) + "\n"


def authority_line(node: Node, v3ident: str, fingerprint: str) -> str:
    """How every node finds the authority.

    Args:
        node: the authority.
        v3ident: fingerprint of its voting key, 40 hexadecimal digits.
        fingerprint: of its relay identity, 40 hexadecimal digits.
    """
    return f"DirAuthority {node.name} orport={node.orport} v3ident={v3ident} {LOOPBACK}:{node.dirport} {fingerprint}"


def parked(now: int) -> tuple[str, ...]:
    """The next vote is half an interval away, whatever the clock says: a start near hh:00 or hh:30 would otherwise
    vote before any relay is known, and once more only after an hour."""
    offset = (now + PARKED_SECONDS // 2) % PARKED_SECONDS
    return _voting(PARKED_SECONDS, offset)


def hurried(now: int) -> tuple[str, ...]:
    """One vote now: a consensus is valid from a multiple of the interval plus the offset, and votes go out before."""
    return _voting(HURRIED_SECONDS, now % HURRIED_SECONDS)


def relay_lines(orport: int) -> tuple[str, ...]:
    """A relay that publishes itself at once and lets nothing out."""
    return (
        "SocksPort 0",
        f"Address {LOOPBACK}",
        f"ORPort {LOOPBACK}:{orport} IPv4Only",
        "AssumeReachable 1",
        "ExitRelay 0",
        "ExitPolicy reject *:*",
        "ContactInfo nobody@localhost",
    )


def authority_lines(dirport: int) -> tuple[str, ...]:
    """After the first vote they are hourly, as outside: HSDir positions do not move under what runs."""
    return (
        f"DirPort {LOOPBACK}:{dirport} IPv4Only",
        "AuthoritativeDirectory 1",
        "V3AuthoritativeDirectory 1",
        "TestingV3AuthInitialVoteDelay 2 seconds",
        "TestingV3AuthInitialDistDelay 2 seconds",
        "V3AuthVotingInterval 1 hour",
        "V3AuthVoteDelay 2 seconds",
        "V3AuthDistDelay 2 seconds",
        "TestingDirAuthVoteGuard *",
        "TestingDirAuthVoteHSDir *",
    )


def _voting(interval: int, offset: int) -> tuple[str, ...]:
    return (
        f"TestingV3AuthInitialVotingInterval {interval} seconds",
        f"TestingV3AuthVotingStartOffset {offset} seconds",
    )
