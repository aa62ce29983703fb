"""A running demo to measure, and the resident memory of its processes."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from app.cli.visitor import Page, Upload, Visitor


@dataclass(frozen=True)
class House:
    data: Path
    base: int
    pid: int

    def report(self, story: str, files: list[Upload], follow_up: str = "codename") -> Page:
        """The last step of the form journey; the pages before it are fetched first and not timed by callers."""
        return self.send(self.prepare(story, follow_up), files)

    def prepare(self, story: str, follow_up: str = "codename") -> list[tuple[str, str]]:
        visitor = Visitor("127.0.0.1", self.base)
        form = visitor.get("/report").form("/report/review") | {"story": story, "topic": "1", "follow_up": follow_up}
        return list(visitor.post("/report/review", form).form("/report").items())

    def send(self, fields: list[tuple[str, str]], files: list[Upload]) -> Page:
        page = Visitor("127.0.0.1", self.base, timeout=600).upload("/report", fields, files)
        if page.status != 200:
            raise SystemExit(f"the report was refused with status {page.status}")
        return page

    def newest_envelope(self) -> Path:
        folder = self.data / "intake" / "envelopes"
        return max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_mtime_ns)

    def processes(self) -> list[int]:
        """The demo's process and all its descendants."""
        parents: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
        found, new = [self.pid], [self.pid]
        while new:
            new = [child for pid in new for child in parents.get(pid, [])]
            found += new
        return found

    def resident(self) -> int:
        """Bytes resident in all processes of the demo, gpg among them."""
        total = 0
        for pid in self.processes():
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
            except OSError:
                continue
        return total


class Peak(threading.Thread):
    """Samples the resident memory until told to stop."""

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self._house = house
        self._end = threading.Event()
        self.bytes = 0

    def run(self) -> None:
        while not self._end.is_set():
            self.bytes = max(self.bytes, self._house.resident())
            time.sleep(0.02)

    def __enter__(self) -> Peak:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self.join()


@contextmanager
def running() -> Iterator[House]:
    """A fresh demo on four free ports, stopped and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="sb-", dir=Path.cwd()) as folder:
        base = free_base()
        words = [sys.executable, "-m", "app.cli", "demo", "--data", f"{folder}/d", "--port-base", str(base)]
        program = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        try:
            wait(base, program)
            yield House(Path(folder) / "d", base, program.pid)
        finally:
            program.send_signal(signal.SIGINT)
            program.wait(timeout=60)


def wait(base: int, program: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    for port in range(base, base + 4):
        while True:
            try:
                Visitor("127.0.0.1", port, timeout=20).get("/")
                break
            except (OSError, HTTPException):
                if program.poll() is not None or time.monotonic() > end:
                    raise SystemExit("the demo did not start") from None
                time.sleep(0.05)


def free_base() -> int:
    for base in range(20480, 60000, 8):
        probes = [socket.socket() for _ in range(4)]
        try:
            for step, probe in enumerate(probes):
                probe.bind(("127.0.0.1", base + step))
        except OSError:
            continue
        else:
            return base
        finally:
            for probe in probes:
                probe.close()
    raise SystemExit("no four free ports in a row")
