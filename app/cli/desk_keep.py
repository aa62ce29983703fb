"""`sourdine desk purge|backup|restore`: destroying what has ended, by two people, and keeping the rest."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli import arguments, desk_prove, ui
from app.cli.desk_open import open_desk, reviewer_action, settings_of
from app.desk.cases.relearn import learn_export
from app.desk.keep.backup import make_backup, restore
from app.desk.keep.purge import Purged, confirm_destroyed, purge, record_of
from app.desk.keep.purge_record import PurgeRecord, spans
from app.desk.keep.retention import Due, due_for_purge
from app.errors import UsageError
from app.transfer.files import write_whole


def register(actions: Any, _cases: Any) -> None:
    """Add these actions to `desk`."""
    _register_purge(actions)
    parser = reviewer_action(
        actions,
        "backup",
        back_up,
        help="write everything this desk keeps into one sealed file",
        example="sourdine desk backup --to /media/stick/desk.backup --as alize",
    )
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    parser = arguments.action(
        actions,
        "restore",
        bring_back,
        help="put a backup into an empty desk folder",
        example="sourdine desk restore /media/stick/desk.backup --config desk.toml",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        actions,
        "learn-export",
        learn,
        help="after a restore: take back an export that this desk made and forgot",
        example="sourdine desk learn-export /media/stick/export.regc --as alize",
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    desk_prove.register(actions)


def _register_purge(actions: Any) -> None:
    parser = reviewer_action(
        actions,
        "purge",
        destroy,
        help="destroy the content of a case that has ended; two colleges are needed",
        example='sourdine desk purge abcdefghij23 --reason "…" --record record.html --as alize',
    )
    parser.add_argument("id", nargs="?", default="", metavar="ID")
    parser.add_argument("--reason", default="", metavar="TEXT")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the record to print and sign (again)")
    parser.add_argument("--destroyed", action="store_true", help="the media of the record are destroyed: forget them")
    parser.add_argument("--due", action="store_true", help="list the cases whose time has come")
    parser.add_argument("--json", action="store_true")


def learn(args: argparse.Namespace) -> None:
    """One after another, in their order."""
    with open_desk(args) as desk:
        done = learn_export(desk, args.file)
    if args.json:
        ui.result(asdict(done))
        return
    ui.say(f"Export {done.sequence}: {done.entries} entries stand as they left.")
    for name in done.homeless:
        ui.note(f"{name}: its case is not on this desk, or not open to you.")


def back_up(args: argparse.Namespace) -> None:
    """One file to carry to another place, and a number to write on it."""
    with open_desk(args) as desk:
        made = make_backup(desk, args.to)
    if made.missing:
        ui.note(f"{made.missing} files that cases name are not on this desk any more: compare with an older backup.")
    if args.json:
        ui.result(asdict(made))
    else:
        ui.say(f"Backup {made.number}: {made.files} files, {made.size} bytes. Write the number on it.")


def bring_back(args: argparse.Namespace) -> None:
    """Then the reviewers bring their keys."""
    done = restore(settings_of(args), args.file)
    if args.json:
        ui.result(asdict(done))
        return
    ui.say(f"Backup {done.number} of {done.day} is restored: {done.files} files.")
    ui.note("What was done since then is lost. Next: sourdine desk init --reviewers DIR, and each reviewer's own key.")
    ui.note("The next outbox needs --after NUMBER: the last outbox on the courier's page.")


def destroy(args: argparse.Namespace) -> None:
    """The first signature waits; the second cannot be taken back."""
    if args.due:
        _list_due(args)
        return
    if not args.id or not (args.reason or args.record or args.destroyed):
        raise UsageError("Nothing was asked.", "Name a case and a --reason, or list what is due with --due.")
    with open_desk(args) as desk:
        if args.destroyed:
            done = Purged(record=confirm_destroyed(desk, args.id))
        elif args.reason:
            done = purge(desk, args.id, args.reason)
        else:
            done = Purged(record=record_of(desk, args.id))
    if args.record and done.record:
        write_whole(args.record, [done.record.to_html().encode()])
    _tell(args, done)


def _list_due(args: argparse.Namespace) -> None:
    with open_desk(args) as desk:
        found = due_for_purge(desk)
    if args.json:
        ui.result([vars(due) | {"last": due.last.isoformat()} for due in found])
        return
    for due in found:
        ui.say(_line(due))
    if not found:
        ui.say("Nothing is to be destroyed today.")


def _line(due: Due) -> str:
    waits = f"  waits for: {due.waiting_for}" if due.waiting_for else ""
    return f"{due.case_id}  {due.label}  {due.state}  by {due.last.isoformat()} ({due.ground}){waits}"


def _tell(args: argparse.Namespace, done: Purged) -> None:
    if done.dropped:
        ui.note("An earlier signature was for another matter, and is worth nothing now: something came in between.")
    if done.record is None:
        ui.result({"waiting_for": done.waiting_for})
    elif args.json:
        ui.result({"purged": True, "record": done.record.to_dict()})
    else:
        for line in _lines(done.record):
            ui.say(line)


def _lines(record: PurgeRecord) -> list[str]:
    signers = ", ".join(f"{name} ({college})" for name, college in record.signers)
    lines = [f"{record.case_id}: destroyed on {record.day}, decided by {signers}."]
    media = {"pickups": record.pickups, "outboxes": record.outboxes, "backups": record.backups}
    lines += [f"  {name} to destroy: {spans(numbers)}" for name, numbers in media.items() if numbers]
    return lines
