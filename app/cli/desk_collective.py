"""`sourdine desk cluster …` and `desk campaign draft`: the same harm told by several."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.cli import ui
from app.cli.desk_open import open_desk, reviewer_action, shown
from app.desk.duties.campaign import check_campaign, draft_campaign
from app.desk.duties.collective import Cluster, list_clusters, set_amount
from app.desk.duties.collective_letter import write_letter
from app.desk.duties.judging import judge, undo
from app.domain.collective import AMOUNTS, BODIES
from app.domain.taxonomy import MEMBERS
from app.errors import UserError


def register(actions: Any, _cases: Any) -> None:
    """Add `cluster` and `campaign` to `desk`."""
    parser = actions.add_parser("cluster", help="the same harm, several members: which cases are independent")
    _clusters(parser.add_subparsers(metavar="ACTION", required=True))
    parser = actions.add_parser("campaign", help="a text for the members of a cooperative; it is sent to nobody")
    parser = reviewer_action(
        parser.add_subparsers(metavar="ACTION", required=True),
        "draft",
        draft,
        help="write the text, once the gate lets it",
        example="sourdine desk campaign draft abcdefghij23 --to text.txt --as alize",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--to", type=Path, metavar="FILE", help="without it: only what the gate finds")


def _clusters(actions: Any) -> None:
    parser = reviewer_action(
        actions, "list", list_all, help="of the cases you may open", example="sourdine desk cluster list --as alize"
    )
    parser.add_argument("--case", default="", metavar="ID", help="only the one of this case")
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        actions,
        "judge",
        judge_some,
        help="say which cases are of different authors; another college says the same",
        example='sourdine desk cluster judge ID,ID ID ID --members 250-999 --reason "…" --as alize',
    )
    parser.add_argument("groups", nargs="+", metavar="ID[,ID]", help="cases of one author, joined by commas")
    parser.add_argument("--members", required=True, choices=MEMBERS, help="the size of the cooperative")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser = _on_case(actions, "undo", undo_one, help="take a judgement back", rest='--reason "…"')
    parser.add_argument("--reason", required=True, metavar="TEXT", help="name no other case in it")
    parser = _on_case(actions, "amount", amount, help="note how much harm, as a band", rest="--band 500-to-5k")
    parser.add_argument("--band", required=True, choices=[*AMOUNTS, "none"])
    rest = '--body "…" --kind approved --to letter.html'
    parser = _on_case(actions, "letter", letter, help="write to a body that may act for several", rest=rest)
    parser.add_argument("--body", required=True, metavar="TEXT", help="to whom, on one line")
    parser.add_argument("--kind", required=True, choices=BODIES)
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")


def list_all(args: argparse.Namespace) -> None:
    """Labels, groups, and what may be told."""
    with open_desk(args) as desk:
        found = list_clusters(desk, args.case)
    if args.json:
        ui.result([one.to_dict() for one in found])
        return
    for line in _lines(found):
        ui.say(shown(line))
    if not found:
        ui.say("No two of your cases tell of the same harm.")


def judge_some(args: argparse.Namespace) -> None:
    """The first signature waits, the second counts."""
    groups = [one.split(",") for one in args.groups]
    with open_desk(args) as desk:
        done = judge(desk, groups, members=args.members, reason=args.reason)
    if done.dropped:
        ui.note("An earlier signature was for another judgement, and is worth nothing now.")
    if done.waiting_for:
        ui.result({"waiting_for": done.waiting_for})
    else:
        ui.say(f"Judged by two colleges: authors told apart: {done.authors}.")


def undo_one(args: argparse.Namespace) -> None:
    """What is not judged is not counted."""
    with open_desk(args) as desk:
        count = undo(desk, args.id, args.reason)
    ui.say(f"The judgement is taken back, in {count} cases.")


def amount(args: argparse.Namespace) -> None:
    """It never leaves the desk."""
    with open_desk(args) as desk:
        set_amount(desk, args.id, "" if args.band == "none" else args.band)
    ui.say(f"{args.id}: noted. It stays on this desk.")


def letter(args: argparse.Namespace) -> None:
    """With the yes of every reporter."""
    _refuse_existing(args.to)
    with open_desk(args) as desk:
        done = write_letter(desk, args.id, args.to, body=args.body, kind=args.kind)
    ui.say(f"{args.to}: letter {done.reference}, {done.cases} cases, SHA-256 {done.digest}.")
    ui.note("Print it, have it signed, post it, and remove the file.")


def draft(args: argparse.Namespace) -> int:
    """Status 1 when the gate holds it back."""
    if args.to:
        _refuse_existing(args.to)
    with open_desk(args) as desk:
        if args.to:
            digest = draft_campaign(desk, args.id, args.to)
            ui.say(f"{args.to}: SHA-256 {digest}. Two people read it before anybody else does.")
            return 0
        findings = check_campaign(desk, args.id)
    for finding in findings:
        ui.say(f"{finding.code}: {finding.message}")
    if not findings:
        ui.say("The gate lets it through: name the file with --to.")
    return 1 if findings else 0


def _lines(found: Sequence[Cluster]) -> list[str]:
    lines = []
    for one in found:
        flags = [
            *(["SYSTEMIC"] if one.systemic else []),
            *([f"waits for {one.waiting_for}"] if one.waiting_for else []),
        ]
        lines.append(f"{one.cooperative}  {one.category}  {one.harm}  {' '.join(flags)}".rstrip())
        lines.append(f"  independent: {one.independent or 'fewer than 3 judged'}; in public: {one.told or 'nothing'}")
        lines += [f"  {words} ({name}, {day})" for name, day, words in one.reasons]
        for row in one.rows:
            group = f"author {row.group}" if row.group else "not judged"
            group += f", proposed {row.waiting}" if row.waiting else ""
            lines.append(f"  {row.case}  {row.label}  {row.state}  {row.month}  {group}  {row.amount}".rstrip())
    return lines


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise UserError(f"There is already a file {path}.", "Name another. Nothing was written.")


def _on_case(actions: Any, name: str, run: Any, *, help: str, rest: str) -> argparse.ArgumentParser:
    example = f"sourdine desk cluster {name} abcdefghij23 {rest} --as alize"
    parser = reviewer_action(actions, name, run, help=help, example=example)
    parser.add_argument("id", metavar="ID")
    return parser
