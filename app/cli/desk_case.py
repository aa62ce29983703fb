"""`sourdine desk case …`, `notice`, `answer`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.desk_open import open_desk, reviewer_action, shown
from app.cli.desk_search import line_of
from app.desk.cases.answers import Received, answer_entry, refuse_answer
from app.desk.cases.decisions import move_case
from app.desk.cases.letters import make_notice, receive_notice
from app.desk.cases.reading import Shown, show_case
from app.desk.cases.saving import save_case
from app.desk.cases.setting import SETTERS, set_values
from app.errors import UserError
from app.transfer.files import open_plain

TEXT_BYTES = 1024 * 1024


def register(actions: Any) -> Any:
    """Add these actions to `desk`; returns where other rooms add theirs to `desk case`."""
    parser = actions.add_parser("case", help="the cases that you may open")
    cases = parser.add_subparsers(metavar="ACTION", required=True)
    parser = _case(cases, "show", show, help="read one case", rest="--as alize")
    parser.add_argument("--json", action="store_true")
    parser = _case(cases, "save", save, help="write its attachments into a folder", rest="--to ./files --as alize")
    parser.add_argument("--to", required=True, type=Path, metavar="DIR")
    parser = _case(
        cases, "set", set_some, help="record what you established", rest="category=GOV severity=3 --as alize"
    )
    parser.add_argument("values", nargs="+", metavar="KEY=VALUE", help=f"keys: {', '.join(SETTERS)}")
    parser.add_argument("--reason", default="", metavar="TEXT", help="needed where two people lower a severity")
    parser.add_argument("--json", action="store_true")
    parser = _case(cases, "move", move, help="move it to another state", rest='triage --reason "…" --as alize')
    parser.add_argument("state", metavar="STATE")
    parser.add_argument("--reason", required=True, metavar="TEXT")
    parser.add_argument("--json", action="store_true")
    parser = _case(
        actions, "notice", notice, help="write the letter to the cooperative", rest="--to letter.txt --as alize"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--to", type=Path, metavar="FILE")
    which.add_argument(
        "--received", type=arguments.day, metavar="YYYY-MM-DD", help="of the proof of receipt: the time counts from it"
    )
    _answer(_case(actions, "answer", answer, help="attach its answer", rest="--file answer.txt --as alize"))
    return cases


def _answer(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--file", type=Path, metavar="FILE")
    what.add_argument("--refuse", metavar="TEXT", help="publish no answer, and say why beside the finding")
    parser.add_argument(
        "--authority", default="", metavar="TEXT", help="the proof that its author may speak; it stays on the desk"
    )
    parser.add_argument(
        "--legal", action="store_true", help="it claims the legal right of reply: three days from its receipt"
    )
    parser.add_argument("--received", type=arguments.day, metavar="YYYY-MM-DD", help="the day it arrived (today)")
    parser.add_argument("--observation", action="store_true", help="a later word, beside the answer that stands")


def show(args: argparse.Namespace) -> None:
    """One case, as the reporter wrote it."""
    with open_desk(args) as desk:
        case = show_case(desk, args.id)
    if args.json:
        ui.result(case.to_dict())
        return
    for line in _lines(case):
        ui.say(shown(line))


def save(args: argparse.Namespace) -> None:
    """Attachments under safe names; nothing is overwritten or opened."""
    with open_desk(args) as desk:
        saved = save_case(desk, args.id, args.to)
    for name in saved.names:
        ui.say(name)
    for note in saved.notes:
        ui.note(note)
    if saved.on_disk:
        ui.note(f"{args.to} is on a disk: outside a trial, nothing would have been written there.")


def set_some(args: argparse.Namespace) -> None:
    """All values or none."""
    with open_desk(args) as desk:
        done = set_values(desk, args.id, args.values, args.reason)
    if done.dropped:
        ui.note("An earlier signature was for another severity or other facts, and is worth nothing any more.")
    if done.waiting_for:
        ui.result({"waiting_for": done.waiting_for})
    elif args.json:
        ui.result({"set": len(args.values)})
    else:
        ui.say(f"{args.id}: {len(args.values)} set.")


def move(args: argparse.Namespace) -> None:
    """Through every guard of the procedure."""
    with open_desk(args) as desk:
        done = move_case(desk, args.id, args.state, args.reason)
    if done.dropped:
        ui.note("An earlier signature was for another decision, or for other facts, and is worth nothing now.")
    if done.waiting_for:
        ui.result({"waiting_for": done.waiting_for})
    elif args.json:
        ui.result({"state": done.state})
    else:
        ui.say(f"{args.id}: {done.state}")


def notice(args: argparse.Namespace) -> None:
    """A letter to print and post, or the day on which it arrived."""
    if args.received:
        with open_desk(args) as desk:
            receive_notice(desk, args.id, args.received)
        ui.say(f"{args.id}: the time to answer counts from {args.received}.")
        return
    with open_desk(args) as desk:
        make_notice(desk, args.id, args.to)
    ui.say(f"{args.to}: print it, have it signed, and post it with proof of receipt.")


def answer(args: argparse.Namespace) -> None:
    """The cooperative's own words, beside the finding."""
    received = Received(args.received, args.authority, args.legal, args.observation)
    text = read_text(args.file) if args.file else ""
    with open_desk(args) as desk:
        if args.file:
            answer_entry(desk, args.id, text, received)
        else:
            refuse_answer(desk, args.id, args.refuse, received)
    what = "the answer" if args.file else "the reason why no answer is published"
    ui.say(f"{args.id}: {what} stands beside the finding. Earlier signatures of the entry are void.")
    if args.file and not args.authority:
        ui.note("No proof is recorded that its author may speak for the cooperative: see --authority.")


def read_text(path: Path) -> str:
    """A text file in UTF-8.

    Raises:
        UserError: missing, too long, or not text.
    """
    with open_plain(path, limit=TEXT_BYTES) as stream:
        data = stream.read()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not text in UTF-8.", "Save it as UTF-8 and try again.") from None


def _case(actions: Any, name: str, run: Any, *, help: str, rest: str) -> argparse.ArgumentParser:
    command = name if name in {"notice", "answer"} else f"case {name}"
    example = f"sourdine desk {command} abcdefghij23 {rest}"
    parser = reviewer_action(actions, name, run, help=help, example=example)
    parser.add_argument("id", metavar="ID")
    return parser


def _lines(case: Shown) -> list[str]:
    lines = [line_of(case.listed)]
    if case.waiting_for:
        lines.append(f"A decision waits for: {case.waiting_for}")
    lines += [f"  {name}: {value}" for name, value in case.fields.items()]
    for number, shown_message in enumerate(case.messages, 1):
        message = shown_message.message
        lines += ["", f"[{number}] {message.kind}, {message.day.isoformat()}", message.story]
        lines += [f"  file {f.n}: {f.name} ({f.type}, {f.size} bytes)" for f in message.files]
        if shown_message.inner:
            lines += [f"  inner layer: {shown_message.inner.note}", shown_message.inner.text]
    for one in case.answers:
        told = ", ".join(f"{name}={value}" for name, value in one.fields.items())
        lines.append(f"  {one.kind}, {one.day.isoformat()}: {told}")
    for sent in case.replies:
        lines += ["", f"reply {sent.seq} by {sent.author}, {sent.day.isoformat()} ({sent.kind})", sent.text]
    return lines
