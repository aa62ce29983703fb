"""The tor process of `sourdine tor up`: it ends with us, whatever ends us."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tor.control import Control
from tor.errors import ControlLost

# This becomes tor, which then gets SIGTERM when we end, however we end. Not setpriv: it sets capabilities, which the
# sandbox of our unit forbids; and not a function between fork and exec: other threads may hold locks at that moment.
_BECOME = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() == int(sys.argv[1]):  # else we ended before it could be told
    os.execv(sys.argv[2], sys.argv[2:])
"""
STOP_SECONDS = 20.0
POLL_SECONDS = 0.1


class Process:
    """At most one tor at a time.

    Args:
        program: full path of tor.
        torrc: what it reads, at each reload too.
        control: path of its control socket.
    """

    def __init__(self, program: str, torrc: Path, control: Path) -> None:
        tor = [program, "-f", str(torrc), "--defaults-torrc", "/dev/null"]
        self._words = [sys.executable, "-I", "-S", "-c", _BECOME, str(os.getpid()), *tor]
        self._control = control
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """From the main thread: tor gets SIGTERM when the thread that started it ends."""
        # An old socket would be taken for the new tor's.
        self._control.unlink(missing_ok=True)
        # tor would tell systemd by itself that it is ready, before anything was looked at.
        environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        # A session of its own: Ctrl-C on the terminal is for us alone.
        self._running = subprocess.Popen(
            self._words, stdin=subprocess.DEVNULL, env=environment, start_new_session=True, umask=0o077
        )

    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def connect(self, on_event: Callable[[str], None]) -> Control | None:
        """A control connection as soon as tor gives one; None when it ended before."""
        while self.alive():
            with contextlib.suppress(ControlLost):
                return Control.connect(self._control, on_event=on_event)
            time.sleep(POLL_SECONDS)
        return None

    def stop(self) -> None:
        """End it and wait for its end. Does nothing when it does not run."""
        running, self._running = self._running, None
        if running is None:
            return
        self._signal(running, signal.SIGTERM)
        try:
            running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._signal(running, signal.SIGKILL)
            running.wait()

    @staticmethod
    def _signal(running: subprocess.Popen[bytes], number: signal.Signals) -> None:
        """To its whole session: the setting `binary` may name a script, and tor must not outlive it."""
        if running.poll() is None:
            os.killpg(running.pid, number)
