"""How long anything is kept (DOMAIN §2.1): every rule on the days where it turns."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain import deadlines, durations, retention
from app.domain.facts import CaseFacts, State
from app.domain.retention import (
    AGAIN_DAYS,
    ENDS,
    REPLY_DAYS_MAX,
    TABLE,
    PurgeDays,
    again_expires,
    journal_ends,
    mailbox_ends,
    purge_days,
    quarter,
    reply_expires,
    surely_gone,
    weeks,
)

END = date(2026, 11, 30)


def facts(state: State, **values: object) -> CaseFacts:
    return CaseFacts(state=state, entered=END, **values)


@pytest.mark.parametrize("state", [state for state in State if state not in ENDS])
def test_an_open_case_is_never_due(state: State) -> None:
    assert purge_days(facts(state, exported=True)) is None


def test_a_closed_case_ends_after_sixty_days() -> None:
    day = date(2027, 1, 29)
    assert purge_days(facts(State.CLOSED, outcome="unfounded")) == PurgeDays(day, day, "closed")
    assert purge_days(facts(State.CLOSED)) == PurgeDays(day, day, "closed")


def test_what_is_out_of_scope_goes_at_once_and_within_a_week() -> None:
    closed = facts(State.CLOSED, outcome="out_of_scope")
    assert purge_days(closed) == PurgeDays(END, date(2026, 12, 7), "out_of_scope")
    assert purge_days(closed, END) == PurgeDays(END, date(2026, 12, 7), "out_of_scope")


def test_new_material_holds_the_purge() -> None:
    later = END + timedelta(days=30)
    day = later + timedelta(days=60)
    for outcome in ("", "out_of_scope"):
        assert purge_days(facts(State.CLOSED, outcome=outcome), later) == PurgeDays(day, day, "closed")
    assert purge_days(facts(State.EXPIRED), END + timedelta(days=60)).first == END + timedelta(days=120)


def test_a_legal_hold_keeps_everything() -> None:
    for state in ENDS:
        assert purge_days(facts(state, hold=True, exported=True)) is None


def test_an_entry_is_answered_for_until_the_limitation() -> None:
    day = date(2027, 2, 28)
    assert purge_days(facts(State.EXPIRED)) == PurgeDays(day, day, "good_faith")
    assert purge_days(facts(State.WITHDRAWN, exported=True)) == PurgeDays(day, day, "good_faith")


def test_a_withdrawal_that_has_not_left_keeps_its_case() -> None:
    assert purge_days(facts(State.WITHDRAWN)) is None


def test_a_mailbox_ends_with_the_later_of_two_days() -> None:
    received = date(2024, 2, 29)
    assert mailbox_ends(received, None) == date(2025, 2, 28)
    assert mailbox_ends(received, date(2024, 8, 28)) == date(2025, 2, 28)
    assert mailbox_ends(received, date(2024, 8, 31)) == date(2025, 2, 28)
    assert mailbox_ends(received, date(2024, 9, 1)) == date(2025, 3, 1)


def test_a_closing_reply_has_six_months() -> None:
    assert reply_expires("reply", date(2026, 3, 1)) == date(2026, 8, 28)
    assert reply_expires("closing", date(2026, 3, 1)) == date(2026, 9, 1)
    assert reply_expires("closing", date(2026, 8, 31)) == date(2027, 2, 28)


def test_no_reply_is_kept_longer_than_the_intake_allows() -> None:
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(4 * 366)]
    assert max((reply_expires("closing", day) - day).days for day in days) == REPLY_DAYS_MAX


def test_the_journal_is_kept_for_six_years() -> None:
    assert journal_ends(date(2024, 2, 29)) == date(2030, 2, 28)


@pytest.mark.parametrize(("days", "told"), [(0, 0), (1, 1), (7, 1), (8, 2), (60, 9), (-1, None)])
def test_durations_are_told_in_weeks(days: int, told: int | None) -> None:
    assert weeks(END, END + timedelta(days=days)) == told


def test_a_day_that_never_was_makes_no_weeks() -> None:
    assert weeks(None, END) is None
    assert weeks(END, None) is None


def test_quarters() -> None:
    days = [date(2026, month, 28) for month in (1, 3, 4, 6, 7, 9, 10, 12)]
    assert [quarter(day)[-1] for day in days] == list("11223344")
    assert quarter(END) == "2026-Q4"


def test_the_table_says_what_other_tables_do() -> None:
    assert TABLE["closed"].count == deadlines.PURGE_DAYS
    assert TABLE["tombstone"].count == durations.DURATIONS.tombstone
    assert TABLE["reply"].count == retention.REPLY_DAYS == 180
    for rule in TABLE.values():
        assert all(rule.what)
        assert (rule.count > 0) == bool(rule.unit)


def test_a_reply_that_is_sealed_again_stays_at_most_thirty_days_more() -> None:
    day = date(2026, 3, 1)
    first = reply_expires("reply", day)
    assert again_expires("reply", day, day) == first
    assert again_expires("reply", day, first - timedelta(days=5)) == first + timedelta(days=25)
    for late in (0, 25, 300):
        assert again_expires("reply", day, first + timedelta(days=late)) == surely_gone("reply", day)
    assert surely_gone("reply", day) == first + timedelta(days=AGAIN_DAYS)
