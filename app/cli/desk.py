"""`sourdine desk`: the machine without a network, where reviewers read, decide and answer."""

from __future__ import annotations

import argparse
import secrets
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from app.cli import (
    arguments,
    desk_case,
    desk_collective,
    desk_daily,
    desk_directory,
    desk_entry,
    desk_keep,
    desk_letters,
    desk_people,
    desk_search,
    ui,
)
from app.cli.desk_open import add_reviewer, open_desk, open_store, reviewer_action, reviewer_of, settings_of
from app.desk.carry.outboxes import make_outbox, write_again
from app.desk.carry.receive import UNNAMED, Importer
from app.desk.cases.decisions import expire_due
from app.desk.cases.exports import export_again, export_registry
from app.desk.circle import ceremony, people
from app.desk.core.alarm import Alarm
from app.desk.core.keyring import Keyring, forget_everybody, unlock
from app.desk.duties.alarms import alarms, case_alarms
from app.desk.keep import retention
from app.errors import UsageError, UserError
from app.reviewer_source import load_source
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.transfer.files import open_plain
from crypto.manifest import LIMIT, Reviewer

MANIFEST_BYTES = LIMIT + 512


def register(programs: Any, summary: str) -> None:
    """Add `desk` to the command line."""
    actions = arguments.program(programs, "desk", summary)
    parser = reviewer_action(
        actions,
        "init",
        init,
        help="make or update the desk: its keys from the reviewers' folder, or the manifest it trusts",
        example="sourdine desk init --reviewers ./reviewers",
    )
    parser.add_argument("--reviewers", type=Path, metavar="DIR", help="folder with source.json and certificates")
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="signed manifest to pin")
    arguments.action(actions, "serve", serve, help="open the loopback page", example="sourdine desk serve")
    parser = reviewer_action(
        actions, "tick", tick, help="what is due or wrong today", example="sourdine desk tick --as alize"
    )
    parser.add_argument("--json", action="store_true")
    parser = arguments.action(
        actions, "import", import_pickup, help="take in a pickup", example="sourdine desk import pickup --json"
    )
    add_reviewer(parser)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    _register_out(actions)
    cases = desk_case.register(actions)
    desk_entry.register(actions)
    for room in (desk_search, desk_letters, desk_daily, desk_collective, desk_directory, desk_keep, desk_people):
        room.register(actions, cases)


def _register_out(actions: Any) -> None:
    for name, run, text in (
        ("outbox", outbox, "write the next outbox for the courier: receipts and sealed replies"),
        ("export-registry", export, "write the next signed export for the registry"),
    ):
        parser = reviewer_action(actions, name, run, help=text, example=f"sourdine desk {name} --to FILE --as alize")
        parser.add_argument("--to", required=True, type=Path, metavar="FILE")
        parser.add_argument("--again", action="store_true", help="write the last one once more, byte for byte")
        parser.add_argument("--json", action="store_true")
        if name == "export-registry":
            parser.add_argument(
                "--after", type=int, metavar="NUMBER", help="after a restore: the registry's last export"
            )
        else:
            parser.add_argument("--after", type=int, metavar="NUMBER", help="after a restore: the intake's last outbox")
            parser.add_argument(
                "--lost",
                type=int,
                action="append",
                default=[],
                metavar="NUMBER",
                help="an outbox that never came to the intake, as the courier's page says: take its replies again",
            )


def init(args: argparse.Namespace) -> None:
    """Make what is missing; every part may be repeated."""
    settings = settings_of(args)
    store = DeskStore.create(settings)
    try:
        if args.reviewers:
            _enrol(args, store, settings)
        if args.manifest:
            with open_plain(args.manifest, limit=MANIFEST_BYTES) as stream:
                manifest = ceremony.pin_manifest(store, settings, stream.read(), settings.clock.today())
            ui.say(f"Manifest {manifest.version} is pinned, valid until {manifest.expires.isoformat()}.")
        if not (args.reviewers or args.manifest):
            ui.say(f"The database of this desk is ready in {settings.home}.")
    finally:
        store.close()


