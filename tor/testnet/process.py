"""One tor process of the private network, watched through its log."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tor.errors import TorError
from tor.process import Process

POLL_SECONDS = 0.05
TAIL_LINES = 8
_BOOTSTRAPPED = re.compile(r"Bootstrapped 100%")


class NodeProcess(Process):
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
        output = folder / "stdout.log"
        super().__init__(tor, folder / "torrc", folder / "control", output=output, environment=environment)
        self.name = name
        self.folder = folder
        self.socks = f"127.0.0.1:{socks_port}" if socks_port else ""
        self._log_start = 0

    @property
    def log(self) -> Path:
        return self.folder / "notice.log"

    def start(self) -> None:
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        super().start()

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
