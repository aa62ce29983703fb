"""`desk case list` with filters and `desk search`, as they are typed."""

from __future__ import annotations

import json

import pytest

from app.errors import UsageError
from tests.unit.desk.house import STORY, House
from tests.unit.desk.test_journey import Typed


@pytest.fixture(scope="module")
def typed(house: House) -> Typed:
    return Typed(house)


def listed(typed: Typed, *words: str, by: str = "alize") -> list[str]:
    (line,) = typed("case", "list", *words, "--json", by=by)
    return [one["id"] for one in json.loads(line)]


def test_filters_as_typed(typed: Typed) -> None:
    one = typed.house.new_case("Des factures gonflées ont été payées par la trésorerie.")
    two = typed.house.new_case(STORY, fields={"cooperative": "Les Tilleuls"}, exclude=["brume"])
    typed("case", "set", two, "severity=2", "owner=cypres", "category=GOV")
    assert listed(typed, "--severity", "2") == listed(typed, "--owner", "cypres") == [two]
    assert listed(typed, "--category", "GOV", "--cooperative", "tilleul", "--state", "received") == [two]
    assert listed(typed, "--query", "facture") == listed(typed, "--owner", "-") == [one]
    assert listed(typed, "--overdue") == listed(typed, "--severity", "2", by="brume") == []
    assert typed("case", "list", "--overdue") == ["No case of yours fits."]
    assert set(listed(typed, "--purged")) == {one, two}
    assert listed(typed, "--category", "gov") == [two]


def test_a_filter_that_nothing_can_fit_is_a_wrong_command(typed: Typed) -> None:
    for option, known in (("--state", "received"), ("--category", "GOV"), ("--owner", "cypres")):
        with pytest.raises(UsageError, match="There is no") as refused:
            typed("case", "list", option, "nowhere")
        assert known in refused.value.hint
    with pytest.raises(UsageError) as refused:
        typed("case", "list", "--severity", "9")
    assert "1, 2, 3, 4" in refused.value.hint


def test_a_new_message_stands_in_the_line(typed: Typed) -> None:
    case_id = typed.house.new_case()
    (line,) = [line for line in typed("case", "list") if line.startswith(case_id)]
    assert "NEW MESSAGE  no owner" in line
    typed("case", "show", case_id)
    (line,) = [line for line in typed("case", "list") if line.startswith(case_id)]
    assert "NEW MESSAGE" not in line


def test_a_line_says_what_matters(typed: Typed) -> None:
    case_id = typed.house.new_case()
    typed("case", "set", case_id, "severity=3", "category=GOV")
    (line,) = [line for line in typed("case", "list") if line.startswith(case_id)]
    assert "in 3 days (acknowledge within 3 working days, 7 days at most)" in line
    assert "severity 3  GOV  no owner  no mailbox" in line


def test_search_as_typed(typed: Typed) -> None:
    case_id = typed.house.new_case("Le gardien a vu un \x1b[2J camion rouge.", exclude=["brume"])
    (line,) = typed("search", "camions", "--json")
    (hit,) = json.loads(line)
    assert (hit["id"], hit["state"]) == (case_id, "received")
    assert "camion" in hit["excerpt"]
    (shown,) = typed("search", "camions")
    assert shown.startswith(case_id)
    assert "\x1b" not in shown
    assert typed("search", "camions", by="brume") == ["Nothing that you may read speaks of that."]
    assert json.loads(typed("search", "camions", "--json", by="brume")[0]) == []
