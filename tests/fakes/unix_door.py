"""Doors served for real on a unix socket, in a process of their own, and a client that connects as tor does."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Link(http.client.HTTPConnection):
    """HTTP over a unix socket; `first` is what tor would write before the request."""

    def __init__(self, path: str, *, first: bytes = b"", timeout: float = 30) -> None:
        super().__init__("door", timeout=timeout)
        self.path = path
        self.first = first

    def connect(self) -> None:
        self.sock = dial(self.path, timeout=self.timeout)
        self.sock.sendall(self.first)


def dial(path: str, *, timeout: float = 30) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(timeout)
    try:
        link.connect(path)
    except OSError:
        link.close()
        raise
    return link


def introduction(circuit: int) -> bytes:
    """What tor writes for a circuit (man page, HiddenServiceExportCircuitID)."""
    high, low = circuit >> 16, circuit & 0xFFFF
    return f"PROXY TCP6 fc00:dead:beef:4dad::{high:x}:{low:x} ::1 {low} 80\r\n".encode()


class Program:
    """One `serve` and its processes."""

    def __init__(self, path: str, process: subprocess.Popen[str], said: Path) -> None:
        self.path = path
        self.process = process
        self._said = said

    def ask(self, method: str = "GET", path: str = "/", body: bytes | None = None, **first: bytes) -> tuple[int, bytes]:
        link = Link(self.path, **first)
        try:
            link.request(method, path, body=body, headers={"Host": "door"})
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    @property
    def said(self) -> str:
        return self._said.read_text()

    def workers(self) -> set[int]:
        """The processes under the door's arbiter, less the gpg that it runs before it has any."""
        arbiters = children_of(self.process.pid)
        return {pid for pid in set().union(*map(children_of, arbiters)) if name_of(pid) == name_of(self.process.pid)}


def children_of(pid: int) -> set[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return set(map(int, found.stdout.split()))


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def until(what: Callable[[], object], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return bool(what())


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def program(code: str, *words: str) -> Iterator[Program]:
    """Run a program that serves one door on the unix socket given as its first argument, until it answers."""
    with tempfile.TemporaryDirectory(prefix="sd-") as folder:
        path, said = f"{folder}/door.sock", Path(folder) / "said"
        with said.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-c", code, path, *words],
                stdout=stream,
                stderr=stream,
                text=True,
                start_new_session=True,
            )
            made = Program(path, process, said)
            try:
                assert until(lambda: (_open(path) and made.workers()) or process.poll() is not None, 30)
                assert process.poll() is None, made.said
                yield made
            finally:
                _end(process)


def _open(path: str) -> bool:
    try:
        dial(path).close()
    except OSError:
        return False
    return True


def _end(process: subprocess.Popen[str]) -> None:
    """Politely, then at once; a session of its own makes sure that nothing of it stays."""
    for sign in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(sign)
            try:
                process.wait(timeout=6)
            except subprocess.TimeoutExpired:
                continue
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
