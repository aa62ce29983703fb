"""The right of reply: who may answer, how long, in how many hours, and what it does to the entry."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.desk.cases.answers import Received, answer_entry, authorities, refuse_answer
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import draft_entry, sign_entry
from app.desk.cases.setting import set_values
from app.domain.deadlines import LEGAL_REPLY, due
from app.domain.entry import Entry
from app.domain.strict import EntryError
from app.errors import UserError
from tests.unit.desk.house import House
from tests.unit.desk.test_entries import exported, facts, notified, paper, published, verified
from tests.unit.desk.test_journey import Typed

TEXT = "L'assemblée se tiendra ; le retard venait de la salle."
PROOF = "extrait Kbis, présidente du conseil"
LEGAL = Received(None, PROOF, legal=True)


def unanswered(house: House) -> str:
    """A published entry that nobody answered, and that left."""
    case_id = notified(house)
    house.forward(31)
    for name in ("alize", "cypres"):
        sign_entry(house.desk(name), case_id)
    move_case(house.desk(), case_id, "published", "délai écoulé")
    exported(house)
    return case_id


def entry_of(house: House, case_id: str) -> Entry:
    record = paper(house, case_id).record
    assert isinstance(record, Entry)
    return record


def proofs(house: House, case_id: str) -> list[dict[str, object]]:
    desk = house.desk()
    with house.store.reading() as tx:
        return authorities(tx, desk.case(tx, case_id))


def sign(house: House, case_id: str) -> None:
    for name in ("brume", "cypres"):
        sign_entry(house.desk(name), case_id)


def test_a_legal_reply_leaves_within_three_days(fresh: House) -> None:
    case_id = unanswered(fresh)
    came = fresh.settings.clock.today() - timedelta(days=1)
    answer_entry(fresh.desk(), case_id, TEXT, Received(came, PROOF, legal=True))
    entry = entry_of(fresh, case_id)
    assert (entry.version, entry.adversarial.reply, entry.adversarial.reply_inserted) == (2, TEXT, "2026-12")
    answer = due(facts(fresh, case_id), fresh.settings.clock.today())
    assert (answer.day, answer.why_fr, answer.why) == (came + timedelta(days=3), *LEGAL_REPLY)
    assert proofs(fresh, case_id) == [{"day": str(came), "authority": PROOF, "legal": True, "refused": False}]
    sign(fresh, case_id)
    assert exported(fresh).entries[0].entry["adversarial"]["reply"] == TEXT
    assert due(facts(fresh, case_id), came).why != LEGAL_REPLY[1]
    # A later draft that has not left is no reply that waits.
    raw = entry_of(fresh, case_id).to_dict() | {"status": "contested", "version": 3}
    draft_entry(fresh.desk(), case_id, raw)
    assert facts(fresh, case_id).legal_reply_on is None


def test_another_draft_does_not_lose_a_reply_that_waits(fresh: House) -> None:
    case_id = unanswered(fresh)
    before = entry_of(fresh, case_id).to_dict() | {"version": 2}
    answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    with pytest.raises(EntryError, match="leave adversarial out"):
        draft_entry(fresh.desk(), case_id, before | {"status": "contested"})
    kept = entry_of(fresh, case_id).to_dict() | {"status": "contested"}
    draft_entry(fresh.desk(), case_id, kept)
    assert entry_of(fresh, case_id).adversarial.reply == TEXT
    assert facts(fresh, case_id).legal_reply_on is not None


def test_the_proof_of_authority_stays_sealed_on_the_desk(fresh: House) -> None:
    case_id = unanswered(fresh)
    answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    assert "Kbis" not in str(entry_of(fresh, case_id).to_dict())
    for part in fresh.folder.rglob("*"):
        if part.is_file():
            assert b"Kbis" not in part.read_bytes()


@pytest.mark.parametrize("received", [Received(), Received(legal=True)])
def test_after_the_publication_authority_is_shown(fresh: House, received: Received) -> None:
    case_id = unanswered(fresh)
    with pytest.raises(UserError, match="may speak for the cooperative"):
        answer_entry(fresh.desk(), case_id, TEXT, received)
    assert paper(fresh, case_id).exported


def test_a_voluntary_reply_has_no_timer(fresh: House) -> None:
    case_id = unanswered(fresh)
    answer_entry(fresh.desk(), case_id, TEXT, Received(authority=PROOF))
    assert facts(fresh, case_id).legal_reply_on is None
    assert not facts(fresh, case_id).exported


def test_the_timer_runs_from_the_first_request(fresh: House) -> None:
    case_id = unanswered(fresh)
    first = fresh.settings.clock.today()
    refuse_answer(fresh.desk(), case_id, "Le signataire n'a montré aucun pouvoir.", LEGAL)
    assert entry_of(fresh, case_id).adversarial.reply_refused
    fresh.forward(2)
    answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    entry = entry_of(fresh, case_id)
    assert (entry.version, entry.adversarial.reply, entry.adversarial.reply_refused) == (2, TEXT, "")
    assert facts(fresh, case_id).legal_reply_on == first
    assert [one["refused"] for one in proofs(fresh, case_id)] == [True, False]


def test_a_refusal_says_why_and_needs_no_authority(fresh: House) -> None:
    case_id = unanswered(fresh)
    refuse_answer(fresh.desk(), case_id, "La réponse met en cause une autre personne.")
    sign(fresh, case_id)
    left = exported(fresh).entries[0].entry["adversarial"]
    assert (left["reply"], left["reply_refused"]) == ("", "La réponse met en cause une autre personne.")
    # It is no answer: an answer that does better takes its place.
    answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    assert entry_of(fresh, case_id).version == 3


def test_before_the_publication_a_refusal_is_no_answer(fresh: House) -> None:
    case_id = notified(fresh)
    refuse_answer(fresh.desk(), case_id, "Le signataire n'a montré aucun pouvoir.")
    assert not facts(fresh, case_id).answered
    answer_entry(fresh.desk(), case_id, TEXT, Received(authority=PROOF))
    assert facts(fresh, case_id).answered
    assert proofs(fresh, case_id)[0]["legal"] is False


def test_a_reply_stays_and_has_the_room_of_a_finding(fresh: House) -> None:
    case_id = published(fresh)
    exported(fresh)
    with pytest.raises(EntryError, match="told once and stays"):
        answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    with pytest.raises(EntryError, match="not both"):
        refuse_answer(fresh.desk(), case_id, "Trop long.")
    other = unanswered(fresh)
    with pytest.raises(EntryError, match="at most 600 characters"):
        answer_entry(fresh.desk(), other, "x" * 601, LEGAL)
    with pytest.raises(EntryError, match="at most 200 lines"):
        answer_entry(fresh.desk(), other, "\n".join("x" * 201), LEGAL)


@pytest.mark.parametrize(
    ("received", "why"),
    [
        (Received(date(2100, 1, 1), PROOF), "a day to come"),
        (Received(None, "x" * 401), "400 characters"),
        (Received(None, "<b>Kbis</b>"), "markup"),
    ],
)
def test_what_is_recorded_is_plain(house: House, received: Received, why: str) -> None:
    case_id = notified(house)
    with pytest.raises(UserError, match=why):
        answer_entry(house.desk(), case_id, TEXT, received)


def test_nobody_answers_before_the_notice_or_an_end(fresh: House) -> None:
    case_id = unanswered(fresh)
    draft_entry(fresh.desk(), case_id, {"status": "withdrawn"})
    with pytest.raises(UserError, match="once it has its notice"):
        answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    with pytest.raises(UserError, match="no entry yet"):
        answer_entry(fresh.desk(), verified(fresh), TEXT, LEGAL)


def test_fifteen_more_days_are_recorded(fresh: House) -> None:
    case_id = notified(fresh)
    before = due(facts(fresh, case_id), fresh.settings.clock.today()).day
    set_values(fresh.desk(), case_id, ["extended=yes"])
    after = due(facts(fresh, case_id), fresh.settings.clock.today()).day
    assert before
    assert after
    assert (after - before).days == 15


def test_the_command_line_answers_and_refuses(fresh: House) -> None:
    case_id = unanswered(fresh)
    typed = Typed(fresh)
    typed("answer", case_id, "--refuse", "Aucun pouvoir n'a été montré.", "--legal", "--authority", PROOF)
    today = str(fresh.settings.clock.today())
    told = typed(
        "answer", case_id, "--file", typed.file("a.txt", TEXT), "--legal", "--authority", PROOF, "--received", today
    )
    assert "stands beside the finding" in told[0]
    assert str(facts(fresh, case_id).legal_reply_on) == today
