"""A whole intake in a folder: real keys, a real signed manifest and a real database; only the certificates are bytes.

Nothing on the intake opens a certificate except gpg, and the tests that need gpg make real ones.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from app.settings import Door, IntakeSettings
from app.stores.intake import IntakeStore
from crypto import note
from crypto.derive import Kdf
from crypto.manifest import Manifest, Nobody, Reviewer, UntrustedManifest, sign_manifest
from crypto.outbox import Discard, Outbox, Receipt, SealedReply, sign_outbox, with_decoys
from crypto.signing import SigningKey

TODAY = date(2026, 11, 21)
HOST = "127.0.0.1:8081"


@dataclass
class Instance:
    """The keys of one instance and the settings of its intake."""

    folder: Path
    settings: IntakeSettings
    root: SigningKey
    desk: SigningKey
    pickup: SigningKey
    manifest: Manifest

    @classmethod
    def make(cls, folder: Path, *, reviewers: tuple[Reviewer, ...] = (), hosts: tuple[str, ...] = (HOST,)) -> Instance:
        home = folder / "intake"
        home.mkdir(parents=True, mode=0o700)
        root, desk, pickup = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
        settings = IntakeSettings(
            home=home,
            trial=True,
            root=root.public.hex(),
            reserve_bytes=0,
            courier=Door(hosts[0], hosts),
        )
        for name, text in (("pickup.key", pickup.to_text()), ("attempt.key", "00" * 32 + "\n")):
            (home / name).write_text(text)
            (home / name).chmod(0o600)
        made = cls(folder, settings, root, desk, pickup, _manifest(desk, pickup, reviewers))
        made.set_day(TODAY)
        made.publish()
        return made

    def set_day(self, day: date) -> None:
        (self.folder / "today").write_text(day.isoformat() + "\n")

    def publish(self, **changes: object) -> Manifest:
        """Sign the manifest, changed like this, and put it where the intake reads it."""
        data = sign_manifest(dataclasses.replace(self.manifest, **changes), self.root)
        (self.settings.home / "manifest").write_bytes(data)
        self.manifest = UntrustedManifest.parse(data).verify(self.root.public)
        return self.manifest

    def store(self) -> IntakeStore:
        return IntakeStore.create(self.settings)

    def outbox(
        self,
        number: int = 1,
        previous: bytes = b"",
        *,
        receipts: tuple[Receipt, ...] = (),
        discards: tuple[Discard, ...] = (),
        replies: tuple[SealedReply, ...] = (),
        instance: str = "",
    ) -> bytes:
        """A signed outbox; `previous` is the one before, as bytes."""
        before = note.digest(previous) if previous else ("" if number == 1 else "0" * 64)
        outbox = Outbox(
            instance=instance or self.manifest.instance,
            number=number,
            previous=before,
            day=TODAY,
            receipts=tuple(sorted(receipts, key=lambda receipt: receipt.envelope)),
            discards=tuple(sorted(discards, key=lambda discard: discard.envelope)),
            replies=with_decoys(replies, expires=TODAY + timedelta(days=90)),
            journal_head="",
        )
        return sign_outbox(outbox, self.desk)


def add_envelope(store: IntakeStore, content: bytes, today: date = TODAY) -> str:
    """Accept a ciphertext as the reporter door does; its id."""
    draft = store.new_envelope()
    draft.file.write(content)
    store.commit(draft, claim=None, today=today)
    return draft.id


def _manifest(desk: SigningKey, pickup: SigningKey, reviewers: tuple[Reviewer, ...]) -> Manifest:
    people = reviewers or (
        Reviewer("alize", "members", "analyst", "A" * 40, b"certificate a"),
        Reviewer("cypres", "jurists", "analyst", "C" * 40, b"certificate c"),
    )
    nobodies = tuple(Nobody(f"{n:040d}", b"nobody %d" % n) for n in range(len(people)))
    return Manifest(
        instance="trial-instance",
        version=1,
        previous="",
        issued=TODAY,
        expires=TODAY + timedelta(days=365),
        salt=b"s" * 16,
        kdf=Kdf(time_cost=1, memory_kib=64),
        reviewers=people,
        nobodies=nobodies,
        desk_key=desk.public,
        pickup_key=pickup.public,
    )
