"""`sourdine intake`: makes, serves and looks after the mailbox."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.cli import arguments, ui
from app.cli.intake_check import findings
from app.cli.main import config_path
from app.errors import UserError
from app.manifest_file import load_manifest
from app.settings import IntakeSettings, load
from app.stores import engine
from app.stores.intake import IntakeStore
from app.transfer.files import write_secret, write_whole
from crypto.errors import SealingError
from crypto.signing import SigningKey, public_to_text

if TYPE_CHECKING:
    from flask import Flask

PICKUP_PUBLIC = "pickup.pub"
ATTEMPT_KEY_BYTES = 32


def register(programs: Any, summary: str) -> None:
    """Add `intake` to the command line."""
    actions = arguments.program(programs, "intake", summary)
    for name, (run, text) in {
        "init": (init, "make database, keys and folders, or bring an older database up to date"),
        "serve": (serve, "open the reporter door and the courier door"),
        "check": (check, "look for everything that would make this machine unsafe or unable to serve"),
        "tick": (tick, "forget what is past its day, as each start and each request does"),
        "purge": (purge, "tick, remove what a crash left, and write the database anew; never touches an envelope"),
    }.items():
        arguments.action(actions, name, run, help=text, example=f"sourdine intake {name} --config intake.toml")
    parser = arguments.action(
        actions, "status", status, help="numbers only", example="sourdine intake status --json --config intake.toml"
    )
    parser.add_argument("--json", action="store_true")


def init(args: argparse.Namespace) -> None:
    """Make what is missing; what is there stays as it is."""
    settings = load(IntakeSettings, config_path(args))
    IntakeStore.create(settings).close()
    attempt = settings.path(settings.attempt_key)
    if not attempt.exists():
        write_secret(attempt, secrets.token_hex(ATTEMPT_KEY_BYTES) + "\n")
    pickup = settings.path(settings.pickup_key)
    if not pickup.exists():
        write_secret(pickup, SigningKey.generate().to_text())
    public = pickup.with_name(PICKUP_PUBLIC)
    key = SigningKey.from_text(pickup.read_text(encoding="ascii"))
    write_whole(public, [public_to_text(key.public).encode("ascii")])
    ui.say(f"The intake is ready in {settings.home}.")
    manifest = settings.path(settings.manifest)
    ui.note(f"Bring {public} to `sourdine reviewers sign`, and the signed manifest back to {manifest}.")


def serve(args: argparse.Namespace) -> None:
    """Check everything that would close a door, then serve both until stopped."""
    from app.cli.serve import serve as serve_doors

    settings = load(IntakeSettings, config_path(args))
    with _opened(settings) as store:
        manifest = load_manifest(settings.path(settings.manifest), settings.root)
        store.accept_manifest(manifest)
        store.sweep()
        store.tick(settings.clock.today())

    def reporter() -> Flask:
        from app.reporter import create_app

        return create_app(settings)

    def courier() -> Flask:
        from app.courier import create_app

        return create_app(settings)

    serve_doors(
        [(reporter, settings.reporter), (courier, settings.courier)],
        ready=lambda: ui.say(f"reporter {settings.reporter.listen}, courier {settings.courier.listen}: open"),
    )


def check(args: argparse.Namespace) -> int:
    """Print each check and what mends it; 1 when one failed."""
    settings = load(IntakeSettings, config_path(args))
    failed = 0
    for name, error in findings(settings):
        if error is None:
            ui.say(f"ok   {name}")
            continue
        failed += 1
        hint = error.hint if isinstance(error, UserError) else "Bring the right file from the reviewers' machine."
        ui.say(f"NO   {name}: {error} {hint}")
    return 1 if failed else 0


def status(args: argparse.Namespace) -> None:
    """How much is here and until when new reports are taken."""
    settings = load(IntakeSettings, config_path(args))
    with _opened(settings) as store:
        counts, free = store.counts(), store.free_bytes()
    version, expires = _manifest_facts(settings)
    facts = {
        "envelopes": counts.envelopes,
        "replies": counts.replies,
        "manifest_version": version,
        "manifest_expires": expires,
        "free_bytes": free,
    }
    if args.json:
        ui.result(facts)
        return
    for name, value in facts.items():
        ui.say(f"{name.replace('_', ' '):18} {'none' if value is None else value}")
    if counts.missing:
        ui.note(f"{counts.missing} envelope(s) lost their file; see: sourdine intake check")


def tick(args: argparse.Namespace) -> None:
    """The timers, once."""
    settings = load(IntakeSettings, config_path(args))
    with _opened(settings) as store:
        gone = store.tick(settings.clock.today())
    ui.say(f"{gone} expired row(s) forgotten")


def purge(args: argparse.Namespace) -> None:
    """Timers, leftovers of crashes, then a database without free pages."""
    settings = load(IntakeSettings, config_path(args))
    with _opened(settings) as store:
        gone, swept = store.tick(settings.clock.today()), store.sweep()
        engine.compact(store.engine)
    ui.say(f"{gone} expired row(s) and {swept} unfinished file(s) removed; no envelope was touched")


def _manifest_facts(settings: IntakeSettings) -> tuple[int | None, str | None]:
    try:
        manifest = load_manifest(settings.path(settings.manifest), settings.root)
    except (UserError, SealingError):
        return None, None
    return manifest.version, manifest.expires.isoformat()


@contextmanager
def _opened(settings: IntakeSettings) -> Iterator[IntakeStore]:
    store = IntakeStore.open(settings)
    try:
        yield store
    finally:
        store.close()
