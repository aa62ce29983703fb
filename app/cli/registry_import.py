"""`sourdine registry import` and `loads`: the only way into the register, and what became of each file."""

from __future__ import annotations

import argparse
import hashlib
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.main import config_path
from app.cli.registry_directory import import_directory, is_directory
from app.domain.batch import Batch
from app.errors import BusyError, UserError
from app.manifest_file import load_manifest
from app.settings import RegistrySettings, load
from app.stores.engine import lingers
from app.stores.registry import Loaded, RegistryStore
from app.transfer.export import check_export, choose_issuer, read_export
from crypto import note
from crypto.errors import SealingError, ToolError
from crypto.export import issuer_of
from crypto.manifest import Manifest

SHOWN = 100


def register(actions: Any) -> None:
    """Add both to `sourdine registry`."""
    parser = arguments.action(
        actions,
        "import",
        import_export,
        help="verify a signed export, or a directory, and put it in force, whole or not at all",
        example="sourdine registry import export-0001.regc --config registry.toml",
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--json", action="store_true")
    parser = arguments.action(
        actions,
        "loads",
        show_loads,
        help="exports that were taken and refused, newest first",
        example="sourdine registry loads --json --config registry.toml",
    )
    parser.add_argument("--limit", type=int, default=SHOWN, help=f"how many lines, {SHOWN} unless said")
    parser.add_argument("--json", action="store_true")


def import_export(args: argparse.Namespace) -> None:
    """Check every signature of an export, then load it in one transaction."""
    settings = load(RegistrySettings, config_path(args))
    if not settings.origin:
        raise UserError("The setting origin is empty.", 'Write origin = "NAME" in registry.toml: exports name it.')
    known = manifests(settings)
    data = read_export(args.file)
    if is_directory(data):
        import_directory(args, settings, data, tuple(known.values()))
        return
    store = RegistryStore.open(settings)
    try:
        batch, done = take(store, settings, data, known)
        tell_leftover(store)
    finally:
        store.close()
    if args.json:
        ui.result({"issuer": batch.issuer, "sequence": batch.sequence, "loaded": done.records, "already": done.already})
    elif done.already:
        ui.say(f"Export {batch.sequence} of {batch.issuer} was already loaded: nothing changed.")
    else:
        ui.say(f"Export {batch.sequence} of {batch.issuer} loaded: {done.records} record(s).")


def tell_leftover(store: RegistryStore) -> None:
    """Say it when text that was taken down may still stand in the database's log."""
    if lingers(store.engine):
        ui.note(
            "It is in force, but somebody still reads the database: text that was replaced or taken down may stand "
            "in the file that ends in -wal. Type in an hour: sourdine registry tick"
        )


def take(
    store: RegistryStore, settings: RegistrySettings, data: bytes, known: dict[bytes, Manifest]
) -> tuple[Batch, Loaded]:
    """Check and load one export; a refusal is written into the operator's record before it is raised.

    Raises:
        UserError, SealingError: why it was refused. A busy database or a failing gpg is no refusal and leaves no line.
    """
    today = settings.clock.today()
    try:
        manifest = choose_issuer(data, tuple(known.values()))
        batch = check_export(data, manifest, origin=settings.origin, today=today)
        signed = next(file for file, one in known.items() if one is manifest)
        return batch, store.load(batch, manifest, today, note=signed)
    except (BusyError, ToolError):
        raise
    except (UserError, SealingError) as error:
        _record(store, today, data, str(error))
        raise


def show_loads(args: argparse.Namespace) -> None:
    """The operator's record: day, issuer, number, outcome and why; never a word of what an export said."""
    settings = load(RegistrySettings, config_path(args))
    store = RegistryStore.open(settings)
    try:
        lines = store.loads(max(1, args.limit))
    finally:
        store.close()
    if args.json:
        ui.result([vars(line) for line in lines])
        return
    for line in lines:
        number = f" {line.sequence}" if line.sequence else ""
        why = f": {line.why}" if line.why else ""
        ui.say(f"{line.day}  {line.outcome}  {line.issuer or 'unknown'}{number}  {line.digest[:16]}{why}")
    if not lines:
        ui.note("No export was brought yet.")


def manifests(settings: RegistrySettings) -> dict[bytes, Manifest]:
    """The pinned manifest of each issuer, checked against its root, by its file.

    Raises:
        UserError: none is configured, or two are of one instance.
    """
    found = {}
    for issuer in settings.issuers:
        path = settings.path(issuer.manifest)
        manifest = load_manifest(path, issuer.root)
        found[path.read_bytes()] = manifest
    if not found:
        raise UserError(
            "This registry knows no issuer.", "Add a root key and a manifest under [[issuers]] in registry.toml."
        )
    if len({manifest.instance for manifest in found.values()}) != len(settings.issuers):
        raise UserError("Two issuers of registry.toml have one name.", "Keep one [[issuers]] for each instance.")
    return found


def _record(store: RegistryStore, day: date, data: bytes, why: str) -> None:
    issuer, digest = "", hashlib.sha256(data).hexdigest()
    with suppress(SealingError):
        digest = note.digest(data)
        issuer = issuer_of(data)
    with suppress(BusyError):  # why it was refused is told all the same
        store.refuse(day, issuer, digest, why)
