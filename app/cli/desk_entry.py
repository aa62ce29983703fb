"""`sourdine desk entry …`: what may one day be public about a case."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli import ui
from app.cli.desk_case import read_text
from app.cli.desk_open import open_desk, reviewer_action, shown
from app.desk.cases.entries import check_entry, draft_entry, sign_entry
from app.desk.cases.entry_reading import show_paper
from app.desk.cases.steps import add_step
from app.domain.gate import Finding
from app.domain.record_groups import STEPS
from app.errors import UserError


def register(actions: Any) -> None:
    """Add `entry` to `desk`."""
    parser = actions.add_parser("entry", help="the registry entry of a case")
    entries = parser.add_subparsers(metavar="ACTION", required=True)
    parser = reviewer_action(
        entries,
        "draft",
        draft,
        help="keep a draft, and see what the gate finds",
        example="sourdine desk entry draft abcdefghij23 --file entry.json --as alize",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--file", required=True, type=Path, metavar="FILE")
    for name, run, text in (
        ("check", check, "everything that keeps the entry on the desk today"),
        ("sign", sign, "sign it as it stands; two colleges are needed"),
    ):
        example = f"sourdine desk entry {name} abcdefghij23 --as alize"
        parser = reviewer_action(entries, name, run, help=text, example=example)
        parser.add_argument("id", metavar="ID")
        parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--digest", default="", metavar="HEX", help="of what you read: sign nothing else (without it: what is shown)"
    )

    parser = reviewer_action(
        entries,
        "step",
        step,
        help="say beside a published entry what became of the recommendations",
        example='sourdine desk entry step abcdefghij23 --status done --note "Une assemblée a été tenue." --as alize',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--status", default="", metavar="STATUS", help=f"one of {', '.join(STEPS)}")
    parser.add_argument("--note", default="", metavar="TEXT")
    parser.add_argument("--recommendation", default="", metavar="REC", help="take the status from its outcome")


def draft(args: argparse.Namespace) -> None:
    """The draft is kept even when the gate still finds something."""
    raw = _read_json(args.file)
    with open_desk(args) as desk:
        findings = draft_entry(desk, args.id, raw)
    ui.say(f"{args.id}: the draft is kept. {len(findings)} things keep it on the desk.")
    _tell(findings)


def check(args: argparse.Namespace) -> int:
    """Status 1 when the gate is not open."""
    with open_desk(args) as desk:
        findings = check_entry(desk, args.id)
    if args.json:
        ui.result([asdict(finding) for finding in findings])
    else:
        _tell(findings)
        if not findings:
            ui.say(f"{args.id}: the gate is open.")
    return 1 if findings else 0


def sign(args: argparse.Namespace) -> None:
    """The first signature waits for the other college."""
    with open_desk(args) as desk:
        paper = show_paper(desk, args.id)
        for line in json.dumps(paper.record.to_dict(), ensure_ascii=False, indent=1).splitlines():
            ui.note(shown(line))
        if paper.beside:
            ui.note(f"This entry would name: {shown(paper.beside.text)}. You sign that name with it.")
        ui.note(f"You sign what stands above: {paper.digest}")
        waiting_for = sign_entry(desk, args.id, args.digest or paper.digest)
    if waiting_for:
        ui.result({"waiting_for": waiting_for})
    elif args.json:
        ui.result({"signed": True})
    else:
        ui.say(f"{args.id}: two colleges have signed the entry.")


def step(args: argparse.Namespace) -> None:
    """The next version of the entry, to be signed by two colleges."""
    with open_desk(args) as desk:
        status = add_step(desk, args.id, args.status, args.note, recommendation=args.recommendation)
        findings = check_entry(desk, args.id)
    ui.say(f"{args.id}: the next version says {status}. Two colleges sign it. {len(findings)} things keep it here.")
    _tell(findings)


def _tell(findings: Sequence[Finding]) -> None:
    for finding in findings:
        ui.say(f"  {finding.code}: {finding.message}")


def _read_json(path: Path) -> object:
    try:
        return json.loads(read_text(path), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UserError(f"{path} is not JSON.", "Check it with a JSON editor. Nothing was changed.") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A field that stands twice would be read differently by the two people who sign."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise UserError("A field of the draft stands twice.", "Remove one. Nothing was changed.")
    return dict(pairs)
