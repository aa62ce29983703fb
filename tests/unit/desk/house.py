"""A whole desk in a folder: three reviewers with real GnuPG homes, a root, a manifest, an intake that seals for it.

The keys are made once for a session and copied, since making them takes most of the time.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app.clock import TrialClock
from app.desk.carry.receive import Importer, Received
from app.desk.carry.takeup import take_up
from app.desk.circle import ceremony
from app.desk.core import keyring
from app.desk.core.bench import Desk
from app.desk.core.evidence import Evidence
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from crypto import note
from crypto.derive import Kdf, Mailbox
from crypto.envelope import EnvelopeWriter
from crypto.envelope_report import ReportHead, later_seq
from crypto.manifest import Manifest, Nobody, Reviewer, sign_manifest
from crypto.openpgp import certs, gpg, keygen
from crypto.openpgp.encrypt import Encryptor
from crypto.pickup import PickupEntry, PickupHeader, prefix, sign_header
from crypto.signing import SigningKey

DAY = date(2026, 11, 2)
INSTANCE = "try.example"
NAMES = (("alize", "members"), ("brume", "members"), ("cypres", "jurists"))
ORIGIN = "registry.example"
# A closing reply with its four parts.
CLOSING_TEXT = """Nous avons décidé de ne pas aller plus loin.
Nous avons lu les pièces, et rien ne le montre.
Votre dossier est gardé deux mois, puis détruit.
Pour contester, écrivez ici : une autre personne relira."""
STORY = "Le conseil a décidé seul de changer les règles, sans convoquer d'assemblée générale cette année."


@dataclass(frozen=True)
class Keys:
    """What the ceremony made: one folder of homes, to copy."""

    folder: Path
    reviewers: tuple[Reviewer, ...]
    nobodies: tuple[Nobody, ...]


@cache
def keys() -> Keys:
    folder = Path(tempfile.mkdtemp(prefix="sdk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    reviewers = []
    for name, college in NAMES:
        home = folder / "gnupg" / name
        fingerprint = keygen.trial_key(home, name, DAY)
        reviewers.append(Reviewer(name, college, "analyst", fingerprint, keygen.public_cert(home, fingerprint)))
        gpg.stop_agent(home)
    nobodies = tuple(Nobody(*keygen.nobody_cert(DAY)) for _ in NAMES)
    certs.import_public(folder / "public", [holder.cert for holder in (*reviewers, *nobodies)])
    return Keys(folder, tuple(reviewers), nobodies)


@dataclass(frozen=True)
class Reporter:
    """Someone with a codename, or without when `mailbox` is None."""

    mailbox: Mailbox | None

    @classmethod
    def new(cls) -> Reporter:
        return cls(Mailbox.from_root(os.urandom(32)))


class House:
    """One desk and the intake that seals for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "desk"
        self.home.mkdir(parents=True)
        shutil.copytree(keys().folder / "gnupg", self.home / "gnupg", ignore=shutil.ignore_patterns("S.*", "*.lock"))
        self.root = SigningKey.generate()
        self.pickup_key = SigningKey.generate()
        self.settings = DeskSettings(
            home=self.home, trial=True, root=self.root.public.hex(), registry=ORIGIN, monthly=False
        )
        self.set_day(DAY)
        self.pickups = 0
        self.last_pickup = ""
        self.store = DeskStore.create(self.settings)
        ceremony.enrol(self.store, self.settings, instance=INSTANCE, reviewers=keys().reviewers)
        self.pin(self.signed_manifest())

    def pin(self, data: bytes) -> None:
        self.manifest = ceremony.pin_manifest(self.store, self.settings, data, self.settings.clock.today())

    def next_manifest(self, **changes: object) -> bytes:
        """The manifest that follows the one in use."""
        place = {"version": self.manifest.version + 1, "previous": self.manifest.digest}
        return self.signed_manifest(**place | changes)

    def without(self, *names: str) -> dict[str, object]:
        """Changes that leave reviewers out of a manifest."""
        kept = [pair for pair in zip(keys().reviewers, keys().nobodies, strict=True) if pair[0].name not in names]
        return {"reviewers": tuple(r for r, _ in kept), "nobodies": tuple(n for _, n in kept)}

    def set_day(self, day: date) -> None:
        (self.folder / "today").write_text(f"{day}\n", encoding="ascii")

    def forward(self, days: int) -> date:
        day = TrialClock(self.folder / "today").today() + timedelta(days=days)
        self.set_day(day)
        return day

    def signed_manifest(self, **changes: object) -> bytes:
        manifest = Manifest(
            instance=INSTANCE,
            version=1,
            previous="",
            issued=DAY,
            expires=DAY + timedelta(days=700),
            salt=b"s" * 16,
            kdf=Kdf(),
            reviewers=keys().reviewers,
            nobodies=keys().nobodies,
            desk_key=self.store.identity().public,
            pickup_key=self.pickup_key.public,
        )
        return sign_manifest(replace(manifest, **changes), self.root)

    def desk(self, name: str = "alize") -> Desk:
        opened = keyring.unlock(self.store, self.settings, name)
        return Desk(self.store, self.settings, opened, Evidence(self.settings))

    def seal(
        self,
        story: str,
        *,
        reporter: Reporter | None = None,
        files: Sequence[tuple[str, bytes]] = (),
        exclude: Sequence[str] = (),
        kind: str = "report",
        fields: Mapping[str, str] | None = None,
        **head: Any,
    ) -> bytes:
        """An envelope as the intake makes it: our writer into real gpg."""
        recipients = head.pop("sealed_to", None) or self.manifest.recipients(exclude)
        mailbox = reporter.mailbox if reporter else None
        later = kind != "report" and mailbox is not None
        values = {
            "instance": INSTANCE,
            "report_id": secrets.token_hex(16),
            "kind": kind,
            "manifest_version": self.manifest.version,
            "manifest_digest": self.manifest.digest,
            "recipients": self.manifest.recipients(exclude),
            "language": "fr",
            "fields": dict(fields or {}),
            "seq": later_seq(self.settings.clock.today()) if later else 0,
        }
        path = self.folder / secrets.token_hex(8)
        with path.open("wb") as output, Encryptor(keys().folder / "public", recipients, output.fileno(), DAY) as gpg_in:
            writer = EnvelopeWriter(gpg_in.write, framing=gpg_in.framing)
            writer.message(story)
            for name, content in files:
                writer.start_file(name, "application/octet-stream")
                writer.file_chunk(content)
                writer.end_file()
            writer.finish(ReportHead(**values | head), mailbox)
            gpg_in.finish()
        data = path.read_bytes()
        path.unlink()
        return data

    def receive(self, *envelopes: bytes) -> Received:
        """Import these as the next pickup."""
        return Importer(self.store, self.settings).receive(self.pickup(envelopes))

    def new_case(self, story: str = STORY, *, name: str = "alize", **options: Any) -> str:
        """A report that came, was imported and opened; returns the case."""
        self.receive(self.seal(story, **options))
        return take_up(self.desk(name)).cases[0]

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The file itself, as whoever took the machine has it."""
        with closing(sqlite3.connect(self.home / "desk.db")) as link:
            yield link
            link.commit()

    def search(self, *needles: str | bytes) -> list[str]:
        """Every file of the desk that holds one of these."""
        wanted = [needle.encode() if isinstance(needle, str) else needle for needle in needles]
        files = [path for path in self.home.rglob("*") if path.is_file()]
        return [f"{path.name}: {needle!r}" for path in files for needle in wanted if needle in path.read_bytes()]

    def pickup(self, envelopes: Sequence[bytes], *, name: str = "", ids: Sequence[str] = (), **changes: object) -> Path:
        """A signed pickup of these ciphertexts, the next one unless `changes` say otherwise."""
        self.pickups += 1
        named = dict(zip(ids or [secrets.token_hex(16) for _ in envelopes], envelopes, strict=True))
        entries = tuple(
            PickupEntry(key, len(data), hashlib.sha256(data).hexdigest()) for key, data in sorted(named.items())
        )
        header = PickupHeader(INSTANCE, self.pickups, self.last_pickup, self.settings.clock.today(), entries)
        signed = sign_header(replace(header, **changes), self.pickup_key)
        self.last_pickup = note.digest(signed)
        path = self.folder / (name or f"pickup-{self.pickups}")
        path.write_bytes(prefix(signed) + b"".join(data for _, data in sorted(named.items())))
        return path

    def close(self) -> None:
        self.store.close()
        for home in (self.home / "gnupg").iterdir():
            gpg.stop_agent(home)


def bomb(house: House, size: int = 30_000_000) -> bytes:
    """An envelope by its packets alone: compressed zeros for all reviewers."""
    home = keys().folder / "public"
    arguments = ["--homedir", str(home), *gpg.COMMON, *gpg.at_day(DAY), "--no-autostart", "--lock-never"]
    arguments += ["--compress-algo", "zlib", "-z", "9", "--cipher-algo", "AES256", "--encrypt"]
    to = [part for one in house.manifest.recipients(()) for part in ("--hidden-recipient", one)]
    command = [gpg.binary(), *arguments, *to]
    return subprocess.run(command, input=bytes(size), capture_output=True, check=True).stdout


@contextmanager
def open_house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="sdh-"))
    house = House(folder)
    try:
        yield house
    finally:
        house.close()
        shutil.rmtree(folder)
