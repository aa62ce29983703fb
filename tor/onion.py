"""One onion service as a frozen record, and the control line that publishes it (control-spec, ADD_ONION)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tor.errors import PublishError, TorError
from tor.paths import is_loopback, socket_path

# A browser opens six connections and an upload holds one for long: below 20 a reload would be refused.
LEAST_STREAMS = 20
# Descriptors are counted in seconds. A directory refuses one that is not newer than the last, and tor then tries no
# more for an hour: a change of the clients waits so long after an upload (measured on a private network).
NEWER_SECONDS = 3.0
PORT = 80
CLIENT_KEY = re.compile(r"[A-Z2-7]{52}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True)
class Onion:
    """What is published, where it leads and how it is defended.

    Args:
        name: also the folder of its key.
        target: `unix:/absolute/path` or `127.0.0.1:PORT`; nothing else is a door of ours.
        guarded: only clients with an authorised key can find it; without any such client it is never published.
        pow: proof-of-work defence; free for visitors until there is an attack.
        circuit_ids: tor writes one PROXY line for each connection, with a number of the circuit and no address
            (HiddenServiceExportCircuitID; torrc only, ADD_ONION has no such keyword).
        max_streams: at once on one circuit; a stream too many is refused and the circuit goes on.
    """

    name: str
    target: str
    guarded: bool = False
    pow: bool = True
    circuit_ids: bool = False
    max_streams: int = 32

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise TorError(f"{self.name!r} is not a name for an onion service.", "Use a-z, 0-9 and -.")
        if self.target.startswith("unix:"):
            socket_path(Path(self.target.removeprefix("unix:")))
        elif not is_loopback(self.target):
            raise TorError(
                f"The {self.name} onion may not lead to {self.target!r}.", "Use unix:/path or 127.0.0.1:PORT."
            )
        if self.circuit_ids and not self.target.startswith("unix:"):
            raise TorError(
                f"Circuit ids of the {self.name} onion need a unix socket.",
                "On a TCP port any program of this machine could invent them.",
            )
        if not LEAST_STREAMS <= self.max_streams <= 65_535:
            raise TorError(f"max_streams of the {self.name} onion is not between {LEAST_STREAMS} and 65535.")


def reporter(target: str, *, circuit_ids: bool = False) -> Onion:
    """The reporter door: open to everybody, so with every defence."""
    return Onion("reporter", target, circuit_ids=circuit_ids)


def courier(target: str) -> Onion:
    """The courier door: nobody without a key sees that it is there, so proof of work would only slow couriers down."""
    return Onion("courier", target, guarded=True, pow=False)


def registry(target: str) -> Onion:
    """The registry: public pages."""
    return Onion("registry", target)


def add_onion(onion: Onion, key_blob: str, clients: Sequence[str] = ()) -> str:
    """The ADD_ONION line. It holds the secret key: send it, never show it.

    Args:
        key_blob: `OnionKey.blob`.
        clients: public keys of the clients, 52 base32 characters each.

    Raises:
        PublishError: a guarded onion without clients, an open one with clients, a malformed client key.
    """
    if onion.guarded and not clients:
        raise PublishError(
            f"The {onion.name} onion is not published: no client key yet.",
            "Make one with: sourdine tor client-key new NAME",
        )
    if clients and not onion.guarded:
        raise PublishError(f"The {onion.name} onion is open to everybody and takes no client keys.")
    if not all(CLIENT_KEY.fullmatch(client) for client in clients):
        raise PublishError(f"A client key of the {onion.name} onion is malformed; nothing was published.")
    words = [f"ADD_ONION ED25519-V3:{key_blob}", f"MaxStreams={onion.max_streams}"]
    if onion.guarded:
        words += ["Flags=V3Auth", *(f"ClientAuthV3={client}" for client in clients)]
    if onion.pow:
        words.append("PoWDefensesEnabled=1")
    return " ".join([*words, f"Port={PORT},{onion.target}"])
