"""`sourdine PROGRAM ACTION`: finds the program's module, loads nothing of the others."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli import ui
from app.errors import UsageError, UserError

PROGRAMS = {
    "demo": "try everything on this machine, on loopback",
    "intake": "the mailbox that reporters and couriers reach",
    "reviewers": "the root key and the signed list of reviewers, off line",
    "courier": "carry pickups and outboxes",
    "desk": "read, decide and answer, without a network",
    "registry": "the public register",
    "tor": "the onions of this machine, in a tor of their own",
    "verify": "check any signed file of ours, off line",
}

EXAMPLE = "example:\n  sourdine demo --once\n"


def main(argv: list[str] | None = None) -> None:
    """Entry point of the `sourdine` command. Exit status: 0 done, 1 refused or failed, 2 wrong usage."""
    words = list(sys.argv[1:] if argv is None else argv)
    os.umask(0o077)
    raise SystemExit(run(parse(words)))


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The chosen action as `args.run`, with its options; ends the process with status 2 on wrong usage."""
    parser = _parser(words[0] if words else "")
    return parser.parse_args(words)


def run(args: argparse.Namespace) -> int:
    """Run the chosen action and turn every refusal into a sentence."""
    from crypto.errors import SealingError, ToolError

    try:
        return args.run(args) or 0
    except UsageError as error:
        ui.fail(error.message, error.hint, status=2)
    except UserError as error:
        ui.fail(error.message, error.hint)
    except ToolError as error:
        ui.fail(f"{error}.", "Nothing was lost. Type: sudo apt-get install gpg gpg-agent")
    except SealingError as error:
        ui.fail(f"{error}", "Nothing was changed. Check where the file comes from before trying again.")
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        ui.note("stopped")
        return 1


def config_path(args: argparse.Namespace) -> Path:
    """The settings file named by `--config` or by `SOURDINE_CONFIG`."""
    name = args.config or os.environ.get("SOURDINE_CONFIG", "")
    if not name:
        raise UsageError("No settings file was named.", "Add --config FILE, or set SOURDINE_CONFIG.")
    return Path(name)


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sourdine",
        description="Anonymous reports for members of cooperatives.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    programs = parser.add_subparsers(metavar="PROGRAM", required=True)
    for name, summary in PROGRAMS.items():
        if name == program:
            _module(name).register(programs, summary)
        else:
            programs.add_parser(name, help=summary)
    return parser


def _module(name: str):
    try:
        return importlib.import_module(f"app.cli.{name}")
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in {"app", "crypto", "tor", "migrations"}:
            raise
        ui.fail(f"This machine lacks {error.name}, which `sourdine {name}` needs.", "Type: make setup")
