"""How far tor is, and what its clock tells: the words of the control port as values. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tor.errors import TorError

_WORD = re.compile(r'([A-Z]+)=("(?:[^"\\]|\\.)*"|\S+)')
# A consensus is fresh for an hour and valid for three (dir-spec, "valid-until"); tor itself bears less than that.
CONSENSUS_SECONDS = 3 * 3600


@dataclass(frozen=True)
class Bootstrap:
    """Where tor stands on its way into the network.

    Args:
        percent: 100 when circuits can be built.
        summary: tor's own words, such as `Loading relay descriptors`.
        problem: tor's own words about what holds it up; empty when nothing does. Never an address.
    """

    percent: int
    summary: str
    problem: str = ""


def words(line: str) -> dict[str, str]:
    """The `KEY=value` and `KEY="va\\"lue"` of one line of the control protocol."""
    return {key: _unquote(value) for key, value in _WORD.findall(line)}


def parse_phase(line: str) -> Bootstrap:
    """The value of `GETINFO status/bootstrap-phase`.

    Raises:
        TorError: not such a line.
    """
    said = words(line)
    percent = said.get("PROGRESS", "")
    if not percent.isdigit():
        raise TorError("tor's answer about its progress is not understood.", "Nothing was changed.")
    return Bootstrap(int(percent), said.get("SUMMARY", ""), said.get("WARNING", ""))


def _unquote(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
