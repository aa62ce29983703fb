"""`sourdine tor up`: our own tor, watched. Nothing is called protected before it was tried from outside.

tor starts without a network. Only when it has shown that it is recent and not in single-hop mode, and when every
client key file is exactly right, does it get one. A guarded onion without a client key is not in its torrc at all.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

from app.cli import ui
from app.cli.tor_layout import COURIER, Place
from app.cli.tor_notify import notify
from app.cli.tor_onions import Onions
from app.errors import UserError
from tor.control import Control
from tor.errors import ControlLost, TorError
from tor.key import load_or_make
from tor.process import Process
from tor.torrc import Torrc, write
from tor.version import Tor, check_tor

STEP_SECONDS = 0.3
CONNECT_SECONDS = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
EARLY_ENDS = 4
# A key file may be looked at just while it is written or removed.
SECOND_LOOK = 1.0
MEND = "tor would open it to everybody; it comes back when that is mended."


@dataclass(frozen=True)
class _Clients:
    """Who may find the courier's onion; or nobody, and the sentence why."""

    keys: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""


def run(place: Place) -> None:
    """Publish until SIGTERM or SIGINT.

    Raises:
        UserError, TorError: refused to start (a client key file is malformed, too), a guarded onion is open, or tor
            does not stay. tor is stopped before any of them is raised.
    """
    if place.is_demo:
        raise UserError(
            "This tor.toml belongs to a demo, whose keys protect nobody. Nothing was published.",
            "Use `sourdine demo --testnet` or `--onion`; a real one has no line trial = true.",
        )
    onions = place.onions
    place.make()
    with place.locked(), _interruptible():
        try:
            tor = check_tor(place.settings.binary)
            for onion in onions:
                ui.say(f"{onion.name} http://{load_or_make(place.folder / onion.name).address}")
            _Watch(place, tor).keep_running()
        except KeyboardInterrupt:
            ui.note("tor was stopped")


class _Watch:
    def __init__(self, place: Place, tor: Tor) -> None:
        self._place = place
        self._tor = tor
        self._process = Process(tor.path, place.torrc, place.control)
        self._clients = _Clients()
        self._began = self._ready = self._published = False

    def keep_running(self) -> NoReturn:
        pause, early = FIRST_PAUSE, 0
        while True:
            self._published = False
            try:
                early = 0 if self._live() else early + 1
            except ControlLost:
                early = 0  # it let us in, and then ended, or hangs and is of no use
            finally:
                self._process.stop()
            if early == EARLY_ENDS:
                raise UserError("tor ends as soon as it starts.", "Nothing is published. Its own lines above say why.")
            if self._published:
                pause = FIRST_PAUSE  # it did its work, and ended for a reason of its own
            _tell("tor ended; it is started again")
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _live(self) -> bool:
        """One tor, from start to end; whether it let us in."""
        place = self._place
        self._clients = self._look_at_clients()
        # Read each time: `client-key revoke --new-address` leaves another key.
        onions = Onions(
            [(onion, load_or_make(place.folder / onion.name).address) for onion in place.onions], place.socks, _tell
        )
        self._write(network=False)
        self._process.start()
        control = _connect(self._process, onions.heard)
        if control is None:
            return False
        with control:
            control.check()
            control.listen("HS_DESC")
            self._write(network=True)
            onions.expect(self._clients.keys, self._clients.fault)
            control.reload()
            self._began = True
            self._attend(control, onions)
        return True

    def _attend(self, control: Control, onions: Onions) -> None:
        while self._process.alive():
            clients = self._look_at_clients()
            # Closing never waits: until then the torrc still names an onion whose last key is gone.
            if clients != self._clients and (not clients.keys or onions.may_change()):
                self._clients = clients
                self._write(network=True)
                onions.expect(self._clients.keys, self._clients.fault)
                control.reload()
            onions.step(control)
            if onions.known() and not self._published:
                self._published = True
                _tell("open")
                if not self._ready:
                    self._ready = True
                    notify("READY=1")
            time.sleep(STEP_SECONDS)

    def _look_at_clients(self) -> _Clients:
        """The courier's client keys, when this machine serves that onion.

        Raises:
            TorError: at the start, a file is malformed. Later it is no reason to stop the other onions.
        """
        if not self._place.settings.courier:
            return _Clients()
        if not self._clients.fault:
            with contextlib.suppress(TorError):
                return self._read_clients()
            time.sleep(SECOND_LOOK)
        try:
            return self._read_clients()
        except TorError as refused:
            if not self._began:
                raise
            return _Clients(fault=f"{refused.message} {MEND}")

    def _read_clients(self) -> _Clients:
        clients = self._place.clients(COURIER)
        try:
            return _Clients(clients.check())
        except OSError:
            raise TorError(f"The client keys in {clients.folder} cannot be read.", "Run as their owner.") from None

    def _write(self, *, network: bool) -> None:
        try:
            write(self._torrc(network=network), self._place.torrc, self._tor)
        except TorError:
            # The last key went, or a file was spoiled, between our look and this second one.
            self._clients = self._look_at_clients()
            write(self._torrc(network=network), self._place.torrc, self._tor)

    def _torrc(self, *, network: bool) -> Torrc:
        place = self._place
        published = tuple(onion for onion in place.onions if self._clients.keys or not onion.guarded)
        for onion in published:
            folder = place.clients(onion.name).folder
            if not onion.guarded and folder.exists() and any(folder.iterdir()):
                raise UserError(
                    f"The {onion.name} onion has client keys: nobody else would find it.",
                    f"Remove the folder {folder}.",
                )
        return Torrc(
            folder=place.folder,
            control=place.control,
            onions=published,
            socks=place.socks,
            lines=(*place.lines, f"DisableNetwork {0 if network else 1}"),
        )


def _connect(process: Process, heard: Callable[[str], None]) -> Control | None:
    """A control connection as soon as tor gives one; None when it ended before."""
    while process.alive():
        with contextlib.suppress(ControlLost):
            return Control.connect(process.control, on_event=heard)
        time.sleep(CONNECT_SECONDS)
    return None


def _tell(text: str) -> None:
    ui.say(text)
    notify(f"STATUS={text}")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM and SIGINT end what runs, at once; a second one does not disturb the end."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        notify("STOPPING=1")
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
