"""How near a deadline is, in words: nobody has to tell two colours apart."""

from __future__ import annotations

from datetime import date

from app.domain.deadlines import Due, Words

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"


def lateness(due: Due, today: date) -> Words:
    """French and English, such as ("en retard de 3 jours", "overdue by 3 days"); empty when nothing is due.

    Where the law sets a day beside our own target, it is told once the target has passed.
    """
    if due.day is None:
        return "", ""
    days = (due.day - today).days
    if days == 0:
        return "à faire aujourd'hui", "due today"
    if days > 0:
        return f"dans {_count(days, 'jour')}", f"in {_count(days, 'day')}"
    return _with_limit(f"en retard de {_count(-days, 'jour')}", f"overdue by {_count(-days, 'day')}", due, today)


def _with_limit(french: str, english: str, due: Due, today: date) -> Words:
    """Both texts with what the law says of the day."""
    if due.limit is None or due.limit == due.day:
        return french, english
    if today > due.limit:
        return f"{french}, délai légal dépassé", f"{english}, beyond the limit of the law"
    return (
        f"{french} ; la loi permet jusqu'au {_day(due.limit)}",
        f"{english}; the law allows until {due.limit.isoformat()}",
    )


def _day(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS.split()[day.month - 1]} {day.year}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}"
