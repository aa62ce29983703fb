"""Real keys in real homes, made once for a test run; every agent that the tests start is ended with them."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from crypto.openpgp import certs, gpg, keygen

DAY = date(2026, 11, 21)
PASSPHRASE = "des mots à moi"
NAMES = ("alize", "brume", "cypres")


def run_gpg(home: Path, *arguments: str, data: bytes = b"", check: bool = True) -> bytes:
    """Stock gpg, for what our own code refuses to make."""
    base = ["gpg", "--homedir", str(home), "--batch", "--no-tty", "-q", "--no-options", "--trust-model", "always"]
    done = subprocess.run([*base, *arguments], input=data, capture_output=True, check=check)
    return done.stdout


@dataclass
class House:
    """Three reviewers, an empty place, a key with a passphrase, and a public home that holds them all."""

    root: Path
    homes: dict[str, Path] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    certs: dict[str, bytes] = field(default_factory=dict)

    @property
    def public(self) -> Path:
        return self.root / "public home"

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(self.keys[name] for name in NAMES)

    def add(self, name: str, fingerprint: str, home: Path) -> None:
        self.homes[name], self.keys[name] = home, fingerprint
        self.certs[name] = keygen.public_cert(home, fingerprint)


def _locked_key(home: Path) -> str:
    home.mkdir(mode=0o700)
    lock = ["--pinentry-mode", "loopback", "--passphrase", PASSPHRASE, "--faked-system-time", "20261121T000000!"]
    run_gpg(home, *lock, "--quick-gen-key", "locked", "ed25519", "sign", "1y")
    fingerprint = certs_in(home)[0]
    run_gpg(home, *lock, "--quick-add-key", fingerprint, "cv25519", "encr", "1y")
    gpg.stop_agent(home)  # its memory of the passphrase
    return fingerprint


def certs_in(home: Path) -> list[str]:
    """The fingerprints of the primary keys in a home."""
    lines = run_gpg(home, "--with-colons", "--list-keys").decode().splitlines()
    return [lines[at + 1].split(":")[9] for at, line in enumerate(lines) if line.startswith("pub:")]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    for name in NAMES:
        made.add(name, keygen.trial_key(made.root / name, name, DAY), made.root / name)
    made.add("locked", _locked_key(made.root / "locked"), made.root / "locked")
    made.keys["nobody"], made.certs["nobody"] = keygen.nobody_cert(DAY)
    certs.import_public(made.public, made.certs.values())
    yield made
    for home in (*made.homes.values(), made.public):
        gpg.stop_agent(home)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home for one test."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    yield path
    gpg.stop_agent(path)


@pytest.fixture
def fake_gpg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a program of our own in gpg's place: a shell script, with the real one as $REAL."""
    real = gpg.binary()
    folder = tmp_path / "bin"
    folder.mkdir()

    def install(script: str) -> None:
        program = folder / "gpg"
        program.write_text(f"#!/bin/sh\nREAL='{real}'\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    return install
