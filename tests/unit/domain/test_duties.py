"""The clocks beside the deadlines, and a sample that nobody picks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import duties
from app.domain.durations import month_of


def test_months_end_where_they_end() -> None:
    assert duties.inform_by(date(2028, 1, 31)) == date(2028, 2, 29)
    assert duties.answer_by(date(2026, 11, 30)) == date(2026, 12, 30)
    assert duties.answer_by(date(2026, 11, 30), extended=True) == date(2027, 2, 28)
    assert duties.review_by(date(2026, 12, 15)) == date(2027, 1, 14)
    assert duties.checks_of(date(2026, 8, 31)) == (date(2027, 2, 28), date(2027, 8, 31))


@given(st.dates(min_value=date(2026, 1, 1), max_value=date(2040, 1, 1)))
def test_every_month_has_its_end(day: date) -> None:
    end = duties.month_end(month_of(day))
    assert 0 < (end - day).days <= 31
    assert end.day == 1


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-01-01"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="not a month"):
        duties.month_end(text)


@given(st.sets(st.text(alphabet="abc234", min_size=12, max_size=12), max_size=90), st.text(max_size=8))
def test_one_in_twenty_and_one_at_least(ids: set[str], seed: str) -> None:
    drawn = duties.sample(ids, seed)
    assert len(drawn) == len(set(drawn)) == (len(ids) + 19) // 20
    assert set(drawn) <= ids
    assert drawn == duties.sample(sorted(ids, reverse=True), seed)


def test_the_seed_decides() -> None:
    ids = [f"{number:012d}" for number in range(200)]
    assert len({duties.sample(ids, str(seed)) for seed in range(20)}) == 20


def test_every_ground_cites_its_article() -> None:
    assert all("art." in french and "art." in english for french, english in duties.GROUNDS.values())
    assert {"access", "rectification", "erasure", "objection"} == set(duties.REQUESTS)
