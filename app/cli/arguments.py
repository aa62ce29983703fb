"""What every action of the command line has: a summary, an example in its help, `--config`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import Any


def program(programs: Any, name: str, summary: str) -> Any:
    """A program whose actions are added with `action`."""
    parser = programs.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(required=True)


def action(
    actions: Any, name: str, run: Callable[[argparse.Namespace], int | None], *, help: str, example: str
) -> argparse.ArgumentParser:
    """One action; `run` is called with its options."""
    parser: argparse.ArgumentParser = actions.add_parser(
        name,
        help=help,
        description=help,
        epilog=f"example:\n  {example}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", default="", help="settings (else SOURDINE_CONFIG)")
    parser.set_defaults(run=run)
    return parser


def day(text: str) -> date:
    """The type of an option that takes a day.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day such as 2026-11-02") from None
