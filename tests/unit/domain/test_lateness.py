"""How near a deadline is, in words."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.deadlines import Due
from app.domain.lateness import lateness

DAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("today", "french", "english"),
    [
        (date(2026, 3, 5), "dans 5 jours", "in 5 days"),
        (date(2026, 3, 9), "dans 1 jour", "in 1 day"),
        (date(2026, 3, 10), "à faire aujourd'hui", "due today"),
        (date(2026, 3, 11), "en retard de 1 jour", "overdue by 1 day"),
        (date(2026, 3, 13), "en retard de 3 jours", "overdue by 3 days"),
    ],
)
def test_days_in_words(today: date, french: str, english: str) -> None:
    assert lateness(Due(DAY, "x"), today) == (french, english)


def test_nothing_due_is_said_in_no_words() -> None:
    assert lateness(Due(None, "x"), DAY) == ("", "")


def test_the_day_of_the_law_is_told_once_the_target_has_passed() -> None:
    limited = Due(DAY, "x", limit=date(2026, 3, 12))
    assert lateness(limited, DAY) == ("à faire aujourd'hui", "due today")
    assert lateness(limited, date(2026, 3, 11)) == (
        "en retard de 1 jour ; la loi permet jusqu'au 12 mars 2026",
        "overdue by 1 day; the law allows until 2026-03-12",
    )
    assert lateness(limited, date(2026, 3, 13)) == (
        "en retard de 3 jours, délai légal dépassé",
        "overdue by 3 days, beyond the limit of the law",
    )
    assert lateness(Due(DAY, "x", limit=DAY), date(2026, 3, 11))[1] == "overdue by 1 day"
    first = Due(date(2026, 10, 30), "x", limit=date(2026, 11, 1))
    assert lateness(first, date(2026, 10, 31))[0].endswith("jusqu'au 1er novembre 2026")
