"""What one reviewer's OpenPGP key opens, for the length of one command or one session.

    OpenPGP key ──► personal desk key ──► desk signing key (replies, outboxes, exports)
                                     ├──► common key (tags, outgoing replies)
                                     └──► the key of each case this reviewer may read

One OpenPGP operation opens all of it. Everything here lives in memory; nothing of it is ever written.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.stores.desk_keys import ManifestRow, ReviewerRow
from crypto import canonical, hpke, sealed, signing
from crypto.errors import NoKeyError, TrustError
from crypto.fields import to_b64
from crypto.manifest import Manifest, UntrustedManifest
from crypto.openpgp import gpg
from crypto.openpgp.decrypt import decrypt_bytes
from crypto.signing import SigningKey

KEY_BYTES = 32
SEED_LIMIT = 4096


@dataclass(frozen=True)
class Keyring:
    """One unlocked reviewer."""

    name: str
    college: str
    fingerprint: str
    instance: str
    home: Path
    passphrase: str | None = field(repr=False)
    pair: hpke.KeyPair = field(repr=False)
    signing: SigningKey = field(repr=False)
    common: bytes = field(repr=False)
    notes_key: bytes = field(repr=False)
    manifests: tuple[Manifest, ...] = field(repr=False)
    reviewers: tuple[ReviewerRow, ...] = field(repr=False)

    @property
    def manifest(self) -> Manifest:
        """The manifest in use."""
        return self.manifests[-1]

    def manifest_of(self, version: int, digest: str) -> Manifest | None:
        """The pinned manifest that an envelope names."""
        return next((m for m in self.manifests if (m.version, m.digest) == (version, digest)), None)

    def tag(self, what: str, value: bytes) -> bytes:
        """A keyed digest: equal values meet, and without the common key nothing can be tried."""
        key = subkey(self.common, f"tag/{what}/v1")
        return hmac.digest(key, value, hashlib.sha256)

    def seal_common(self, context: str, plaintext: bytes) -> bytes:
        return sealed.seal(self.common, context.encode(), plaintext)

    def open_common(self, context: str, data: bytes) -> bytes:
        return sealed.open_box(self.common, context.encode(), data)

    @property
    def role(self) -> str:
        """The role of this reviewer in the manifest in use."""
        reviewer = self.manifest.reviewer(self.fingerprint)
        return reviewer.role if reviewer else ""

    def grant_case(self, case_id: str, case_key: bytes, allowed: Sequence[str]) -> dict[str, bytes]:
        """The case key for those allowed, and a key that opens nothing for each other reviewer of this desk."""
        names = [reviewer.name for reviewer in self.reviewers]
        return {name: self.grant(case_id, case_key if name in allowed else None, name) for name in names}

    def grant(self, case_id: str, case_key: bytes | None, name: str) -> bytes:
        """The case key for one reviewer of this desk; without a key, a grant of the same size that opens nothing."""
        public = next(reviewer.public for reviewer in self.reviewers if reviewer.name == name)
        target = public if case_key else _nobody()
        key = case_key or secrets.token_bytes(KEY_BYTES)
        return hpke.seal(target, info("case-key", self.instance, case_id, name), key)

    def open_grant(self, case_id: str, data: bytes) -> bytes | None:
        """The key of a case, or None: this reviewer is not allowed in."""
        return self._open("case-key", case_id, data)

    def custody(self, case_id: str, case_key: bytes, name: str) -> bytes:
        """The case key for one reviewer, to hand on and not to read with: `open_grant` does not open it."""
        public = next(reviewer.public for reviewer in self.reviewers if reviewer.name == name)
        return hpke.seal(public, info("case-custody", self.instance, case_id, name), case_key)

    def open_custody(self, case_id: str, data: bytes) -> bytes | None:
        """The key of a case that this reviewer may hand on, or None."""
        return self._open("case-custody", case_id, data)

    def _open(self, what: str, case_id: str, data: bytes) -> bytes | None:
        try:
            return hpke.open_sealed(self.pair, info(what, self.instance, case_id, self.name), data)
        except NoKeyError:
            return None


@contextmanager
def borrowed(store: DeskStore, settings: DeskSettings, name: str) -> Iterator[None]:
    """One reviewer's GnuPG home for one command: the last command to leave ends the agent, with all it remembers.

    Otherwise whoever sits down next could sign as that reviewer without a passphrase, or with the card still open.
    """
    home = settings.path(settings.gnupg) / name
    with store.reading() as tx:
        known = tx.reviewer(name) is not None
    if not (known and home.is_dir()):  # `unlock` says so
        yield
        return
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        with suppress(BlockingIOError):  # another command of this reviewer is at work, and will end it
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            gpg.stop_agent(home)
        os.close(descriptor)


def forget_everybody(settings: DeskSettings) -> None:
    """End the agent of every reviewer whom no other command uses."""
    store = DeskStore.open(settings)
    try:
        with store.reading() as tx:
            names = [row.name for row in tx.reviewers()]
        for name in names:
            with borrowed(store, settings, name):
                pass
    finally:
        store.close()


def unlock(store: DeskStore, settings: DeskSettings, name: str, passphrase: str | None = None) -> Keyring:
    """Open one reviewer's keys: one OpenPGP operation.

    Raises:
        UserError: unknown or retired reviewer, no manifest yet, or the key does not open.
    """
    identity = store.identity()
    with store.reading() as tx:
        rows = tuple(tx.reviewers())
        manifests = all_pinned(settings, tx.manifests())
    me = next((row for row in rows if row.name == name), None)
    if me is None:
        raise UserError(f"This desk has no reviewer named {name}.", "See the names with: sourdine reviewers show")
    if not manifests:
        raise UserError("This desk has no manifest yet.", "Type: sourdine desk init --manifest FILE")
    if manifests[-1].reviewer(me.fingerprint) is None:
        raise UserError(f"{name} is not a reviewer of the manifest in use.", "Another reviewer must do this.")
    for row in rows:
        signing.check(identity.public, bound(identity.instance, row), row.binding)
    home = settings.path(settings.gnupg) / name
    seed = _open_seed(home, me, passphrase)
    pair = hpke.keypair(seed)
    if pair.public != me.public:
        raise UserError(f"The desk key of {name} does not belong to this desk.", "Restore the desk from its backup.")
    secret = hpke.open_sealed(pair, info("desk-signing", identity.instance, name), me.signing)
    key = SigningKey.from_text(secret.decode("ascii"))
    if key.public != identity.public or key.public != manifests[-1].desk_key:
        raise UserError("The signing key of this desk is not the one in the manifest.", "Pin the current manifest.")
    return Keyring(
        name=name,
        college=me.college,
        fingerprint=me.fingerprint,
        instance=identity.instance,
        home=home,
        passphrase=passphrase,
        pair=pair,
        signing=key,
        common=hpke.open_sealed(pair, info("desk-common", identity.instance, name), me.common),
        notes_key=subkey(seed, "notes/v1"),
        manifests=manifests,
        reviewers=rows,
    )


def check_fresh(keyring: Keyring, today: date) -> str:
    """A sentence when the manifest in use has passed its last day, else nothing: reading never stops for it."""
    if today <= keyring.manifest.expires:
        return ""
    return "The reviewer manifest has expired: the intake takes no new report until a new one is signed."


def info(what: str, instance: str, *place: str) -> bytes:
    """The HPKE context of one sealed key: what it is and where it belongs, so that none passes for another."""
    return "\0".join([f"sourdine/{what}/v1", instance, *place]).encode()


def bound(instance: str, row: ReviewerRow) -> bytes:
    """What the desk signs about a reviewer's personal desk key: nobody slips a key of their own into the table."""
    body = {
        "instance": instance,
        "name": row.name,
        "college": row.college,
        "fingerprint": row.fingerprint,
        "public": to_b64(row.public),
    }
    return b"sourdine/desk-reviewer/v1\n" + canonical.dumps(body)


