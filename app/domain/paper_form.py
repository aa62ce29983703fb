"""A form on paper or a conversation, as somebody types it: a few lines `name: value`, an empty line, the story.

    cooperative: Les Tilleuls, Lyon
    topic: 1
    period: printemps 2025
    exclude: brume

    Depuis deux ans, le conseil décide seul…

The names are those of the form on the onion, and the rules too: what is typed here is judged like the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.report import FieldError, FieldErrors, ReportForm, normal_text

HEADERS = ("cooperative", "topic", "period", "others", "asked_internally", "publish", "exclude")
_HEADER = re.compile(r"([a-z_]+)\s*:\s*(.*)")


def read_paper(text: str, *, follow_up: str) -> ReportForm:
    """The form of a typed text. Without a line of that kind at its top, all of it is the story.

    Args:
        follow_up: codename or none.

    Raises:
        FieldErrors: every refused field; a line above the story that is none has the field `header`.
    """
    lines = normal_text(text).strip("\n").split("\n")
    pairs: list[tuple[str, str]] = []
    if _name(lines[0]) in HEADERS:
        end = next((n for n, line in enumerate(lines) if not line.strip()), len(lines))
        pairs = [pair for line in lines[:end] for pair in _pairs(line)]
        lines = lines[end:]
    return ReportForm.parse([*pairs, ("story", "\n".join(lines).strip()), ("follow_up", follow_up)])


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    name = _name(line)
    if name not in HEADERS:
        raise FieldErrors([FieldError("header", "unknown")])
    value = line.partition(":")[2].strip()
    # Several people can be kept out; every other field stands once.
    yield from ((name, part.strip()) for part in (value.split(",") if name == "exclude" else [value]))


def _name(line: str) -> str:
    found = _HEADER.fullmatch(line.strip())
    return found[1] if found else ""
