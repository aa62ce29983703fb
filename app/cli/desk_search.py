"""`sourdine desk case list`, `desk search`: what is due first, and what speaks of something."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli import ui
from app.cli.desk_open import open_desk, reviewer_action, shown
from app.cli.progress import Progress
from app.desk.cases.search import Hit, prepare, search
from app.desk.cases.worklist import NOBODY, Filters, Listed, check_owner, work_list

INDEXED = "cases indexed"


def register(actions: Any, cases: Any) -> None:
    """Add `search` to `desk` and `list` to `desk case`."""
    parser = reviewer_action(
        cases, "list", list_all, help="what is due first, first", example="sourdine desk case list --overdue --as alize"
    )
    parser.add_argument("--state", default="", metavar="STATE")
    parser.add_argument("--severity", type=int, metavar="N", help="1 to 4")
    parser.add_argument("--category", default="", type=str.upper, metavar="CODE")
    parser.add_argument("--cooperative", default="", metavar="TEXT", help="a part of its name")
    parser.add_argument("--owner", default="", metavar="NAME", help=f"or {NOBODY} for cases without one")
    parser.add_argument("--overdue", action="store_true", help="only what is late")
    parser.add_argument("--purged", action="store_true", help="tombstones too")
    parser.add_argument("--query", default="", metavar="TEXT", help="only cases that speak of this")
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        actions,
        "search",
        find,
        help="look for words in all you may read, in French and English",
        example="sourdine desk search 'factures \"assemblée générale\"' --as alize",
    )
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--json", action="store_true")


def list_all(args: argparse.Namespace) -> None:
    """The work list."""
    names = ("state", "severity", "category", "cooperative", "owner", "overdue", "purged", "query")
    filters = Filters(**{name: getattr(args, name) for name in names})
    with open_desk(args) as desk:
        check_owner(desk, filters.owner)
        if filters.query:
            prepare(desk, Progress(INDEXED))
        listed = work_list(desk, filters)
    if args.json:
        ui.result([line.to_dict() for line in listed])
        return
    for one in listed:
        ui.say(line_of(one))
    if not listed:
        ui.say("No case is open to you." if filters == Filters() else "No case of yours fits.")


def find(args: argparse.Namespace) -> None:
    """The index is made in memory and ends with the command."""
    with open_desk(args) as desk:
        prepare(desk, Progress(INDEXED))
        hits = search(desk, args.text)
    if args.json:
        ui.result([hit.to_dict() for hit in hits])
        return
    for hit in hits:
        ui.say(_found(hit))
    if not hits:
        ui.say("Nothing that you may read speaks of that.")


def line_of(listed: Listed) -> str:
    """One line of the work list for a terminal."""
    late = listed.late.replace("overdue", "OVERDUE", 1)
    day = f"{listed.due.day.isoformat()} {late}" if listed.due.day else "-"
    marks = ["NEW MESSAGE"] if listed.unread else []
    marks += [f"severity {listed.severity}"] if listed.severity else []
    marks += ["RETALIATION"] if listed.retaliation else []
    marks += [listed.category] if listed.category else []
    marks += [listed.owner or "no owner", "mailbox" if listed.mailbox else "no mailbox"]
    marks += [f"signed by one, waits for: {listed.waiting_for}"] if listed.waiting_for else []
    return f"{listed.id}  {listed.label}  {listed.state}  {day} ({listed.due.why})  {'  '.join(marks)}"


def _found(hit: Hit) -> str:
    return shown(f"{hit.case_id}  {hit.label}  {hit.state}\n    {hit.excerpt}")
