"""Envelopes that nobody opens, and deadlines that have passed: who is told, and how little."""

from __future__ import annotations

import pytest

from app.cli import main
from app.desk.carry.takeup import take_up
from app.desk.duties.alarms import alarms, case_alarms
from tests.unit.desk.house import DAY, STORY, House
from tests.unit.desk.test_journey import Typed

ONE = "1 envelope was opened by nobody for 3 days or more. Ask the other reviewers to come by."


def told(house: House) -> list[str]:
    return [alarm.message for alarm in alarms(house.store, house.settings) if alarm.subject == "import"]


def test_an_envelope_that_nobody_opened_is_told_after_three_days(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY, exclude=["brume"]))
    take_up(fresh.desk("brume"))  # cannot open it: it goes on waiting for the others
    fresh.forward(2)
    assert told(fresh) == []
    fresh.forward(1)
    assert told(fresh) == [ONE]
    fresh.receive(fresh.seal(STORY))
    assert told(fresh) == [ONE]
    fresh.forward(3)
    assert told(fresh) == [ONE.replace("1 envelope was", "2 envelopes were")]
    take_up(fresh.desk("alize"))
    assert told(fresh) == []


def test_a_clock_that_went_backwards_is_told(fresh: House, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "The clock of this machine says 2026-10-31, the journal's last line is of 2026-11-02: set the clock"
    fresh.new_case()
    assert [one for one in alarms(fresh.store, fresh.settings) if one.subject == "clock"] == []
    (fresh.folder / ".today").unlink()  # the clock of a trial would not go back
    fresh.set_day(DAY.replace(month=10, day=31))
    (found,) = [one for one in alarms(fresh.store, fresh.settings) if one.subject == "clock"]
    assert found.message == f"{sentence} before you decide."
    typed = Typed(fresh)
    assert any(sentence in line for line in typed("tick", by=""))
    args = main.parse(["desk", "case", "list", "--as", "alize", "--config", str(typed.config)])
    args.run(args)
    assert sentence in capsys.readouterr().err
    with fresh.database() as link:
        link.execute("UPDATE journal SET day = 'never'")
    assert [one for one in alarms(fresh.store, fresh.settings) if one.subject == "clock"] == []


def test_whoever_is_excluded_hears_the_same_words_as_everybody(
    fresh: House, capsys: pytest.CaptureFixture[str]
) -> None:
    envelope = fresh.seal(STORY, exclude=["brume"])
    fresh.receive(envelope)
    fresh.forward(3)
    typed = Typed(fresh)
    args = main.parse(["desk", "case", "list", "--as", "brume", "--config", str(typed.config)])
    args.run(args)
    out, err = capsys.readouterr()
    assert out == "No case is open to you.\n"
    assert ONE in err.splitlines()
    assert [line for line in typed("tick", by="brume") if line.startswith("import")] == [f"import: {ONE}"]
    fresh.new_case(name="alize")
    args.run(args)
    assert ONE not in capsys.readouterr().err


def test_a_late_case_is_told_in_words_and_to_nobody_who_is_excluded(fresh: House) -> None:
    case_id = fresh.new_case(exclude=["brume"])
    fresh.forward(30)
    (alarm,) = case_alarms(fresh.desk())
    assert alarm.subject == case_id
    assert "overdue by 27 days, beyond the limit of the law: acknowledge within" in alarm.message
    assert case_alarms(fresh.desk("brume")) == []
