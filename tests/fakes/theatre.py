"""The machines of a ceremony as folders, and the pages of docs/operations as scripts: every command is really run.

A page has one table: step, machine, command, leaves. What stands in backticks is typed on that machine, with the folder
as its place; `carry` copies files between machines; the few other rows are for people, and named in PEOPLE.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.cli import main, ui
from app.cli.visitor import Visitor
from app.errors import UserError
from crypto.openpgp import gpg
from tests.journey.house import submit

PAGES = Path(__file__).resolve().parents[2] / "docs" / "operations"
MACHINES = ("reviewer", "offline", "intake", "desk", "registry", "courier")
PEOPLE = ("read aloud", "destroy", "write the line", "send a report", "restart", "ask ")
CASE_ID = re.compile(r"[a-z2-7]{12}\b")
TICKS = re.compile(r"`([^`]+)`")
# Of a machine that stands on a table and not behind tor; everything else must be right.
LOOSE = {"addresses of the doors"}


@dataclass(frozen=True)
class Row:
    step: str
    machine: str
    command: str

    @property
    def typed(self) -> list[str]:
        return TICKS.findall(self.command)


def rows(page: str) -> list[Row]:
    """The table of a page."""
    lines = (PAGES / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [Row(*line[:3]) for line in cells if line[0].isdecimal()]


@dataclass
class Theatre:
    """One instance on one table."""

    folder: Path
    seen: set[str] = field(default_factory=set)
    last: str = ""
    said: list[str] = field(default_factory=list)
    doors: subprocess.Popen[bytes] | None = None

    @classmethod
    def open(cls) -> Theatre:
        made = cls(Path(tempfile.mkdtemp(prefix="sdt-")))
        for name in MACHINES:
            made.place(name).mkdir(mode=0o700)
        made.write_settings()
        return made

    def copy(self) -> Theatre:
        """The same house once more, for the next page."""
        other = Path(tempfile.mkdtemp(prefix="sdt-"))
        shutil.copytree(
            self.folder, other, dirs_exist_ok=True, ignore=shutil.ignore_patterns("S.*", "*.lock", "pickup")
        )
        made = Theatre(other, set(self.seen))
        made.write_settings()
        return made

    def place(self, machine: str) -> Path:
        return self.folder / machine

    def play(self, page: str, *casts: Mapping[str, str]) -> None:
        """Do what the page says. NAME and COLLEGE stand for each of the cast in turn."""
        for row in rows(page):
            try:
                self._row(row, casts or ({},))
            except (AssertionError, UserError, OSError, subprocess.CalledProcessError) as error:
                raise AssertionError(f"{page}, step {row.step}: {row.command}: {error!r}") from error

    def close(self) -> None:
        self._stop_doors()
        for home in [self.place("reviewer"), *self.place("desk").glob("gnupg/*")]:
            gpg.stop_agent(home)
        shutil.rmtree(self.folder)

    # -- one row ---------------------------------------------------------------------------------------------------

    def _row(self, row: Row, casts: tuple[Mapping[str, str], ...]) -> None:
        words = row.command
        if words.startswith("carry "):
            self._carry(row, casts)
        elif words.startswith("write the line"):
            self.write_settings()
        elif words.startswith("send a report"):
            self._start_doors()
            page = submit(Visitor("127.0.0.1", self._port("reporter"), timeout=120), {"follow_up": "none"})
            assert page.status == 200, page.text
        elif words.startswith(PEOPLE):
            return
        else:
            assert row.typed, "a row that nobody can do"
            for text in row.typed:
                for cast in casts if re.search(r"\b(NAME|COLLEGE)\b", text) else ({},):
                    self._type(row.machine, _filled(text, cast))

    def _carry(self, row: Row, casts: tuple[Mapping[str, str], ...]) -> None:
        sources, _, targets = (part.strip() for part in row.machine.partition("→"))
        names, _, into = row.command.removeprefix("carry ").partition(" into ")
        for name in TICKS.findall(names):
            for cast in casts if "NAME" in name else ({},):
                found = [self.place(m) / _filled(name, cast) for m in re.split(r", ", sources)]
                (path,) = [one for one in found if one.exists()]
                for machine in re.split(r", ", targets):
                    target = self.place(machine) / "".join(TICKS.findall(into))
                    target.mkdir(mode=0o700, exist_ok=True)
                    copy = shutil.copytree if path.is_dir() else shutil.copyfile
                    copy(path, target / path.name, **({"dirs_exist_ok": True} if path.is_dir() else {}))
                    if not path.is_dir():
                        (target / path.name).chmod(0o600)

    def _type(self, machine: str, text: str) -> None:
        words = shlex.split(text.replace(" ID ", f" {self.last} "))
        place = self.place(machine)
        if words[0] == "gpg":
            homes = [] if "--homedir" in words else ["--homedir", str(place)]
            quiet = ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
            subprocess.run(["gpg", *homes, *quiet, *words[1:]], cwd=place, check=True, capture_output=True)
            return
        assert words[0] == "sourdine", text
        with contextlib.chdir(place), ui.captured() as said:
            args = main.parse(words[1:])
            status = args.run(args) or 0
        self.said = said
        if words[1:3] == ["intake", "check"]:
            failed = {line.removeprefix("NO").partition(":")[0].strip() for line in said if line.startswith("NO")}
            assert failed == LOOSE, said
            return
        assert status == 0, said
        if words[1:4] == ["desk", "case", "list"]:
            new = {found[0] for line in said if (found := CASE_ID.match(line))} - self.seen
            assert len(new) == 1, said
            self.last = new.pop()
            self.seen.add(self.last)
        if words[1:3] == ["courier", "fetch"]:
            self._stop_doors()

    # -- the doors -------------------------------------------------------------------------------------------------

    def write_settings(self) -> None:
        """What people write in the files: the root key, and the ones before it."""
        public, former = (self.place("offline") / name for name in ("root.pub", "root.former"))
        root = public.read_text().strip() if public.exists() else ""
        past = former.read_text().split() if former.exists() else []
        ports = self._ports()
        texts = {
            "offline/reviewers": 'instance = "try.example"\n',
            "intake/intake": f'root = "{root}"\ncontact = "mailto:a@example.org"\nreserve_bytes = 1000\n'
            "max_bytes = 1000000\n"
            + "".join(
                f'[{door}]\nlisten = "127.0.0.1:{port}"\nhosts = ["127.0.0.1:{port}"]\n' for door, port in ports.items()
            ),
            "desk/desk": f'root = "{root}"\nformer_roots = {past!r}\nregistry = "regc.example"\n'.replace("'", '"'),
            "registry/registry": f'origin = "regc.example"\n[[issuers]]\nroot = "{root}"\nmanifest = "manifest"\n',
            "courier/courier": f'url = "http://127.0.0.1:{ports["courier"]}"\nname = "rivet"\n',
        }
        for name, text in texts.items():
            path = self.folder / f"{name}.toml"
            path.write_text(text, encoding="utf-8")
            path.chmod(0o600)

    def _ports(self) -> dict[str, int]:
        path = self.folder / "ports"
        if not path.exists() or str(self.folder) not in path.read_text():
            with contextlib.ExitStack() as stack:
                free = [stack.enter_context(socket.socket()) for _ in range(2)]
                for one in free:
                    one.bind(("127.0.0.1", 0))
                numbers = " ".join(str(one.getsockname()[1]) for one in free)
            path.write_text(f"{numbers} {self.folder}")
        reporter, courier = path.read_text().split()[:2]
        return {"reporter": int(reporter), "courier": int(courier)}

    def _port(self, door: str) -> int:
        return self._ports()[door]

    def _start_doors(self) -> None:
        words = [sys.executable, "-m", "app.cli", "intake", "serve", "--config", "intake.toml"]
        with (self.folder / "doors.log").open("wb") as log:
            self.doors = subprocess.Popen(
                words, cwd=self.place("intake"), stdout=log, stderr=log, env=_environment(), start_new_session=True
            )
        begin = time.monotonic()
        for door in ("reporter", "courier"):
            while True:
                assert self.doors.poll() is None, (self.folder / "doors.log").read_text()
                assert time.monotonic() - begin < 90, (self.folder / "doors.log").read_text()
                try:
                    Visitor("127.0.0.1", self._port(door), timeout=20).get("/")
                    break
                except (OSError, http.client.HTTPException):
                    time.sleep(0.1)

    def _stop_doors(self) -> None:
        if self.doors is not None:
            self.doors.terminate()
            try:
                self.doors.wait(timeout=60)
            finally:
                self.doors.kill()
            self.doors = None


@contextlib.contextmanager
def opened(theatre: Theatre) -> Iterator[Theatre]:
    try:
        yield theatre
    finally:
        theatre.close()


def _filled(text: str, cast: Mapping[str, str]) -> str:
    for word, value in cast.items():
        text = re.sub(rf"\b{word}\b", value, text)
    return text


def _environment() -> dict[str, str]:
    import os

    return os.environ | {"PYTHONPATH": str(PAGES.parents[1]), "SOURDINE_REVIEWER": ""}
