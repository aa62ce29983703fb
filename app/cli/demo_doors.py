"""The doors of a demo while it walks: opened in a child process, visited on loopback or through Tor."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPException

from flask import Flask

from app.cli import ui
from app.cli.demo_layout import Trial
from app.cli.serve import serve
from app.cli.visitor import Visitor
from app.errors import UserError
from app.settings import Door

Doors = list[tuple[Callable[[], Flask], Door]]

START_SECONDS = 20
ONION_SECONDS = 120.0


def visitor(trial: Trial, door: str) -> Visitor:
    """Somebody at a door: through Tor when the demo has onions, else on loopback."""
    onion = trial.reach.onions.get(door)
    if onion is None:
        return Visitor("127.0.0.1", trial.ports[door])
    from tor import socks

    # One name: one circuit for the whole visit, as Tor Browser keeps one for each site.
    line = partial(socks.connect, trial.reach.socks, onion, 80, user=secrets.token_hex(4), timeout=ONION_SECONDS)
    return Visitor(onion, 80, connect=line)


@contextmanager
def serving(trial: Trial, doors: Doors) -> Iterator[None]:
    child = os.fork()
    if not child:
        try:
            serve(doors)
        except UserError as error:
            ui.note(f"sourdine: {error.message}")
        finally:
            os._exit(0)
    try:
        _wait_open(trial, child)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _wait_open(trial: Trial, child: int) -> None:
    end = time.monotonic() + START_SECONDS
    for name, port in trial.ports.items():
        while True:
            if os.waitpid(child, os.WNOHANG)[0]:
                raise UserError("The doors could not open.", "The line above says why.")
            # The socket takes connections before the application is made: only an answer counts.
            with suppress(OSError, HTTPException):
                Visitor("127.0.0.1", port, timeout=START_SECONDS).get("/")
                break
            if time.monotonic() > end:
                raise UserError(f"The {name} door did not open within {START_SECONDS} seconds.")
            time.sleep(0.1)
