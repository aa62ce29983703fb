"""What every desk command begins with: settings, database, and the one reviewer who acts."""

from __future__ import annotations

import argparse
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.cli import arguments, ui
from app.cli.main import config_path
from app.cli.progress import Progress
from app.desk.carry.takeup import take_up
from app.desk.circle import links
from app.desk.core.bench import Desk
from app.desk.core.chain import journal_fault
from app.desk.core.evidence import Evidence
from app.desk.core.keyring import borrowed, check_fresh, unlock
from app.desk.duties.alarms import clock, unopened
from app.errors import UsageError
from app.settings import DeskSettings, load
from app.stores.desk import DeskStore

VARIABLE = "SOURDINE_REVIEWER"


def reviewer_action(actions: Any, name: str, run: Any, *, help: str, example: str) -> argparse.ArgumentParser:
    """An action that reads, decides or signs: it says as whom."""
    parser = arguments.action(actions, name, run, help=help, example=example)
    add_reviewer(parser)
    return parser


def add_reviewer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="reviewer", metavar="NAME", default="", help=f"which reviewer (else {VARIABLE})")
    parser.add_argument(
        "--passphrase-fd", type=int, metavar="N", help="read the passphrase there (else gpg-agent asks)"
    )


def settings_of(args: argparse.Namespace) -> DeskSettings:
    return load(DeskSettings, config_path(args))


def reviewer_of(args: argparse.Namespace) -> str:
    """Who acts, or nobody."""
    return args.reviewer or os.environ.get(VARIABLE, "")


@contextmanager
def open_store(settings: DeskSettings) -> Iterator[DeskStore]:
    store = DeskStore.open(settings)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_desk(args: argparse.Namespace) -> Iterator[Desk]:
    """The desk, unlocked by the reviewer of `--as`, with whatever waited for them taken up.

    Raises:
        UsageError: nobody was named.
        UserError: the key does not open this desk.
    """
    name = reviewer_of(args)
    if not name:
        raise UsageError("Nobody was named.", f"Add --as NAME, or set {VARIABLE}.")
    settings = settings_of(args)
    with open_store(settings) as store, borrowed(store, settings, name):
        ring = unlock(store, settings, name, ui.read_passphrase(args.passphrase_fd))
        desk = Desk(store, settings, ring, Evidence(settings))
        stale = check_fresh(ring, desk.today)
        if stale:
            ui.note(stale)
        with store.reading() as tx:
            fault = journal_fault(ring, tx)
        if fault:
            ui.note(fault)
        tell(desk)
        yield desk


def tell(desk: Desk) -> None:
    """Keep the linked out, take up what waits, and say what could not be."""
    links.apply(desk)
    done = take_up(desk, Progress("envelopes tried"))
    for one in done.waiting:
        ui.note(f"An envelope waits: {one.why}.")
    for one in done.refused:
        ui.note(f"Envelope {one.id} is refused: {one.why}. The intake keeps it.")
    for alarm in clock(desk.store, desk.today) + unopened(desk.store, desk.today):
        ui.note(alarm.message)


def shown(text: str) -> str:
    """Text from a reporter for a terminal: nothing in it may move the cursor or turn the reading direction."""
    return "".join(
        c
        if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )
