"""Deadlines walked through week-ends, month ends, leap days and years."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.deadlines import DEADLINES, LEGAL_REPLY, RETALIATION, Due, due
from app.domain.durations import add_months, add_working_days, expires, first_day, month_number, month_of, working_day
from app.domain.states import State
from tests.unit.domain.samples import facts

D = date


@pytest.mark.parametrize(
    ("received", "target"),
    [
        (D(2026, 11, 16), D(2026, 11, 19)),  # Monday → Thursday
        (D(2026, 11, 18), D(2026, 11, 23)),  # Wednesday → Monday
        (D(2026, 11, 20), D(2026, 11, 25)),  # Friday → Wednesday
        (D(2026, 11, 21), D(2026, 11, 25)),  # Saturday: Monday is the first of three
        (D(2026, 11, 22), D(2026, 11, 25)),
        (D(2028, 2, 28), D(2028, 3, 2)),  # leap day counts
        (D(2026, 12, 30), D(2027, 1, 4)),
    ],
)
def test_acknowledgement(received: date, target: date) -> None:
    answer = due(facts(State.RECEIVED, entered=received, acknowledged=False), target)
    assert (answer.day, answer.limit, answer.overdue) == (target, received + timedelta(7), False)
    assert due(facts(State.RECEIVED, entered=received, acknowledged=False), target + timedelta(1)).overdue


def test_acknowledgement_target_never_exceeds_the_law() -> None:
    for offset in range(800):
        answer = due(
            facts(State.RECEIVED, entered=D(2027, 1, 1) + timedelta(offset), acknowledged=False), D(2027, 1, 1)
        )
        assert answer.day is not None
        assert answer.limit is not None
        assert answer.day <= answer.limit


@pytest.mark.parametrize(
    ("state", "days"),
    [
        (State.ACKNOWLEDGED, 15),
        (State.TRIAGE, 15),
        (State.QUESTION, 30),
        (State.VERIFIED, 60),
        (State.REFERRED, 60),
        (State.UNFOUNDED, 7),
        (State.UNVERIFIABLE, 60),
        (State.OUT_OF_SCOPE, 15),
        (State.MEDIATION, 90),
        (State.REGISTRY_PROPOSED, 30),
        (State.WITHDRAWN, 3),
        (State.CLOSED, 60),
    ],
)
def test_days_from_entering(state: State, days: int) -> None:
    entered = D(2028, 2, 20)
    case = facts(state, entered=entered, acknowledged_on=entered, last_reporter_message=entered - timedelta(1))
    assert due(case, entered).day == entered + timedelta(days)


@pytest.mark.parametrize(("entered", "day"), [(D(2026, 11, 20), D(2026, 11, 20)), (D(2026, 11, 21), D(2026, 11, 23))])
def test_severity_four_is_the_same_working_day(entered: date, day: date) -> None:
    assert due(facts(State.TRIAGE, entered=entered, severity=4), entered).day == day


@pytest.mark.parametrize(
    ("acknowledged", "day"),
    [
        (D(2026, 11, 30), D(2027, 2, 28)),
        (D(2027, 11, 30), D(2028, 2, 29)),
        (D(2026, 8, 31), D(2026, 11, 30)),
        (D(2026, 10, 15), D(2027, 1, 15)),
    ],
)
def test_feedback_three_months_after_the_acknowledgement(acknowledged: date, day: date) -> None:
    case = facts(State.ASSESSMENT, entered=acknowledged + timedelta(20), acknowledged_on=acknowledged)
    words = DEADLINES[State.ASSESSMENT].words
    assert due(case, day) == Due(day, "feedback within 3 months of the acknowledgement", why_fr=words[0])
    assert due(case, day + timedelta(1)).overdue


def test_then_every_sixty_days() -> None:
    case = facts(State.ASSESSMENT, acknowledged_on=D(2026, 9, 1), feedback_on=D(2026, 10, 10))
    assert due(case, D(2026, 11, 1)).day == D(2026, 12, 9)


def test_reopening_restarts_the_feedback() -> None:
    case = facts(State.ASSESSMENT, acknowledged_on=D(2026, 1, 5), feedback_on=D(2026, 2, 1), reopened_on=D(2026, 6, 30))
    assert due(case, D(2026, 7, 1)).day == D(2026, 9, 30)


def test_feedback_without_an_acknowledgement_counts_from_the_assessment() -> None:
    assert due(facts(State.ASSESSMENT, acknowledged_on=None), D(2026, 11, 1)).day == D(2027, 1, 1)


@pytest.mark.parametrize(("extended", "day"), [(False, D(2026, 3, 2)), (True, D(2026, 3, 17))])
def test_right_of_reply(extended: bool, day: date) -> None:
    case = facts(answered=False, extended=extended, notice_on=D(2026, 1, 31))
    assert due(case, day).day == day
    answered = due(facts(answered=True, extended=extended, notice_on=D(2026, 1, 31)), day)
    assert (answered.day, answered.why) == (day, "the cooperative has answered: decide")
    named = due(facts(answered=True, person_named=True, extended=extended, notice_on=D(2026, 1, 31)), day)
    assert (named.day, named.why) == (day, "the cooperative may answer until this day")


def test_published_is_reviewed_each_year_until_it_ends() -> None:
    case = facts(State.PUBLISHED, entered=D(2028, 2, 29), entry_expires=D(2030, 3, 1))
    assert due(case, D(2028, 3, 1)).day == D(2029, 2, 28)
    reviewed = facts(State.PUBLISHED, entry_expires=D(2030, 3, 1), reviewed_on=D(2029, 4, 1))
    assert due(reviewed, D(2029, 5, 1)) == Due(D(2030, 3, 1), "the entry ends", why_fr="l'entrée prend fin")
    assert due(facts(State.PUBLISHED, entry_expires=None), D(2026, 11, 1)).day == D(2027, 10, 1)


def test_corrected_ends() -> None:
    assert due(facts(State.CORRECTED, entry_expires=D(2027, 2, 1)), D(2026, 11, 1)).day == D(2027, 2, 1)
    assert due(facts(State.CORRECTED, entered=D(2026, 8, 31), entry_expires=None), D(2026, 9, 1)).day == D(2027, 2, 28)


def test_nothing_due() -> None:
    for case in (
        facts(State.VERIFIED, mailbox=False),
        facts(State.REFERRED, mailbox=False),
        facts(State.EXPIRED, hold=True),
        facts(State.WITHDRAWN, exported=True, hold=True),
        facts(State.CLOSED, hold=True),
    ):
        answer = due(case, D(2040, 1, 1))
        assert answer.day is None
        assert not answer.overdue
        assert answer.why


def test_every_state_has_a_deadline_and_what_is_due_first_comes_first() -> None:
    answers = [due(facts(state), D(2026, 11, 21)) for state in State]
    answers.append(due(facts(State.CLOSED, hold=True), D(2026, 11, 21)))
    days = [answer.day for answer in sorted(answers, key=lambda answer: answer.sort_key)]
    assert days[-1] is None
    known = [day for day in days if day]
    assert known == sorted(known)
    assert days[: len(known)] == known


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (D(2027, 1, 31), 1, D(2027, 2, 28)),
        (D(2028, 1, 31), 1, D(2028, 2, 29)),
        (D(2028, 2, 29), 12, D(2029, 2, 28)),
        (D(2026, 12, 15), 1, D(2027, 1, 15)),
        (D(2026, 10, 31), 3, D(2027, 1, 31)),
        (D(2026, 5, 31), 0, D(2026, 5, 31)),
    ],
)
def test_months_are_added_as_people_do(day: date, months: int, result: date) -> None:
    assert add_months(day, months) == result


def test_working_days() -> None:
    assert working_day(D(2026, 11, 20)) == D(2026, 11, 20)
    assert add_working_days(D(2026, 11, 20), 0) == D(2026, 11, 20)
    assert add_working_days(D(2026, 11, 20), 6) == D(2026, 11, 30)


@pytest.mark.parametrize(
    ("severity", "renewed", "corrected", "end"),
    [
        (1, "", "", D(2027, 12, 1)),
        (2, "", "", D(2027, 12, 1)),
        (3, "", "", D(2028, 12, 1)),
        (4, "", "", D(2029, 12, 1)),
        (4, "2029-06", "", D(2031, 12, 1)),  # the ceiling of sixty months
        (2, "2027-11", "", D(2028, 11, 1)),
        (4, "", "2027-01", D(2027, 7, 1)),
        (2, "", "2027-10", D(2027, 12, 1)),  # a correction never lengthens
    ],
)
def test_expiry_is_computed(severity: int, renewed: str, corrected: str, end: date) -> None:
    assert expires(severity, "2026-12", renewed=renewed, corrected=corrected) == end


def test_months_as_numbers() -> None:
    assert month_of(D(2026, 1, 31)) == "2026-01"
    assert first_day(month_number("2026-12")) == D(2026, 12, 1)
    assert first_day(month_number("2026-12") + 1) == D(2027, 1, 1)


def test_an_acknowledgement_sent_unread_leaves_reading_and_triage() -> None:
    answer = due(facts(State.RECEIVED, entered=D(2026, 11, 2), acknowledged=True), D(2026, 11, 10))
    assert (answer.day, answer.overdue, answer.limit) == (D(2026, 11, 17), False, None)


@pytest.mark.parametrize(
    ("flagged", "day"),
    [(D(2026, 11, 18), D(2026, 11, 20)), (D(2026, 11, 20), D(2026, 11, 24)), (D(2026, 12, 31), D(2027, 1, 4))],
)
def test_retaliation_comes_before_everything(flagged: date, day: date) -> None:
    for state in (State.ASSESSMENT, State.VERIFIED, State.TRIAGE):
        answer = due(facts(state, entered=flagged, acknowledged_on=flagged, retaliation_on=flagged), flagged)
        assert (answer.day, answer.why_fr, answer.why) == (day, *RETALIATION)
    sooner = facts(State.TRIAGE, entered=flagged, acknowledged_on=flagged, severity=4, retaliation_on=flagged)
    assert due(sooner, flagged).day == flagged
    nobody_reads = facts(State.VERIFIED, mailbox=False, retaliation_on=flagged)
    assert due(nobody_reads, flagged).day is None


MONTHS = st.integers(2026 * 12, 2040 * 12)


@given(st.integers(1, 4), MONTHS, st.integers(0, 80), st.integers(0, 80), st.booleans(), st.booleans())
def test_no_entry_outlives_its_duration(
    severity: int, start: int, renewal: int, correction: int, renewed: bool, corrected: bool
) -> None:
    """12, 12, 24 or 36 months from the publication or the renewal, never beyond 60, and 6 once it is corrected."""
    published, later = month_of(first_day(start)), month_of(first_day(start + renewal))
    mended = month_of(first_day(start + correction))
    ends = expires(severity, published, renewed=later if renewed else "", corrected=mended if corrected else "")
    months = ends.year * 12 + ends.month - 1 - start
    bounds = [(renewal if renewed else 0) + {1: 12, 2: 12, 3: 24, 4: 36}[severity], 60]
    if corrected:
        bounds.append(correction + 6)
    assert (months, ends.day) == (min(bounds), 1)


def test_every_row_has_words_in_both_languages() -> None:
    assert set(DEADLINES) == set(State)
    assert all(
        french and english and french != english for french, english in (row.words for row in DEADLINES.values())
    )


def test_what_ended_is_destroyed_by_its_own_clock() -> None:
    closed = facts(State.CLOSED, entered=D(2028, 2, 1), outcome=State.OUT_OF_SCOPE)
    assert (due(closed, D(2028, 2, 1)).day, due(closed, D(2028, 2, 1)).why[:12]) == (D(2028, 2, 8), "out of scope")
    for case in (
        facts(State.EXPIRED, entered=D(2028, 11, 30)),
        facts(State.WITHDRAWN, exported=True, entered=D(2028, 11, 30)),
    ):
        assert due(case, D(2028, 12, 1)).day == D(2029, 2, 28)


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.TRIAGE, State.QUESTION, State.MEDIATION])
def test_the_three_months_run_in_every_state_before_a_decision(state: State) -> None:
    acknowledged = D(2027, 1, 10)
    case = facts(state, entered=D(2027, 4, 5), acknowledged_on=acknowledged, last_reporter_message=D(2027, 1, 9))
    answer = due(case, D(2027, 4, 11))
    assert (answer.day, answer.overdue) == (D(2027, 4, 10), True)
    assert answer.why == "feedback within 3 months of the acknowledgement"
    for cure in ({"feedback_on": D(2027, 4, 6)}, {"mailbox": False}, {"acknowledged_on": None}):
        assert due(replace(case, **cure), D(2027, 4, 11)).day != D(2027, 4, 10)


def test_an_answered_question_is_taken_up_again() -> None:
    case = facts(
        State.QUESTION, entered=D(2027, 3, 1), last_reporter_message=D(2027, 3, 4), acknowledged_on=D(2027, 2, 20)
    )
    assert (due(case, D(2027, 3, 5)).day, due(case, D(2027, 3, 5)).why[:21]) == (
        D(2027, 3, 19),
        "the reporter answered",
    )


def test_severity_four_counts_from_the_day_it_is_seen() -> None:
    case = facts(State.TRIAGE, entered=D(2026, 11, 2), severity=4, severity_on=D(2026, 11, 14))
    assert due(case, D(2026, 11, 14)).day == D(2026, 11, 16)


def test_without_a_mailbox_the_three_months_are_for_a_decision() -> None:
    case = facts(State.ASSESSMENT, mailbox=False, acknowledged_on=D(2026, 11, 2))
    assert (due(case, D(2026, 11, 3)).day, due(case, D(2026, 11, 3)).why[:6]) == (D(2027, 2, 2), "decide")


def test_a_legal_reply_leaves_within_three_days() -> None:
    came = D(2026, 11, 20)  # a Friday
    for state in (State.PUBLISHED, State.CORRECTED):
        waits = facts(state, entered=D(2026, 11, 1), entry_expires=None, legal_reply_on=came)
        answer = due(waits, D(2026, 11, 24))
        assert (answer.day, answer.why_fr, answer.why, answer.overdue) == (D(2026, 11, 23), *LEGAL_REPLY, True)
        gone = facts(state, entered=D(2026, 11, 1), entry_expires=None, legal_reply_on=came, exported=True)
        assert due(gone, came).why != LEGAL_REPLY[1]
    sooner = facts(State.CORRECTED, entered=came, entry_expires=D(2026, 11, 21), legal_reply_on=came)
    assert due(sooner, came).day == D(2026, 11, 21)
    never = facts(State.RIGHT_OF_REPLY, entered=came, legal_reply_on=came)
    assert due(never, came).why != LEGAL_REPLY[1]
