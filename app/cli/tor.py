"""`sourdine tor`: the onions of this machine, in a tor process of our own."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli import arguments, tor_keys, ui
from app.cli.main import config_path
from app.cli.tor_layout import Place, in_sentences, say_skew
from app.settings import TorSettings, load

if TYPE_CHECKING:
    from tor.status import Status


def register(programs: Any, summary: str) -> None:
    """Add `tor` to the command line."""
    actions = arguments.program(programs, "tor", summary)
    arguments.action(
        actions,
        "up",
        up,
        help="publish the onions of tor.toml and keep them published, until stopped",
        example="sourdine tor up --config tor.toml",
    )
    parser = arguments.action(
        actions,
        "status",
        status,
        help="is tor there, is each onion published; numbers only, nothing of visitors",
        example="sourdine tor status --json --config tor.toml",
    )
    parser.add_argument("--json", action="store_true")
    _register_keys(arguments.program(actions, "client-key", "who may find the courier's onion"))


def _register_keys(actions: Any) -> None:
    parser = arguments.action(
        actions,
        "new",
        tor_keys.new,
        help="let one more person in; the key is shown once",
        example="sourdine tor client-key new rivet --config tor.toml",
    )
    parser.add_argument("name", metavar="NAME", help="pseudonym: a-z, 0-9 and -")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the key there for tor itself, 0600")
    parser = arguments.action(
        actions, "list", tor_keys.show, help="names only", example="sourdine tor client-key list --config tor.toml"
    )
    parser.add_argument("--json", action="store_true")
    parser = arguments.action(
        actions,
        "revoke",
        tor_keys.revoke,
        help="let one person in no longer; says what that does at once and what it does not",
        example="sourdine tor client-key revoke rivet --restart --config tor.toml",
    )
    parser.add_argument("name", metavar="NAME")
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--restart", action="store_true", help="also new introduction points, now; cuts every running connection"
    )
    how.add_argument(
        "--new-address", action="store_true", help="also a new address, for good; every courier must be told"
    )


@in_sentences
def up(args: argparse.Namespace) -> None:
    """Run tor and watch it until interrupted."""
    from app.cli import tor_up

    tor_up.run(Place(load(TorSettings, config_path(args))))


@in_sentences
def status(args: argparse.Namespace) -> None:
    """What tor tells of itself and its onions."""
    from tor.control import Control
    from tor.status import read

    place = Place(load(TorSettings, config_path(args)))
    with Control.connect(place.control) as control:
        found = read(control, place.addresses)
    if args.json:
        ui.result(found.as_dict())
        return
    for line in describe(found):
        ui.say(line)


def describe(found: Status) -> Iterator[str]:
    """The status for a person: counts and our own addresses, nothing of any visitor."""
    problem = f": {found.bootstrap.problem}" if found.bootstrap.problem else ""
    yield f"tor {found.version}: {found.bootstrap.percent} %, {found.bootstrap.summary}{problem}"
    if found.skew_seconds:
        yield say_skew(found.skew_seconds)
    for onion in found.onions:
        state = "published" if onion.published else "not published"
        effort = "" if onion.effort is None else f", proof of work: effort {onion.effort}"
        yield f"{onion.name} http://{onion.address} {state}, {onion.intro_points} introduction points{effort}"
        if onion.other_instance:
            yield "  The network hands out another description than ours: keys changed a moment ago (look again in some"
            yield "  minutes), or another machine publishes with the same key (stop one of the two)."
    yield "circuits: " + (", ".join(f"{name} {count}" for name, count in found.circuits.items()) or "none")
