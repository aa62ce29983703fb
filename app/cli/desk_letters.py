"""`sourdine desk reply`, templates, acknowledgements, and cases typed from paper or a visit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli import desk_paper, ui
from app.cli.desk_case import read_text
from app.cli.desk_open import open_desk, reviewer_action, shown
from app.desk.core.bench import Desk
from app.desk.replies.blind import acknowledge_unread, unacknowledged
from app.desk.replies.blocks import empty_form, read_form, template_named
from app.desk.replies.phrases import LANGUAGES, TEMPLATES
from app.desk.replies.replies import KINDS, Echo, Sent, echo, language_of, preview, send, send_template
from app.errors import UsageError, UserError


def register(actions: Any, cases: Any) -> None:
    """Add these actions to `desk` and to `desk case`."""
    desk_paper.register(cases)
    parser = reviewer_action(
        actions,
        "reply",
        reply,
        help="seal a reply to the reporter",
        example="sourdine desk reply abcdefghij23 --text-file reply.txt --as alize",
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--text-file", type=Path, metavar="FILE", help="what you wrote, in UTF-8")
    parser.add_argument("--template", metavar="NAME", default="", help=f"one of: {', '.join(TEMPLATES)}")
    parser.add_argument("--language", choices=LANGUAGES, default="", help="else that of the report")
    parser.add_argument("--kind", choices=KINDS, default="", help="else what the state of the case asks for")
    parser.add_argument("--print", action="store_true", help="print the empty form of the template, and seal nothing")
    parser.add_argument("--yes", action="store_true", help="seal although the text names another case")
    parser = reviewer_action(
        actions,
        "acknowledge",
        acknowledge,
        help="acknowledge reports that nobody has read yet",
        example="sourdine desk acknowledge --as alize",
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="else every case that waits for it")
    parser.add_argument("--language", choices=LANGUAGES, default="", help="else that of each report")
    parser.add_argument("--json", action="store_true")


def reply(args: argparse.Namespace) -> None:
    """Say again for whom it is, then seal."""
    if args.template and args.kind:
        raise UsageError("A template says itself which kind of reply it is.", "Leave out --kind.")
    if args.print:
        _print_form(args)
        return
    if not (args.text_file or args.template):
        raise UsageError("There is nothing to send.", "Add --text-file FILE, or --template NAME.")
    text = read_text(args.text_file) if args.text_file else ""
    with open_desk(args) as desk:
        sent, seen = _templated(desk, args, text) if args.template else _free(desk, args, text)
    ui.say(f"{args.id} ({seen.label}): {sent.kind} {sent.seq} is sealed and waits for the next outbox.")


def acknowledge(args: argparse.Namespace) -> None:
    """No story is shown, and none is opened."""
    done = []
    with open_desk(args) as desk:
        with desk.store.reading() as tx:
            waiting = unacknowledged(desk, tx, args.ids or None)
        for case in waiting:
            if acknowledge_unread(desk, [case.id], language=args.language):
                done.append({"id": case.id, "label": case.record.label})
    if args.json:
        ui.result({"acknowledged": done})
        return
    for one in done:
        ui.say(f"{one['id']} ({one['label']}): acknowledged, unread. It waits for the next outbox.")
    if not done:
        ui.say("No case waits for an acknowledgement.")


def _free(desk: Desk, args: argparse.Namespace, text: str) -> tuple[Sent, Echo]:
    seen = echo(desk, args.id, text, kind=args.kind)
    _look_again(seen, sure=args.yes)
    sent = send(desk, args.id, text, kind=args.kind)
    if sent.kind == "reply" and any(caution.code == "blocks" for caution in seen.warnings):
        ui.note(
            "It does not count as the closing reply, and the case cannot close yet. The form of a closing reply: "
            f"sourdine desk reply {args.id} --template closing --print"
        )
    return sent, seen


def _templated(desk: Desk, args: argparse.Namespace, text: str) -> tuple[Sent, Echo]:
    template = template_named(args.template)
    blocks = read_form(template, text)
    whole = preview(desk, args.id, template.name, language=args.language, blocks=blocks)
    seen = echo(desk, args.id, whole, kind=template.kind, template=template.name)
    _look_again(seen, sure=args.yes)
    return send_template(desk, args.id, template.name, language=args.language, blocks=blocks), seen


def _look_again(seen: Echo, *, sure: bool) -> None:
    """What is read before sealing.

    Raises:
        UserError: the text names another case, and nobody said that it is right.
    """
    report = f"« {shown(seen.first_words)} »" if seen.first_words else "nobody has opened its report yet"
    ui.note(f"For {seen.label}: {report}")
    ui.note(f"Reply ({seen.kind}): « {shown(seen.reply_first_words)} »")
    for caution in seen.warnings:
        if caution.confirm and not sure:
            raise UserError(caution.message, "Nothing was sealed. If the text is right, type the command with --yes.")
        ui.note(f"Look twice: {caution.message}")


def _print_form(args: argparse.Namespace) -> None:
    if not args.template:
        raise UsageError("Which form?", f"Add --template NAME. The templates are: {', '.join(TEMPLATES)}.")
    template = template_named(args.template)
    with open_desk(args) as desk, desk.store.reading() as tx:
        case = desk.case(tx, args.id)
        language = args.language or language_of(desk, tx, case)
    ui.say(empty_form(template, language if language in LANGUAGES else LANGUAGES[0]).rstrip("\n"))
    ui.note(f"Fill it in, then type: sourdine desk reply {args.id} --template {template.name} --text-file FILE")
