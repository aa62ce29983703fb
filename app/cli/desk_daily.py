"""`sourdine desk case merge|split|close-many|…`: what a desk does every day beside deciding."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli import desk_follow, desk_persons, desk_refer, ui
from app.cli.desk_case import read_text
from app.cli.desk_open import open_desk, reviewer_action
from app.desk.cases.closing import COMMON, close_many
from app.desk.cases.handover import hand_over, suggest_owner
from app.desk.cases.merging import merge, rejoin, split, take_out
from app.errors import UsageError


def register(actions: Any, cases: Any) -> None:
    """Add these actions to `desk` and to `desk case`."""
    parser = case_action(
        cases, "merge", merge_two, help="decide a case with another one", rest='INTO --reason "…" --as alize'
    )
    parser.add_argument("into", nargs="?", default="", metavar="INTO", help="the case that goes on")
    parser.add_argument("--undo", action="store_true", help="take the case out again")
    parser = case_action(
        cases, "split", split_one, help="make a case of some messages", rest='--messages 2,3 --reason "…" --as alize'
    )
    parser.add_argument("--messages", default="", metavar="N,N", help="as `case show` numbers them")
    parser.add_argument("--undo", action="store_true", help="put the split case back into its source")
    _register_many(cases)
    _register_owner(cases)
    desk_refer.register(cases)
    desk_persons.register(actions)
    desk_follow.register(actions)


def _register_many(cases: Any) -> None:
    parser = reviewer_action(
        cases,
        "close-many",
        close_spam,
        help="close what is no report, with one reason and one reply",
        example='sourdine desk case close-many ID ID --reason "…" --text-file reply.txt --set category=INF --as alize',
    )
    parser.add_argument("ids", nargs="+", metavar="ID")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser.add_argument(
        "--text-file", required=True, type=Path, metavar="FILE", help="the four blocks of the closing reply to each"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help=f"where it is not set: {', '.join(COMMON)}"
    )
    parser.add_argument("--json", action="store_true")


def _register_owner(cases: Any) -> None:
    parser = reviewer_action(
        cases,
        "hand-over",
        hand,
        help="give it to another owner",
        example='sourdine desk case hand-over abcdefghij23 --to brume --reason "…" --as alize',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--to", default="", metavar="NAME", help="else whose turn it is")
    parser.add_argument("--deputy", default="", metavar="NAME", help="and another deputy")
    parser.add_argument("--reason", default="", metavar="TEXT", help="needed unless it is the first owner, in turn")
    parser = reviewer_action(
        cases,
        "suggest",
        suggest,
        help="whose turn it is to own it",
        example="sourdine desk case suggest abcdefghij23 --as alize",
    )
    parser.add_argument("id", metavar="ID")


def merge_two(args: argparse.Namespace) -> None:
    """Or take out what was merged."""
    if args.undo == bool(args.into):
        raise UsageError("Name the case that goes on, or --undo.", "sourdine desk case merge ID INTO --reason TEXT")
    with open_desk(args) as desk:
        if args.undo:
            take_out(desk, args.id, args.reason)
        else:
            merge(desk, args.id, args.into, args.reason)
    ui.say(f"{args.id}: decided by itself again." if args.undo else f"{args.id}: decided with {args.into} from now on.")


def split_one(args: argparse.Namespace) -> None:
    """Or put back what was split."""
    if args.undo == bool(args.messages):
        raise UsageError(
            "Name the messages of the new case, or --undo.",
            "sourdine desk case split ID --messages 2,3 --reason TEXT",
        )
    with open_desk(args) as desk:
        if args.undo:
            rejoin(desk, args.id, args.reason)
            ui.say(f"{args.id}: back in its source.")
        else:
            ui.say(split(desk, args.id, numbers(args.messages), args.reason))


def close_spam(args: argparse.Namespace) -> int:
    """Status 1 when a case stays."""
    pairs = [one.partition("=") for one in args.set]
    text = read_text(args.text_file)
    with open_desk(args) as desk:
        bulk = close_many(desk, args.ids, reason=args.reason, text=text, values={k: v for k, _, v in pairs})
    if args.json:
        ui.result(asdict(bulk))
        return 1 if bulk.refused else 0
    ui.say(f"{len(bulk.done)} closed, {len(bulk.refused)} stay.")
    for one in bulk.refused:
        ui.say(f"  {one.id}: {one.why}")
    return 1 if bulk.refused else 0


def hand(args: argparse.Namespace) -> None:
    """In turn, or to somebody else for a reason."""
    with open_desk(args) as desk:
        done = hand_over(desk, args.id, args.to, args.reason, deputy=args.deputy)
    ui.say(f"{args.id}: {done.owner} answers for it, {done.deputy or 'nobody'} is the deputy.")
    if done.tell_reporter:
        ui.note(f"Tell the reporter who answers from now on: sourdine desk reply {args.id} --template handover")


def suggest(args: argparse.Namespace) -> None:
    """Nothing is changed."""
    with open_desk(args) as desk, desk.store.reading() as tx:
        ui.say(suggest_owner(desk, tx, desk.case(tx, args.id)) or "Nobody else may take it.")


def case_action(cases: Any, name: str, run: Any, *, help: str, rest: str) -> argparse.ArgumentParser:
    """An action of `desk case` on one case, with a reason."""
    parser = reviewer_action(cases, name, run, help=help, example=f"sourdine desk case {name} abcdefghij23 {rest}")
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    return parser


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between them.

    Raises:
        UsageError: anything else.
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise UsageError("Numbers have commas between them.", "For example: --messages 1,3") from None
