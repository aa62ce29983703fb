"""`sourdine registry import` of a bundle of the directory: legal persons and merged ids, by the desk's own key."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from app.cli import ui
from app.directory.bundles import Checked, check_bundle, choose_issuer
from app.errors import BusyError, UserError
from app.settings import RegistrySettings
from app.stores.registry import RegistryStore
from crypto import canonical, note
from crypto.directory import KIND, issuer_of
from crypto.errors import FormatError, SealingError
from crypto.manifest import Manifest


def is_directory(data: bytes) -> bool:
    """Whether the first line names a bundle of the directory; nothing else of it is looked at."""
    try:
        return note.kind_of(data) == KIND
    except FormatError:
        return False


def import_directory(
    args: argparse.Namespace, settings: RegistrySettings, data: bytes, known: Sequence[Manifest]
) -> None:
    """Check the desk's signature and every record, then put the bundle in the place of the one before."""
    store = RegistryStore.open(settings)
    try:
        checked, fresh = take(store, settings.clock.today(), data, known)
    finally:
        store.close()
    bundle = checked.bundle
    name = f"Directory {bundle.sequence} of {bundle.issuer}"
    if args.json:
        counts = {"records": len(bundle.records), "merges": len(bundle.merges)}
        ui.result({"issuer": bundle.issuer, "sequence": bundle.sequence, "already": not fresh, **counts})
    elif fresh:
        ui.say(f"{name} loaded: {len(bundle.records)} legal persons, {len(bundle.merges)} merged ids.")
    else:
        ui.say(f"{name} was already loaded: nothing changed.")


def take(store: RegistryStore, today: date, data: bytes, known: Sequence[Manifest]) -> tuple[Checked, bool]:
    """Check and load one bundle; False when it is the one in force. A refusal is written into the operator's record.

    Raises:
        UserError, SealingError: why it was refused. A busy database is no refusal and leaves no line.
    """
    try:
        checked = check_bundle(data, choose_issuer(data, known), today)
        bundle = checked.bundle
        records = {person.id: canonical.dumps(person.to_dict()).decode() for person in checked.persons}
        return checked, store.load_directory(
            bundle.issuer, bundle.sequence, checked.digest, records, dict(bundle.merges)
        )
    except BusyError:
        raise
    except (UserError, SealingError) as error:
        issuer, digest = "", ""
        with suppress(SealingError):
            digest = note.digest(data)
            issuer = issuer_of(data)
        with suppress(BusyError):  # why it was refused is told all the same
            store.refuse(today, issuer, digest, str(error))
        raise
