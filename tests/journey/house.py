"""The demo as a user has it: its folder, its ports, what a person would type and a browser would send."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from app.cli.visitor import Page, Upload, Visitor

STORY = "Le conseil a décidé seul de changer les règles, sans convoquer d'assemblée générale."


class House:
    """The demo's folder and ports, and the commands a person would type."""

    def __init__(self, folder: Path, base: int) -> None:
        self.folder = folder
        self.data = folder / "my demo"
        self.temporary = folder / "tmp"
        self.base = base
        self.temporary.mkdir()

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"TMPDIR": str(self.temporary), "SOURDINE_REVIEWER": ""}

    def visitor(self, door: int = 0, timeout: float = 300) -> Visitor:
        return Visitor("127.0.0.1", self.base + door, timeout=timeout)

    def command(self, *words: str, status: int = 0) -> str:
        """Run `sourdine …` and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *words], capture_output=True, text=True, env=self.environment, check=False
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout if status == 0 else done.stderr

    def desk(self, *words: str, reviewer: str = "alize", status: int = 0) -> str:
        config = str(self.data / "desk" / "desk.toml")
        return self.command("desk", *words, "--config", config, "--as", reviewer, status=status)

    def courier(self, *words: str, status: int = 0) -> str:
        return self.command("courier", *words, "--config", str(self.data / "courier" / "courier.toml"), status=status)

    def envelopes(self) -> set[Path]:
        return {path for path in (self.data / "intake" / "envelopes").rglob("*") if path.is_file()}

    def count_rows(self, program: str) -> dict[str, int]:
        """Rows of each table of one program's database."""
        with contextlib.closing(sqlite3.connect(self.data / program / f"{program}.db")) as link:
            tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: link.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}

    def stock_open(self, envelope: Path, into: Path, reviewer: str = "alize") -> dict[str, object]:
        """Open an envelope with gpg and unzip only, as the specification promises. Returns report.json."""
        into.mkdir(parents=True, exist_ok=True)
        home = self.data / "desk" / "gnupg" / reviewer
        archive = into / "opened.zip"
        done = subprocess.run(
            ["gpg", "--homedir", str(home), "--batch", "--quiet", "--output", str(archive), "--decrypt", str(envelope)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        subprocess.run(["unzip", "-q", str(archive), "-d", str(into)], check=True)
        archive.unlink()
        report = json.loads((into / "report.json").read_text(encoding="utf-8"))
        assert isinstance(report, dict)
        return report

    def search(self, *needles: str) -> list[str]:
        """Every file under the demo's folder that holds one of these strings."""
        raw = [needle.encode() for needle in needles]
        found = []
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                found += [f"{path.relative_to(self.folder)}: {n!r}" for n in raw if n in data]
        return found


def report(house: House, fields: dict[str, str | list[str]] | None = None, files: list[Upload] | None = None) -> Page:
    """The whole form journey of a browser: form, page to read again, upload."""
    return submit(house.visitor(), fields, files)


def submit(
    visitor: Visitor, fields: dict[str, str | list[str]] | None = None, files: list[Upload] | None = None
) -> Page:
    form: dict[str, str | list[str]] = {"story": STORY, "topic": "1", "follow_up": "codename", "publish": "ask"}
    form |= visitor.get("/report").form("/report/review")
    form |= {"story": STORY, "follow_up": "codename"} | (fields or {})
    again = visitor.post("/report/review", form)
    assert again.status == 200, again.text
    kept = again.form("/report")
    pairs = [(name, value) for name, value in kept.items() if name != "exclude"]
    pairs += [("exclude", name) for name in form.get("exclude", [])]
    return visitor.upload("/report", pairs, files or [])


def free_base() -> int:
    """Four free ports in a row."""
    for base in range(18080 + os.getpid() % 997, 60000, 4):
        probes = []
        try:
            for door in range(4):
                probe = socket.socket()
                probes.append(probe)
                probe.bind(("127.0.0.1", base + door))
        except OSError:
            continue
        else:
            return base
        finally:
            for probe in probes:
                probe.close()
    raise AssertionError("no four free ports in a row")


def wait_for_doors(house: House, program: subprocess.Popen[bytes], said: str) -> None:
    begin = time.monotonic()
    waiting = [0, 1, 2, 3]
    while waiting:
        assert program.poll() is None, Path(said).read_text()
        assert time.monotonic() - begin < 60, Path(said).read_text()
        try:
            house.visitor(waiting[0], timeout=20).get("/")
            waiting.pop(0)
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
