"""`desk init`: the keys of the desk, one GnuPG home and one personal desk key for each reviewer, and the manifest.

Every step may be repeated: what exists is left as it is. A reviewer who joins later needs one who is already there,
since only an unlocked reviewer holds the keys that the newcomer receives.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from app.desk.core.keyring import KEY_BYTES, Keyring, bound, info, pinned, pinned_before
from app.errors import UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.stores.desk_keys import Identity, ManifestRow, ReviewerRow
from app.transfer.files import write_whole
from crypto import hpke
from crypto.manifest import Manifest, Reviewer, accept_successor
from crypto.openpgp.certs import import_public
from crypto.openpgp.encrypt import encrypt_bytes
from crypto.openpgp.gpg import stop_agent
from crypto.signing import SigningKey, public_to_text

PUBLIC_FILE = "desk.pub"
AGENT_FILE = "gpg-agent.conf"
# Within one command a reviewer types a passphrase once for all that waits, and once more for each signature. The
# command ends the agent; should it be killed, what the agent remembers is gone a minute later.
AGENT_OPTIONS = "ignore-cache-for-signing\ndefault-cache-ttl 60\nmax-cache-ttl 600\n"


@dataclass(frozen=True)
class Secrets:
    """What every personal desk key opens."""

    signing: SigningKey = field(repr=False)
    common: bytes = field(repr=False)


def enrol(
    store: DeskStore,
    settings: DeskSettings,
    *,
    instance: str,
    reviewers: Sequence[Reviewer],
    by: Callable[[], Keyring] | None = None,
) -> list[str]:
    """Give each reviewer of the source manifest a home and a personal desk key; returns who is new.

    Args:
        by: unlocks somebody whom this desk already knows; called only when it must.

    Raises:
        UserError: another instance, a reviewer whose key changed, or newcomers with nobody unlocked to let them in.
    """
    with store.reading() as tx:
        identity, known = tx.identity(), {row.name: row for row in tx.reviewers()}
    if identity and identity.instance != instance:
        raise UserError("This desk serves another instance.", "Use its own settings file, or a new folder.")
    new = [reviewer for reviewer in reviewers if reviewer.name not in known]
    for reviewer in reviewers:
        row = known.get(reviewer.name)
        if row and row.fingerprint != reviewer.fingerprint:
            raise UserError(f"The key of {reviewer.name} has changed.", "A new key needs a new name in the manifest.")
    for reviewer in reviewers:
        prepare_home(settings, reviewer)
    if identity is None:
        keys = Secrets(SigningKey.generate(), secrets.token_bytes(KEY_BYTES))
        identity = Identity(instance, keys.signing.public)
        _commit(store, settings, new, keys=keys, identity=identity, first=True)
    elif new:
        if by is None:
            names = ", ".join(reviewer.name for reviewer in new)
            raise UserError(f"This desk already has keys, and {names} is new.", "Add --as NAME of a reviewer it knows.")
        ring = by()
        stop_agent(ring.home)
        _commit(store, settings, new, keys=Secrets(ring.signing, ring.common), identity=identity, first=False)
    write_whole(settings.path(PUBLIC_FILE), [public_to_text(identity.public).encode("ascii")])
    return [reviewer.name for reviewer in new]


def prepare_home(settings: DeskSettings, reviewer: Reviewer) -> Path:
    """The reviewer's own GnuPG home, with their certificate; a secret key that lies there is left alone."""
    home = settings.path(settings.gnupg) / reviewer.name
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)
    with suppress(FileExistsError), (home / AGENT_FILE).open("x", encoding="ascii") as file:  # theirs stays theirs
        file.write(AGENT_OPTIONS)
    if import_public(home, [reviewer.cert]) != (reviewer.fingerprint,):
        raise UserError(f"The certificate of {reviewer.name} is not the one that is named.", "Nothing was changed.")
    return home


def pin_manifest(store: DeskStore, settings: DeskSettings, data: bytes, today: date) -> Manifest:
    """Accept a manifest, if it is signed by the root key of the settings and follows the one in use.

    Raises:
        UserError: it does not name this desk and its reviewers.
        TrustError: another root key, or a rollback.
    """
    manifest = pinned(settings, data)
    manifest.check_fresh(today)
    identity = store.identity()
    with store.writing() as tx:
        rows = tx.manifests()
        accept_successor(pinned_before(settings, rows[-1].data) if rows else None, manifest)
        _check_names(manifest, identity, tx.reviewers())
        if manifest.version not in {row.version for row in rows}:
            tx.add_manifest(ManifestRow(manifest.version, manifest.digest, data))
    write_whole(settings.path(settings.manifest), [data])
    return manifest


def _commit(
    store: DeskStore,
    settings: DeskSettings,
    new: Sequence[Reviewer],
    *,
    keys: Secrets,
    identity: Identity,
    first: bool,
) -> None:
    rows = [_new_row(settings, reviewer, keys, identity) for reviewer in new]
    with store.writing() as tx:
        if first:
            tx.set_identity(identity)
        for row in rows:
            tx.add_reviewer(row)


def _new_row(settings: DeskSettings, reviewer: Reviewer, keys: Secrets, identity: Identity) -> ReviewerRow:
    home = settings.path(settings.gnupg) / reviewer.name
    seed = os.urandom(hpke.SEED_BYTES)
    public = hpke.keypair(seed).public
    place = (identity.instance, reviewer.name)
    row = ReviewerRow(
        name=reviewer.name,
        college=reviewer.college,
        fingerprint=reviewer.fingerprint,
        cert=reviewer.cert,
        public=public,
        binding=b"",
        seed=encrypt_bytes(home, [reviewer.fingerprint], seed, settings.clock.today(), hidden=False),
        signing=hpke.seal(public, info("desk-signing", *place), keys.signing.to_text().encode("ascii")),
        common=hpke.seal(public, info("desk-common", *place), keys.common),
    )
    return replace(row, binding=keys.signing.sign(bound(identity.instance, row)))


def _check_names(manifest: Manifest, identity: Identity, rows: Sequence[ReviewerRow]) -> None:
    if (manifest.instance, manifest.desk_key) != (identity.instance, identity.public):
        raise UserError("This manifest is made for another desk.", "Sign it again with the desk.pub of this desk.")
    known = {(row.name, row.college, row.fingerprint) for row in rows}
    missing = [r.name for r in manifest.reviewers if (r.name, r.college, r.fingerprint) not in known]
    if missing:
        raise UserError(
            f"This desk has no keys yet for: {', '.join(missing)}.", "Type: sourdine desk init --reviewers DIR"
        )
