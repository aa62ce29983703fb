"""`sourdine desk admit|release|lost` and `desk link …`: who works at the desk, and what they stay out of."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from app.cli import ui
from app.cli.desk_open import open_desk, reviewer_action
from app.desk.circle import links, people


def register(actions: Any, cases: Any) -> None:
    """Add these actions to `desk`; what belongs to one case goes to `cases`."""
    parser = reviewer_action(
        actions,
        "admit",
        admit,
        help="hand a newcomer the cases that you may open",
        example="sourdine desk admit dune --instead-of cypres --as alize",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--instead-of", default="", metavar="OLD", help="the same person's former name: what was closed stays closed"
    )
    parser = reviewer_action(
        actions,
        "release",
        release,
        help="drop the keys of a reviewer whom the manifest names no more",
        example='sourdine desk release cypres --reason "left on 1 December" --as alize',
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser = reviewer_action(
        actions,
        "lost",
        lost,
        help="a reviewer's key is lost: what that means, and what to do next",
        example="sourdine desk lost cypres --as alize",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--found", action="store_true", help="it is there again")
    parser.add_argument("--json", action="store_true")
    _register_links(actions, cases)


def _register_links(actions: Any, cases: Any) -> None:
    group = actions.add_parser("link", help="declared links between reviewers and cooperatives")
    register_of = group.add_subparsers(metavar="ACTION", required=True)
    parser = reviewer_action(
        register_of,
        "add",
        link_add,
        help="declare your own link: you open no case about it any more",
        example='sourdine desk link add "Les Tilleuls, Lyon" --as alize',
    )
    parser.add_argument("cooperative", metavar="COOPERATIVE")
    parser = reviewer_action(
        register_of, "list", link_list, help="who declared what", example="sourdine desk link list --as alize"
    )
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        register_of,
        "end",
        link_end,
        help="end the link of another reviewer",
        example='sourdine desk link end "Les Tilleuls, Lyon" --of brume --reason "left it in 2020" --as alize',
    )
    parser.add_argument("cooperative", metavar="COOPERATIVE", help="as it was declared")
    parser.add_argument("--of", required=True, metavar="NAME", help="whose link it is")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser = reviewer_action(
        cases,
        "let-in",
        let_in,
        help="let in a reviewer whom a link keeps out by mistake",
        example='sourdine desk case let-in abcdefghij23 brume --reason "another cooperative of that name" --as alize',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--reason", required=True, metavar="TEXT")


def admit(args: argparse.Namespace) -> None:
    """May be repeated, and is run by each reviewer who may open cases that the others cannot."""
    with open_desk(args) as desk:
        done = people.admit(desk, args.name, args.instead_of)
    ui.say(f"{done.name} may open {done.cases} more cases; {done.closed} of yours stay closed to them.")
    ui.note("Every other reviewer types the same with their own name: each hands on what they may open.")


def release(args: argparse.Namespace) -> None:
    """Their key opens nothing here any more."""
    with open_desk(args) as desk:
        done = people.release(desk, args.name, args.reason)
    ui.say(f"The keys of {done.name} are gone from this desk.")
    for case_id in done.staffed:
        ui.say(f"{case_id}: {done.name} was its owner or deputy. Name another one.")
    ui.note(f"Destroy the folder {done.home}, and make a new backup: older ones still hold the keys of {done.name}.")


def lost(args: argparse.Namespace) -> None:
    """What waits for that reviewer, and the steps in their order."""
    with open_desk(args) as desk:
        if args.found:
            people.found(desk, args.name)
            ui.say(f"Noted: the key of {args.name} is there again.")
            return
        told = people.lost(desk, args.name)
    if args.json:
        ui.result(asdict(told))
        return
    ui.say(f"Noted: nobody waits for {told.name} from now on.")
    for ids, text in (
        (told.waiting, f"signed by {told.name} and waiting: sign it anew after the next manifest"),
        (told.alone, "open to one college only: it waits for a newcomer"),
        (told.staffed, f"{told.name} is its owner or deputy: name another one"),
    ):
        for case_id in ids:
            ui.say(f"{case_id}: {text}")
    for number, step in enumerate(told.steps, 1):
        ui.say(f"{number}. {step}")


def link_add(args: argparse.Namespace) -> None:
    """The register of recusals names the cooperative, never a case."""
    with open_desk(args) as desk:
        links.declare(desk, args.cooperative)
    ui.say("Noted: no case about this cooperative opens for you any more.")
    ui.note("Another reviewer ends it when it is over: sourdine desk link end.")


def link_list(args: argparse.Namespace) -> None:
    """Every reviewer sees the whole register."""
    with open_desk(args) as desk, desk.store.reading() as tx:
        found = links.all_links(desk, tx)
    if args.json:
        ui.result([link.to_dict() for link in found])
        return
    for link in found:
        end = f", ended {link.ended} by {link.ended_by}: {link.why}" if link.ended else ""
        ui.say(f"{link.reviewer}: {link.cooperative} (declared {link.declared}{end})")
    if not found:
        ui.say("Nobody declared a link.")


def link_end(args: argparse.Namespace) -> None:
    """What it closed stays closed, case by case, until a colleague lets them in."""
    with open_desk(args) as desk:
        link = links.end(desk, args.of, args.cooperative, args.reason)
    ui.say(f"The link of {link.reviewer} to {link.cooperative} has ended.")
    ui.note("Cases that it closed stay closed: sourdine desk case let-in ID NAME --reason TEXT, one by one.")


def let_in(args: argparse.Namespace) -> None:
    """Journalled with its reason."""
    with open_desk(args) as desk:
        links.let_in(desk, args.id, args.name, args.reason)
    ui.say(f"{args.id}: {args.name} may open it.")
