"""Lays out a trial house under one folder, with the very commands that a real ceremony types (CONTRACT, "Demo").

Nothing here is a short cut: root key, reviewers, manifest, courier account and databases are made by `sourdine` itself.
Only the three reviewers' OpenPGP keys, without passphrase, are the demo's own doing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.cli import main, ui
from app.clock import SystemClock
from app.errors import UserError
from crypto.openpgp import keygen

REVIEWERS = (("alize", "members"), ("brume", "members"), ("cypres", "jurists"))
PARTS = ("reviewers", "intake", "courier", "desk", "registry")
MARK = ".sourdine-demo"
READY = "ready\n"
# The trial OpenPGP keys end after two years, and a manifest may not outlive them.
VALID_DAYS = 700

TOML = {
    "reviewers": "trial = true\n",
    "intake": """trial = true
root = "{root}"
release_days = 0
contact = "mailto:security@trial.invalid"

[reporter]
listen = "127.0.0.1:{reporter}"
hosts = {reporter_hosts}

[courier]
listen = "127.0.0.1:{courier}"
hosts = {courier_hosts}
""",
    "courier": """trial = true
url = "{courier_url}"
socks = "{socks}"
name = "courier"
password_file = "password"
totp_file = "totp"
""",
    "desk": """trial = true
root = "{root}"
registry = "trial.registry"
monthly = false

[door]
listen = "127.0.0.1:{desk}"
hosts = {desk_hosts}
""",
    "registry": """trial = true
origin = "trial.registry"
onion = "{registry_onion}"
reporter_onion = "{reporter_onion}"

[publisher]
name = "Association d'essai"
director = "Personne d'essai"
host = "Cette machine"
address = "1 rue de l'Essai, 00000 Essai"

[door]
listen = "127.0.0.1:{registry}"
hosts = {registry_hosts}

[[issuers]]
root = "{root}"
manifest = "manifest"
""",
}


@dataclass(frozen=True)
class Reach:
    """How the doors are reached beside loopback: the onion address of each, and a SOCKS port for the courier."""

    onions: Mapping[str, str] = field(default_factory=dict)
    socks: str = ""


@dataclass(frozen=True)
class Trial:
    """The demo's folder, the first of its four ports, and its onions if it has any."""

    folder: Path
    base: int
    reach: Reach = Reach()

    def config(self, program: str) -> Path:
        return self.folder / program / f"{program}.toml"

    @property
    def ports(self) -> dict[str, int]:
        return {name: self.base + n for n, name in enumerate(("reporter", "courier", "desk", "registry"))}

    @property
    def today(self) -> Path:
        return self.folder / "today"

    def hosts(self, door: str) -> tuple[str, ...]:
        """The Host names that a door answers to."""
        port, onion = self.ports[door], self.reach.onions.get(door)
        return (f"127.0.0.1:{port}", f"localhost:{port}", *([onion] if onion else []))

    def home(self, reviewer: str) -> Path:
        return self.folder / "desk" / "gnupg" / reviewer

    def command(self, program: str, *words: str, config: str = "") -> list[str]:
        """Run one `sourdine` command as a user would, with its settings file; returns what it printed."""
        args = main.parse([program, *words, "--config", str(self.config(config or program))])
        with ui.captured() as lines:
            status = args.run(args) or 0
        if status:
            raise UserError(f"`sourdine {program} {words[0]}` ended with status {status}.")
        return lines


def prepare(trial: Trial, *, reset: bool = False) -> bool:
    """Make the house, or find it again. Returns whether it was made now.

    Raises:
        UserError: the folder holds other things, or a step of the ceremony refused.
    """
    mark = trial.folder / MARK
    if trial.folder.exists() and any(trial.folder.iterdir()) and not mark.is_file():
        raise UserError(f"{trial.folder} holds other things.", "Name an empty folder with --data, nothing was touched.")
    if mark.is_file() and mark.read_text(encoding="ascii") == READY and not reset:
        write_settings(trial, root_of(trial))
        return False
    # A set-up that was cut short is begun again from nothing: trial keys are worth nothing.
    for part in PARTS:
        shutil.rmtree(trial.folder / part, ignore_errors=True)
    for day in (trial.today, trial.today.with_name(".today")):
        day.unlink(missing_ok=True)
    trial.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.write_text("being made\n", encoding="ascii")
    ceremony(trial)
    mark.write_text(READY, encoding="ascii")
    return True


def ceremony(trial: Trial) -> None:
    """Root, reviewers, intake, desk, manifest, courier, registry: the order of docs/operations."""
    for part in PARTS:
        (trial.folder / part).mkdir(mode=0o700)
    write_settings(trial, "")
    trial.command("reviewers", "root")
    write_settings(trial, root_of(trial))
    reviewers = trial.folder / "reviewers"
    for name, college in REVIEWERS:
        cert = reviewers / f"{name}.cert"
        cert.write_bytes(trial_reviewer(trial, name))
        trial.command("reviewers", "add", name, "--college", college, "--cert", str(cert))
        cert.unlink()
    trial.command("intake", "init")
    trial.command("desk", "init", "--reviewers", str(reviewers))
    manifest = trial.folder / "intake" / "manifest"
    keys = ["--desk-key", str(trial.folder / "desk" / "desk.pub"), "--pickup-key", str(manifest.parent / "pickup.pub")]
    trial.command("reviewers", "sign", *keys, "--days", str(VALID_DAYS), "--to", str(manifest))
    for part in ("desk", "registry"):
        shutil.copyfile(manifest, trial.folder / part / "manifest")
    trial.command("desk", "init", "--manifest", str(manifest))
    secrets = trial.folder / "courier"
    words = ["--password-file", str(secrets / "password"), "--totp-file", str(secrets / "totp")]
    trial.command("courier", "add", "courier", *words, config="intake")
    trial.command("registry", "init")


def trial_reviewer(trial: Trial, name: str) -> bytes:
    """A reviewer's key pair without passphrase in its own GnuPG home; returns the public certificate."""
    home = trial.home(name)
    home.mkdir(mode=0o700, parents=True)
    fingerprint = keygen.trial_key(home, name, SystemClock().today())
    return keygen.public_cert(home, fingerprint)


def write_settings(trial: Trial, root: str) -> None:
    """The five TOML files; written again at each start, because ports and onions may have changed."""
    onions, ports = trial.reach.onions, trial.ports
    values = {
        "root": root,
        "socks": trial.reach.socks,
        "courier_url": f"http://{onions.get('courier') or '127.0.0.1:' + str(ports['courier'])}",
        "registry_onion": onions.get("registry", ""),
        "reporter_onion": onions.get("reporter", ""),
        **{f"{door}_hosts": json.dumps(trial.hosts(door)) for door in ports},
    }
    for part, text in TOML.items():
        path = trial.config(part)
        filled = text.format(**values, **ports)
        path.write_text(filled, encoding="utf-8")
        path.chmod(0o600)


def root_of(trial: Trial) -> str:
    """The root's public key, hexadecimal."""
    return (trial.folder / "reviewers" / "root.pub").read_text(encoding="ascii").strip()
