"""How far tor is, and what its clock tells: the words of the control port as values. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from tor.errors import TorError

_WORD = re.compile(r'([A-Z]+)=("(?:[^"\\]|\\.)*"|\S+)')
_CLOCK = re.compile(r"^Clock skew (-?[0-9]{1,12}) in ")
_SKEW = re.compile(r"650 STATUS_GENERAL [A-Z]+ CLOCK_SKEW (?:.* )?SKEW=(-?[0-9]{1,12})(?: .*)?")
# Below this tor itself says nothing (30 minutes; NETINFO cells and directories an hour), and nothing breaks.
SKEW_SECONDS = 1800
# A new consensus comes each hour and directories have it half an hour later (dir-spec, "Caching"): none hands out one
# that is nearly two hours old.
STALE_SECONDS = 6600


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


def skew_of_consensus(valid_after: str, now: str, arrived: float | None) -> int | None:
    """What the consensus that tor holds tells of our clock: seconds, ahead positive, as an estimate; or None.

    From before its hour: the clock is behind. Older than a directory would still hand out when it arrived: the clock
    is ahead by its age, less the 45 minutes that a new one is old on average.

    Args:
        valid_after: `GETINFO consensus/valid-after`, `2026-11-22 02:00:00`; may be empty.
        now: `GETINFO current-time/utc`, `2026-11-22T02:00:00`: tor's own clock.
        arrived: Unix time when tor wrote it down, by this machine's clock; None when that is not known.
    """
    try:
        hour = datetime.fromisoformat(valid_after).replace(tzinfo=UTC).timestamp()
        behind = int(datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp() - hour)
    except ValueError:
        return None
    if behind < -SKEW_SECONDS:
        return behind
    if arrived is not None and arrived - hour > STALE_SECONDS:
        return int(arrived - hour) - 2700
    return None


def skew_sentence(seconds: int) -> str:
    """`The clock of this machine is about 2 h 0 min ahead.`"""
    hours, minutes = divmod(round(abs(seconds) / 60), 60)
    return f"The clock of this machine is about {hours} h {minutes} min {'ahead' if seconds > 0 else 'behind'}."
