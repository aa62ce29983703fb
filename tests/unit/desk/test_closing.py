"""Closing many at once: the real moves, the real guards, and every reporter answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.desk.cases.closing import AT_ONCE, close_many
from app.desk.cases.decisions import move_case
from app.desk.cases.merging import merge
from app.desk.cases.reading import show_case
from app.desk.replies.replies import send
from app.errors import BusyError, UserError
from tests.unit.desk.house import CLOSING_TEXT, House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_merging import case, heard, put, reasons

SPAM = {"category": "inf", "severity": "2", "conflict": "none"}
REPLY = """# Décision
Nous arrêtons là.

# Pourquoi
Ce message est une publicité.

# La suite
Rien de plus ne sera fait.

# Contester
Répondez dans cette boîte.
"""
REASON = "publicité reçue en série"


def spam(house: House, *, opened: bool = True, reporter: Reporter | None = None) -> str:
    case_id = house.new_case("Gagnez un voyage, cliquez ici.", reporter=reporter)
    if opened:
        show_case(house.desk(), case_id)
    return case_id


def close(house: House, *ids: str, **options: object):
    return close_many(house.desk(), ids, **{"reason": REASON, "text": REPLY, "values": SPAM} | options)


def test_each_walks_through_every_state(house: House) -> None:
    silent, heard = spam(house), spam(house, reporter=Reporter.new())
    bulk = close(house, silent, heard, silent)
    assert (bulk.done, bulk.refused) == ((silent, heard), ())
    for case_id in (silent, heard):
        facts = case(house, case_id).facts
        assert (facts.state, facts.outcome, facts.category, facts.severity) == ("closed", "out_of_scope", "INF", 2)
        moves = [reason for action, reason in reasons(house, case_id) if action == "move"]
        assert [move.split(": ")[0] for move in moves] == [
            "received → acknowledged",
            "acknowledged → triage",
            "triage → out_of_scope",
            "out_of_scope → closed",
        ]
        assert all(move.endswith(REASON) for move in moves)
    sent = show_case(house.desk(), heard).replies
    assert [one.kind for one in sent] == ["acknowledgement", "closing"]
    assert "Ce message est une publicité." in sent[1].text


def test_what_nobody_opened_stays(house: House) -> None:
    unread, read = spam(house, opened=False), spam(house)
    bulk = close(house, unread, read)
    assert bulk.done == (read,)
    (stays,) = bulk.refused
    assert (stays.id, stays.why) == (unread, "Open the report first: sourdine desk case show.")
    assert reasons(house, unread)[-1][0] == "receive"


def test_all_that_is_missing_is_told_before_the_first_step(house: House) -> None:
    case_id = spam(house, opened=False, reporter=Reporter.new())
    (stays,) = close(house, case_id, values={"severity": "many"}).refused
    assert [
        word
        for word in ("Open the report", "Set the category", "Set the severity", "conflict=none")
        if word in stays.why
    ]
    assert stays.why.count("Set the severity") == 1
    assert case(house, case_id).facts.state == "received"
    assert show_case(house.desk(), case_id).replies == ()


def test_what_somebody_established_stays(house: House) -> None:
    case_id = spam(house)
    put(house, case_id, category="GOV", severity=2, conflict="")
    assert close(house, case_id).done == (case_id,)
    facts = case(house, case_id).facts
    assert (facts.category, facts.severity, facts.conflict) == ("GOV", 2, "none")


def test_a_walk_begins_where_the_case_is(house: House) -> None:
    case_id = spam(house, reporter=Reporter.new())
    put(house, case_id, category="GOV", severity=2, conflict="none", acknowledged=True)
    move_case(house.desk(), case_id, "acknowledged", "lu")
    move_case(house.desk(), case_id, "triage", "lu")
    move_case(house.desk(), case_id, "out_of_scope", "lu")
    send(house.desk(), case_id, CLOSING_TEXT, kind="closing")
    assert close(house, case_id).done == (case_id,)
    assert [one.kind for one in show_case(house.desk(), case_id).replies] == ["closing"]


def test_a_case_under_study_is_decided_by_itself(house: House) -> None:
    studied, merged, target = assessed(house), spam(house), spam(house)
    member = spam(house, reporter=Reporter.new())
    merge(house.desk(), heard(house, merged), studied, "la même chose")
    merge(house.desk(), heard(house, member), target, "la même chose")
    whys = [one.why for one in close(house, studied, merged, target, "aaaaaaaaaaaa").refused]
    assert whys[0].startswith("A case in assessment is decided by itself.")
    assert whys[1].startswith("This case is decided with the one")
    assert "has a mailbox of its own" in whys[2]
    assert whys[3].startswith("You have no case of that number.")


def test_what_is_refused_as_a_whole(house: House) -> None:
    with pytest.raises(UserError, match="At most"):
        close(house, *[f"{number:012d}" for number in range(AT_ONCE + 1)])
    with pytest.raises(UserError, match="At most"):
        close(house, values={"owner": "alize"})
    with pytest.raises(UserError, match="is empty"):
        close(house, reason="")
    with pytest.raises(UserError, match="is not filled in"):
        close(house, text="# Décision\nNous arrêtons là.")


def test_a_change_at_the_same_moment_stops_one_case(house: House) -> None:
    case_id = spam(house)
    desk = house.desk()

    class Hurried:
        """A store whose second write comes after somebody else's."""

        def __init__(self) -> None:
            self.writes = 0

        def reading(self):
            return desk.store.reading()

        def writing(self):
            self.writes += 1
            if self.writes == 2:
                raise BusyError("Another reviewer changed this case at the same moment.", "Look at it again.")
            return desk.store.writing()

    (stays,) = close_many(replace(desk, store=Hurried()), [case_id], reason=REASON, text=REPLY, values=SPAM).refused
    assert "stopped on its way" in stays.why
    assert close(house, case_id).done == (case_id,)
