"""`sourdine desk person …` and `access …`: what the law owes to the persons concerned."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.desk_open import open_desk, reviewer_action
from app.desk.duties import access, persons
from app.domain.duties import GROUNDS, OUTCOMES, REQUESTS
from app.errors import UsageError, UserError


def register(actions: Any) -> None:
    """Add `person` and `access` to `desk`."""
    parser = actions.add_parser("person", help="the persons whom a case concerns, and when they are told")
    _persons(parser.add_subparsers(metavar="ACTION", required=True))
    parser = actions.add_parser(
        "access", help="requests of persons concerned: access, rectification, erasure, objection"
    )
    _access(parser.add_subparsers(metavar="ACTION", required=True))


def _persons(actions: Any) -> None:
    parser = _on_case(actions, "person", "add", add, help="a case concerns somebody", rest='--role "…"')
    parser.add_argument("--role", required=True, metavar="TEXT", help="who it is, by function where that will do")
    parser = _on_case(actions, "person", "list", list_all, help="who, and what is due", rest="--json")
    parser.add_argument("--json", action="store_true")
    parser = _on_case(actions, "person", "defer", defer, help="wait with telling", rest='3f09ab --reason "…"')
    parser.add_argument("person", metavar="PERSON")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="looked at again in 30 days")
    parser = _on_case(actions, "person", "inform", inform, help="write the letter", rest="3f09ab --to /dev/shm/l.txt")
    parser.add_argument("person", metavar="PERSON")
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")


def _access(actions: Any) -> None:
    parser = reviewer_action(
        actions,
        "add",
        add_request,
        help="enter a request",
        example='sourdine desk access add --requester "…" --kind access --as alize',
    )
    parser.add_argument("--requester", required=True, metavar="TEXT", help="the name as it was given")
    parser.add_argument("--kind", required=True, choices=tuple(REQUESTS))
    parser.add_argument("--day", type=arguments.day, default=None, metavar="DAY", help="received, if not today")
    parser = reviewer_action(
        actions, "list", list_requests, help="the register", example="sourdine desk access list --json --as alize"
    )
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        actions,
        "answer",
        answer,
        help="record the answer, or that it takes two months more",
        example="sourdine desk access answer 3f09ab12 --outcome partial --ground source --as alize",
    )
    parser.add_argument("request", metavar="REQUEST")
    parser.add_argument("--outcome", choices=tuple(OUTCOMES), default="")
    parser.add_argument("--ground", choices=tuple(GROUNDS), default="", help="of what is refused")
    parser.add_argument("--extend", default="", metavar="REASON", help="instead of an outcome: two months more")
    parser = reviewer_action(
        actions,
        "extract",
        extract,
        help="write what may be told",
        example="sourdine desk access extract 3f09ab12 abcdefghij23 --to /dev/shm/extract.txt --as alize",
    )
    parser.add_argument("request", metavar="REQUEST")
    parser.add_argument("ids", nargs="*", metavar="ID", help="the cases; none says that nothing is held")
    parser.add_argument(
        "--person", action="append", default=[], metavar="PERSON", help="who it is, where a case concerns several"
    )
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")


def add(args: argparse.Namespace) -> None:
    """Due in a month."""
    with open_desk(args) as desk:
        person = persons.add_person(desk, args.id, args.role)
    ui.say(f"{person.id}: to be told by {person.due}.")


def list_all(args: argparse.Namespace) -> None:
    """With every reason to wait."""
    with open_desk(args) as desk:
        found = persons.list_persons(desk, args.id)
    if args.json:
        ui.result([person.to_dict() for person in found])
        return
    for person in found:
        ui.say(f"{person.id}  {person.role}  {person.status}  {person.due or person.informed}")
        for day, reason in person.reasons:
            ui.say(f"  {day}: {reason}")
    if not found:
        ui.say("Nobody is named as concerned.")


def defer(args: argparse.Namespace) -> None:
    """For a reason."""
    with open_desk(args) as desk:
        person = persons.defer(desk, args.id, args.person, args.reason)
    ui.say(f"{person.id}: the reason is looked at again by {person.due}.")


def inform(args: argparse.Namespace) -> None:
    """A letter to print and post."""
    _refuse_existing(args)
    with open_desk(args) as desk:
        persons.inform(desk, args.id, args.person, args.to)
    ui.say(f"{args.to}: print it, post it, then remove the file.")


def add_request(args: argparse.Namespace) -> None:
    """One month."""
    with open_desk(args) as desk:
        request = access.add_request(desk, args.requester, args.kind, args.day)
    ui.say(f"{request.id}: to be answered by {request.due}.")


def list_requests(args: argparse.Namespace) -> None:
    """Open and answered."""
    with open_desk(args) as desk:
        found = access.list_requests(desk)
    if args.json:
        ui.result([one.to_dict() | {"due": one.due.isoformat()} for one in found])
        return
    for one in found:
        done = f"{one.outcome} {one.ground} {one.answered}" if one.answered else f"due {one.due}"
        ui.say(f"{one.id}  {one.kind}  {one.requester}  {done}")
    if not found:
        ui.say("No request was made.")


def answer(args: argparse.Namespace) -> None:
    """The sentence of a ground is shown, to be written in the answer."""
    if bool(args.outcome) == bool(args.extend):
        raise UsageError("Name an outcome, or --extend with its reason.", "sourdine desk access answer REQUEST …")
    with open_desk(args) as desk:
        if args.extend:
            request = access.extend(desk, args.request, args.extend)
            ui.say(f"{request.id}: to be answered by {request.due}. Tell the person so, and why.")
            return
        request = access.answer(desk, args.request, args.outcome, args.ground)
    ui.say(f"{request.id}: {request.outcome}.")
    if args.ground:
        ui.say(GROUNDS[args.ground][0])


def extract(args: argparse.Namespace) -> None:
    """Compared with every word of the reporters first."""
    _refuse_existing(args)
    with open_desk(args) as desk:
        access.extract(desk, args.request, args.ids, args.to, persons=args.person)
    ui.say(f"{args.to}: read it once more before it leaves.")


def _refuse_existing(args: argparse.Namespace) -> None:
    if args.to.exists():
        raise UserError(f"There is already a file {args.to}.", "Name another. Nothing was written.")


def _on_case(actions: Any, group: str, name: str, run: Any, *, help: str, rest: str) -> argparse.ArgumentParser:
    example = f"sourdine desk {group} {name} abcdefghij23 {rest} --as alize"
    parser = reviewer_action(actions, name, run, help=help, example=example)
    parser.add_argument("id", metavar="ID")
    return parser
