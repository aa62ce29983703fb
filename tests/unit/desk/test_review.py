"""The second line: a sample that nobody picks, read by somebody who had no part in it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.desk.cases.closing import close_many
from app.desk.cases.review import OUTCOMES, draw, hands, record, review_of, waiting
from app.domain.facts import State
from app.errors import UsageError, UserError
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_closing import REASON, REPLY, SPAM, spam
from tests.unit.desk.test_merging import case, put, reasons

MONTH = "2026-11"


def december(house: House) -> None:
    house.set_day(date(2026, 12, 1))


def closed(house: House, **options: object) -> str:
    case_id = house.new_case(**options)
    put(house, case_id, state=State.CLOSED, owner="alize", deputy="cypres")
    return case_id


def test_one_in_twenty_once_the_month_is_over(fresh: House) -> None:
    ids = {closed(fresh) for _ in range(3)}
    fresh.new_case()
    with pytest.raises(UserError, match="not over"):
        draw(fresh.desk(), MONTH)
    december(fresh)
    drawn = draw(fresh.desk(), MONTH)
    assert len(drawn) == 1
    assert set(drawn) <= ids
    assert draw(fresh.desk(), MONTH) == draw(fresh.desk("brume"), MONTH) == drawn
    assert reasons(fresh, drawn[0])[-1] == ("drawn for review", MONTH)
    assert draw(fresh.desk(), "2026-10") == []
    with pytest.raises(UsageError, match="A month is written"):
        draw(fresh.desk(), "novembre")


def test_what_one_may_not_open_is_drawn_by_others(fresh: House) -> None:
    hidden = closed(fresh, reporter=Reporter.new(), exclude=["brume"])
    december(fresh)
    assert draw(fresh.desk("brume"), MONTH) == []
    assert draw(fresh.desk(), MONTH) == [hidden]
    assert draw(fresh.desk("brume"), MONTH) == []


def test_read_again_by_somebody_else(fresh: House) -> None:
    case_id = closed(fresh)
    with pytest.raises(UserError, match="does not wait"):
        record(fresh.desk("brume"), case_id, "agreed", "rien à dire")
    december(fresh)
    draw(fresh.desk(), MONTH)
    for name in ("alize", "cypres"):
        with pytest.raises(UserError, match="You worked on this case"):
            record(fresh.desk(name), case_id, "agreed", "rien à dire")
    with pytest.raises(UserError, match="An outcome is one of"):
        record(fresh.desk("brume"), case_id, "perfect", "rien à dire")
    with pytest.raises(UserError, match="The remarks"):
        record(fresh.desk("brume"), case_id, OUTCOMES[0], "")
    done = record(fresh.desk("brume"), case_id, "remarks", "motif trop court")
    assert (done.by, done.day, done.outcome) == ("brume", date(2026, 12, 1), "remarks")
    assert reasons(fresh, case_id)[-1] == ("review", "remarks: motif trop court")
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        assert review_of(tx, desk.case(tx, case_id)) == done
        assert waiting(desk, tx) == []
    with pytest.raises(UserError, match="does not wait"):
        record(fresh.desk("brume"), case_id, "agreed", "encore")


def test_who_closed_spam_does_not_read_it_again(fresh: House) -> None:
    case_id = spam(fresh)
    assert close_many(fresh.desk(), [case_id], reason=REASON, text=REPLY, values=SPAM).done
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        assert hands(desk, tx, desk.case(tx, case_id)) == {"alize"}


def test_before_the_content_is_destroyed(fresh: House) -> None:
    case_id = closed(fresh)
    entered = case(fresh, case_id).facts.entered
    fresh.set_day(entered + timedelta(days=55))
    draw(fresh.desk(), MONTH)
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        ((_, one),) = waiting(desk, tx)
    assert one.due == entered + timedelta(days=60)