def _enrol(args: argparse.Namespace, store: DeskStore, settings: DeskSettings) -> None:
    source = load_source(args.reviewers)
    reviewers = [Reviewer(r.name, r.college, r.role, r.fingerprint, r.cert) for r in source.active]

    def somebody() -> Keyring:
        return unlock(store, settings, reviewer_of(args), ui.read_passphrase(args.passphrase_fd))

    by = somebody if reviewer_of(args) else None
    new = ceremony.enrol(store, settings, instance=source.instance, reviewers=reviewers, by=by)
    ui.say(f"{len(reviewers)} reviewers, {len(new)} new: {', '.join(new) or 'nobody'}.")
    ui.note(f"Bring {settings.path(ceremony.PUBLIC_FILE)} to `sourdine reviewers sign`.")


def serve(args: argparse.Namespace) -> None:
    """Print the one-time code and serve the page on loopback until stopped."""
    from app.cli.serve import serve as serve_doors
    from app.desk import check_door, create_app

    settings = settings_of(args)
    check_door(settings)
    with open_store(settings) as store:
        store.identity()
    code = secrets.token_hex(4)
    # One process: unlocked keys live in its memory only and are shared with no other.
    door = replace(settings.door, workers=1)

    def ready() -> None:
        ui.say(f"http://{door.listen}/")
        ui.say(f"One-time code: {code}")

    try:
        serve_doors([(lambda: create_app(settings, code=code), door)], ready=ready)
    finally:
        # The page may have ended without anybody locking it.
        forget_everybody(settings)


def tick(args: argparse.Namespace) -> None:
    """Alarms that need no key; with a reviewer, the deadlines of their cases as well."""
    settings = settings_of(args)
    with open_store(settings) as store:
        found = alarms(store, settings)
    if reviewer_of(args):
        with open_desk(args) as desk:
            found += [Alarm(case_id, "expired: the duration of its entry has ended") for case_id in expire_due(desk)]
            found += case_alarms(desk) + people.alarms(desk) + retention.alarms(desk)
    if args.json:
        ui.result([asdict(alarm) for alarm in found])
        return
    for alarm in found:
        ui.say(f"{alarm.subject}: {alarm.message}")
    if not found:
        ui.say("Nothing is overdue.")


def import_pickup(args: argparse.Namespace) -> None:
    """Signature, number and structure; nothing is decrypted."""
    settings = settings_of(args)
    with open_store(settings) as store:
        report = Importer(store, settings, reviewer_of(args) or UNNAMED).receive(args.file)
    for number in report.missing:
        ui.note(f"Pickup {number} never came here. Ask the courier for it; what it held comes again in the next one.")
    if args.json:
        refused = [asdict(one) for one in report.refused]
        ui.result({"imported": report.imported, "already": report.already, "refused": refused})
        return
    ui.say(f"{report.imported} imported, {report.already} already here, {len(report.refused)} refused.")
    for one in report.refused:
        ui.say(f"  {one.id}: {one.why}")


def outbox(args: argparse.Namespace) -> None:
    """What is due, signed."""
    _refuse_existing(args)
    if args.again and args.lost:
        raise UsageError("--again writes the last outbox as it was.", "Leave out --again, or --lost.")
    with open_desk(args) as desk:
        if args.again:
            written = write_again(desk, args.to)
        else:
            written = make_outbox(desk, args.to, after=args.after, lost=args.lost)
    if args.lost:
        ui.note(
            f"{written.recovered} replies of what was lost go out again. Reviewers who open other cases may have "
            "to do the same: only they can seal those replies. Look at the courier's page before you carry this out: "
            "had the lost one arrived, what a reporter has deleted since would come back."
        )
    _wrote(
        args, f"Outbox {written.number}: {written.receipts} receipts, {written.replies} replies and decoys.", written
    )


def export(args: argparse.Namespace) -> None:
    """Published entries that the registry does not have yet."""
    _refuse_existing(args)
    with open_desk(args) as desk:
        done = export_again(desk, args.to) if args.again else export_registry(desk, args.to, after=args.after)
    _wrote(args, " ".join([f"Export {done.sequence}: {done.entries} entries.", *done.aside]), done)


def _refuse_existing(args: argparse.Namespace) -> None:
    """Each number is made once: what was not carried yet must not be written over."""
    if args.to.exists() and not args.again:
        raise UserError(f"There is already a file {args.to}.", "Carry it first, or name another. Nothing was changed.")


def _wrote(args: argparse.Namespace, sentence: str, value: Any) -> None:
    if args.json:
        ui.result(asdict(value))
    else:
        ui.say(sentence)
