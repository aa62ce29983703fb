"""Who answers for a case: in turn, or for a reason."""

from __future__ import annotations

import pytest

from app.desk.cases.handover import cases_of, hand_over, ownerless, suggest_owner
from app.desk.cases.merging import merge
from app.desk.replies.replies import send
from app.domain.facts import State
from app.errors import UserError
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_merging import case, heard, put, reasons


def suggestion(house: House, case_id: str, name: str = "alize") -> str:
    desk = house.desk(name)
    with house.store.reading() as tx:
        return suggest_owner(desk, tx, desk.case(tx, case_id))


def test_the_first_owners_take_turns_without_a_reason(fresh: House) -> None:
    ids = [fresh.new_case() for _ in range(4)]
    owners = [hand_over(fresh.desk(), one).owner for one in ids]
    assert set(owners[:3]) == {"alize", "brume", "cypres"}
    assert owners[3] in owners[:3]
    assert reasons(fresh, ids[0])[-1] == ("hand over", f"owner - → {owners[0]}: in turn")
    assert len(cases_of(fresh.desk(), owners[3])) == 2


def test_closed_and_merged_cases_weigh_nothing(fresh: House) -> None:
    first, second, third = (fresh.new_case() for _ in range(3))
    put(fresh, first, owner="alize")
    put(fresh, second, owner="brume")
    put(fresh, third, owner="cypres")
    new = fresh.new_case()
    put(fresh, second, state=State.CLOSED)
    assert suggestion(fresh, new) == "brume"
    put(fresh, second, state=State.TRIAGE)
    merge(fresh.desk(), heard(fresh, third), first, "la même chose")
    assert suggestion(fresh, new) == "cypres"
    assert cases_of(fresh.desk(), "cypres") == []


def test_only_those_who_may_open_it_are_suggested(fresh: House) -> None:
    closed = fresh.new_case(reporter=Reporter.new(), exclude=["brume"])
    put(fresh, fresh.new_case(), owner="alize")
    assert suggestion(fresh, closed) == "cypres"
    put(fresh, closed, owner="cypres", deputy="alize")
    assert suggestion(fresh, closed) == ""
    with pytest.raises(UserError, match="Nobody else"):
        hand_over(fresh.desk(), closed, reason="départ")
    with pytest.raises(UserError, match="brume may not answer"):
        hand_over(fresh.desk(), closed, "brume", "elle connaît le sujet")
    # What brume may not open is not counted for brume either.
    assert "cypres" not in {one.facts.owner for one in cases_of(fresh.desk("brume"), "cypres")}


def test_another_choice_needs_a_reason(fresh: House) -> None:
    case_id = fresh.new_case()
    other = next(name for name in ("alize", "brume", "cypres") if name != suggestion(fresh, case_id))
    turn = suggestion(fresh, case_id)
    with pytest.raises(UserError, match="The reason is empty"):
        hand_over(fresh.desk(), case_id, other)
    done = hand_over(fresh.desk(), case_id, other, "parle la langue du dossier")
    assert (done.owner, done.suggested, done.tell_reporter) == (other, turn, False)
    assert reasons(fresh, case_id)[-1][1] == f"owner - → {other}, the turn was {turn}'s: parle la langue du dossier"
    with pytest.raises(UserError, match="The reason is empty"):
        hand_over(fresh.desk(), case_id)


def test_owner_and_deputy_change_together(house: House) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    put(house, case_id, owner="alize", deputy="cypres")
    with pytest.raises(UserError, match="two people"):
        hand_over(house.desk(), case_id, "cypres", "congé")
    with pytest.raises(UserError, match="answers for this case already"):
        hand_over(house.desk(), case_id, "alize", "congé")
    send(house.desk(), case_id, "Nous vous lisons.")
    done = hand_over(house.desk(), case_id, "cypres", "congé", deputy="brume")
    assert (done.owner, done.deputy, done.tell_reporter) == ("cypres", "brume", True)
    assert "deputy cypres → brume" in reasons(house, case_id)[-1][1]


def test_a_case_that_sleeps_is_not_handed_over(house: House) -> None:
    source, target = house.new_case(), house.new_case()
    merge(house.desk(), heard(house, source), target, "la même chose")
    with pytest.raises(UserError, match="decided with the one"):
        hand_over(house.desk(), source, "alize", "congé")


def test_an_open_case_without_an_owner_shows(house: House) -> None:
    early, late = house.new_case(), house.new_case()
    put(house, late, state=State.ASSESSMENT, owner="")
    desk = house.desk()
    with house.store.reading() as tx:
        found = {one.id for one in ownerless(desk, tx)}
    assert late in found
    assert early not in found
    assert case(house, late).facts.owner == ""
