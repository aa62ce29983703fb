"""Replies and outboxes: sealed to one mailbox, numbered, taken once, written again after a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.desk.carry.outboxes import make_outbox, write_again
from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import move_case
from app.desk.cases.reading import show_case
from app.desk.replies.checks import usual_kind
from app.desk.replies.replies import after_reply, echo, send
from app.domain.facts import CaseFacts, State
from app.domain.retention import REPLY_DAYS
from app.domain.states import MoveRefused
from app.errors import UserError
from crypto import note
from crypto.outbox import Outbox, open_outbox
from crypto.reply import Reply, open_reply
from tests.unit.desk.house import DAY, INSTANCE, STORY, House, Reporter
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_entries import establish


def outbox(house: House, name: str = "outbox", by: str = "alize") -> tuple[Outbox, bytes]:
    path = house.folder / name
    make_outbox(house.desk(by), path)
    data = path.read_bytes()
    return open_outbox(data, house.store.identity().public), data


def replies_of(house: House, sent: Outbox, reporter: Reporter) -> list[Reply]:
    mine = [one for one in sent.replies if one.locator == reporter.mailbox.locator]
    return [open_reply(one.data, reporter.mailbox, house.store.identity().public, INSTANCE) for one in mine]


def test_a_reply_reaches_its_reporter_and_names_whom_to_exclude(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter, exclude=["brume"])
    send(fresh.desk(), case_id, "Bonjour.\r\nNous vous lisons. ")
    send(fresh.desk("cypres"), case_id, "Encore un mot.", kind="reply")
    sent, _ = outbox(fresh, by="brume")
    replies = sorted(replies_of(fresh, sent, reporter), key=lambda reply: reply.seq)
    assert [(r.seq, r.author, r.kind, r.exclude) for r in replies] == [
        (1, "alize", "acknowledgement", ("brume",)),
        (2, "cypres", "reply", ("brume",)),
    ]
    assert replies[0].text == "Bonjour.\nNous vous lisons."
    assert (replies[0].day, replies[0].state) == (DAY, "received")
    assert {(one.expires - DAY).days for one in sent.replies} == {REPLY_DAYS}
    shown = show_case(fresh.desk(), case_id)
    assert [one.text for one in shown.replies] == ["Bonjour.\nNous vous lisons.", "Encore un mot."]


def test_refuses_without_a_mailbox_and_what_is_not_plain(fresh: House) -> None:
    with pytest.raises(UserError, match="without a mailbox"):
        send(fresh.desk(), fresh.new_case(), "Bonjour.")
    case_id = fresh.new_case(reporter=Reporter.new())
    for text in ("", "  \n", "Bonjour <b>vous</b>", "droite\u202egauche", "nul\0"):
        with pytest.raises(UserError, match="The reply"):
            send(fresh.desk(), case_id, text)
    with pytest.raises(UserError, match="too long"):
        send(fresh.desk(), case_id, "a " * 25_000)
    assert show_case(fresh.desk(), case_id).replies == ()


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (State.RECEIVED, "acknowledgement"),
        (State.TRIAGE, "question"),
        (State.QUESTION, "reply"),
        (State.ASSESSMENT, "reply"),
        (State.UNFOUNDED, "closing"),
        (State.VERIFIED, "closing"),
        (State.CLOSED, "reply"),
    ],
)
def test_the_state_says_what_a_reply_is(state: State, kind: str) -> None:
    assert usual_kind(CaseFacts(state=state, entered=DAY)) == kind


def test_a_reply_opens_the_guard_that_waited_for_it() -> None:
    facts = CaseFacts(state=State.RECEIVED, entered=DAY)
    acknowledged = after_reply(facts, "acknowledgement", DAY)
    assert (acknowledged.acknowledged, acknowledged.acknowledged_on, acknowledged.feedback_on) == (True, DAY, None)
    assert after_reply(acknowledged, "acknowledgement", DAY.replace(day=9)).acknowledged_on == DAY
    assert after_reply(facts, "question", DAY).question_sent
    assert after_reply(facts, "reply", DAY).feedback_on == DAY
    assert not after_reply(facts, "reply", DAY).closing_reply
    closing = after_reply(facts, "closing", DAY)
    assert closing.closing_reply
    assert after_reply(closing, "reply", DAY).closing_reply


def test_an_acknowledgement_answers_no_flag_of_retaliation() -> None:
    facts = CaseFacts(state=State.RECEIVED, entered=DAY, retaliation_on=DAY)
    assert after_reply(facts, "acknowledgement", DAY).retaliation_on == DAY
    assert {after_reply(facts, kind, DAY).retaliation_on for kind in ("question", "reply", "closing")} == {None}


def test_outboxes_are_numbered_chained_and_padded(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(reporter=reporter)
    for n in range(9):
        send(fresh.desk(), case_id, f"Réponse {n}.", kind="reply")
    first, data = outbox(fresh)
    assert (first.number, first.previous, len(first.receipts), len(first.replies)) == (1, "", 1, 16)
    with fresh.store.reading() as tx:
        assert first.journal_head == tx.last_line().hash
    second, _ = outbox(fresh)
    assert (second.number, second.previous) == (2, note.digest(data))
    assert (len(second.receipts), len(second.replies)) == (0, 8)
    assert replies_of(fresh, second, reporter) == []


def test_a_receipt_is_due_only_once_it_was_opened(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY), fresh.seal(STORY, exclude=["brume"]))
    take_up(fresh.desk("brume"))
    sent, _ = outbox(fresh)
    assert len(sent.receipts) == 1
    take_up(fresh.desk("alize"))
    sent, _ = outbox(fresh)
    assert len(sent.receipts) == 1


def test_writing_again_gives_the_same_bytes(fresh: House) -> None:
    with pytest.raises(UserError, match="no outbox yet"):
        write_again(fresh.desk(), fresh.folder / "outbox")
    send(fresh.desk(), fresh.new_case(reporter=Reporter.new()), "Bonjour.")
    _, data = outbox(fresh)
    written = write_again(fresh.desk("cypres"), fresh.folder / "again")
    assert (fresh.folder / "again").read_bytes() == data
    assert (written.number, written.receipts, written.replies) == (1, 1, 8)


def test_a_place_that_refuses_takes_no_number(fresh: House, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "no" / "outbox"):
        with pytest.raises(UserError, match="cannot be written"):
            make_outbox(fresh.desk(), place)
    with fresh.store.reading() as tx:
        assert tx.last_outbox().number == 0


def test_a_crash_after_the_commit_is_mended_by_again(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk.carry import outboxes

    reporter = Reporter.new()
    send(fresh.desk(), fresh.new_case(reporter=reporter), "Bonjour.")
    with monkeypatch.context() as patch:
        patch.setattr(outboxes, "write_outbox", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            make_outbox(fresh.desk(), fresh.folder / "outbox")
    assert not (fresh.folder / "outbox").exists()
    write_again(fresh.desk(), fresh.folder / "outbox")
    sent = open_outbox((fresh.folder / "outbox").read_bytes(), fresh.store.identity().public)
    assert len(replies_of(fresh, sent, reporter)) == 1
    assert len(sent.receipts) == 1


def test_a_reply_that_left_stays_in_no_table(fresh: House) -> None:
    send(fresh.desk(), fresh.new_case(reporter=Reporter.new()), "Bonjour.")
    outbox(fresh)
    with fresh.store.reading() as tx:
        assert tx.due_outgoing(9) == []
        assert tx.last_outbox_file() is not None
    outbox(fresh)
    with fresh.database() as link:
        assert link.execute("SELECT count(*) FROM outboxes WHERE sealed IS NOT NULL").fetchone() == (1,)


def test_in_triage_a_text_without_a_question_is_a_reply(fresh: House) -> None:
    case_id = assessed(fresh)
    establish(fresh, case_id, state=State.TRIAGE)
    noted = "Nous avons bien noté votre message."
    assert echo(fresh.desk(), case_id, noted).kind == "reply"
    assert send(fresh.desk(), case_id, noted).kind == "reply"
    with pytest.raises(UserError, match="no question in this text"):
        send(fresh.desk(), case_id, noted, kind="question")
    with pytest.raises(MoveRefused):
        move_case(fresh.desk(), case_id, "question", "on attend")
    assert send(fresh.desk(), case_id, "Quel jour était-ce ?").kind == "question"
    assert move_case(fresh.desk(), case_id, "question", "on attend").state == "question"
