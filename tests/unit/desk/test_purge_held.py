"""What keeps a case from being destroyed: a hold on the case it was decided with, and a message that nobody read."""

from __future__ import annotations

import pytest

from app.desk.carry.outboxes import make_outbox
from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import move_case
from app.desk.cases.merging import merge, rejoin, split
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.keep.purge import purge
from app.desk.keep.retention import days_of, due_for_purge
from app.desk.replies.replies import send
from app.errors import UserError
from tests.unit.desk.house import CLOSING_TEXT, House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_links_kin import heard
from tests.unit.desk.test_purge import WHY, by_two, closed, opened


def ended_together(house: House, **held: bool) -> tuple[str, str]:
    """A report, and the case that it was decided with; `source` or `target` held. Sixty days have passed."""
    source, target = assessed(house, reporter=Reporter.new()), assessed(house)
    if held.get("source"):
        set_values(house.desk(), source, ["hold=yes"])
    merge(house.desk(), source, target, "même affaire")
    if held.get("target"):
        set_values(house.desk(), target, ["hold=yes"])
    move_case(house.desk(), target, "unfounded", "rien")
    for case_id in (source, target):
        send(house.desk(), case_id, CLOSING_TEXT, kind="closing") if opened(house, case_id).record.mailbox else None
    move_case(house.desk(), target, "closed", "fin")
    make_outbox(house.desk(), house.folder / "outbox")
    house.forward(60)
    return source, target


def test_a_hold_keeps_what_was_merged_into_the_case(fresh: House) -> None:
    source, target = ended_together(fresh, target=True)
    assert due_for_purge(fresh.desk()) == []
    with pytest.raises(UserError, match="with the one that it was merged into") as refused:
        purge(fresh.desk(), source, WHY)
    assert f"case set {target} hold=no" in refused.value.hint
    set_values(fresh.desk(), target, ["hold=no"], "jugement rendu")
    assert {due.case_id for due in due_for_purge(fresh.desk())} == {source, target}
    by_two(fresh, source)
    by_two(fresh, target)


def test_who_may_not_open_the_case_it_was_decided_with_destroys_nothing(fresh: House) -> None:
    source, target = ended_together(fresh)
    desk = fresh.desk("brume")
    with fresh.store.writing() as tx:  # as the reporter of the other one may have wished
        tx.put_grants(target, {"brume": desk.keyring.grant(target, None, "brume")})
        held = fresh.desk().case(tx, target)
        fresh.desk().save(tx, held, held.record)
    with fresh.store.reading() as tx:
        assert days_of(desk, tx, desk.case(tx, source)) is None
    with pytest.raises(UserError, match="not open to you"):
        purge(fresh.desk("brume"), source, WHY)
    by_two(fresh, source)


@pytest.mark.parametrize("kind", ["message", "retaliation"])
@pytest.mark.parametrize(("outcome", "days"), [("out_of_scope", 0), ("unfounded", 60)])
def test_what_came_on_the_day_of_the_end_is_read_before_it_is_destroyed(
    fresh: House, kind: str, outcome: str, days: int
) -> None:
    reporter = Reporter.new()
    case_id = closed(fresh, outcome=outcome, reporter=reporter)
    fresh.receive(fresh.seal("Ils me menacent.", reporter=reporter, kind=kind))
    assert take_up(fresh.desk()).joined == [case_id]
    fresh.forward(days)
    for name in ("alize", "cypres"):
        with pytest.raises(UserError, match="read by nobody yet") as refused:
            purge(fresh.desk(name), case_id, WHY)
    assert f"case show {case_id}" in refused.value.hint
    show_case(fresh.desk("brume"), case_id)
    by_two(fresh, case_id)


def test_what_came_later_is_read_after_sixty_days_too(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = closed(fresh, reporter=reporter)
    fresh.forward(5)
    fresh.receive(fresh.seal("Une suite.", reporter=reporter, kind="message"))
    take_up(fresh.desk())
    fresh.forward(60)
    with pytest.raises(UserError, match="read by nobody yet"):
        purge(fresh.desk(), case_id, WHY)
    show_case(fresh.desk(), case_id)
    by_two(fresh, case_id)


def test_a_hold_is_lifted_where_a_case_was_merged(fresh: House) -> None:
    source, target = heard(fresh), heard(fresh)
    set_values(fresh.desk(), source, ["hold=yes"])
    merge(fresh.desk(), source, target, "même affaire")
    with pytest.raises(UserError, match="decided with the one it was merged into"):
        set_values(fresh.desk(), source, ["hold=no", "severity=3"], "jugement rendu")
    set_values(fresh.desk(), source, ["hold=no"], "jugement rendu")
    assert opened(fresh, source).facts.hold is False
    set_values(fresh.desk(), source, ["hold=yes"])
    assert opened(fresh, source).facts.hold is True


def test_a_case_on_hold_does_not_go_back_to_its_source(fresh: House) -> None:
    source = heard(fresh)
    part = split(fresh.desk(), source, [1], "deux choses")
    set_values(fresh.desk(), part, ["hold=yes"])
    with pytest.raises(UserError, match="does not go back while it stands"):
        rejoin(fresh.desk(), part, "une seule chose")
    set_values(fresh.desk(), part, ["hold=no"], "jugement rendu")
    rejoin(fresh.desk(), part, "une seule chose")


def test_what_was_purged_has_no_hold(fresh: House) -> None:
    case_id = closed(fresh, outcome="out_of_scope")
    by_two(fresh, case_id)
    with pytest.raises(UserError, match="was purged"):
        set_values(fresh.desk(), case_id, ["hold=yes"])
