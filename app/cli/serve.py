"""Starts the doors: one gunicorn process tree for each, all stopped together.

gunicorn with threads, because an upload over Tor is slow and holds its thread for minutes (measured in CRYPTO.md F;
ADR 0008). Sockets are bound here, before any process starts, so that a busy port is one sentence and not a trace.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.cli import ui
from app.cli.gthread import SilentLogger
from app.errors import UserError
from app.settings import Door
from crypto.errors import SealingError

Factory = Callable[[], Flask]

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
REFUSED_STATUS = 3
POLL_SECONDS = 0.1


def serve(doors: Sequence[tuple[Factory, Door]], *, ready: Callable[[], None] | None = None) -> None:
    """Serve every door until this process is interrupted or one of them ends.

    Args:
        doors: the factory of each Flask app, called in its own process, and where it listens.
        ready: called once when every door answers.

    Raises:
        UserError: a port is busy, or a door ended by itself.
    """
    sockets = [bind(door.listen) for _, door in doors]
    children: list[int] = []
    opened, opening = os.pipe()
    try:
        for (factory, door), listener in zip(doors, sockets, strict=True):
            children.append(_start(_Application(_explain(factory), door, listener.fileno(), opening), listener))
        for listener in sockets:
            listener.close()
        _wait(children, opened, ready)
    finally:
        _stop(children)
        os.close(opened)
        os.close(opening)
        for door, listener in zip(doors, sockets, strict=True):
            listener.close()
            if door[1].listen.startswith("unix:"):
                Path(door[1].listen.removeprefix("unix:")).unlink(missing_ok=True)


def bind(listen: str) -> socket.socket:
    """A listening socket for `HOST:PORT` or `unix:/path`.

    Raises:
        UserError: the port is taken or may not be used.
    """
    if listen.startswith("unix:"):
        path = Path(listen.removeprefix("unix:"))
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        address: Any = str(path)
    else:
        host, _, port = listen.rpartition(":")
        listener = socket.socket(socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        address = (host, int(port))
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"Port {listen} is already in use.", "Stop what runs there, or choose another with --port-base N."
            ) from None
        raise UserError(f"Cannot listen on {listen}: {error.strerror}.", "Choose another address.") from None
    listener.listen(2048)
    return listener


class _Application(BaseApplication):  # type: ignore[misc]
    def __init__(self, factory: Factory, door: Door, descriptor: int, opening: int) -> None:
        self._factory = factory
        self._door = door
        self._descriptor = descriptor
        self._opening = opening
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"fd://{self._descriptor}",
            "workers": self._door.workers,
            "threads": self._door.threads,
            "worker_class": "app.cli.gthread.Worker",
            # The application is made before the workers: they share the keys that live in memory only.
            "preload_app": True,
            "when_ready": self._say_open,
            "logger_class": SilentLogger,
            "accesslog": None,
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - a heartbeat, no content
            "control_socket_disable": True,
            "graceful_timeout": 10,
            "timeout": 60,
            "keepalive": 5,
            "proc_name": "sourdine",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._factory()

    def _say_open(self, _server: object) -> None:
        os.write(self._opening, b".")


def _start(application: _Application, listener: socket.socket) -> int:
    listener.set_inheritable(True)
    child = os.fork()
    if child:
        return child
    # From here on a new process: whatever happens, it must end here and never return into the caller.
    status = REFUSED_STATUS
    try:
        _guard_memory()
        application.run()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else REFUSED_STATUS
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _guard_memory() -> None:
    """This process and its workers end with their parent, and what they hold in memory never becomes a file."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    libc.prctl(PR_SET_DUMPABLE, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _explain(factory: Factory) -> Factory:
    """A door that refuses to start says why on the terminal; gunicorn's own log is silent."""

    def load() -> Flask:
        try:
            return factory()
        except (UserError, SealingError) as error:
            ui.note(f"sourdine: {error}")
            if isinstance(error, UserError) and error.hint:
                ui.note(f"  {error.hint}")
            raise SystemExit(REFUSED_STATUS) from None
        except Exception:
            # A fault of ours, before any visitor came: the trace holds nobody's words.
            ui.note(traceback.format_exc())
            raise SystemExit(REFUSED_STATUS) from None

    return load


def _wait(children: Sequence[int], opened: int, ready: Callable[[], None] | None) -> None:
    """Until a signal comes or a door ends; says once that all are open."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # Set by hand: a shell that starts us in the background leaves SIGINT ignored.
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        closed, ended = len(children), 0
        while ended not in children:
            if closed and select.select([opened], [], [], POLL_SECONDS)[0]:
                closed -= len(os.read(opened, closed))
                if ready and not closed:
                    ready()
            ended, _ = os.waitpid(-1, os.WNOHANG if closed else 0)
    except KeyboardInterrupt:
        return
    raise UserError("A door ended by itself; the others were stopped.", "The line above says why, if it could.")


def _stop(children: Sequence[int]) -> None:
    # A second Ctrl-C must not leave a door running.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for child in children:
        try:
            os.kill(child, signal.SIGTERM)
        except ProcessLookupError:
            continue
    for child in children:
        try:
            os.waitpid(child, 0)
        except ChildProcessError:
            continue
