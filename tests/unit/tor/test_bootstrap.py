"""tor's words about its progress and its clock, as values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tor.bootstrap import Bootstrap, parse_phase, skew_of, skew_of_consensus, skew_sentence, words
from tor.errors import TorError


def test_progress_is_read() -> None:
    assert parse_phase('NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY="Done"') == Bootstrap(100, "Done")
    stuck = (
        'WARN BOOTSTRAP PROGRESS=5 TAG=conn SUMMARY="Connecting to a relay" WARNING="No route to \\"host\\"" '
        'REASON=NOROUTE COUNT=3 RECOMMENDATION=warn HOSTID="AB" HOSTADDR="192.0.2.1:9001"'
    )
    assert parse_phase(stuck) == Bootstrap(5, "Connecting to a relay", 'No route to "host"')


def test_a_skewed_clock_is_our_sentence() -> None:
    told = "Clock skew -7157 in microdesc flavor consensus from CONSENSUS"
    line = f'WARN BOOTSTRAP PROGRESS=40 TAG=x SUMMARY="y" WARNING="{told}"'
    assert parse_phase(line).problem == "The clock of this machine is about 1 h 59 min behind."


@pytest.mark.parametrize("line", ["", "NOTICE BOOTSTRAP", "NOTICE BOOTSTRAP PROGRESS=x"])
def test_another_line_is_refused(line: str) -> None:
    with pytest.raises(TorError, match="not understood"):
        parse_phase(line)


def test_words_are_unquoted() -> None:
    assert words('A=1 B="two three" C="qu\\"o\\\\te"') == {"A": "1", "B": "two three", "C": 'qu"o\\te'}


@pytest.mark.parametrize(
    ("event", "seconds"),
    [
        ("650 STATUS_GENERAL WARN CLOCK_SKEW SKEW=7200 SOURCE=OR:127.0.0.1:9001\n", 7200),
        ("650 STATUS_GENERAL NOTICE CLOCK_SKEW SKEW=-7157 SOURCE=CONSENSUS", -7157),
        ("650 STATUS_GENERAL WARN CLOCK_SKEW MIN_SKEW=-7157 SOURCE=CONSENSUS", None),
        ("650 STATUS_GENERAL NOTICE CLOCK_JUMPED TIME=7200", None),
        ("650 STATUS_CLIENT NOTICE ENOUGH_DIR_INFO", None),
    ],
)
def test_only_a_skew_event_is_a_skew(event: str, seconds: int | None) -> None:
    assert skew_of(event) == seconds


TWO, FOUR = "2026-11-22T02:00:00", "2026-11-22T04:00:00"


@pytest.mark.parametrize(
    ("valid_after", "now", "age", "seconds"),
    [
        ("2026-11-22 04:00:00", TWO, None, -7200),
        ("2026-11-22 04:00:00", TWO, -7000, -7200),
        ("2026-11-22 02:29:00", TWO, 60, None),
        ("2026-11-22 02:00:00", FOUR, None, None),
        ("2026-11-22 02:00:00", FOUR, 5400, None),
        ("2026-11-22 02:00:00", FOUR, 7200, 4500),
        ("2026-11-22 02:00:00", FOUR, 7200 + 2700, 7200),
        ("", FOUR, 9999, None),
        ("2026-11-22 02:00:00", "", 9999, None),
    ],
)
def test_the_date_of_the_consensus_tells_the_clock(
    valid_after: str, now: str, age: int | None, seconds: int | None
) -> None:
    hour = datetime(2026, 11, 22, 2, tzinfo=UTC).timestamp()
    assert skew_of_consensus(valid_after, now, None if age is None else hour + age) == seconds


@pytest.mark.parametrize(
    ("seconds", "sentence"), [(7200, "2 h 0 min ahead"), (-7157, "1 h 59 min behind"), (7199, "2 h 0 min ahead")]
)
def test_a_skew_is_a_sentence(seconds: int, sentence: str) -> None:
    assert skew_sentence(seconds) == f"The clock of this machine is about {sentence}."
