"""`sourdine tor client-key`: who may find the courier's onion. A private half is shown or written once, never kept."""

from __future__ import annotations

import argparse

from app.cli import ui
from app.cli.main import config_path
from app.cli.tor_layout import COURIER, Place, in_sentences
from app.errors import UserError
from app.settings import TorSettings, load
from app.transfer.files import write_secret
from tor.client_auth import ClientKey
from tor.errors import TorError
from tor.key import NAME_FILE, PUBLIC_FILE, SECRET_FILE, load_or_make

SOON = "tor takes it up within some seconds."
LATER = "It counts from the next start of tor."
WHO_KNOWS = (
    "Who has opened the onion before may still get in for up to a day, as long as the present introduction points "
    "live. `--restart` makes new ones now; `--new-address` leaves the old address for good."
)


@in_sentences
def new(args: argparse.Namespace) -> None:
    """Make a key; the intake keeps the public half only."""
    place = _place(args)
    if args.to is not None and args.to.exists():
        raise UserError(f"{args.to} exists already; it was left as it is.", "Name another file.")
    if args.to is not None and not args.to.parent.is_dir():
        raise UserError(f"There is no folder {args.to.parent}.", "Nothing was changed. Make it first, or name another.")
    place.make()
    address = load_or_make(place.folder / COURIER).address
    clients = place.clients()
    clients.check()  # beside a file that is not one of ours the new key would be of no use
    key = clients.add(args.name)
    try:
        _hand_over(args, key, address)
    except BaseException:
        clients.remove(args.name)
        raise
    ui.note(SOON if place.is_up() or _answers(place) else LATER)


def _hand_over(args: argparse.Namespace, key: ClientKey, address: str) -> None:
    ui.say(f"{args.name} may open http://{address}")
    if args.to is not None:
        write_secret(args.to, key.private_line(address))
        ui.say(f"key: {args.to}")
        ui.note(
            "For tor itself: into its ClientOnionAuthDir, named *.auth_private, mode 0600. Nobody can show it again."
        )
        return
    ui.say(f"key: {key.private_base32}")
    ui.note("Tor Browser asks for these 52 characters when it opens that address. Nobody can show them again.")


@in_sentences
def show(args: argparse.Namespace) -> None:
    """Names, one for each line."""
    names = sorted(_place(args).clients().names())
    if args.json:
        ui.result({"clients": names})
        return
    for name in names:
        ui.say(name)
    if not names:
        ui.note("No client key: the courier's onion is not published. Type: sourdine tor client-key new NAME")


@in_sentences
def revoke(args: argparse.Namespace) -> None:
    """Remove a key, and say plainly what that does. One that is gone already may still be shut out more firmly."""
    place = _place(args)
    if args.new_address and place.is_demo:
        raise UserError("A demo keeps its addresses.", "Nothing was changed. Revoke with --restart.")
    firmly = args.restart or args.new_address
    # First of all: nothing that is wrong with tor may keep somebody in.
    _remove(place, args.name, firmly=firmly)
    runs, answers = _ask(place, args)
    if firmly and answers and not runs:
        raise UserError(
            "The key is removed, but this tor was not started by `sourdine tor up`: it cannot be restarted from here.",
            "Restart that tor yourself; only then new introduction points are made.",
        )
    if args.new_address:
        _forget_address(place)
    if firmly and answers:
        _restart(place, args)
    else:
        ui.note(f"{SOON} {WHO_KNOWS}" if answers else LATER)
    if not place.clients().names():
        ui.note("No key is left: the courier's onion is taken down until there is a new one.")


def _ask(place: Place, args: argparse.Namespace) -> tuple[bool, bool]:
    """Whether somebody keeps a tor running there, and whether a tor answers."""
    runs = place.is_up()
    try:
        answers = _answers(place)
    except TorError as refused:
        raise _unanswered(args, f" ({refused.message})") from None
    if runs and not answers:
        raise _unanswered(args)
    return runs, answers


def _unanswered(args: argparse.Namespace, why: str = "") -> UserError:
    option = "--new-address" if args.new_address else "--restart"
    return UserError(
        f"The key is removed, but tor did not answer{why}.",
        f"Repeat with: sourdine tor client-key revoke {args.name} {option}",
    )


def _remove(place: Place, name: str, *, firmly: bool) -> None:
    try:
        place.clients().remove(name)
    except TorError:
        if not firmly:
            raise
        ui.note(f"{name} has no key any more; going on.")
        return
    ui.say(f"{name} is out: the onion's description is no longer readable with that key.")


def _forget_address(place: Place) -> None:
    # The secret last: when this is interrupted, the old address lives on instead of a folder that no start accepts.
    for name in (NAME_FILE, PUBLIC_FILE, SECRET_FILE):
        (place.folder / COURIER / name).unlink(missing_ok=True)
    ui.say(f"new address: http://{load_or_make(place.folder / COURIER).address}")
    ui.note(
        "The old one is gone for good. Write the new one under [courier] in intake.toml and in every courier.toml; "
        "keys stay as they are, key files for tor begin with the new address. Back up the new onion key."
    )


def _restart(place: Place, args: argparse.Namespace) -> None:
    from tor.control import Control

    try:
        with Control.connect(place.control) as control:
            control.shutdown()
    except TorError:
        raise _unanswered(args) from None
    ui.note("tor starts anew, with new introduction points; running connections were cut. See: sourdine tor status")


def _answers(place: Place) -> bool:
    """Whether a tor runs there, ours or the one of a demo."""
    from tor.control import Control
    from tor.errors import ControlLost

    try:
        Control.connect(place.control).close()
    except ControlLost:
        return False
    return True


def _place(args: argparse.Namespace) -> Place:
    place = Place(load(TorSettings, config_path(args)))
    if not place.settings.courier:
        raise UserError(
            "tor.toml does not serve the courier's onion, the only one with client keys.",
            "Write where its door listens under courier in tor.toml.",
        )
    return place
