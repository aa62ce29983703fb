"""A mailbox outlives its case by some months: what still comes is read, and can be answered."""

from __future__ import annotations

import pytest

from app.desk.carry.admission import Rejected
from app.desk.carry.filing import Labels, file_envelope
from app.desk.carry.opening import open_envelope, opener
from app.desk.carry.outboxes import make_outbox
from app.desk.carry.takeup import TakenUp, take_up
from app.desk.cases.reading import list_cases, show_case
from app.desk.circle import links, people
from app.desk.core.mailboxes import ENDED_MAILBOX, TAGS
from app.desk.keep.purge import purge
from app.desk.keep.retention import end_mailboxes
from app.desk.replies.replies import send
from app.domain.facts import State
from crypto.outbox import open_outbox
from crypto.reply import open_reply
from tests.unit.desk.house import DAY, INSTANCE, STORY, House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_entries import establish
from tests.unit.desk.test_people import enrol
from tests.unit.desk.test_purge import by_two, closed, opened


def purged(house: House, reporter: Reporter, **options: object) -> str:
    case_id = closed(house, reporter=reporter, **options)
    house.forward(60)
    by_two(house, case_id)
    return case_id


def test_a_message_after_the_purge_is_a_new_case_that_can_be_answered(fresh: House) -> None:
    reporter = Reporter.new()
    old = purged(fresh, reporter)
    fresh.receive(fresh.seal("Cela recommence.", reporter=reporter, kind="message"))
    done = take_up(fresh.desk())
    (case_id,) = done.cases
    assert case_id != old
    assert done.waiting == done.refused == []
    shown = show_case(fresh.desk(), case_id)
    assert [one.message.story for one in shown.messages] == ["Cela recommence."]
    assert shown.case.facts.state is State.RECEIVED
    assert send(fresh.desk(), case_id, "Nous vous lisons.").seq == 3
    make_outbox(fresh.desk(), fresh.folder / "outbox-2")
    key = fresh.store.identity().public
    sent = open_outbox((fresh.folder / "outbox-2").read_bytes(), key)
    (mine,) = [one for one in sent.replies if one.locator == reporter.mailbox.locator]
    assert open_reply(mine.data, reporter.mailbox, key, INSTANCE).seq == 3
    fresh.receive(fresh.seal("Et encore.", reporter=reporter, kind="message"))
    assert take_up(fresh.desk()).joined == [case_id]
    with fresh.store.reading() as tx:
        assert fresh.desk().shared(tx, ENDED_MAILBOX) == {}


def test_retaliation_after_the_purge_counts(fresh: House) -> None:
    reporter = Reporter.new()
    purged(fresh, reporter)
    fresh.receive(fresh.seal("On me menace.", reporter=reporter, kind="retaliation"))
    (case_id,) = take_up(fresh.desk()).cases
    record = opened(fresh, case_id).record
    assert record.retaliation
    assert record.facts.severity >= 3


def test_an_erasure_after_the_purge_leaves_nothing(fresh: House) -> None:
    reporter = Reporter.new()
    old = purged(fresh, reporter)
    fresh.receive(fresh.seal("", reporter=reporter, kind="erase"))
    done = take_up(fresh.desk())
    assert (done.cases, done.joined, done.waiting, done.refused) == ([], [], [], [])
    assert [path for path in (fresh.home / "evidence").rglob("?" * 32) if path.is_file()] == []
    with fresh.store.reading() as tx:
        assert {case.id for case in fresh.desk().cases(tx)} == {old}
    assert make_outbox(fresh.desk(), fresh.folder / "outbox-2").receipts == 1


def test_who_was_kept_out_of_the_old_case_is_told_nothing_of_it(fresh: House) -> None:
    reporter = Reporter.new()
    purged(fresh, reporter, exclude=["brume"])
    fresh.receive(fresh.seal(STORY, reporter=reporter, kind="message", exclude=["brume"]))
    assert take_up(fresh.desk("brume")).cases == []
    assert list_cases(fresh.desk("brume")) == []
    assert len(take_up(fresh.desk("cypres")).cases) == 1


COOP = {"cooperative": "les tilleuls (Lyon)"}


