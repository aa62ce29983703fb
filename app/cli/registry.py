"""`sourdine registry`: makes, serves and feeds the public register."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import arguments, ui
from app.cli.main import config_path
from app.errors import UserError
from app.manifest_file import load_manifest
from app.settings import RegistrySettings, load
from app.stores.registry import RegistryStore
from app.transfer.export import check_export, choose_issuer, read_export
from crypto import note
from crypto.manifest import Manifest
from tor.address import is_onion_address

if TYPE_CHECKING:
    from flask import Flask


def register(programs: Any, summary: str) -> None:
    """Add `registry` to the command line."""
    actions = arguments.program(programs, "registry", summary)
    for name, (run, text) in {
        "init": (init, "make the database, or bring an older one up to date"),
        "serve": (serve, "open the public door"),
        "tick": (tick, "count what is shown today and what has ended"),
    }.items():
        arguments.action(actions, name, run, help=text, example=f"sourdine registry {name} --config registry.toml")
    parser = arguments.action(
        actions,
        "import",
        import_export,
        help="verify a signed export and put it in force, whole or not at all",
        example="sourdine registry import export-0001.regc --config registry.toml",
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--json", action="store_true")


def init(args: argparse.Namespace) -> None:
    """Make what is missing; what is there stays as it is."""
    settings = load(RegistrySettings, config_path(args))
    RegistryStore.create(settings).close()
    ui.say(f"The registry is ready in {settings.home}.")
    for issuer in settings.issuers:
        if not settings.path(issuer.manifest).exists():
            ui.note(f"Bring the signed manifest of this issuer to {settings.path(issuer.manifest)}.")


def serve(args: argparse.Namespace) -> None:
    """Serve the register until stopped; refuses to start without its legal notices."""
    from app.cli.serve import serve as serve_doors
    from app.registry import check_publisher

    settings = load(RegistrySettings, config_path(args))
    check_publisher(settings)
    check_onion(settings)
    with _opened(settings):
        pass  # a missing database is said here, before a port is bound

    def registry() -> Flask:
        from app.registry import create_app

        return create_app(settings)

    serve_doors(
        [(registry, settings.door)],
        ready=lambda: ui.say(f"registry {settings.door.listen}: open"),
    )


def check_onion(settings: RegistrySettings) -> None:
    """The onion's name is right, or there is none: visitors would be sent to an address that nobody has.

    Raises:
        UserError: it is no onion address.
    """
    if settings.onion and not is_onion_address(settings.onion):
        raise UserError(
            f"The setting onion is not an onion address: {settings.onion}.",
            "Copy it again from what `sourdine tor up` printed, or leave it empty.",
        )


def tick(args: argparse.Namespace) -> None:
    """Nothing to run: what has ended is computed at each reading. Says how much is shown."""
    settings = load(RegistrySettings, config_path(args))
    with _opened(settings) as store:
        shown, ended = store.counts(settings.clock.today())
    ui.say(f"{shown} entries shown, {ended} ended")


def import_export(args: argparse.Namespace) -> None:
    """Check every signature of an export, then load it in one transaction."""
    settings = load(RegistrySettings, config_path(args))
    if not settings.origin:
        raise UserError("The setting origin is empty.", 'Write origin = "NAME" in registry.toml: exports name it.')
    today = settings.clock.today()
    with _opened(settings) as store:
        data = read_export(args.file)
        manifest = choose_issuer(data, manifests(settings))
        batch = check_export(data, manifest, origin=settings.origin, today=today)
        done = store.load(batch, manifest, today, note=signed_manifest(settings, manifest))
    if args.json:
        ui.result({"issuer": batch.issuer, "sequence": batch.sequence, "loaded": done.records, "already": done.already})
    elif done.already:
        ui.say(f"Export {batch.sequence} of {batch.issuer} was already loaded: nothing changed.")
    else:
        ui.say(f"Export {batch.sequence} of {batch.issuer} loaded: {done.records} record(s).")


def manifests(settings: RegistrySettings) -> tuple[Manifest, ...]:
    """The pinned manifest of each issuer, checked against its root.

    Raises:
        UserError: none is configured, or two are of one instance.
    """
    found = tuple(load_manifest(settings.path(issuer.manifest), issuer.root) for issuer in settings.issuers)
    if not found:
        raise UserError(
            "This registry knows no issuer.", "Add a root key and a manifest under [[issuers]] in registry.toml."
        )
    if len({manifest.instance for manifest in found}) != len(found):
        raise UserError("Two issuers of registry.toml have one name.", "Keep one [[issuers]] for each instance.")
    return found


def signed_manifest(settings: RegistrySettings, manifest: Manifest) -> bytes:
    """The file of one of `manifests`, as its root signed it."""
    files = (settings.path(issuer.manifest).read_bytes() for issuer in settings.issuers)
    return next(data for data in files if note.digest(data) == manifest.digest)


@contextmanager
def _opened(settings: RegistrySettings) -> Iterator[RegistryStore]:
    store = RegistryStore.open(settings)
    try:
        yield store
    finally:
        store.close()
