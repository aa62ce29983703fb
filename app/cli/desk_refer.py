"""`sourdine desk case refer`: a dossier for an authority."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli import ui
from app.cli.desk_case import read_text
from app.cli.desk_open import open_desk, reviewer_action
from app.desk.cases.referral import Wanted, write_dossier
from app.errors import UsageError, UserError
from app.transfer.files import open_plain
from crypto.openpgp.certs import CERT_LIMIT


def register(cases: Any) -> None:
    """Add `refer` to `desk case`."""
    parser = reviewer_action(
        cases,
        "refer",
        refer,
        help="write the dossier of a referred case",
        example='sourdine desk case refer abcdefghij23 --authority "…" --cert key.asc --to dossier.gpg --as alize',
    )
    parser.add_argument("id", metavar="ID")
    parser.add_argument("--authority", required=True, metavar="TEXT", help="to whom, on one line")
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")
    parser.add_argument("--cert", type=Path, metavar="FILE", help="its OpenPGP certificate; else only to memory")
    parser.add_argument("--text-file", type=Path, metavar="FILE", help="what you established, in your words")
    parser.add_argument("--with-words", action="store_true", help="the reporter's texts, after consent_words=yes")
    parser.add_argument("--files", default="", metavar="M.N,M.N", help="message and file, such as 1.2,3.1")


def refer(args: argparse.Namespace) -> None:
    """What consent covers, and no more."""
    if args.to.exists():
        raise UserError(f"There is already a file {args.to}.", "Name another. Nothing was written.")
    wanted = Wanted(
        authority=args.authority,
        established=read_text(args.text_file) if args.text_file else "",
        words=args.with_words,
        files=tuple(_file(one) for one in filter(None, args.files.split(","))),
        cert=_cert(args.cert) if args.cert else b"",
    )
    with open_desk(args) as desk:
        done = write_dossier(desk, args.id, args.to, wanted)
    ui.say(f"{args.to}: dossier {done.reference}, SHA-256 {done.digest}.")
    if not done.sealed:
        ui.note("It is not sealed to the authority: hand it over in person, and remove it before you leave.")


def _file(text: str) -> tuple[int, int]:
    message, _, n = text.partition(".")
    if not (message.isdecimal() and n.isdecimal()):
        raise UsageError("A file is named by its message and its number.", "For example: --files 1.2,3.1")
    return int(message), int(n)


def _cert(path: Path) -> bytes:
    with open_plain(path, limit=2 * CERT_LIMIT) as stream:
        return stream.read()
