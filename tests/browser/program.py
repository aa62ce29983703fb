"""One browser as a group of processes of ours: its own home, found and ended by process id, its sockets listed."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.browser.channel import BrowserError

START_SECONDS = 40
LISTENING = re.compile(rb"listening on ws://(?:127\.0\.0\.1|localhost)(:\S+)")


class Program:
    """A running browser.

    Args:
        words: gives the command line, once the folder (home and profile) is known.
        package: the Debian package that brings the program.
    """

    def __init__(self, words: Callable[[Path], Sequence[str]], package: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="browser-"))
        line = list(words(self.folder))
        if not shutil.which(line[0]):
            shutil.rmtree(self.folder)
            pytest.fail(f"{line[0]} is missing: apt-get install --no-install-recommends {package}")
        folders = {name: str(self.folder) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        self._said = self.folder / "said"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                # A test run that is killed leaves no browser behind.
                ["setpriv", "--pdeathsig", "TERM", *line],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "MOZ_HEADLESS": "1", **folders},
                start_new_session=True,
            )

    def address(self) -> str:
        """The debugging address that the browser prints when it listens."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if found := LISTENING.search(self._said.read_bytes()):
                return f"ws://127.0.0.1{found[1].decode()}"
            if self._process.poll() is not None:
                break
            select.select([], [], [], 0.02)
        last = self._said.read_text(errors="replace")[-2000:]
        self.stop()
        raise BrowserError(f"the browser did not start:\n{last}")

    def pids(self) -> list[int]:
        """Every living process of the session that this browser is."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    after_name = (folder / "stat").read_text().rpartition(")")[2].split()
                    if int(after_name[3]) == self._process.pid and after_name[0] != "Z":
                        found.append(int(folder.name))
        return found

    def stop(self) -> None:
        """End every process of it and forget its folder."""
        if self._process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(3)
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(10)
        end = time.monotonic() + 5
        while self.pids() and time.monotonic() < end:
            time.sleep(0.02)
        shutil.rmtree(self.folder, ignore_errors=True)
