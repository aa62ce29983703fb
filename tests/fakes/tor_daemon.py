"""A real tor process without a network, to hold our side of the control port to the real thing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Daemon:
    """One tor; `DisableNetwork 1`, so it opens no connection at all."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def control(self) -> Path:
        return self.folder / "control"

    @property
    def cookie(self) -> Path:
        return self.folder / "data" / "control_auth_cookie"

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()


def start_tor(folder: Path, *lines: str) -> Daemon:
    """Start one and wait, at most 20 s, for its control socket."""
    if not shutil.which("tor"):
        pytest.fail("these tests need the Debian package tor")
    torrc = folder / "torrc"
    fixed = [f"DataDirectory {folder}/data", f"ControlSocket {folder}/control", "DisableNetwork 1", "SocksPort 0"]
    torrc.write_text("\n".join([*fixed, "CookieAuthentication 1", "ShutdownWaitLength 0", *lines, ""]))
    # It ends with us, also when we are killed.
    command = ["setpriv", "--pdeathsig", "TERM", "tor", "-f", str(torrc), "--defaults-torrc", "/dev/null", "--hush"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon = Daemon(folder, process)
    deadline = time.monotonic() + 20
    while not (daemon.control.exists() and daemon.cookie.exists() and daemon.cookie.stat().st_size == 32):
        if process.poll() is not None or time.monotonic() > deadline:
            daemon.stop()
            pytest.fail("tor did not start")
        time.sleep(0.02)
    return daemon


@contextmanager
def unprivileged() -> Iterator[None]:
    """As another user: root, who may read everything, would see no refusal."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
