"""One tor process of the private network: started, watched through its log, stopped by its process id."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tor.errors import TorError

STOP_SECONDS = 5.0
POLL_SECONDS = 0.05
TAIL_LINES = 8
_BOOTSTRAPPED = re.compile(r"Bootstrapped 100%")


class Process:
    """A node and its folder.

    Args:
        name: of the node, for messages.
        folder: holds torrc, DataDirectory, control socket and log; short, because a socket path ends at 107 bytes.
        tor: the program.
        socks_port: 0 when it has none.
        environment: variables beside the usual ones.
    """

    def __init__(
        self, name: str, folder: Path, *, tor: str, socks_port: int = 0, environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.folder = folder
        self.socks = f"127.0.0.1:{socks_port}" if socks_port else ""
        self._tor = tor
        self._environment = dict(environment or {})
        self._running: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def torrc(self) -> Path:
        return self.folder / "torrc"

    @property
    def control(self) -> Path:
        """The control socket, for `tor.control`; the cookie lies beside it."""
        return self.folder / "control"

    @property
    def log(self) -> Path:
        return self.folder / "notice.log"

    @property
    def pid(self) -> int:
        """Of the running process, 0 when there is none."""
        return self._running.pid if self._running is not None else 0

    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Start; it ends with the thread that called this, so call it from one that lives as long (the main thread)."""
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with (self.folder / "stdout.log").open("ab") as out:
            # Not tor's own __OwningControllerProcess: a control library that sees it takes ownership, and tor then
            # ends when that one connection does. setpriv becomes tor, so the process id is tor's.
            self._running = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", self._tor, "-f", str(self.torrc), *QUIET],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | self._environment,
            )

    def signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self._running is not None and self.alive():
            self._running.send_signal(number)

    def kill(self) -> None:
        """End it as a crash would: nothing is told to anybody."""
        self._end(grace=0.0)

    def stop(self) -> None:
        """End it, within `STOP_SECONDS`. Does nothing when it does not run."""
        self._end(grace=STOP_SECONDS)

    def restart(self) -> None:
        """Kill it if it runs, then start it again with the same folder; `wait_bootstrapped` says when it is back."""
        self.kill()
        self.start()

    def wait_bootstrapped(self, timeout: float = 30.0) -> None:
        """Until it can build circuits.

        Raises:
            TorError: it ended, or did not get there in time.
        """
        wait_for(f"{self.name} to bootstrap", self._bootstrapped, time.monotonic() + timeout)

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The last lines that it wrote; visitors never stand in them (SafeLogging)."""
        texts = []
        for path in (self.folder / "stdout.log", self.log):
            with contextlib.suppress(FileNotFoundError):
                texts += path.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join(texts[-lines:])

    def _bootstrapped(self) -> bool:
        if not self.alive():
            raise TorError(f"The tor process {self.name} ended by itself.", self.tail())
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as stream:
            stream.seek(self._log_start)
            return _BOOTSTRAPPED.search(stream.read().decode(errors="replace")) is not None
        return False

    def _end(self, grace: float) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        if running.poll() is None and grace:
            running.terminate()
        try:
            running.wait(grace)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


QUIET = ("--defaults-torrc", "/dev/null", "--hush")


def wait_for(what: str, test: Callable[[], bool], deadline: float, pause: float = POLL_SECONDS) -> None:
    """Ask until it is true.

    Args:
        what: ends the sentence "waited for …".
        deadline: in `time.monotonic` seconds.

    Raises:
        TorError: the deadline passed.
    """
    while not test():
        if time.monotonic() > deadline:
            raise TorError(f"Waited too long for {what}.")
        time.sleep(pause)
