"""The torrc of a tor that carries our onions and nothing else (tor(1)). Rendering is pure; `write` checks first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tor.client_auth import FOLDER, Clients
from tor.errors import PublishError, TorError
from tor.onion import PORT, Onion
from tor.paths import is_loopback, plain_path, socket_path
from tor.version import Tor, verify_config

_HEAD = """\
# Written by sourdine at each start; changes are lost.
"""
_REASONS = """\
# Not Sandbox 1: with HiddenServiceDir it ends tor at the first reload (SIGHUP). systemd confines it instead.
Sandbox 0
# Never single hop: it would show every visitor where this machine is.
HiddenServiceSingleHopMode 0
HiddenServiceNonAnonymousMode 0
"""


@dataclass(frozen=True)
class Torrc:
    """One tor process.

    Args:
        folder: absolute; `data` and one folder for each onion lie in it, mode 0700.
        control: path of the control socket, at most 107 bytes.
        onions: names must differ.
        socks: for our own probes: empty for none, `unix:/path` or `127.0.0.1:PORT`.
        log: a file; tor's own standard output when None.
        lines: more lines, as they are (a private network).
    """

    folder: Path
    control: Path
    onions: tuple[Onion, ...]
    socks: str = ""
    log: Path | None = None
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [onion.name for onion in self.onions]
        if len(set(names)) != len(names) or "data" in names:
            raise TorError("Each onion needs a name, and so a folder, of its own.")
        if any("\n" in line or "\r" in line for line in self.lines):
            raise TorError("A line of torrc cannot hold a line break.")

    def onion_folder(self, onion: Onion) -> Path:
        """The HiddenServiceDir: key, `hostname`, `authorized_clients`."""
        return self.folder / onion.name

    def render(self) -> str:
        """The text.

        Raises:
            TorError: a path or port that tor could not take, or one that is not of this machine.
        """
        return "\n".join([_HEAD + "\n".join(self._process()), *map("\n".join, map(self._service, self.onions)), ""])

    def _process(self) -> Iterator[str]:
        yield f"DataDirectory {plain_path(self.folder / 'data')}"
        yield f"ControlSocket {socket_path(self.control)}"
        yield "CookieAuthentication 1"
        yield f"SocksPort {_listener(self.socks)}"
        yield "ClientOnly 1"
        yield "SafeLogging 1"
        # Every six hours tor would write down how many visitors came.
        yield "HeartbeatPeriod 0"
        yield f"Log notice file {plain_path(self.log)}" if self.log else "Log notice stdout"
        yield from _REASONS.splitlines()
        yield from self.lines

    def _service(self, onion: Onion) -> Iterator[str]:
        yield ""
        yield f"HiddenServiceDir {plain_path(self.onion_folder(onion))}"
        yield "HiddenServiceVersion 3"
        yield f"HiddenServicePort {PORT} {onion.target}"
        yield f"HiddenServiceMaxStreams {onion.max_streams}"
        # 1 would cut running uploads together with the stream too many.
        yield "HiddenServiceMaxStreamsCloseCircuit 0"
        yield "HiddenServiceEnableIntroDoSDefense 1"
        if onion.pow:
            yield "HiddenServicePoWDefensesEnabled 1"
        if onion.circuit_ids:
            yield "HiddenServiceExportCircuitID haproxy"


def write(torrc: Torrc, file: Path, tor: Tor) -> None:
    """Write the torrc, mode 0600, once tor has accepted it and every guarded onion has valid client keys.

    Raises:
        PublishError: a guarded onion without a client key: tor would open it to everybody.
        TorError: a malformed client key, or tor refuses the text; the file that was there stays.
    """
    for onion in torrc.onions:
        if not onion.guarded:
            continue
        clients = Clients(torrc.onion_folder(onion) / FOLDER)
        clients.keep_closed()  # tor reads the folder after us, when the last key may be gone
        if not clients.check():
            raise PublishError(
                f"The {onion.name} onion is not published: no client key yet.",
                "Make one with: sourdine tor client-key new NAME",
            )
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(torrc.render())
        verify_config(tor, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _listener(socks: str) -> str:
    if not socks:
        return "0"
    if socks.startswith("unix:"):
        return f"unix:{socket_path(Path(socks.removeprefix('unix:')))} ExtendedErrors"
    if not is_loopback(socks):
        raise TorError(f"The setting socks may not be {socks!r}.", "Use unix:/path, 127.0.0.1:PORT, or nothing.")
    return f"{socks} ExtendedErrors"
