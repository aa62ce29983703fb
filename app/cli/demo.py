"""`sourdine demo`: all four doors on this machine, with trial keys and a trial clock, to see the whole journey.

On loopback only, unless `--testnet` or `--onion` asks for Tor (`app.cli.demo_onion`).
"""

from __future__ import annotations

import argparse
import fcntl
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from flask import Flask

from app.cli import ui
from app.cli.demo_layout import REVIEWERS, Trial, prepare
from app.cli.serve import serve
from app.errors import UsageError, UserError
from app.settings import DeskSettings, Door, IntakeSettings, RegistrySettings, load
from crypto.openpgp.gpg import stop_agent

EXAMPLE = """examples:
  sourdine demo
  sourdine demo --once
  sourdine demo --data "./my trial" --port-base 9000
  sourdine demo --testnet
"""

QUESTION = """
  --onion connects this machine to the public Tor network and publishes three onion services there, with trial keys.
  Whoever watches this line will see that it uses Tor. It is for a look from another device, never for a real report.
  Publish them? Type yes:"""

BANNER = """
  TRIAL. All four doors run on this one machine, with keys that anyone here can use:
  it shows how things work and protects nobody. Never send it a real report.
"""


class Way(Protocol):
    """How the doors of one demo are reached."""

    @property
    def trial(self) -> Trial: ...

    def opened(self) -> AbstractContextManager[None]:
        """Entered once the doors are open, left when they close."""
        ...


@dataclass(frozen=True)
class Loopback:
    """From this machine only: nothing to do."""

    trial: Trial

    def opened(self) -> AbstractContextManager[None]:
        return nullcontext()


def register(programs: Any, summary: str) -> None:
    """Add `demo` to the command line."""
    parser = programs.add_parser(
        "demo", help=summary, description=summary, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("sourdine-demo"), help="folder (default: ./sourdine-demo)")
    parser.add_argument("--port-base", type=int, default=8080, help="first of four ports (default: 8080)")
    parser.add_argument("--once", action="store_true", help="walk one report through every step, then stop")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--testnet", action="store_true", help="reach the doors through a private Tor network")
    way.add_argument("--onion", action="store_true", help="publish on the public Tor network, after a yes")
    parser.add_argument("--reset", action="store_true", help="forget the trial data and begin again")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make or find the house, then serve it or walk through it."""
    if not 1024 <= args.port_base <= 65532:
        raise UsageError("The first port must be from 1024 to 65532.", "Example: --port-base 9000")
    if args.onion and not ui.agreed(QUESTION):
        raise UserError("Nothing was published.", "Plain `sourdine demo` stays on this machine.")
    trial = Trial(args.data.resolve(), args.port_base)
    with alone(trial):
        made = prepare(trial, reset=args.reset)
        try:
            with way_of(args, trial) as way:
                serve_or_walk(args, way, made=made)
        finally:
            for name, _ in REVIEWERS:
                stop_agent(trial.home(name))
    return 0


@contextmanager
def way_of(args: argparse.Namespace, trial: Trial) -> Iterator[Way]:
    """How the doors are reached: on loopback, unless Tor was asked for."""
    if not args.testnet and not args.onion:
        yield Loopback(trial)
        return
    # stem and tor are needed here only.
    from app.cli import demo_onion
    from tor.errors import TorError

    try:
        with demo_onion.private(trial) if args.testnet else demo_onion.public(trial) as way:
            yield way
    except TorError as error:
        raise UserError(error.message, error.hint) from None


def serve_or_walk(args: argparse.Namespace, way: Way, *, made: bool) -> None:
    """What was asked for."""
    trial, code = way.trial, secrets.token_hex(4)
    if args.once:
        from app.cli.demo_walk import walk

        walk(trial, doors(trial, code), way.opened)
        return
    with ExitStack() as until_stopped:

        def ready() -> None:
            welcome(trial, code, made=made)
            until_stopped.enter_context(way.opened())

        serve(doors(trial, code), ready=ready)
    ui.note("Everything was stopped.")


@contextmanager
def alone(trial: Trial) -> Iterator[None]:
    """One demo for each folder: a second one would move the ports under the first.

    Raises:
        UserError: the folder is in use, or cannot be one.
    """
    place = trial.folder
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UserError(f"{place} cannot hold the demo: {error.strerror}.", "Name a folder with --data.") from None
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"A demo already runs in {place}.", "Stop it, or name another folder.") from None
        yield
    finally:
        os.close(folder)


def doors(trial: Trial, code: str) -> list[tuple[Callable[[], Flask], Door]]:
    """The four doors, each made in its own process."""
    intake = load(IntakeSettings, trial.config("intake"))
    desk = load(DeskSettings, trial.config("desk"))
    registry = load(RegistrySettings, trial.config("registry"))

    def reporter_door() -> Flask:
        from app.reporter import create_app

        return create_app(intake)

    def courier_door() -> Flask:
        from app.courier import create_app

        return create_app(intake)

    def desk_door() -> Flask:
        from app.desk import create_app

        return create_app(desk, code=code)

    def registry_door() -> Flask:
        from app.registry import create_app

        return create_app(registry)

    return [
        (reporter_door, intake.reporter),
        (courier_door, intake.courier),
        (desk_door, desk.door),
        (registry_door, registry.door),
    ]


def welcome(trial: Trial, code: str, *, made: bool) -> None:
    """What to click first, once the doors are open."""
    address = {name: f"http://127.0.0.1:{port}/" for name, port in trial.ports.items()}
    courier = trial.config("courier")
    command = f"'{sys.argv[0]}'" if " " in sys.argv[0] else sys.argv[0]
    ui.say(BANNER)
    ui.say("The data is new." if made else "The data of last time was found again.")
    ui.say(f"  1. Reporter   {address['reporter']}   begin here: write a report, keep the eight words")
    ui.say(f"  2. Courier    {address['courier']}   or type: {command} courier fetch --to pickup --config '{courier}'")
    ui.say(f"  3. Desk       {address['desk']}   its one-time code: {code}")
    ui.say(f"  4. Registry   {address['registry']}   empty until a case is published")
    ui.say(f"The trial day is in {trial.today} (YYYY-MM-DD; no file: today). Ctrl-C stops everything.")
