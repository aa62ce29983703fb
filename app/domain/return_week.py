"""When to come back and read, as a week: never a day, so that no mailbox is opened on a day that we chose.

A reporter who comes too often, or from home, is the one who is noticed (DOMAIN §5.3): each acknowledgement and each
question names the week from which it is worth coming back.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

LANGUAGES = ("fr", "en")

_FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ENGLISH = "January February March April May June July August September October November December"
_MONTHS = {"fr": _FRENCH.split(), "en": _ENGLISH.split()}
_TOLD = re.compile(r"\b(?:semaine\s+du|week\s+of)\b", re.IGNORECASE)


def monday_after(today: date, wait: int) -> date:
    """The Monday that begins the first whole week after so many days: whoever comes that week waited long enough."""
    soon = today + timedelta(days=wait)
    return soon + timedelta(days=-soon.weekday() % 7)


def week(today: date, wait: int, language: str) -> str:
    """The return week in words.

    Args:
        wait: days until there may be something to read.
        language: one of LANGUAGES.

    Returns:
        such as « la semaine du lundi 7 décembre 2026 ».
    """
    monday = monday_after(today, wait)
    month = _MONTHS[language][monday.month - 1]
    if language == "fr":
        number = "1er" if monday.day == 1 else str(monday.day)
        return f"la semaine du lundi {number} {month} {monday.year}"
    return f"the week of Monday {monday.day} {month} {monday.year}"


def tells_week(text: str) -> bool:
    """Whether a text names a week to come back in."""
    return _TOLD.search(text) is not None
