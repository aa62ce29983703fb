"""How far tor is, and what its clock tells: the words of the control port as values. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from tor.errors import TorError

_WORD = re.compile(r'([A-Z]+)=("(?:[^"\\]|\\.)*"|\S+)')
_CLOCK = re.compile(r"^Clock skew (-?[0-9]{1,12}) in ")
_SKEW = re.compile(r"650 STATUS_GENERAL [A-Z]+ CLOCK_SKEW (?:.* )?SKEW=(-?[0-9]{1,12})(?: .*)?")
# Below this tor itself says nothing (30 minutes; NETINFO cells and directories an hour), and nothing breaks.
SKEW_SECONDS = 1800


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
    skewed = _CLOCK.search(said.get("WARNING", ""))
    problem = skew_sentence(int(skewed[1])) if skewed else said.get("WARNING", "")
    return Bootstrap(int(percent), said.get("SUMMARY", ""), problem)


def _unquote(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def skew_of(event: str) -> int | None:
    """Seconds by which our clock is ahead (behind: negative), from a CLOCK_SKEW event; None for any other event."""
    match = _SKEW.fullmatch(event.strip())
    return int(match[1]) if match else None


def skew_of_consensus(valid_after: str, now: str) -> int | None:
    """Seconds (negative) by which our clock is behind the hour from which the consensus is valid, or None.

    A clock that is ahead cannot be told this way: a consensus may be three hours old.

    Args:
        valid_after: `GETINFO consensus/valid-after`, `2026-11-22 02:00:00`; may be empty.
        now: `GETINFO current-time/utc`, `2026-11-22T02:00:00`: tor's own clock.
    """
    try:
        seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(valid_after)).total_seconds()
    except ValueError:
        return None
    return int(seconds) if seconds < -SKEW_SECONDS else None


def skew_sentence(seconds: int) -> str:
    """`The clock of this machine is 2 h 0 min ahead.`"""
    hours, minutes = divmod(round(abs(seconds) / 60), 60)
    return f"The clock of this machine is {hours} h {minutes} min {'ahead' if seconds > 0 else 'behind'}."
