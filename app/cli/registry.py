"""`sourdine registry`: makes, serves and feeds the public register."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.cli import arguments, registry_export, registry_import, registry_verify, ui
from app.cli.main import config_path
from app.errors import UserError
from app.settings import RegistrySettings, load
from app.stores import registry_database, registry_names
from app.stores.registry import RegistryStore
from crypto.export import is_origin
from tor.address import is_onion_address

if TYPE_CHECKING:
    from flask import Flask


def register(programs: Any, summary: str) -> None:
    """Add `registry` to the command line."""
    actions = arguments.program(programs, "registry", summary)
    for name, (run, text) in {
        "init": (init, "make the database, or bring an older one up to date"),
        "serve": (serve, "open the public door"),
        "tick": (tick, "erase what has run its time, and count what is shown"),
    }.items():
        arguments.action(actions, name, run, help=text, example=f"sourdine registry {name} --config registry.toml")
    registry_import.register(actions)
    registry_export.register(actions)
    registry_verify.register(actions)


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
    """What the pages send people to is an onion or nothing, and the register has a name that desks can sign for.

    Raises:
        UserError: visitors would be sent to an address that nobody has, or copies of the register would not hold.
    """
    for name in ("onion", "reporter_onion"):
        value = getattr(settings, name)
        if value and not is_onion_address(value):
            raise UserError(
                f"The setting {name} is not an onion address: {value}.",
                "Copy it again from what `sourdine tor up` printed, nothing before or after it, or leave it empty.",
            )
    if not is_origin(settings.origin):
        raise UserError(
            "The setting origin is not a name that desks can sign for.",
            'Write the name that their desk.toml has too, such as origin = "regc.example.org"; it never changes.',
        )


def tick(args: argparse.Namespace) -> None:
    """Erase what has run its time, and names whose month has come; say how much is shown."""
    settings = load(RegistrySettings, config_path(args))
    today = settings.clock.today()
    with _opened(settings) as store:
        erased = store.forget_expired(today)
        names = 0 if settings.nominative else registry_names.forget_all(store.engine)
        # Also when nothing ended today: a visitor may have been reading when a withdrawal was loaded.
        registry_database.forget(store.engine)
        shown, ended = store.counts(today)
        registry_import.tell_leftover(store)
    if names:
        ui.note(f"registry.toml takes no names: {names} that stood beside entries are destroyed.")
    ui.say(f"{shown} entries shown, {ended} ended, {erased} of them erased today")


@contextmanager
def _opened(settings: RegistrySettings) -> Iterator[RegistryStore]:
    store = RegistryStore.open(settings)
    try:
        yield store
    finally:
        store.close()
