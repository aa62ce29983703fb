"""How long an entry of the registry stays, and the calendar arithmetic behind every deadline.

The expiry of an entry is always computed, from dates that two reviewers signed; nobody writes it (DESIGN §4,
"registry"). The policy page of the registry shows these very numbers.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTH = re.compile(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Durations:
    """Months an entry stays public.

    Attributes:
        by_severity: for severity 1, 2, 3, 4.
        ceiling: five years, the cycle of the cooperative audit (law 47-1775, art. 25-1): no renewal goes beyond.
        corrected: what is left once the remedy is proven or the error mended.
        tombstone: how long the neutral page says that an entry has ended.
    """

    by_severity: tuple[int, int, int, int] = (12, 12, 24, 36)
    ceiling: int = 60
    corrected: int = 6
    tombstone: int = 6

    def months(self, severity: int) -> int:
        """Months that an entry of this severity (1 to 4) stays."""
        return self.by_severity[severity - 1]


DURATIONS = Durations()


def month_number(month: str) -> int:
    """Months since year 0 of a text such as 2026-12: the registry knows no finer date."""
    year, number = month.split("-")
    return int(year) * 12 + int(number) - 1


def month_of(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def first_day(number: int) -> date:
    """The first day of a month given by `month_number`."""
    return date(number // 12, number % 12 + 1, 1)


def expires(severity: int, published: str, *, renewed: str = "", corrected: str = "") -> date:
    """The first day on which the entry is no longer shown.

    Args:
        severity: 1 to 4.
        published: month of the first publication.
        renewed: month of the last renewal (new evidence and a full new adversarial phase), or "".
        corrected: month in which the remedy was proven or the error mended, or "".
    """
    start = month_number(published)
    last = min(month_number(renewed or published) + DURATIONS.months(severity), start + DURATIONS.ceiling)
    if corrected:
        last = min(last, month_number(corrected) + DURATIONS.corrected)
    return first_day(last)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day when it is shorter (31 January + 1 = 28 or 29)."""
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def add_days(day: date, days: int) -> date:
    return day + timedelta(days=days)


def working_day(day: date) -> date:
    """This day, or the Monday after it. Public holidays count as working days: we are strict with ourselves."""
    return add_days(day, 7 - day.weekday()) if day.weekday() >= 5 else day


def add_working_days(day: date, count: int) -> date:
    """The day that lies `count` working days (Monday to Friday) after this one."""
    for _ in range(count):
        day = working_day(add_days(day, 1))
    return day
