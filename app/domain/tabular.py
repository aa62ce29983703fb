"""CSV lines that a spreadsheet opens without running anything in them (RFC 4180; docs/spec/registry-data.md, CSV)."""

from __future__ import annotations

import re
from collections.abc import Iterable

# A cell that begins so is a formula to Excel and LibreOffice (OWASP, CSV injection).
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_QUOTED = re.compile(r'[",\r\n]')


def guard(value: str) -> str:
    """The value behind an apostrophe when a spreadsheet would compute it; `unguard` takes just that one away."""
    return f"'{value}" if _FORMULA.match(value) else value


def unguard(value: str) -> str:
    """The value as it was before `guard`."""
    return value[1:] if value.startswith("'") and _FORMULA.match(value) else value


def line(values: Iterable[str]) -> str:
    """One record of a CSV file with its line end, every value guarded and quoted where it must be."""
    return ",".join(_cell(guard(value)) for value in values) + "\r\n"


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _QUOTED.search(value) else value
