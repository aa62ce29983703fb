"""An intake as docs/operations/install.md leaves it: two unix sockets, real reviewers, the box of its unit around."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crypto.manifest import Nobody, Reviewer
from crypto.openpgp import gpg, keygen
from tests.fakes.instance import TODAY, Instance

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "config" / "systemd"
OPEN_SECONDS = 60


def boxed(unit: str, *words: str) -> list[str]:
    """A command inside the sandbox of a unit."""
    return [sys.executable, str(ROOT / "tests/fakes/box.py"), str(UNITS / unit), "--", *words]


def make(folder: Path, **hosts: str) -> Instance:
    """The intake's folder; `hosts` are the names of its doors. A trial only for its day. The folder's path is short."""
    people = []
    for name, college in (("alize", "members"), ("cypres", "jurists")):
        home = folder / name
        fingerprint = keygen.trial_key(home, name, TODAY)
        people.append(Reviewer(name, college, "analyst", fingerprint, keygen.public_cert(home, fingerprint)))
        gpg.stop_agent(home)
    made = Instance.make(folder, reviewers=tuple(people))
    made.publish(nobodies=tuple(Nobody(*keygen.nobody_cert(TODAY)) for _ in people))
    made.store().close()
    configure(made, **hosts)
    return made


def configure(intake: Instance, *, circuits: bool = False, **hosts: str) -> None:
    """Write intake.toml."""
    text = f'trial = true\nroot = "{intake.settings.root}"\nreserve_bytes = 0\ncontact = "mailto:a@b"\n'
    for door, host in hosts.items():
        text += f'[{door}]\nlisten = "unix:{intake.folder}/{door}.sock"\nhosts = ["{host}"]\n'
        if door == "reporter":
            text += f"circuits = {str(circuits).lower()}\n"
    (intake.settings.home / "intake.toml").write_text(text)


def command(intake: Instance, *words: str) -> list[str]:
    """`sourdine intake …` with its settings."""
    return [sys.executable, "-m", "app.cli", "intake", *words, "--config", str(intake.settings.home / "intake.toml")]


@contextmanager
def serving(intake: Instance) -> Iterator[subprocess.Popen[str]]:
    """`sourdine intake serve` in its box, both doors open; ended by SIGTERM."""
    words = boxed("sourdine-intake.service", *command(intake, "serve"))
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout
            assert select.select([program.stdout], [], [], OPEN_SECONDS)[0], "nothing was said"
            assert "open" in program.stdout.readline()
            yield program
        finally:
            program.terminate()
            program.wait(timeout=30)
