"""`sourdine registry verify`: a whole downloaded registry, off line, from the root keys alone (docs/spec/log.md)."""

from __future__ import annotations

import argparse
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.errors import UsageError, UserError
from app.transfer.files import open_plain
from app.transfer.registry_check import check_copy
from app.transfer.registry_report import Enough, Log, Report
from app.transfer.registry_tiles import check_tiles
from crypto.checkpoint import LIMIT

COPY = Path("export") / "entries.json"
_ROOT = re.compile(r"[0-9a-f]{64}")
# What a person reads at once; --json tells all that were looked for.
_TOLD = 20


def register(actions: Any) -> None:
    """Add `verify` to `sourdine registry`."""
    parser = arguments.action(
        actions,
        "verify",
        verify,
        help="check a downloaded registry off line: its log, every record and both signatures of each",
        example="sourdine registry verify entries.json --root 4f1c…",
    )
    parser.add_argument(
        "copy", metavar="FILE|FOLDER", type=Path, help="entries.json, or what `registry export --to` wrote"
    )
    parser.add_argument(
        "--root",
        action="append",
        required=True,
        metavar="HEX",
        help="the public root key of an issuer; may be repeated",
    )
    parser.add_argument(
        "--checkpoint", action="append", type=Path, default=[], metavar="FILE",
        help="a checkpoint kept from an earlier day: the log must have grown from it; may be repeated",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one line of JSON")


def verify(args: argparse.Namespace) -> int:
    """Check everything; 0 when all of it holds."""
    folder = args.copy.is_dir()
    path = args.copy / COPY if folder else args.copy
    older = [_read(kept) for kept in args.checkpoint]
    report, files = check_copy(path, [_root(text) for text in args.root], older)
    with files, suppress(Enough):
        if folder:
            check_tiles(report, args.copy)
    if args.json:
        ui.result(_facts(report))
    else:
        _tell(report)
    return 1 if report.faults else 0


def _root(text: str) -> bytes:
    if not _ROOT.fullmatch(text.lower()):
        raise UsageError("A root key is 64 hexadecimal digits.", "Copy it from the leaflet of the instance.")
    return bytes.fromhex(text)


def _read(path: Path) -> bytes:
    try:
        with open_plain(path, limit=LIMIT) as stream:
            return stream.read()
    except UserError as error:
        raise UserError(f"The checkpoint cannot be read: {error.message}", error.hint) from None


def _facts(report: Report) -> dict[str, object]:
    return {
        "origin": report.origin,
        "holds": not report.faults,
        "entries": report.entries,
        "ended": report.ended,
        "logs": [_log_facts(log) for log in report.logs],
        "faults": [vars(fault) for fault in report.faults],
    }


def _log_facts(log: Log) -> dict[str, object]:
    newest = log.newest
    return {
        "issuer": log.issuer,
        "leaves": log.frontier.size,
        "tree": log.frontier.root.hex(),
        "without_record": log.frontier.size - sum(log.shown),
        "manifest": newest.version if newest else 0,
        "manifest_expires": newest.expires.isoformat() if newest else "",
        "grew_from": [head.size for head in log.older],
    }


def _tell(report: Report) -> None:
    if report.faults:
        for fault in report.faults[:_TOLD]:
            ui.say(f"{fault.where}: {fault.what}.")
        if len(report.faults) > _TOLD:
            ui.say(f"and {len(report.faults) - _TOLD} more; --json tells them.")
        ui.say(f"This copy of {report.origin or 'a registry'} does not hold: {len(report.faults)} fault(s).")
        return
    ui.say(
        f"{report.origin}: {report.entries} records hold, {report.ended} of them ends of an entry. Each is the leaf it "
        "says, with the signatures of two reviewers of two colleges."
    )
    for log in report.logs:
        hidden = log.frontier.size - sum(log.shown)
        ui.say(
            f"The log of {log.issuer} is the one its desk signed: {log.frontier.size} leaves, {hidden} of them of "
            "versions that are not shown: replaced, ended or expired."
        )
        for head in log.older:
            ui.say(f"It only grew since the checkpoint of {head.size} leaves.")
