"""When the next step of a case is due, and why. Clocks count from days, never finer (DOMAIN §3.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.domain.durations import DURATIONS, add_days, add_months, add_working_days, working_day
from app.domain.facts import CaseFacts, State
from app.domain.guards import OPINION_DAYS, QUESTION_DAYS, REOPEN_DAYS, reply_ends

ACKNOWLEDGE_WORKING_DAYS = 3
ACKNOWLEDGE_DAYS = 7  # Directive 2019/1937 art. 9(1)(b): never later, holidays or not
TRIAGE_DAYS = 15
FEEDBACK_MONTHS = 3  # idem art. 9(1)(f)
FEEDBACK_DAYS = 60
CLOSE_DAYS = 7
OUT_OF_SCOPE_DAYS = 15
MEDIATION_DAYS = 90
REVIEW_MONTHS = 12
WITHDRAW_DAYS = 3
PURGE_DAYS = 60
URGENT = 4


@dataclass(frozen=True)
class Due:
    """The next deadline of a case.

    Attributes:
        day: the last good day; None when nothing is due.
        why: what is to be done, in words.
        overdue: that day has passed.
        limit: the day that no target may exceed, where the law sets one beside our own target.
    """

    day: date | None
    why: str
    overdue: bool = False
    limit: date | None = None

    @property
    def sort_key(self) -> tuple[bool, date]:
        """What is due first comes first; what is never due comes last."""
        return (self.day is None, self.day or date.max)


def due(facts: CaseFacts, today: date) -> Due:
    """The deadline of a case as it is."""
    day, why, limit = _RULES[facts.state](facts)
    return Due(day, why, day is not None and today > day, limit)


_Answer = tuple[date | None, str, date | None]


def _received(facts: CaseFacts) -> _Answer:
    limit = add_days(facts.entered, ACKNOWLEDGE_DAYS)
    target = min(add_working_days(facts.entered, ACKNOWLEDGE_WORKING_DAYS), limit)
    return target, "acknowledge within 3 working days, 7 days at most", limit


def _triage(facts: CaseFacts) -> _Answer:
    if facts.severity == URGENT:
        return working_day(facts.entered), "severity 4: decide on the same working day", None
    return add_days(facts.entered, TRIAGE_DAYS), "triage within 15 days", None


def _assessment(facts: CaseFacts) -> _Answer:
    # Reopening restarts the clock of the feedback, never the clock of the acknowledgement.
    start = facts.reopened_on or facts.acknowledged_on or facts.entered
    if facts.feedback_on is not None and facts.feedback_on >= start:
        return add_days(facts.feedback_on, FEEDBACK_DAYS), "tell the reporter where we are, every 60 days", None
    return add_months(start, FEEDBACK_MONTHS), "feedback within 3 months of the acknowledgement", None


def _right_of_reply(facts: CaseFacts) -> _Answer:
    if facts.answered:
        return None, "the cooperative has answered: decide", None
    return reply_ends(facts), "the cooperative may answer until this day", None


def _published(facts: CaseFacts) -> _Answer:
    review = add_months(facts.reviewed_on or facts.entered, REVIEW_MONTHS)
    if facts.entry_expires is not None and facts.entry_expires <= review:
        return facts.entry_expires, "the entry ends", None
    return review, "yearly review of the entry", None


def _corrected(facts: CaseFacts) -> _Answer:
    day = facts.entry_expires or add_months(facts.entered, DURATIONS.corrected)
    return day, "the corrected entry ends", None


def _withdrawn(facts: CaseFacts) -> _Answer:
    if facts.exported:
        return None, "withdrawn", None
    return add_days(facts.entered, WITHDRAW_DAYS), "the withdrawal reaches the registry within 72 hours", None


def _closed(facts: CaseFacts) -> _Answer:
    if facts.hold:
        return None, "legal hold: no purge", None
    return add_days(facts.entered, PURGE_DAYS), "purge 60 days after closing", None


def _after(days: int, why: str) -> Callable[[CaseFacts], _Answer]:
    return lambda facts: (add_days(facts.entered, days), why, None)


def _never(why: str) -> Callable[[CaseFacts], _Answer]:
    return lambda _facts: (None, why, None)


_RULES: dict[State, Callable[[CaseFacts], _Answer]] = {
    State.RECEIVED: _received,
    State.ACKNOWLEDGED: _triage,
    State.TRIAGE: _triage,
    State.QUESTION: _after(QUESTION_DAYS, "the reporter may answer until this day; then decide without"),
    State.ASSESSMENT: _assessment,
    State.VERIFIED: _never("propose an entry or close"),
    State.UNFOUNDED: _after(CLOSE_DAYS, "close within 7 days"),
    State.UNVERIFIABLE: _after(REOPEN_DAYS, "can be reopened until this day; then close"),
    State.OUT_OF_SCOPE: _after(OUT_OF_SCOPE_DAYS, "say who can act and close within 15 days"),
    State.MEDIATION: _after(MEDIATION_DAYS, "mediation within 90 days of the complete file"),
    State.REFERRED: _never("close once the referral is made"),
    State.REGISTRY_PROPOSED: _after(OPINION_DAYS, "the reporter may give an opinion until this day"),
    State.RIGHT_OF_REPLY: _right_of_reply,
    State.PUBLISHED: _published,
    State.CORRECTED: _corrected,
    State.EXPIRED: _never("ended"),
    State.WITHDRAWN: _withdrawn,
    State.CLOSED: _closed,
}
