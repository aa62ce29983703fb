"""`sourdine desk directory …`: legal persons, which of them a case is about, and which are one."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli import ui
from app.cli.desk_open import open_desk, reviewer_action, shown
from app.desk.cases import directory, matching
from app.desk.core.match_paper import block, matched
from app.domain.countries import COUNTRIES
from app.domain.identifiers import org_id
from app.domain.legal_person import LegalPerson
from app.errors import UsageError, UserError

AS = "--as alize"


def register(actions: Any, _cases: Any) -> None:
    """Add `directory` to `desk`."""
    parser = actions.add_parser("directory", help="the directory of cooperatives")
    inner = parser.add_subparsers(metavar="ACTION", required=True)
    _register_file(inner)
    _register_cases(inner)
    _register_judgements(inner)


def _register_file(actions: Any) -> None:
    example = f"sourdine desk directory import StockUniteLegale_utf8.csv --layout sirene {AS}"
    parser = reviewer_action(
        actions, "import", import_file, help="take in a register's unpacked file, or our own bundle", example=example
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--layout", choices=directory.LAYOUTS, default="", help="else seen from the file")
    parser.add_argument("--anew", action="store_true", help="forget what the directory holds, and begin with this file")
    parser.add_argument("--json", action="store_true")
    example = f"sourdine desk directory search 'trois rivières' --country FR {AS}"
    parser = reviewer_action(actions, "search", search, help="by words of a name, or by a number", example=example)
    parser.add_argument("words", metavar="WORDS", nargs="+")
    parser.add_argument("--country", default="", type=str.upper, metavar="XX")
    parser.add_argument("--json", action="store_true")
    example = f"sourdine desk directory make --to directory.note {AS}"
    parser = reviewer_action(actions, "make", make, help="sign the bundle for the registry", example=example)
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")
    parser.add_argument("--country", action="append", default=[], type=str.upper, metavar="XX", help="only of these")
    parser.add_argument("--after", type=int, default=0, metavar="NUMBER", help="after a restore: the registry's last")
    parser.add_argument("--json", action="store_true")


def _register_cases(actions: Any) -> None:
    example = f"sourdine desk directory suggest abcdefghij23 {AS}"
    parser = reviewer_action(actions, "suggest", suggest, help="who may be meant in a case", example=example)
    parser.add_argument("case", metavar="CASE")
    parser.add_argument("--json", action="store_true")
    example = f'sourdine desk directory match abcdefghij23 fr-siren-732829320 --reason "…" {AS}'
    parser = reviewer_action(actions, "match", match, help="judge whom a case is about", example=example)
    parser.add_argument("case", metavar="CASE")
    parser.add_argument("id", metavar="COOPERATIVE_ID")
    _reason(parser)
    example = f'sourdine desk directory unmatch abcdefghij23 --reason "…" {AS}'
    parser = reviewer_action(actions, "unmatch", unmatch, help="undo that", example=example)
    parser.add_argument("case", metavar="CASE")
    _reason(parser)


def _register_judgements(actions: Any) -> None:
    example = f'sourdine desk directory merge fr-name-… fr-siren-732829320 --reason "…" {AS}'
    parser = reviewer_action(actions, "merge", merge, help="judge that two ids are one", example=example)
    parser.add_argument("one", metavar="FROM")
    parser.add_argument("into", metavar="INTO")
    _reason(parser)
    example = f'sourdine desk directory unmerge fr-name-… --reason "…" {AS}'
    parser = reviewer_action(actions, "unmerge", unmerge, help="undo that", example=example)
    parser.add_argument("one", metavar="FROM")
    _reason(parser)
    example = f"sourdine desk directory merges --json {AS}"
    parser = reviewer_action(actions, "merges", merges, help="who judged what, and why", example=example)
    parser.add_argument("--json", action="store_true")


def _reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reason", required=True, metavar="TEXT", help="what it rests on")


def import_file(args: argparse.Namespace) -> None:
    """Cooperatives are kept, everything else is counted."""
    with open_desk(args) as desk:
        done = directory.import_directory(desk, args.file, args.layout, anew=args.anew)
    tally = done.tally
    if args.json:
        ui.result({"layout": done.layout, "total": done.total, **asdict(tally)})
        return
    ui.say(f"{tally.kept} cooperatives taken; the directory holds {done.total} now.")
    ui.say(f"Left out: {tally.others} of other forms or countries, {tally.people} natural persons.")
    if tally.refused:
        ui.say(f"Refused: {tally.refused} malformed lines, the first of them:")
    for reason in tally.reasons:
        ui.say(shown(f"  line {reason}"))


def search(args: argparse.Namespace) -> None:
    """The closest first."""
    if args.country and args.country not in COUNTRIES:
        raise UsageError("A country is two letters.", f"One of: {', '.join(COUNTRIES)}.")
    with open_desk(args) as desk, desk.store.reading() as tx:
        found = directory.open_book(desk, tx).search(" ".join(args.words), args.country)
        judged = directory.in_force(desk, tx)
    if args.json:
        ui.result({"more": found.more, "found": [_full(one) for one in found.persons]})
        return
    for one in found.persons:
        beside = f"  (judged to be {judged[one.id]})" if one.id in judged else ""
        ui.say(line_of(one) + beside)
    if not found.persons:
        ui.say("The directory has no such legal person.")
    if found.more:
        ui.note("There are more: add words, a number or a country.")


def make(args: argparse.Namespace) -> None:
    """The registry takes it with `sourdine registry import`."""
    if args.to.exists():
        raise UserError(f"There is already a file {args.to}.", "Name another. Nothing was changed.")
    with open_desk(args) as desk:
        done = directory.make_bundle(desk, args.to, after=args.after, countries=args.country)
    if args.json:
        ui.result(asdict(done))
    else:
        ui.say(f"Directory {done.sequence}: {done.records} legal persons, {done.merges} merged ids.")


def suggest(args: argparse.Namespace) -> None:
    """Only ever suggestions: a reviewer judges."""
    with open_desk(args) as desk:
        found = matching.suggestions(desk, args.case)
        with desk.store.reading() as tx:
            now = matched(desk.case(tx, args.case), tx)
    if args.json:
        current = now and {
            "id": now.person.id,
            "by": now.by,
            "day": now.day,
            "reason": now.reason,
            "cooperative": block(now.person),
        }
        ui.result({"match": current, "suggestions": [_full(one) for one in found]})
        return
    if now:
        ui.say(shown(f"judged by {now.by} on {now.day}: {line_of(now.person)}\n    {now.reason}"))
    for one in found:
        ui.say(line_of(one))
    if not found:
        ui.say("Nobody in the directory is like what this case says.")


def match(args: argparse.Namespace) -> None:
    """Recorded with who, when and why."""
    with open_desk(args) as desk:
        person = matching.match(desk, args.case, args.id, args.reason)
    ui.say(f"{args.case}: {line_of(person)}")


def unmatch(args: argparse.Namespace) -> None:
    """The case is about what was written before."""
    with open_desk(args) as desk:
        matching.unmatch(desk, args.case, args.reason)
    ui.say(f"{args.case}: no legal person is judged.")


def merge(args: argparse.Namespace) -> None:
    """It reaches the registry with the next bundle."""
    with open_desk(args) as desk:
        directory.merge(desk, args.one, args.into, args.reason)
        last = directory.find(desk, args.one)
    ui.say(f"{args.one} goes on as {last.id}, from the next bundle on.")


def unmerge(args: argparse.Namespace) -> None:
    """It reaches the registry with the next bundle."""
    with open_desk(args) as desk:
        directory.unmerge(desk, args.one, args.reason)
    ui.say(f"{args.one} stands for itself again, from the next bundle on.")


def merges(args: argparse.Namespace) -> None:
    """Shown to every reviewer of this desk."""
    with open_desk(args) as desk, desk.store.reading() as tx:
        judged = directory.judgements(desk, tx)
    if args.json:
        ui.result([asdict(one) for one in judged])
        return
    for one in judged:
        what = f"goes on as {one.into}" if one.into else "stands for itself again"
        ui.say(shown(f"{one.day}  {one.one} {what}  ({one.by}: {one.reason})"))
    if not judged:
        ui.say("Nobody has judged two ids to be one.")


def line_of(person: LegalPerson) -> str:
    """One legal person on one line of a terminal."""
    numbers = ", ".join(f"{number.type} {number.value}" for number in person.identifiers)
    marks = [person.country, person.form] + (["ENDED"] if person.status == "ended" else [])
    after = f", goes on as {person.successor}" if person.successor else ""
    return shown(f"{person.id}  {' / '.join(person.names)}  {' '.join(marks)}  {numbers}{after}")


def _full(person: LegalPerson) -> dict[str, Any]:
    lists = [code for number in person.identifiers if (code := org_id(number.type, number.value))]
    return person.to_dict() | {"org_ids": lists}