def pinned(settings: DeskSettings, data: bytes) -> Manifest:
    """The manifest in use, or one that is to be: the root key of the settings signed it.

    Raises:
        UserError: the settings name no root key, or a former one signed it.
        TrustError: another key signed it.
        FormatError: it is none.
    """
    found = UntrustedManifest.parse(data)
    try:
        return found.verify(_root(settings.root))
    except TrustError:
        if _by_former(settings, found) is None:
            raise
    raise UserError(
        "A former root key signed this manifest, and the root key of the settings did not.",
        "Bring the manifest that the new root key signed: sourdine desk init --manifest FILE",
    )


def pinned_before(settings: DeskSettings, data: bytes) -> Manifest:
    """A manifest of this desk that was in use: the root key of the settings signed it, or a former one did.

    Raises:
        UserError, TrustError, FormatError: as `pinned`.
    """
    found = UntrustedManifest.parse(data)
    return _by_former(settings, found) or found.verify(_root(settings.root))


def all_pinned(settings: DeskSettings, rows: Sequence[ManifestRow]) -> tuple[Manifest, ...]:
    """Every manifest of this desk, the one in use last.

    Raises:
        UserError, TrustError, FormatError: as `pinned`.
    """
    earlier = tuple(pinned_before(settings, row.data) for row in rows[:-1])
    return earlier + tuple(pinned(settings, row.data) for row in rows[-1:])


def _by_former(settings: DeskSettings, found: UntrustedManifest) -> Manifest | None:
    for root in settings.former_roots:
        with suppress(TrustError):
            return found.verify(_root(root))
    return None


def _root(text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise UserError(
            "The setting root, or former_roots, does not hold a public root key.",
            'Write root = "…" with the 64 digits that `sourdine reviewers show` prints.',
        )
    return bytes.fromhex(text)


def _open_seed(home: Path, me: ReviewerRow, passphrase: str | None) -> bytes:
    if not home.is_dir():
        raise UserError(f"There is no GnuPG home for {me.name}.", "Type: sourdine desk init --reviewers DIR")
    # Nobody comes in on a passphrase that somebody typed before, nor on a wrong one.
    gpg.forget_passphrases(home)
    try:
        seed, opened_by = decrypt_bytes(home, me.seed, passphrase=passphrase, limit=SEED_LIMIT)
    except NoKeyError:
        raise UserError(
            f"No key in the GnuPG home of {me.name} opens this desk.", "Check the passphrase, or insert the smartcard."
        ) from None
    if opened_by != me.fingerprint:
        raise UserError(f"Another key than that of {me.name} opened the desk key.", "Nothing was changed.")
    return seed


def _nobody() -> bytes:
    return hpke.keypair(secrets.token_bytes(hpke.SEED_BYTES)).public


def subkey(key: bytes, label: str) -> bytes:
    """A key for one use, derived from another."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=label.encode()).derive(key)
