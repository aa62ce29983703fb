"""Every pair of states on a real desk: what is not a row of the table is refused and changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.desk.cases.decisions import move_case
from app.desk.core.bench import Desk
from app.domain.facts import CaseFacts
from app.domain.states import IllegalMove, MoveRefused, State, find_move
from app.errors import UserError
from tests.unit.desk.house import DAY, House

UNGUARDED = CaseFacts(state=State.RECEIVED, entered=DAY)
# A case of which everything is known that a guard about the case itself asks for.
KNOWN = CaseFacts(
    state=State.RECEIVED,
    entered=DAY,
    opened=True,
    category="GOV",
    severity=2,
    grade="A2",
    owner="alize",
    deputy="cypres",
    cooperative="Trois Rivières",
    group_size=40,
    conflict="none",
    consent_mediation=True,
    consent_referral=True,
    acknowledged_on=date(2026, 11, 1),
)


def put(desk: Desk, case_id: str, facts: CaseFacts) -> None:
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.record, facts=facts))


def rows(house: House) -> list[tuple[object, ...]]:
    with house.database() as link:
        tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return [row for table in tables for row in link.execute(f"SELECT * FROM {table}")]


def test_no_move_but_those_of_the_table(house: House) -> None:
    case_id, tried = house.new_case(), 0
    desk = house.desk("alize")
    for source in State:
        put(desk, case_id, replace(KNOWN, state=source))
        before = rows(house)
        for target in [*State, "purged", "", "Received", "closed "]:
            if find_move(source, target) is None:
                with pytest.raises(IllegalMove) as refused:
                    move_case(desk, case_id, target, "parce que")
                assert str(refused.value.hint).startswith("It can move to")
                tried += 1
        assert rows(house) == before
    assert tried > 290


def test_no_move_of_the_table_without_its_guards(house: House) -> None:
    """A case of which nothing is known goes nowhere but where only a reason is asked."""
    case_id = house.new_case()
    desk = house.desk("alize")
    for source in State:
        for target in State:
            move = find_move(source, target)
            if move is None or len(move.conditions) == 1:
                continue
            put(desk, case_id, replace(UNGUARDED, state=source, mailbox=True))
            before = rows(house)
            with pytest.raises(MoveRefused) as refused:
                move_case(desk, case_id, target, "parce que")
            assert refused.value.hint
            assert rows(house) == before


def test_a_reason_is_always_asked(house: House) -> None:
    case_id = house.new_case()
    desk = house.desk("alize")
    put(desk, case_id, replace(KNOWN, state=State.TRIAGE))
    before = rows(house)
    with pytest.raises(UserError, match="reason is empty"):
        move_case(desk, case_id, "out_of_scope", "  \n")
    assert rows(house) == before
