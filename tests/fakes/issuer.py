"""A desk as the registry sees it: a signed manifest, and exports signed by real OpenPGP keys.

The keys are made once for a session; each issuer has its own root and desk key.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from app.domain.batch import Batch, SignedRecord
from app.domain.entry import parse_signed
from crypto import note
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.derive import Kdf
from crypto.export import SALT, Export, SignedEntry, commitment, entry_bytes, log_origin, sign_export
from crypto.manifest import Manifest, Nobody, Reviewer, UntrustedManifest, sign_manifest
from crypto.openpgp import gpg, keygen
from crypto.openpgp.sign import detach_sign
from crypto.quorum import EntrySignature
from crypto.signing import SigningKey
from crypto.tlog import Frontier, leaf_hash

DAY = date(2026, 11, 2)
ORIGIN = "regc.example"
NAMES = (("alize", "members"), ("brume", "members"), ("cypres", "jurists"))
TWO = ("alize", "cypres")


@cache
def _keys() -> tuple[Path, tuple[Reviewer, ...], tuple[Nobody, ...]]:
    folder = Path(tempfile.mkdtemp(prefix="sri-"))
    reviewers = []
    for name, college in NAMES:
        fingerprint = keygen.trial_key(folder / name, name, DAY)
        reviewers.append(
            Reviewer(name, college, "analyst", fingerprint, keygen.public_cert(folder / name, fingerprint))
        )
    return folder, tuple(reviewers), tuple(Nobody(*keygen.nobody_cert(DAY)) for _ in NAMES)


def forget_keys() -> None:
    if _keys.cache_info().currsize:
        folder = _keys()[0]
        for name, _ in NAMES:
            gpg.stop_agent(folder / name)
        shutil.rmtree(folder, ignore_errors=True)
        _keys.cache_clear()


class Issuer:
    """One desk that exports."""

    def __init__(self, instance: str = "desk.example") -> None:
        self.instance = instance
        self.root = SigningKey.generate()
        self.desk_key = SigningKey.generate()
        self.sequence = 0
        self.last = ""
        self.log = Frontier()
        self.manifest_bytes = self.sign_manifest()
        self.manifest = UntrustedManifest.parse(self.manifest_bytes).verify(self.root.public)

    def sign_manifest(self, **changes: Any) -> bytes:
        _, reviewers, nobodies = _keys()
        manifest = Manifest(
            instance=self.instance,
            version=1,
            previous="",
            issued=DAY,
            expires=DAY + timedelta(days=700),
            salt=b"s" * 16,
            kdf=Kdf(),
            reviewers=reviewers,
            nobodies=nobodies,
            desk_key=self.desk_key.public,
            pickup_key=SigningKey.generate().public,
        )
        return sign_manifest(replace(manifest, **changes), self.root)

    def sign(self, entry: dict[str, Any], names: tuple[str, ...] = TWO, *, origin: str = ORIGIN) -> SignedEntry:
        folder, reviewers, _ = _keys()
        prints = {reviewer.name: reviewer.fingerprint for reviewer in reviewers}
        data = entry_bytes(entry, origin, self.instance)
        signatures = tuple(
            EntrySignature(prints[name], detach_sign(folder / name, prints[name], data, day=DAY)) for name in names
        )
        return SignedEntry(entry, signatures, os.urandom(SALT))

    def append(self, origin: str, *leaving: tuple[dict[str, Any], bytes]) -> bytes:
        """The checkpoint of the log once these records and salts stand in it."""
        for entry, salt in leaving:
            self.log, _ = self.log.append(leaf_hash(commitment(entry, salt)))
        return self.checkpoint(origin)

    def checkpoint(self, origin: str = ORIGIN) -> bytes:
        """The head of the log as it stands."""
        head = Checkpoint(log_origin(origin, self.instance), self.log.size, self.log.root)
        return sign_checkpoint(head, self.desk_key)

    def export(self, *entries: dict[str, Any], names: tuple[str, ...] = TWO, **changes: Any) -> bytes:
        """The next export of these records; `changes` replace fields of it."""
        origin = changes.get("origin", ORIGIN)
        signed = changes.pop("signed", None) or tuple(self.sign(entry, names, origin=origin) for entry in entries)
        self.sequence += 1
        export = Export(
            origin=ORIGIN,
            issuer=self.instance,
            manifest=self.manifest.digest,
            sequence=self.sequence,
            previous=self.last,
            day=date(2026, 12, 1),
            batch="2026-12",
            checkpoint=self.append(origin, *((one.entry, one.salt) for one in signed)),
            entries=signed,
        )
        data = sign_export(replace(export, **changes), self.desk_key)
        self.last = note.digest(data)
        return data

    def batch(self, *entries: dict[str, Any], **changes: Any) -> Batch:
        """The next batch as if its signatures had been checked: for tests of what comes after that."""
        self.sequence += 1
        records = tuple(SignedRecord(parse_signed(entry), (("A" * 40, b"sig"),), os.urandom(SALT)) for entry in entries)
        batch = Batch(
            issuer=self.instance,
            sequence=self.sequence,
            previous=self.last,
            digest=f"{self.sequence:064x}",
            day=date(2026, 12, 1),
            month="2026-12",
            records=records,
            checkpoint=self.append(ORIGIN, *((one.record.to_dict(), one.salt) for one in records)),
        )
        self.last = batch.digest
        return replace(batch, **changes)
