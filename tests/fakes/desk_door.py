"""`sourdine desk serve` as a person starts it: its own process, its address and its code read from what it prints."""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.settings import DeskSettings

START_SECONDS = 60.0
_SAID = re.compile(r"http://([\d.]+):(\d+)/\s+One-time code: ([0-9a-f]{8})\s")


@dataclass(frozen=True)
class ServedDesk:
    """A desk that is served."""

    pid: int
    port: int
    code: str

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(settings: DeskSettings, port: int) -> Path:
    """desk.toml of a desk that a test made, with a door of its own."""
    path = settings.home / "desk.toml"
    lines = [
        f'root = "{settings.root}"',
        f'registry = "{settings.registry}"',
        "trial = true",
        "monthly = false",
        "[door]",
    ]
    path.write_text("\n".join([*lines, f'listen = "127.0.0.1:{port}"', f'hosts = ["127.0.0.1:{port}"]', ""]))
    return path


@contextmanager
def served(settings: DeskSettings, *, prefix: Sequence[str] = (), port: int = 0) -> Iterator[ServedDesk]:
    """Serve a desk until the block ends.

    Args:
        prefix: words before the command, such as those that enter a namespace.
    """
    port = port or free_port()
    config = write_settings(settings, port)
    words = [*prefix, sys.executable, "-m", "app.cli", "desk", "serve", "--config", str(config)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    try:
        code = _code(process.stdout.fileno())
        yield ServedDesk(process.pid, port, code)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def _code(descriptor: int) -> str:
    said, end = "", time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if select.select([descriptor], [], [], 0.2)[0]:
            some = os.read(descriptor, 4096)
            if not some:
                break
            said += some.decode()
        if found := _SAID.search(said):
            return found[3]
    raise AssertionError(f"the desk did not start: {said}")
