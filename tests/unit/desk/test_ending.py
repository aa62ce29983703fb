"""Replies that end with their case go from the intake, among decoys, and the closing reply stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.desk.carry.ending import CARRIED, DECOYS, ENDED, queue_ended
from app.desk.carry.outboxes import make_outbox, write_again
from app.desk.cases.decisions import move_case
from app.desk.keep.purge import purge
from app.desk.replies.replies import send
from app.domain.facts import State
from crypto.outbox import open_outbox
from crypto.reply import open_reply
from tests.unit.desk.house import CLOSING_TEXT, DAY, INSTANCE, House, Reporter, open_house
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_discards import Both
from tests.unit.desk.test_entries import establish
from tests.unit.desk.test_purge import closed


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with open_house() as house:
        made = Both(house, tmp_path / "intake")
        yield made
        made.store.close()


def kept(both: Both, reporter: Reporter) -> list[str]:
    """The kinds of replies that the mailbox still has."""
    rows = both.store.replies(reporter.mailbox.locator, both.today)
    key = both.house.store.identity().public
    return sorted(open_reply(row.data, reporter.mailbox, key, INSTANCE).kind for row in rows)


def test_at_a_purge_the_mailbox_keeps_only_the_closing_reply(both: Both) -> None:
    house, reporter, other = both.house, Reporter.new(), Reporter.new()
    case_id = assessed(house, reporter=reporter)
    assessed(house, reporter=other)
    both.carry_out()
    desk = house.desk()
    move_case(desk, case_id, "unfounded", "rien")
    send(desk, case_id, CLOSING_TEXT, kind="closing")
    move_case(desk, case_id, "closed", "fin")
    both.carry_out()
    assert kept(both, reporter) == ["acknowledgement", "reply"]
    house.forward(60)
    purge(house.desk("alize"), case_id, "durée échue")
    purge(house.desk("cypres"), case_id, "durée échue")
    both.carry_out()
    assert kept(both, reporter) == ["reply"]
    assert kept(both, other) == ["acknowledgement"]
    sent = open_outbox((house.folder / "outbox").read_bytes(), house.store.identity().public)
    assert len(sent.ended) == 8
    assert make_outbox(house.desk(), house.folder / "next").ended == 0
    assert write_again(house.desk(), house.folder / "next").ended == 0


def test_a_closing_reply_is_kept_for_six_months(both: Both) -> None:
    house, reporter = both.house, Reporter.new()
    house.set_day(DAY.replace(month=8, day=31, year=DAY.year + 1))
    case_id = house.new_case(reporter=reporter)
    establish(house, case_id, state=State.UNFOUNDED)
    send(house.desk(), case_id, CLOSING_TEXT, kind="closing")
    both.carry_out()
    house.set_day(DAY.replace(year=DAY.year + 2, month=2, day=28))
    assert len(kept(both, reporter)) == 1
    house.forward(1)
    assert kept(both, reporter) == []


def test_decoys_are_remembered_while_the_intake_keeps_them(fresh: House) -> None:
    desk = fresh.desk()
    for n in (1, 2, 3):
        make_outbox(desk, fresh.folder / f"outbox-{n}")
    names = [f"{n:032x}" for n in range(3)]
    with fresh.store.writing() as tx:
        assert [len(row["ids"]) for row in desk.shared(tx, DECOYS).values()] == [8, 8, 8]
        queue_ended(desk, tx, names)
    assert make_outbox(desk, fresh.folder / "outbox-4").ended == 8
    with fresh.store.writing() as tx:
        assert sum(len(row["ids"]) for row in desk.shared(tx, DECOYS).values()) == 4 * 8 - 5
        assert desk.shared(tx, ENDED) == {}
    fresh.forward(181)
    later = fresh.desk()
    with fresh.store.writing() as tx:
        queue_ended(later, tx, names)
    assert make_outbox(later, fresh.folder / "outbox-3").ended == 3  # the intake has none of the decoys any more
    with fresh.store.reading() as tx:
        assert [row["until"] for row in later.shared(tx, DECOYS).values()] == [
            (later.today + timedelta(days=180)).isoformat()
        ]


def test_decoys_are_as_many_as_replies_and_wait_with_them(fresh: House) -> None:
    case_id = fresh.new_case(reporter=Reporter.new())
    sent = [send(fresh.desk(), case_id, f"Bonjour {n}.").queued for n in range(6)]
    for n in range(1, 6):
        make_outbox(fresh.desk(), fresh.folder / f"o{n}")
    waiting = send(fresh.desk(), case_id, "Encore ici.").queued
    desk = fresh.desk()
    with fresh.store.writing() as tx:
        near = set(desk.shared(tx, DECOYS)["1"]["ids"])
        queue_ended(desk, tx, [*sent, waiting])
        queued = set(desk.shared(tx, ENDED))
    assert len(queued) == 16
    assert set(sent) | near < queued
    assert waiting not in queued
    make_outbox(fresh.desk(), fresh.folder / "list")
    outbox = open_outbox((fresh.folder / "list").read_bytes(), fresh.store.identity().public)
    assert set(outbox.ended) == queued


def test_an_outbox_without_decoys_is_not_remembered(fresh: House) -> None:
    case_id = fresh.new_case(reporter=Reporter.new())
    for _ in range(8):
        send(fresh.desk(), case_id, "Bonjour.")
    make_outbox(fresh.desk(), fresh.folder / "outbox")
    with fresh.store.reading() as tx:
        assert fresh.desk().shared(tx, DECOYS) == {}


def test_what_has_expired_on_the_intake_is_not_named(fresh: House) -> None:
    case_id = closed(fresh)
    fresh.forward(215)
    for name in ("alize", "cypres"):
        purge(fresh.desk(name), case_id, "durée échue")
    assert make_outbox(fresh.desk(), fresh.folder / "outbox-2").ended == 0


def ended_names(house: House, name: str) -> set[str]:
    make_outbox(house.desk(), house.folder / name)
    return set(open_outbox((house.folder / name).read_bytes(), house.store.identity().public).ended)


def test_a_list_leaves_as_many_decoys_of_an_outbox_as_replies_that_stay(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = closed(fresh, reporter=reporter)
    brought = open_outbox((fresh.folder / "outbox").read_bytes(), fresh.store.identity().public).replies
    fresh.forward(60)
    for name in ("alize", "cypres"):
        purge(fresh.desk(name), case_id, "durée échue")
    ended = ended_names(fresh, "o2")
    left = [one.locator == reporter.mailbox.locator for one in brought if one.id not in ended]
    assert sorted(left) == [False, True]
    assert len(ended) == 6  # no other decoys are there to fill up from


def test_what_is_left_of_an_outbox_is_not_the_reply_of_somebody_else(fresh: House) -> None:
    first, second = Reporter.new(), Reporter.new()
    case_id = assessed(fresh, reporter=first)
    assessed(fresh, reporter=second)
    for name in ("o1", "o2", "o3"):
        make_outbox(fresh.desk(), fresh.folder / name)
    brought = open_outbox((fresh.folder / "o1").read_bytes(), fresh.store.identity().public).replies
    move_case(fresh.desk(), case_id, "unfounded", "rien")
    send(fresh.desk(), case_id, CLOSING_TEXT, kind="closing")
    move_case(fresh.desk(), case_id, "closed", "fin")
    make_outbox(fresh.desk(), fresh.folder / "o4")
    fresh.forward(60)
    for name in ("alize", "cypres"):
        purge(fresh.desk(name), case_id, "durée échue")
    ended = ended_names(fresh, "o5")
    assert len(ended) == 8
    left = [one.locator == second.mailbox.locator for one in brought if one.id not in ended]
    assert sorted(left) == [False, True]


def test_decoys_of_an_earlier_version_stay_where_nobody_knows_what_they_hide(fresh: House) -> None:
    desk = fresh.desk()
    with fresh.store.writing() as tx:
        until = (DAY + timedelta(days=100)).isoformat()
        desk.put_shared(tx, DECOYS, "1", {"ids": ["a" * 32, "b" * 32], "until": until})
        desk.put_shared(tx, DECOYS, "2", {"ids": ["c" * 32, "d" * 32], "until": until})
        desk.put_shared(tx, CARRIED, "2", {"replies": ["e" * 32, "f" * 32], "ended": []})
        queue_ended(desk, tx, ["e" * 32])
        queued = set(desk.shared(tx, ENDED))
    assert len(queued) == 2
    assert queued < {"e" * 32, "c" * 32, "d" * 32}


def test_a_reply_that_was_sealed_again_ends_with_its_case(fresh: House) -> None:
    case_id = assessed(fresh)
    made = make_outbox(fresh.desk(), fresh.folder / "lost")
    fresh.forward(110)
    move_case(fresh.desk(), case_id, "unfounded", "rien")
    send(fresh.desk(), case_id, CLOSING_TEXT, kind="closing")
    move_case(fresh.desk(), case_id, "closed", "fin")
    fresh.forward(65)
    assert make_outbox(fresh.desk(), fresh.folder / "o2", lost=[made.number]).recovered == 1
    fresh.forward(7)
    for name in ("alize", "cypres"):
        purge(fresh.desk(name), case_id, "durée échue")
    with fresh.store.reading() as tx:
        assert fresh.desk().shared(tx, ENDED)
