"""The rule by which processes retire, on a clock of the test's own."""

from __future__ import annotations

from app.web.retirement import Retirements


def table(*pids: int, seconds: float = 5, most: int = 2) -> Retirements:
    made = Retirements(seconds=seconds, most=most)
    for pid in pids:
        made.born(pid, 100.0)
    return made


def retire(made: Retirements, now: float) -> list[int]:
    """Those that are due, gone at once."""
    going = made.due(now)
    for pid in going:
        made.retired(pid)
    return going


def test_only_who_held_plaintext_goes() -> None:
    made = table(1, 2)
    made.touched(2)
    assert retire(made, 200.0) == [2]
    assert made.serving == 1
    assert retire(made, 200.0) == []


def test_who_could_not_be_replaced_stays_due() -> None:
    made = table(1)
    made.touched(1)
    assert made.due(200.0) == made.due(201.0) == [1]
    assert made.serving == 1


def test_not_before_its_time() -> None:
    made = table(1)
    made.touched(1)
    assert retire(made, 104.9) == []
    assert retire(made, 105.0) == [1]


def test_the_oldest_first_and_no_more_than_may_live() -> None:
    made = table(3, most=2)
    made.born(2, 90.0)
    made.born(1, 95.0)
    for pid in (1, 2, 3):
        made.touched(pid)
    assert retire(made, 200.0) == [2, 1]
    assert retire(made, 300.0) == []
    made.keep({3, 1})  # 2 has ended
    assert retire(made, 300.0) == [3]


def test_who_ended_counts_no_more() -> None:
    made = table(1, 2)
    made.keep({2})
    made.touched(1)
    assert made.serving == 1
    assert retire(made, 200.0) == []


def test_fifty_reports_in_a_row_are_a_bounded_number_of_forks() -> None:
    """One report each 0.1 s, on two places, the processes ending at once: one fork for each place in five seconds."""
    made, forks = table(0, 1), 0
    living = {0, 1}
    for tenth in range(500):
        now = 100.0 + tenth / 10
        for pid in living:
            made.touched(pid)
        for pid in retire(made, now):
            living.discard(pid)
            living.add(pid + 2)
            made.keep(living)
            made.born(pid + 2, now)
            forks += 1
    assert made.serving == 2
    assert 18 <= forks <= 20
