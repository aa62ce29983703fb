"""`sourdine courier`: accounts at the intake (`add`, `revoke`), and the journey with the stick (`fetch`, `push`)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.main import config_path
from app.errors import UserError
from app.settings import CourierSettings, IntakeSettings, load
from app.transfer.files import write_secret
from app.transfer.outbox import read_outbox


def register(programs: Any, summary: str) -> None:
    """Add `courier` to the command line."""
    actions = arguments.program(programs, "courier", summary)
    parser = arguments.action(
        actions,
        "add",
        add,
        help="make an account (on the intake, with intake.toml)",
        example="sourdine courier add rivet --password-file password --totp-file totp --config intake.toml",
    )
    parser.add_argument("name", metavar="NAME", help="pseudonym")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="write the password there, 0600")
    parser.add_argument("--totp-file", type=Path, metavar="FILE", help="write the TOTP secret there, 0600")
    parser = arguments.action(
        actions,
        "revoke",
        revoke,
        help="remove an account and end its sessions (on the intake, with intake.toml)",
        example="sourdine courier revoke rivet --config intake.toml",
    )
    parser.add_argument("name", metavar="NAME")
    parser = arguments.action(
        actions,
        "fetch",
        fetch,
        help="take the pickup",
        example="sourdine courier fetch --to /media/stick/pickup --config courier.toml",
    )
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")
    parser.add_argument("--if-any", action="store_true", help="for a timer: silent and content when nothing waits")
    parser = arguments.action(
        actions,
        "push",
        push,
        help="leave the desk's outbox",
        example="sourdine courier push /media/stick/outbox --config courier.toml",
    )
    parser.add_argument("file", type=Path, metavar="FILE")


def add(args: argparse.Namespace) -> None:
    """Make an account; what opens it is written or shown once, and kept nowhere here."""
    from app.courier.accounts import new_account
    from app.stores.couriers import Couriers
    from app.stores.intake import IntakeStore

    account = new_account(args.name)
    store = IntakeStore.open(load(IntakeSettings, config_path(args)))
    written: list[Path] = []
    try:
        for path, text in ((args.password_file, account.password), (args.totp_file, account.totp)):
            if path is not None:
                write_secret(path, text + "\n")
                written.append(path)
        Couriers(store.engine).add(account.row)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    finally:
        store.close()
    ui.say(f"courier {args.name} may enter")
    if args.password_file is None:
        ui.say(f"password: {account.password}")
    if args.totp_file is None:
        ui.say(f"TOTP secret (base32, SHA-1, 6 digits, 30 s): {account.totp}")
    ui.note("This was shown or written once; nobody can show it again.")


def revoke(args: argparse.Namespace) -> None:
    """Remove an account."""
    from app.stores.couriers import Couriers
    from app.stores.intake import IntakeStore

    store = IntakeStore.open(load(IntakeSettings, config_path(args)))
    try:
        gone = Couriers(store.engine).revoke(args.name)
    finally:
        store.close()
    if not gone:
        raise UserError(f"There is no courier named {args.name}.", "Nothing was changed.")
    ui.say(f"courier {args.name} is out; open sessions of that name ended")


def fetch(args: argparse.Namespace) -> None:
    """Take the pickup into a file."""
    from app.cli.courier_client import DoorClient

    size = DoorClient(load(CourierSettings, config_path(args))).fetch(args.to)
    if size is not None:
        ui.say(f"{args.to}: {size} bytes")
    elif not args.if_any:
        raise UserError("There is nothing to fetch.", "Nothing is wrong: no report waits. A timer uses --if-any.")


def push(args: argparse.Namespace) -> None:
    """Leave an outbox."""
    from app.cli.courier_client import DoorClient

    data = read_outbox(args.file)
    reply = DoorClient(load(CourierSettings, config_path(args))).push(data)
    ui.say(f"{args.file}: {len(data)} bytes. {reply.text}")
    for warning in reply.warnings:
        ui.note(warning)
