"""The days that the law and our targets set, found by counting one day after the other: no rule of the product."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

Facts = dict[str, Any]
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


def expected(facts: Facts) -> date | None:
    """The last good day of a case, from what the office wrote down about it.

    Args:
        facts: state, entered, and the days on which things were done.
    """
    state, entered = facts["state"], facts["entered"]
    assert isinstance(entered, date)
    flagged = facts.get("flagged")
    day = _ordinary(str(state), entered, facts)
    if state in {"acknowledged", "triage", "question", "mediation"} and day is not None and _waits_for_a_word(facts):
        start = facts.get("reopened") or facts["acknowledged"]
        assert isinstance(start, date)
        day = min(day, months_later(start, 3))
    if isinstance(flagged, date):
        urgent = working_days_later(flagged, 2)
        return urgent if day is None else min(day, urgent)
    return day


SIMPLE = {
    "acknowledged": 15,
    "triage": 15,
    "unfounded": 7,
    "unverifiable": 60,
    "out_of_scope": 15,
    "mediation": 90,
    "registry_proposed": 30,
}


def _ordinary(state: str, entered: date, facts: Facts) -> date | None:
    if state in SIMPLE:
        return days_later(entered, SIMPLE[state])
    if state in {"received", "question", "assessment"}:
        return _with_the_reporter(state, entered, facts)
    if state == "closed":
        return None if facts.get("hold") else days_later(entered, 7 if facts.get("aside") else 60)
    if state in {"verified", "referred"}:
        since = max(entered, facts.get("feedback") or entered)
        return days_later(since, 60) if facts["mailbox"] else None
    return _with_the_register(state, entered, facts)


def _with_the_reporter(state: str, entered: date, facts: Facts) -> date:
    if state == "assessment":
        return _feedback(entered, facts)
    if state == "question":
        answered = facts.get("answered_on")
        return days_later(answered, 15) if answered else days_later(entered, 30)
    if facts.get("acknowledged"):
        return days_later(entered, 15)
    return min(working_days_later(entered, 3), days_later(entered, 7))


def _with_the_register(state: str, entered: date, facts: Facts) -> date:
    if state == "right_of_reply":
        return days_later(facts["notice"], 30)
    if state == "published":
        return months_later(entered, 12)
    if state == "corrected":  # six months after the month of the correction, on the first
        return months_later(entered.replace(day=1), 6)
    return _after_the_register(state, entered, facts)


def _after_the_register(state: str, entered: date, facts: Facts) -> date:
    if state == "withdrawn" and not facts.get("exported"):
        return days_later(entered, 3)
    return max(months_later(entered, 3), days_later(entered, 60))


def _waits_for_a_word(facts: Facts) -> bool:
    told, start = facts.get("feedback"), facts.get("reopened") or facts.get("acknowledged")
    if not facts["mailbox"] or start is None:
        return False
    return not (isinstance(told, date) and isinstance(start, date) and told >= start)


def _feedback(entered: date, facts: Facts) -> date | None:
    start = facts.get("reopened") or facts.get("acknowledged") or entered
    told = facts.get("feedback")
    assert isinstance(start, date)
    if isinstance(told, date) and told >= start:
        return days_later(told, 60)
    return months_later(start, 3)
