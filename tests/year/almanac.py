"""The days that the law and our targets set, found by counting one day after the other: no rule of the product."""

from __future__ import annotations

from datetime import date, timedelta

ONE = timedelta(days=1)


def days_later(day: date, count: int) -> date:
    for _ in range(count):
        day += ONE
    return day


def working_days_later(day: date, count: int) -> date:
    while count:
        day += ONE
        count -= day.isoweekday() <= 5
    return day


def months_later(day: date, count: int) -> date:
    """The same number in a later month, or the last day that month has."""
    year, month = day.year, day.month
    for _ in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def expected(facts: dict[str, date | str | int | bool | None]) -> date | None:
    """The last good day of a case, from what the office wrote down about it.

    Args:
        facts: state, entered, and the days on which things were done.
    """
    state, entered = facts["state"], facts["entered"]
    assert isinstance(entered, date)
    flagged = facts.get("flagged")
    day = _ordinary(str(state), entered, facts)
    if isinstance(flagged, date):
        urgent = working_days_later(flagged, 2)
        return urgent if day is None else min(day, urgent)
    return day


def _ordinary(state: str, entered: date, facts: dict[str, date | str | int | bool | None]) -> date | None:
    simple = {
        "acknowledged": 15,
        "triage": 15,
        "question": 30,
        "unfounded": 7,
        "unverifiable": 60,
        "out_of_scope": 15,
        "mediation": 90,
        "registry_proposed": 30,
    }
    if state == "received":
        if facts.get("acknowledged"):
            return days_later(entered, 15)
        return min(working_days_later(entered, 3), days_later(entered, 7))
    if state in simple:
        return days_later(entered, simple[state])
    if state == "closed":
        return None if facts.get("hold") else days_later(entered, 7 if facts.get("aside") else 60)
    if state == "assessment":
        return _feedback(entered, facts)
    if state == "right_of_reply":
        notice = facts["notice"]
        assert isinstance(notice, date)
        return None if facts.get("answered") else days_later(notice, 30)
    return None


def _feedback(entered: date, facts: dict[str, date | str | int | bool | None]) -> date | None:
    start = facts.get("reopened") or facts.get("acknowledged") or entered
    told = facts.get("feedback")
    assert isinstance(start, date)
    if isinstance(told, date) and told >= start:
        return days_later(told, 60)
    return months_later(start, 3)
