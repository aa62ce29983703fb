"""An outbox that never reached the intake: a later one brings its replies again, under the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desk.carry.lost import CARRIED, REMEMBERED, remember
from app.desk.carry.outboxes import make_outbox
from app.desk.keep.purge import purge
from app.desk.replies.replies import send
from app.errors import UserError
from crypto.outbox import open_outbox
from crypto.reply import Reply, check_sequence, open_reply
from tests.unit.desk.house import INSTANCE, House, Reporter, open_house
from tests.unit.desk.test_discards import Both
from tests.unit.desk.test_journey import Typed
from tests.unit.desk.test_letters_commands import aloud
from tests.unit.desk.test_purge import closed


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with open_house() as house:
        made = Both(house, tmp_path / "intake")
        yield made
        made.store.close()


def mailbox(both: Both, reporter: Reporter) -> list[Reply]:
    key = both.house.store.identity().public
    rows = both.store.replies(reporter.mailbox.locator, both.today)
    opened = [open_reply(row.data, reporter.mailbox, key, INSTANCE) for row in rows]
    return sorted(opened, key=lambda reply: reply.seq)


def test_the_replies_of_a_lost_outbox_come_with_a_later_one(both: Both) -> None:
    house, reporter, excluding = both.house, Reporter.new(), Reporter.new()
    case_id = house.new_case(reporter=reporter)
    other = house.new_case(reporter=excluding, exclude=["alize"], name="brume")
    send(house.desk(), case_id, "Un.")
    both.carry_out()
    send(house.desk(), case_id, "Deux.", kind="reply")
    send(house.desk("brume"), other, "Pour une autre.")
    make_outbox(house.desk(), house.folder / "lost")
    house.forward(170)
    send(house.desk(), case_id, "Trois.", kind="reply")
    applied = both.carry_out(lost=[2])
    assert (applied.number, applied.missed) == (3, 1)
    found = mailbox(both, reporter)
    assert [(one.seq, one.author, one.text) for one in found[-2:]] == [(2, "alize", "Deux."), (3, "alize", "Trois.")]
    assert (both.today - found[-2].day).days == 170
    assert [one.state for one in found] == ["received"] * 3
    assert check_sequence(found)[1] == ()
    assert mailbox(both, excluding) == []
    assert both.carry_out(lost=[2]).missed == 0  # said twice: nothing comes twice
    assert len(mailbox(both, reporter)) == 3
    path = house.folder / "outbox"
    assert make_outbox(house.desk("brume"), path, lost=[2]).recovered == 2
    sent = open_outbox(path.read_bytes(), house.store.identity().public)
    assert [one.locator for one in sent.replies].count(excluding.mailbox.locator) == 1
    assert min((one.expires - both.today).days for one in sent.replies) >= 30


def test_what_waits_already_is_not_queued_twice_and_an_unknown_number_is_refused(fresh: House) -> None:
    case_id = fresh.new_case(reporter=Reporter.new())
    send(fresh.desk(), case_id, "Un.")
    with pytest.raises(UserError, match="does not remember what outbox 1"):
        make_outbox(fresh.desk(), fresh.folder / "outbox", lost=[1])
    assert make_outbox(fresh.desk(), fresh.folder / "outbox").number == 1
    made = make_outbox(fresh.desk(), fresh.folder / "outbox-2", lost=[1, 1])
    assert (made.number, made.recovered) == (2, 1)


def test_what_ended_is_named_again_and_a_purged_case_has_nothing_to_say(both: Both) -> None:
    house = both.house
    case_id = closed(house)
    both.carry_out()
    house.forward(61)
    for name in ("alize", "cypres"):
        purge(house.desk(name), case_id, "durée échue")
    first = make_outbox(house.desk(), house.folder / "lost")
    assert first.ended
    again = make_outbox(house.desk(), house.folder / "next", lost=range(1, first.number + 1))
    assert (again.ended, again.recovered) == (first.ended, 0)


def test_only_the_last_outboxes_are_remembered(fresh: House) -> None:
    desk = fresh.desk()
    with fresh.store.writing() as tx:
        for number in range(1, REMEMBERED + 3):
            remember(desk, tx, number, [], [])
        assert {int(name) for name in desk.shared(tx, CARRIED)} == set(range(3, REMEMBERED + 3))


def test_the_command_says_what_comes_again(fresh: House) -> None:
    typed = Typed(fresh)
    send(fresh.desk(), fresh.new_case(reporter=Reporter.new()), "Un.")
    typed("outbox", "--to", str(fresh.folder / "one"))
    assert typed.json("outbox", "--to", str(fresh.folder / "two"), "--lost", "1")["recovered"] == 1
    with pytest.raises(UserError, match="--again"):
        typed("outbox", "--to", str(fresh.folder / "two"), "--lost", "1", "--again")


def test_a_reply_whose_time_is_over_is_not_sealed_again(fresh: House) -> None:
    case_id = fresh.new_case(reporter=Reporter.new())
    send(fresh.desk(), case_id, "Un.", kind="acknowledgement")
    make_outbox(fresh.desk(), fresh.folder / "o1")
    fresh.forward(209)
    assert make_outbox(fresh.desk(), fresh.folder / "o2", lost=[1]).recovered == 1
    fresh.forward(1)
    assert make_outbox(fresh.desk(), fresh.folder / "o3", lost=[1]).recovered == 0


def test_whoever_names_a_lost_outbox_is_warned(both: Both, capsys: pytest.CaptureFixture[str]) -> None:
    house, reporter = both.house, Reporter.new()
    send(house.desk(), house.new_case(reporter=reporter), "Un.")
    both.carry_out()
    (row,) = both.store.replies(reporter.mailbox.locator, both.today)
    both.store.delete_reply(reporter.mailbox.locator, row.id)
    _, told = aloud(Typed(house), capsys, "outbox", "--to", str(house.folder / "two"), "--lost", "1")
    assert "deleted since would come back" in told
    both.carry_out(lost=[1])
    assert len(mailbox(both, reporter)) == 1  # and so it is
