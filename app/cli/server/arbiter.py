"""gunicorn's arbiter for one door: it replaces each process that held plaintext before that one stops (ADR 0020).

It decides alone, since it alone sees every process of the door end: a worker only tells it that it held plaintext.
It never handles a request itself, so what it forks has seen none.
"""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from queue import Empty
from typing import Any

from gunicorn.arbiter import Arbiter

from app.web import retirement

PID_BYTES = 8


class DoorArbiter(Arbiter):  # type: ignore[misc]
    """One door's processes: as many as its setting serving, and the retired ones until their last answer."""

    def __init__(self, app: Any) -> None:
        self._retirements = retirement.Retirements(seconds=retirement.RETIRE_SECONDS, most=retirement.MAX_RETIRED)
        self._woken, self._wake = pipe()
        super().__init__(app)

    def start(self) -> None:
        super().start()
        # Another process bound our socket and takes its file away (app/cli/serve.py); gunicorn would do it too.
        self.systemd = True

    def init_signals(self) -> None:
        """Two signals only. Ctrl-C goes to every process of a terminal: the one that was started passes it on."""
        self.log.close_on_exec()
        for sign in self.SIGNALS:
            signal.signal(sign, signal.SIG_IGN)
        for sign in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(sign, self.signal)
        signal.signal(signal.SIGCHLD, self.signal_chld)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)

    def wait_for_signals(self, timeout: float = 1.0) -> list[int]:
        """The signals that came, at once; or nothing when a worker told something or the time is over."""
        if self.SIG_QUEUE.empty():
            select.select([self._woken, self.app.heard], [], [], timeout)
        _read(self._woken)
        found = []
        try:
            while True:
                found.append(self.SIG_QUEUE.get_nowait())
        except Empty:
            return sorted(found, key=lambda sign: sign != signal.SIGQUIT)  # a polite stop would hide the other one

    def manage_workers(self) -> None:
        """Replace who is missing or has to go. The new ones are there before the old ones stop."""
        told = _read(self.app.heard)
        for place in range(0, len(told), PID_BYTES):
            self._retirements.touched(int.from_bytes(told[place : place + PID_BYTES], "little"))
        self._retirements.keep(self.WORKERS)
        going = self._retirements.due(time.monotonic())
        # gunicorn ends the whole door, uploads and all, when it cannot fork. Who is there serves on; a second later we
        # try again.
        with suppress(OSError):
            while self._retirements.serving < self.num_workers + len(going):
                self.spawn_worker()
            for pid in going:
                self._retirements.retired(pid)
                self.kill_worker(pid, signal.SIGTERM)

    def spawn_worker(self) -> int:
        # A signal between the fork and the worker's own handlers would be lost, and a stop would wait for it forever.
        held = {signal.SIGTERM, signal.SIGQUIT}
        signal.pthread_sigmask(signal.SIG_BLOCK, held)
        try:
            pid: int = super().spawn_worker()
        except Exception:
            if os.getpid() != self.pid:  # the new process, which must never go on as a second arbiter
                os._exit(1)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
        self._retirements.born(pid, time.monotonic())
        return pid


def pipe() -> tuple[int, int]:
    """Reader and writer, neither of which waits."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    return reader, writer


def _read(descriptor: int) -> bytes:
    """All that waits there; a message is shorter than the pipe's atomic length, so it is whole."""
    try:
        return os.read(descriptor, PID_BYTES * 512)
    except BlockingIOError:
        return b""
