"""`sourdine registry export`: the whole site as files that any web server serves."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.main import config_path
from app.errors import UserError
from app.settings import RegistrySettings, load


def register(actions: Any) -> None:
    """Add `export` to the actions of `sourdine registry`."""
    parser = arguments.action(
        actions,
        "export",
        export,
        help="write the site, its exports and its log to a folder for any web server",
        example="sourdine registry export --to /srv/regc --config registry.toml",
    )
    parser.add_argument("--to", metavar="DIR", type=Path, required=True)
    parser.add_argument("--json", action="store_true")


def export(args: argparse.Namespace) -> None:
    """Write a copy that takes the place of an earlier one; cut short, it goes on when it is typed again."""
    from app.registry.static import write_site

    settings = load(RegistrySettings, config_path(args))
    if not settings.origin:
        raise UserError("The setting origin is empty.", 'Write origin = "NAME" in registry.toml: exports name it.')
    done = write_site(settings, args.to)
    if args.json:
        ui.result({"folder": str(args.to), "pages": done.pages, "files": done.files})
    else:
        ui.say(f"{done.pages} pages and {done.files} files of data are in {args.to}.")