@pytest.mark.parametrize("out", ["excluded", "linked"])
def test_who_was_out_of_the_old_case_is_out_of_the_new_one(fresh: House, out: str) -> None:
    """The reporter deleted the reply that carried the exclusion, and names the cooperative no second time."""
    reporter = Reporter.new()
    if out == "linked":
        links.declare(fresh.desk("brume"), "Les Tilleuls")
    old = purged(fresh, reporter, **({"exclude": ["brume"]} if out == "excluded" else {"fields": COOP}))
    stone = opened(fresh, old).record
    assert (stone.excluded, stone.linked) == ((("brume",), ()) if out == "excluded" else ((), ("brume",)))
    fresh.receive(fresh.seal("Cela recommence.", reporter=reporter, kind="message"))
    assert take_up(fresh.desk("brume")) == TakenUp()
    (case_id,) = take_up(fresh.desk("cypres")).cases
    assert list_cases(fresh.desk("brume")) == []
    record = opened(fresh, case_id).record
    assert (record.allowed, record.excluded, record.linked) == (("alize", "cypres"), stone.excluded, stone.linked)
    fresh.receive(fresh.seal("Et encore.", reporter=reporter, kind="message"))
    assert take_up(fresh.desk("brume")) == TakenUp()
    assert take_up(fresh.desk("alize")).joined == [case_id]
    with fresh.store.reading() as tx:
        assert not tx.cases_with(TAGS)


def test_who_was_let_in_stays_in(fresh: House) -> None:
    reporter = Reporter.new()
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    old = fresh.new_case(fields=COOP, reporter=reporter)
    links.let_in(fresh.desk(), old, "brume", "une autre coopérative")
    show_case(fresh.desk(), old)
    establish(fresh, old, state=State.CLOSED)
    fresh.forward(60)
    by_two(fresh, old)
    fresh.receive(fresh.seal("Encore.", reporter=reporter, kind="message", fields=COOP))
    (case_id,) = take_up(fresh.desk("brume")).cases
    assert "brume" in opened(fresh, case_id).record.allowed


def test_a_newcomer_in_place_of_an_excluded_one_gets_no_tombstone(fresh: House) -> None:
    old = purged(fresh, Reporter.new(), exclude=["brume"])
    enrol(fresh, "alize", "cypres", "erable")
    assert people.admit(fresh.desk("alize"), "erable", "brume") == people.Admitted("erable", 0, 1)
    with fresh.store.reading() as tx:
        assert fresh.desk("erable").find(tx, old) is None


def test_a_message_wakes_a_mailbox_that_had_ended(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = assessed(fresh, reporter=reporter)
    fresh.set_day(DAY.replace(year=DAY.year + 1))
    fresh.forward(1)
    assert end_mailboxes(fresh.desk()) == [case_id]
    fresh.receive(fresh.seal("Toujours là.", reporter=reporter, kind="message"))
    assert take_up(fresh.desk()).joined == [case_id]
    record = opened(fresh, case_id).record
    assert (record.mailbox, record.facts.mailbox, record.mailbox_ended) == (True, True, None)
    assert end_mailboxes(fresh.desk()) == []
    assert send(fresh.desk(), case_id, "Bonjour de nouveau.").seq == 2


def test_a_mailbox_that_ended_before_the_purge_is_remembered_too(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = closed(fresh, reporter=reporter)
    fresh.set_day(DAY.replace(year=DAY.year + 2, month=6))
    end_mailboxes(fresh.desk())
    for name in ("alize", "cypres"):
        purge(fresh.desk(name), case_id, "durée échue")
    fresh.receive(fresh.seal(STORY, reporter=reporter, kind="message"))
    assert len(take_up(fresh.desk()).cases) == 1


def test_only_what_has_a_case_is_filed_by_hand(fresh: House) -> None:
    reporter = Reporter.new()
    purged(fresh, reporter)
    fresh.receive(fresh.seal("", reporter=reporter, kind="erase"))
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        (row,) = tx.envelopes("waiting")
    with opener(desk.keyring, 1) as by:
        found = open_envelope(desk, row, by)
    with pytest.raises(Rejected, match="whose case is destroyed"), fresh.store.writing() as tx:
        file_envelope(desk, tx, found, Labels(desk))
