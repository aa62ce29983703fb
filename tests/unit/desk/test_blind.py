"""Acknowledging unread: the reporter has an answer, and nobody has seen the story."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from app.desk.cases.decisions import move_case
from app.desk.cases.reading import show_case
from app.desk.core.bench import Desk, OpenCase
from app.desk.replies.blind import acknowledge_unread, unacknowledged
from app.domain.deadlines import due
from app.domain.guards import Guard
from app.domain.states import MoveRefused
from app.errors import UserError
from tests.unit.desk.house import STORY, House, Reporter
from tests.unit.desk.test_replies import outbox, replies_of


def case_at(desk: Desk, case_id: str) -> OpenCase:
    with desk.store.reading() as tx:
        return desk.case(tx, case_id)


def actions(desk: Desk, case_id: str) -> list[str]:
    with desk.store.reading() as tx:
        return [line.action for line, _ in desk.history(tx, desk.case(tx, case_id))]


def test_the_reporter_has_an_answer_and_nobody_has_read(fresh: House) -> None:
    reporter, desk = Reporter.new(), fresh.desk()
    case_id = fresh.new_case(reporter=reporter)
    (sent,) = acknowledge_unread(desk)
    case = case_at(desk, case_id)
    assert (str(case.facts.state), case.facts.opened, case.facts.acknowledged) == ("received", False, True)
    assert case.facts.acknowledged_on == desk.today
    assert actions(desk, case_id) == ["receive", "reply"]
    made, _ = outbox(fresh)
    (reply,) = replies_of(fresh, made, reporter)
    assert (reply.kind, reply.state, reply.author, reply.text) == ("acknowledgement", "received", "alize", sent.text)
    assert "Revenez lire la semaine du lundi 23 novembre 2026" in reply.text
    assert not any(part in reply.text for part in STORY.split(", "))


def test_no_message_is_opened(fresh: House) -> None:
    """The sealed story and its row may be out of reach altogether."""
    desk = fresh.desk()
    fresh.new_case(reporter=Reporter.new(), files=[("a.pdf", b"pdf")])
    shutil.rmtree(fresh.home / "evidence")
    with fresh.database() as link:
        assert link.execute("UPDATE messages SET sealed = x'00'").rowcount == 1
    assert len(acknowledge_unread(desk)) == 1


def test_the_guard_still_asks_for_a_reader(fresh: House) -> None:
    desk, case_id = fresh.desk(), fresh.new_case(reporter=Reporter.new())
    acknowledge_unread(desk, [case_id])
    with pytest.raises(MoveRefused) as refused:
        move_case(desk, case_id, "acknowledged", "accusé envoyé")
    assert [one.guard for one in refused.value.refusals] == [Guard.OPENED]
    show_case(desk, case_id)
    assert move_case(desk, case_id, "acknowledged", "lu").state == "acknowledged"


def test_twice_is_once(fresh: House) -> None:
    desk = fresh.desk()
    cases = {fresh.new_case(reporter=Reporter.new()) for _ in range(2)}
    assert len(acknowledge_unread(desk, list(cases) * 2)) == 2
    assert acknowledge_unread(desk) == acknowledge_unread(desk, cases) == []
    assert all(len(show_case(desk, case_id).replies) == 1 for case_id in cases)


def test_only_cases_that_wait_for_it(fresh: House) -> None:
    desk = fresh.desk()
    without, asleep = fresh.new_case(), fresh.new_case(reporter=Reporter.new())
    hidden = fresh.new_case(reporter=Reporter.new(), exclude=["brume"])
    waiting = fresh.new_case(reporter=Reporter.new())
    with fresh.store.writing() as tx:
        case = desk.case(tx, asleep)
        desk.save(tx, case, replace(case.record, merged_into=waiting))
        brume = fresh.desk("brume")
        assert [one.id for one in unacknowledged(brume, tx)] == [waiting]
        with pytest.raises(UserError, match="no case of that number"):
            unacknowledged(brume, tx, [waiting, hidden])
    assert acknowledge_unread(desk, [without, asleep]) == []
    assert len(acknowledge_unread(desk)) == 2


def test_nothing_is_sealed_when_one_id_is_wrong(fresh: House) -> None:
    desk, case_id = fresh.desk(), fresh.new_case(reporter=Reporter.new())
    with pytest.raises(UserError, match="no case of that number"):
        acknowledge_unread(desk, [case_id, "abcdefghij23"])
    assert not case_at(desk, case_id).facts.acknowledged


def test_the_language_is_that_of_the_report_or_both(fresh: House) -> None:
    desk = fresh.desk()
    english, older = (fresh.new_case(reporter=Reporter.new(), language="en") for _ in range(2))
    with fresh.store.writing() as tx:
        case = desk.case(tx, older)
        desk.save(tx, case, replace(case.record, language=""))
    (first,) = acknowledge_unread(desk, [english])
    (both,) = acknowledge_unread(desk, [older])
    assert first.text.startswith("Your report has arrived.")
    assert "Votre signalement" in both.text
    assert "Your report" in both.text
    chosen = fresh.new_case(reporter=Reporter.new(), language="en")
    assert acknowledge_unread(desk, [chosen], language="fr")[0].text.startswith("Votre signalement")


def test_what_is_due_next_is_to_read_it(fresh: House) -> None:
    desk, case_id = fresh.desk(), fresh.new_case(reporter=Reporter.new())
    acknowledge_unread(desk)
    fresh.forward(9)
    later = due(case_at(desk, case_id).facts, desk.today)
    assert not later.overdue
    assert "read and triage" in later.why
    fresh.forward(7)
    assert due(case_at(desk, case_id).facts, desk.today).overdue
