"""The only file that prints, asks or ends the process.

Results go to standard output, everything else to standard error. JSON is one line, so that a script can read it.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn

from app.errors import UsageError

PASSPHRASE_LIMIT = 1000

_capture: ContextVar[list[str] | None] = ContextVar("capture", default=None)


@contextmanager
def captured() -> Iterator[list[str]]:
    """Collect results instead of printing them: the demo runs commands as a user would and tells its own story."""
    lines: list[str] = []
    token = _capture.set(lines)
    try:
        yield lines
    finally:
        _capture.reset(token)


def say(text: str) -> None:
    """A result or a step, for a person."""
    lines = _capture.get()
    if lines is None:
        print(text, flush=True)
    else:
        lines.append(text)


def note(text: str) -> None:
    """Something to know that is not the result."""
    if _capture.get() is None:
        print(text, file=sys.stderr, flush=True)


def result(value: object) -> None:
    """A result, for a script: one line of JSON."""
    say(json.dumps(value, ensure_ascii=False, sort_keys=True))


def ask_hidden(question: str) -> str:
    """A passphrase or a password, without echo."""
    return getpass.getpass(question)


def agreed(question: str) -> bool:
    """Whether the answer to a question on the terminal is a plain yes; nobody there means no."""
    print(question, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"yes", "y", "oui", "o"}


def read_passphrase(descriptor: int | None) -> str | None:
    """The first line of `--passphrase-fd`, or None so that gpg-agent asks.

    Raises:
        UsageError: as for `read_line`.
    """
    return read_line(descriptor, "--passphrase-fd", "passphrase")


def read_line(descriptor: int | None, option: str, what: str) -> str | None:
    """The first line of what an option names, or None without it.

    Raises:
        UsageError: nothing can be read there, or no line of text.
    """
    if descriptor is None:
        return None
    try:
        with os.fdopen(descriptor, "r", encoding="utf-8", closefd=False) as stream:
            line = stream.readline(PASSPHRASE_LIMIT + 2).rstrip("\n")
    except (OSError, ValueError, OverflowError, TypeError):  # closed, no UTF-8, no number of a descriptor
        raise UsageError(
            f"No {what} can be read from {option}.", f"Name an open descriptor: {option} 3 3<FILE"
        ) from None
    if len(line) > PASSPHRASE_LIMIT or not set(line).isdisjoint("\r\0"):
        raise UsageError(f"A {what} is one line of at most 1,000 characters.", f"Check what {option} reads.")
    return line


def fail(message: str, hint: str = "", status: int = 1) -> NoReturn:
    """Say what happened and what to do next, then end."""
    print(f"sourdine: {message}", file=sys.stderr)
    if hint:
        print(f"  {hint}", file=sys.stderr)
    raise SystemExit(status)
