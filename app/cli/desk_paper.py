"""`sourdine desk case new` and `case visit`: what comes on paper, and who comes in person (docs/operations)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import arguments, ui
from app.cli.desk_case import read_text
from app.cli.desk_open import open_desk, reviewer_action
from app.desk.replies.replies import sent_replies
from app.errors import UsageError, UserError
from app.settings import DeskSettings
from app.transfer.files import write_secret
from app.transfer.memory import check_in_memory, in_memory

if TYPE_CHECKING:
    from app.desk.carry.paper import NewCase


def register(cases: Any) -> None:
    """Add these actions to `desk case`."""
    parser = reviewer_action(
        cases,
        "new",
        new,
        help="make a case of a paper form or a visit",
        example="sourdine desk case new --from /dev/shm/form.txt --tear-off /dev/shm/tear-off.html --as alize",
    )
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="lines NAME: VALUE, empty line, story")
    parser.add_argument("--channel", choices=("paper", "visit"), default="paper")
    parser.add_argument(
        "--received", type=arguments.day, metavar="DAY", help="when it came, such as 2026-11-02 (else today)"
    )
    parser.add_argument("--language", choices=("fr", "en"), default="fr", help="of the story and of the codename")
    parser.add_argument("--follow-up", choices=("codename", "none"), default="codename")
    parser.add_argument("--tear-off", type=Path, metavar="FILE", help="HTML to print, instead of showing the codename")
    parser.add_argument("--print-form", action="store_true", help="print the empty form as HTML, and make nothing")
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        cases,
        "visit",
        visit,
        help="show somebody who came back with their codename the replies that wait for them",
        example="sourdine desk case visit --as alize",
    )
    parser.add_argument("--add", type=Path, metavar="FILE", help="what they add to their case, as text in UTF-8")
    parser.add_argument("--codename-fd", type=int, metavar="N", help="read the words there (else they are asked)")
    parser.add_argument("--json", action="store_true")


def new(args: argparse.Namespace) -> None:
    """The words of the codename are shown or printed once, and kept nowhere."""
    from app.desk.carry import paper, paper_pages

    if args.print_form:
        ui.say(paper_pages.paper_form().rstrip("\n"))
        return
    _check_words(args)
    with open_desk(args) as desk:
        _check_source(desk.settings, args.source)
        if args.tear_off:
            _check_place(desk.settings, args.tear_off)
        form = paper.read_form(
            read_text(args.source),
            received=args.received or desk.today,
            channel=args.channel,
            language=args.language,
            follow_up=args.follow_up,
        )
        slip = _TearOff(args.tear_off, args.language, desk.settings.onion)
        try:
            made = paper.new_case(desk, form, printed=slip.write)
        except BaseException:
            slip.take_back()
            raise
    _tell(args, made)


def visit(args: argparse.Namespace) -> None:
    """Their replies, and nothing of what they wrote."""
    from app.desk.carry.paper import add_message, case_of_codename

    with open_desk(args) as desk:
        if args.add:
            _check_source(desk.settings, args.add)
        typed = ui.read_line(args.codename_fd, "--codename-fd", "codename")
        words = ui.ask_hidden("Codename: ") if typed is None else typed
        case = add_message(desk, words, read_text(args.add)) if args.add else case_of_codename(desk, words)
        with desk.store.reading() as tx:
            sent = sent_replies(case, tx)
    if args.json:
        replies = [{"seq": one.seq, "day": one.day.isoformat(), "author": one.author, "text": one.text} for one in sent]
        ui.result({"id": case.id, "label": case.record.label, "replies": replies})
        return
    ui.say(f"{case.id} ({case.record.label}): {len(sent)} replies")
    if args.add:
        ui.note("What they added joined the case. Destroy the sheet and every copy of it.")
    for one in sent:
        ui.say(f"\nreply {one.seq} by {one.author}, {one.day.isoformat()}\n{one.text}")


class _TearOff:
    """The sheet that is written before the case is: without it, nobody would have the words."""

    def __init__(self, path: Path | None, language: str, onion: str) -> None:
        self._path = path
        self._language = language
        self._onion = onion
        self._written = False

    def write(self, made: NewCase) -> None:
        from app.desk.carry.paper_pages import tear_off

        if self._path and made.codename:
            sheet = tear_off(made.codename, made.label, language=self._language, onion=self._onion)
            write_secret(self._path, sheet.decode("ascii"))
            self._written = True

    def take_back(self) -> None:
        if self._path and self._written:
            self._path.unlink(missing_ok=True)


def _check_words(args: argparse.Namespace) -> None:
    if args.source is None:
        raise UsageError("There is no form to take in.", "Add --from FILE. An empty one to copy: --print-form.")
    if args.tear_off and args.follow_up == "none":
        raise UsageError("Without follow-up there is no codename to print.", "Leave out --tear-off.")


def _check_source(settings: DeskSettings, path: Path) -> None:
    """A story in clear on a disk outlives every key."""
    if in_memory(path):
        return
    if not settings.trial:
        raise UserError(
            f"{path} is on a disk, where this story would outlive the session. Nothing was made.",
            "Type it into a folder in memory, such as /dev/shm/NAME, and destroy the file on the disk.",
        )
    ui.note(f"{path} is on a disk: outside a trial, it would be refused.")


def _check_place(settings: DeskSettings, path: Path) -> None:
    if not settings.trial:
        check_in_memory(path, "The tear-off")
    elif not in_memory(path):
        ui.note(f"{path} is on a disk: outside a trial, nothing would have been written there.")


def _tell(args: argparse.Namespace, made: NewCase) -> None:
    words = None if args.tear_off else made.codename
    if args.json:
        ui.result({"id": made.case_id, "label": made.label, "codename": words and list(words)})
    else:
        ui.say(f"{made.case_id} ({made.label}): made, from a {'visit' if args.channel == 'visit' else 'paper form'}.")
        for number, word in enumerate(words or (), 1):
            ui.say(f"{number}. {word}")
    if words:
        ui.note("These words stand nowhere else. Write them on the tear-off now, then clear this screen.")
    if args.tear_off:
        ui.note(f"{args.tear_off}: print it, cut it in two, then remove the file.")
    ui.note("Destroy the sheet and every copy of it once the case has been read again (docs/operations).")
