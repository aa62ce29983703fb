"""One tor process of ours: it ends with us, whatever ends us, and nothing but us."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

from tor.errors import TorError

# This becomes tor, which then gets SIGTERM when we end, however we end. Not setpriv: it sets capabilities, which the
# sandbox of our unit forbids. Not a function between fork and exec: other threads may hold locks at that moment. And
# not tor's own __OwningControllerProcess: a control library that sees it takes ownership, and tor then ends when that
# one connection does.
_BECOME = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)
if os.getppid() == int(sys.argv[1]):  # else we ended before it could be told
    os.execv(sys.argv[2], sys.argv[2:])
"""
# Debian's own defaults must not join ours.
ALONE = ("--defaults-torrc", "/dev/null")
STOP_SECONDS = 20.0


class Process:
    """At most one tor at a time.

    Args:
        program: full path of tor.
        torrc: what it reads, at each reload too.
        control: path of its control socket.
        output: a file that gets what it prints; None leaves that where ours goes.
        environment: variables beside the usual ones.
    """

    def __init__(
        self,
        program: str,
        torrc: Path,
        control: Path,
        *,
        output: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.torrc, self.control = torrc, control
        # With a file for its output it also has a log: what it prints before it has read torrc would be there twice.
        tor = [program, "-f", str(torrc), *ALONE, *(["--hush"] if output else [])]
        self._words = [sys.executable, "-I", "-S", "-c", _BECOME, str(os.getpid()), *tor]
        self._output = output
        self._environment = dict(environment or {})
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process, 0 when there is none."""
        return self._running.pid if self._running is not None else 0

    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """From a thread that lives as long (the main thread): tor gets SIGTERM when the one that started it ends.

        Raises:
            TorError: another tor answers on that control socket.
        """
        self._clear()
        # tor would tell systemd by itself that it is ready, before anything was looked at.
        environment = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
        out = None if self._output is None else self._output.open("ab")
        try:
            self._running = subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=environment | self._environment,
                # Ctrl-C on the terminal is for us alone.
                start_new_session=True,
                umask=0o077,
            )
        finally:
            if out is not None:
                out.close()

    def _clear(self) -> None:
        """An old control socket would be taken for the new tor's; a living one is somebody's."""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.control))
            except OSError:
                self.control.unlink(missing_ok=True)
                return
        raise TorError(
            f"Another tor already answers on {self.control}.",
            "Nothing was changed. Stop that one, or use another folder.",
        )

    def signal(self, number: int) -> None:
        """Send a signal, if it runs, to its whole session: the program may be a script, and tor must not outlive it."""
        running = self._running  # another thread may stop it meanwhile
        if running is not None and running.poll() is None:
            os.killpg(running.pid, number)

    def kill(self) -> None:
        """End it as a crash would: nothing is told to anybody."""
        self._end(SIGKILL, None)

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End it and wait for its end, at most so long before it is killed. Does nothing when it does not run."""
        self._end(SIGTERM, seconds)

    def _end(self, number: Signals, seconds: float | None) -> None:
        self.signal(number)
        running, self._running = self._running, None
        if running is None:
            return
        try:
            running.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, SIGKILL)
            running.wait()
