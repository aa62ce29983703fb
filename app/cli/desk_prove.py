"""`sourdine desk audit|refused|discard`: what proves that nothing was changed, and what is deleted unread."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.desk_open import add_reviewer, open_desk, open_store, reviewer_action, reviewer_of, settings_of
from app.desk.carry.discards import discard, list_refused
from app.desk.core.bench import Desk
from app.desk.core.evidence import Evidence
from app.desk.core.keyring import borrowed, unlock
from app.desk.keep.audit import Audit, audit, audit_store, head_of, parse_head
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.transfer.files import write_whole


def register(actions: Any) -> None:
    """Add these actions to `desk`."""
    parser = actions.add_parser("audit", help="prove that the journal is what was written")
    audits = parser.add_subparsers(metavar="ACTION", required=True)
    parser = arguments.action(
        audits,
        "verify",
        verify,
        help="find every edited, removed or reordered line, and a cut tail; with --as also every reason",
        example='sourdine desk audit verify --head "0123 4567 …"',
    )
    add_reviewer(parser)
    parser.add_argument("--head", metavar="HEX", help="a head that was written down")
    parser.add_argument("--json", action="store_true")
    parser = arguments.action(
        audits, "head", head, help="the head of today, to write down", example="sourdine desk audit head --to head.txt"
    )
    parser.add_argument("--to", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        actions, "refused", refused, help="envelopes that this desk refused", example="sourdine desk refused --as alize"
    )
    parser.add_argument("--json", action="store_true")
    parser = reviewer_action(
        actions,
        "discard",
        drop,
        help="have the intake delete a refused envelope unread; two colleges are needed",
        example='sourdine desk discard 0123456789abcdef0123456789abcdef --reason "…" --as alize',
    )
    parser.add_argument("envelope", metavar="ENVELOPE")
    parser.add_argument("--reason", required=True, metavar="TEXT")


def refused(args: argparse.Namespace) -> None:
    """Each with the rule that it broke, never with content."""
    with open_desk(args) as desk:
        found = list_refused(desk)
    if args.json:
        ui.result([asdict(one) for one in found])
        return
    for one in found:
        waits = f"  discard waits for: {one.waiting_for}" if one.waiting_for else ""
        ui.say(f"{one.id}  {one.imported}  {one.size} bytes  {one.why}{waits}")
    if not found:
        ui.say("No envelope is refused.")


def drop(args: argparse.Namespace) -> None:
    """The first signature waits; with the second it leaves in the next outbox."""
    with open_desk(args) as desk:
        waiting_for = discard(desk, args.envelope, args.reason)
    if waiting_for:
        ui.result({"waiting_for": waiting_for})
    else:
        ui.say(f"{args.envelope}: two colleges have signed. The next outbox has the intake delete it.")


def verify(args: argparse.Namespace) -> int:
    """Status 1 when anything is wrong; no key is needed."""
    wanted = None if args.head is None else parse_head(args.head)
    settings = settings_of(args)
    with open_store(settings) as store:
        if reviewer_of(args):
            with _unlocked(args, store, settings) as desk:
                found = audit(desk, wanted)
        else:
            found = audit_store(store, wanted)
    _tell(args, found)
    return 1 if found.faults else 0


def head(args: argparse.Namespace) -> None:
    """Number, day and hash, in groups of four."""
    with open_store(settings_of(args)) as store:
        found = head_of(store)
    if args.to:
        write_whole(args.to, [found.to_text().encode()])
    if args.json:
        ui.result(asdict(found))
    else:
        ui.say(found.to_text().rstrip())


@contextmanager
def _unlocked(args: argparse.Namespace, store: DeskStore, settings: DeskSettings) -> Iterator[Desk]:
    """The desk as it is: nothing is taken up and no line is added before it is judged."""
    name = reviewer_of(args)
    with borrowed(store, settings, name):
        ring = unlock(store, settings, name, ui.read_passphrase(args.passphrase_fd))
        yield Desk(store, settings, ring, Evidence(settings))


def _tell(args: argparse.Namespace, found: Audit) -> None:
    if args.json:
        ui.result(asdict(found))
        return
    for fault in found.faults:
        ui.say(f"{fault.kind}: {fault.message}")
    if not found.faults:
        ui.say(f"{found.lines} lines, all of them as they were written.")
