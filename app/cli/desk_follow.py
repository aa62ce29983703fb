"""`sourdine desk recommend …`, `review …` and `tasks`: what follows a decision, and what is due beside the cases."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.desk_case import read_text
from app.cli.desk_open import open_desk, reviewer_action
from app.desk.cases import followup, review
from app.desk.duties.tasks import tasks
from app.errors import UserError


def register(actions: Any) -> None:
    """Add `recommend`, `review` and `tasks` to `desk`."""
    parser = actions.add_parser("recommend", help="recommendations: addressee, outcome, checks at 6 and 12 months")
    _recommend(parser.add_subparsers(metavar="ACTION", required=True))
    parser = actions.add_parser("review", help="the second line: closed cases that somebody else reads again")
    _review(parser.add_subparsers(metavar="ACTION", required=True))
    parser = reviewer_action(
        actions, "tasks", list_tasks, help="what is due beside the cases", example="sourdine desk tasks --as alize"
    )
    parser.add_argument("--json", action="store_true")


def _recommend(actions: Any) -> None:
    parser = _on_case(actions, "add", add, help="write one down", rest='--to "…" --text-file r.txt --due 2027-06-30')
    parser.add_argument("--to", required=True, metavar="TEXT", help="the addressee")
    parser.add_argument("--text-file", required=True, type=Path, metavar="FILE")
    parser.add_argument("--due", required=True, type=arguments.day, metavar="DAY")
    parser = _on_one(actions, "outcome", outcome, help="what came of it", rest="--outcome accepted")
    parser.add_argument("--outcome", required=True, choices=followup.OUTCOMES)
    parser.add_argument("--note", default="", metavar="TEXT")
    parser = _on_one(actions, "check", check, help="whether it was done", rest='--result "…"')
    parser.add_argument("--result", required=True, metavar="TEXT")
    parser = _on_one(actions, "letter", letter, help="write the letter", rest="--to letter.txt")
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")
    parser = reviewer_action(
        actions, "list", list_all, help="of every case", example="sourdine desk recommend list --open --as alize"
    )
    parser.add_argument("--open", action="store_true", help="only what is not settled")
    parser.add_argument("--json", action="store_true")


def _review(actions: Any) -> None:
    parser = reviewer_action(
        actions,
        "sample",
        sample,
        help="draw one closed case in twenty of a month that is over",
        example="sourdine desk review sample 2026-11 --as alize",
    )
    parser.add_argument("month", metavar="MONTH")
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        actions,
        "record",
        record,
        help="record a second reading",
        example='sourdine desk review record abcdefghij23 --outcome agreed --remarks "…" --as cypres',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--outcome", required=True, choices=review.OUTCOMES)
    parser.add_argument("--remarks", required=True, metavar="TEXT")


def add(args: argparse.Namespace) -> None:
    """With two checks."""
    text = read_text(args.text_file)
    with open_desk(args) as desk:
        made = followup.recommend(desk, args.id, args.to, text, due=args.due)
    ui.say(f"{made.id}: due {made.due}, looked at again on {' and '.join(str(one.due) for one in made.checks)}.")


def outcome(args: argparse.Namespace) -> None:
    """As the addressee said or did."""
    with open_desk(args) as desk:
        done = followup.set_outcome(desk, args.id, args.recommendation, args.outcome, args.note)
    ui.say(f"{done.id}: {done.outcome}.")


def check(args: argparse.Namespace) -> None:
    """The next of the two."""
    with open_desk(args) as desk:
        done = followup.check(desk, args.id, args.recommendation, args.result)
    ui.say(
        f"{done.id}: looked at again on {done.next_check.due}." if done.next_check else f"{done.id}: both were made."
    )


def letter(args: argparse.Namespace) -> None:
    """A letter to print and post."""
    if args.to.exists():
        raise UserError(f"There is already a file {args.to}.", "Name another. Nothing was written.")
    with open_desk(args) as desk:
        followup.write_letter(desk, args.id, args.recommendation, args.to)
    ui.say(f"{args.to}: print it, have it signed, and post it.")


def list_all(args: argparse.Namespace) -> None:
    """What the annual report will list."""
    with open_desk(args) as desk, desk.store.reading() as tx:
        found = followup.all_recommendations(desk, tx)
    found = [one for one in found if not (args.open and one[1].outcome in followup.SETTLED)]
    if args.json:
        ui.result([{"case": case.id} | one.to_dict() for case, one in found])
        return
    for case, one in found:
        ui.say(f"{case.id}  {one.id}  {one.addressee}  {one.outcome}  due {one.due}")
    if not found:
        ui.say("Nothing was recommended.")


def sample(args: argparse.Namespace) -> None:
    """By the head of the journal: nobody picks."""
    with open_desk(args) as desk:
        drawn = review.draw(desk, args.month)
    if args.json:
        ui.result(drawn)
        return
    ui.say(f"{len(drawn)} to be read again by somebody else.")
    for case_id in drawn:
        ui.say(f"  {case_id}")


def record(args: argparse.Namespace) -> None:
    """By somebody who had no part in it."""
    with open_desk(args) as desk:
        done = review.record(desk, args.id, args.outcome, args.remarks)
    ui.say(f"{args.id}: read again, {done.outcome}.")


def list_tasks(args: argparse.Namespace) -> None:
    """The most urgent first."""
    with open_desk(args) as desk:
        found = tasks(desk)
    if args.json:
        ui.result([task.to_dict() for task in found])
        return
    for task in found:
        late = " OVERDUE" if task.overdue else ""
        ui.say(f"{task.due}{late}  {task.what[1]}  {task.label} {task.case_id}".rstrip())
    if not found:
        ui.say("Nothing else is due.")


def _on_case(actions: Any, name: str, run: Any, *, help: str, rest: str) -> argparse.ArgumentParser:
    example = f"sourdine desk recommend {name} abcdefghij23 {rest} --as alize"
    parser = reviewer_action(actions, name, run, help=help, example=example)
    parser.add_argument("id", metavar="ID")
    return parser


def _on_one(actions: Any, name: str, run: Any, *, help: str, rest: str) -> argparse.ArgumentParser:
    parser = _on_case(actions, name, run, help=help, rest=f"3f09ab {rest}")
    parser.add_argument("recommendation", metavar="RECOMMENDATION")
    return parser
