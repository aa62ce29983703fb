"""Return weeks: whole weeks only, across the ends of months and years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain.return_week import LANGUAGES, monday_after, tells_week, week


@pytest.mark.parametrize(
    ("today", "wait", "monday"),
    [
        (date(2026, 11, 2), 0, date(2026, 11, 2)),  # a Monday is its own week
        (date(2026, 11, 3), 0, date(2026, 11, 9)),
        (date(2026, 11, 22), 15, date(2026, 12, 7)),
        (date(2026, 12, 14), 15, date(2027, 1, 4)),  # over the end of a year
        (date(2028, 2, 14), 15, date(2028, 3, 6)),  # over a leap day
        (date(2026, 3, 27), 3, date(2026, 3, 30)),  # over daylight saving
        (date(2026, 1, 31), 30, date(2026, 3, 2)),
    ],
)
def test_the_first_whole_week_after_the_wait(today: date, wait: int, monday: date) -> None:
    assert monday_after(today, wait) == monday


def test_every_day_of_four_years_gives_a_monday_that_waited_and_no_more_than_a_week_longer() -> None:
    for n in range(4 * 366):
        today = date(2026, 1, 1) + timedelta(days=n)
        for wait in (0, 15, 30, 60):
            monday = monday_after(today, wait)
            assert monday.weekday() == 0
            assert 0 <= (monday - today).days - wait <= 6


def test_a_week_tells_no_day_of_its_own() -> None:
    """Seven days in a row name one and the same week."""
    days = [date(2026, 11, 17) + timedelta(days=n) for n in range(7)]
    assert {week(day, 14, "fr") for day in days} == {"la semaine du lundi 7 décembre 2026"}


def test_the_words_of_both_languages() -> None:
    assert week(date(2026, 12, 7), 0, "en") == "the week of Monday 7 December 2026"
    assert week(date(2026, 5, 26), 3, "fr") == "la semaine du lundi 1er juin 2026"
    assert week(date(2026, 5, 26), 3, "en") == "the week of Monday 1 June 2026"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_has_a_name_and_is_found_again(language: str) -> None:
    told = {week(date(2026, month, 1), 0, language) for month in range(1, 13)}
    assert len(told) == 12
    assert all(tells_week(f"Revenez {text}.") for text in told)


def test_a_text_without_a_week() -> None:
    assert not tells_week("Revenez le 7 décembre, ou dans une semaine.")
