"""Keeps onions published over the control port: again after tor came back, again when the authorised clients change.

For the demo, and for tests; in production torrc does this and no program of ours holds the keys (docs/spec/onion.md).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tor.control import Control
from tor.errors import ControlLost, TorError
from tor.key import OnionKey
from tor.onion import NEWER_SECONDS, Onion

# From the end of one try to the next; tor needs about a second to start.
FIRST_WAIT, LONGEST_WAIT = 0.1, 1.0
# How soon a stopped tor or a changed list of clients is seen.
POLL_SECONDS = 0.25

# What tor was given is not announced yet: `status` asks the network for that.
WAITING, PUBLISHED, STOPPED = "waiting for tor", "given to tor", "stopped"


@dataclass(frozen=True)
class Service:
    """One onion, its key, and who may find it now (base32, asked again and again)."""

    onion: Onion
    key: OnionKey
    clients: Callable[[], tuple[str, ...]] = tuple


@dataclass
class _Kept:
    """What this publisher knows of one service."""

    state: str = WAITING
    published_for: tuple[str, ...] | None = field(default=None, repr=False)
    since: float = 0.0


class Publisher:
    """A thread that owns one control connection; the onions live exactly as long as it.

    Args:
        control: path of the control socket.
        services: names must differ.
        say: called, in that thread, with one sentence at each change; never with a secret.
        prepare: called with each new connection before anything is published (a demo adds its client keys there).
    """

    def __init__(
        self,
        control: Path,
        services: Sequence[Service],
        say: Callable[[str], None],
        *,
        prepare: Callable[[Control], None] = Control.check,
    ) -> None:
        self._path, self._services, self._say, self._prepare = control, tuple(services), say, prepare
        self._kept = {service.onion.name: _Kept() for service in services}
        if len(self._kept) != len(self._services):
            raise TorError("Each onion needs a name of its own.")
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Withdraw everything and wait for the thread; may be called twice, and before `start`."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def __enter__(self) -> Publisher:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def states(self) -> Mapping[str, str]:
        """Of each onion by name: `given to tor`, `waiting for tor`, `stopped`, or the sentence why it is refused."""
        with self._changed:
            return {name: kept.state for name, kept in self._kept.items()}

    def wait_published(self, timeout: float) -> None:
        """Until tor has taken every onion; visitors reach them some seconds later.

        Args:
            timeout: seconds.

        Raises:
            TorError: one was refused, or tor did not come in time.
        """
        with self._changed:
            self._changed.wait_for(self._settled, timeout)
            for name, kept in self._kept.items():
                if kept.state not in {PUBLISHED, WAITING, STOPPED}:
                    raise TorError(kept.state, f"The {name} onion is tried again and again.")
                if kept.state != PUBLISHED:
                    raise TorError(f"The {name} onion is not published: {kept.state}.", "It keeps trying.")

    def _settled(self) -> bool:
        return all(kept.state != WAITING for kept in self._kept.values())

    # -- the thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        wait = FIRST_WAIT
        while not self._stop.is_set():
            try:
                with Control.connect(self._path) as control:
                    self._prepare(control)
                    wait = FIRST_WAIT
                    self._serve(control)
            except ControlLost:
                self._all(WAITING)
            except TorError as refused:
                # Another user's socket, a wrong cookie, single hop: it may be put right while we run.
                self._all(refused.message)
            except OSError:
                self._all("Its files cannot be read.")
            self._stop.wait(wait)
            wait = min(2 * wait, LONGEST_WAIT)
        self._all(STOPPED)

    def _serve(self, control: Control) -> None:
        """Until the connection is lost or we stop."""
        while not self._stop.is_set():
            for service in self._services:
                self._bring(control, service)
            if not control.is_alive():
                raise ControlLost("tor stopped.")
            self._stop.wait(POLL_SECONDS)

    def _bring(self, control: Control, service: Service) -> None:
        """Publish one service as it should be now; a refusal becomes its state."""
        kept = self._kept[service.onion.name]
        try:
            wanted = service.clients()
            if kept.state == PUBLISHED and wanted == kept.published_for:
                return
            if kept.state == PUBLISHED:
                if wanted and time.monotonic() - kept.since < NEWER_SECONDS:
                    return  # its turn comes in a moment
                # A new publication has new introduction points: a descriptor kept by a revoked client leads nowhere.
                control.withdraw(service.key.address)
            control.publish(service.onion, service.key, wanted)
        except ControlLost:
            raise
        except TorError as refused:
            self._withdraw_if_published(control, service, kept)
            self._set(service.onion.name, refused.message, None)
        else:
            self._set(service.onion.name, PUBLISHED, wanted)

    def _withdraw_if_published(self, control: Control, service: Service, kept: _Kept) -> None:
        if kept.state == PUBLISHED and service.key.address.removesuffix(".onion") in control.get_info("onions/current"):
            control.withdraw(service.key.address)

    def _all(self, state: str) -> None:
        for name in self._kept:
            self._set(name, state, None)

    def _set(self, name: str, state: str, published_for: tuple[str, ...] | None) -> None:
        with self._changed:
            kept = self._kept[name]
            again, kept.state, kept.published_for = kept.state == state, state, published_for
            kept.since = time.monotonic()
            self._changed.notify_all()
        if not again:
            self._say(f"{name} onion: {state}" if state in {WAITING, PUBLISHED, STOPPED} else state)
