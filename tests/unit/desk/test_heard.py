"""What the cooperative was told and what it answered: entered by `notice` and `answer` alone, lost by nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.desk.cases.answers import Received, answer_entry, refuse_answer
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import draft_entry
from app.desk.cases.letters import make_notice
from app.domain.states import MoveRefused
from app.domain.strict import EntryError
from app.errors import UserError
from tests.unit.desk.house import House
from tests.unit.desk.test_answers import LEGAL, PROOF, TEXT, entry_of, proofs, sign, unanswered
from tests.unit.desk.test_entries import draft, exported, facts, notified, paper, proposed
from tests.unit.desk.test_journey import Typed

STEPS = [{"month": "2026-11", "status": "refused", "note": "La direction a refusé toute suite."}]


def test_a_draft_adds_no_word_of_the_cooperative(fresh: House) -> None:
    case_id = unanswered(fresh)
    whole = entry_of(fresh, case_id).to_dict() | {"status": "contested", "version": 2}
    for words in (
        {"reply": "Nous reconnaissons les faits.", "reply_inserted": "2026-12"},
        {"reply_refused": "Sans pouvoir."},
        {"observations": [{"month": "2026-12", "text": "C'est une escroquerie."}]},
        {"persons_informed": "2026-12"},
    ):
        with pytest.raises(EntryError, match="leave adversarial out"):
            draft_entry(fresh.desk(), case_id, whole | {"adversarial": whole["adversarial"] | words})
    assert paper(fresh, case_id).exported
    bare = {name: value for name, value in whole.items() if name != "adversarial"}
    draft_entry(fresh.desk(), case_id, bare)
    assert entry_of(fresh, case_id).to_dict()["adversarial"] == whole["adversarial"]


def test_an_observation_comes_with_its_authority(fresh: House) -> None:
    case_id = unanswered(fresh)
    answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    sign(fresh, case_id)
    exported(fresh)
    later = "Une assemblée est convoquée."
    with pytest.raises(UserError, match="may speak"):
        answer_entry(fresh.desk(), case_id, later, Received(observation=True))
    typed = Typed(fresh)
    typed("answer", case_id, "--file", typed.file("o.txt", later), "--observation", "--authority", PROOF)
    heard = entry_of(fresh, case_id).adversarial
    assert (heard.reply, [one.text for one in heard.observations]) == (TEXT, [later])
    assert len(proofs(fresh, case_id)) == 2


def test_before_the_publication_an_observation_is_no_answer(fresh: House) -> None:
    case_id = notified(fresh)
    answer_entry(fresh.desk(), case_id, TEXT, Received(authority=PROOF, observation=True))
    assert not facts(fresh, case_id).answered


def test_a_withdrawal_that_is_taken_back_keeps_the_reply(fresh: House) -> None:
    case_id = unanswered(fresh)
    answer_entry(fresh.desk(), case_id, TEXT, LEGAL)
    waits = facts(fresh, case_id).legal_reply_on
    draft_entry(fresh.desk(), case_id, {"status": "withdrawn"})
    before = paper(fresh, case_id).published
    assert before
    raw = before.to_dict() | {"status": "contested", "version": 2}
    with pytest.raises(EntryError, match="leave adversarial out"):
        draft_entry(fresh.desk(), case_id, raw)
    del raw["adversarial"]
    draft_entry(fresh.desk(), case_id, raw)
    assert (entry_of(fresh, case_id).adversarial.reply, facts(fresh, case_id).legal_reply_on) == (TEXT, waits)
    draft_entry(fresh.desk(), case_id, {"status": "withdrawn"})
    sign(fresh, case_id)
    move_case(fresh.desk(), case_id, "withdrawn", "objection")
    exported(fresh)
    assert paper(fresh, case_id).told is None


def test_a_reason_why_no_answer_is_published_does_not_go_in_silence(fresh: House) -> None:
    case_id = unanswered(fresh)
    refuse_answer(fresh.desk(), case_id, "Le signataire n'a montré aucun pouvoir.", LEGAL)
    sign(fresh, case_id)
    exported(fresh)
    raw = entry_of(fresh, case_id).to_dict()
    raw["adversarial"] = raw["adversarial"] | {"reply_refused": ""}
    with pytest.raises(EntryError, match="reply_refused"):
        draft_entry(fresh.desk(), case_id, raw)


def test_the_timer_runs_from_the_earliest_request_that_waits(fresh: House) -> None:
    case_id = unanswered(fresh)
    today = fresh.settings.clock.today()
    answer_entry(fresh.desk(), case_id, TEXT, Received(today, PROOF, legal=True))
    answer_entry(fresh.desk(), case_id, TEXT, Received(today - timedelta(days=2), PROOF, legal=True))
    assert facts(fresh, case_id).legal_reply_on == today - timedelta(days=2)


def test_steps_that_the_letter_did_not_tell_ask_for_a_new_notice(fresh: House) -> None:
    case_id = proposed(fresh)
    make_notice(fresh.desk(), case_id, fresh.folder / "letter")
    draft_entry(fresh.desk(), case_id, draft() | {"remediation": STEPS})
    assert facts(fresh, case_id).notice_on is None
    assert entry_of(fresh, case_id).adversarial.notified == ""
    with pytest.raises(MoveRefused):
        move_case(fresh.desk(), case_id, "right_of_reply", "avis")


def test_a_command_signs_what_was_read_and_nothing_else(fresh: House) -> None:
    case_id = unanswered(fresh)
    draft_entry(fresh.desk(), case_id, {"status": "withdrawn"})
    read = paper(fresh, case_id).digest
    whole = entry_before(fresh, case_id)
    draft_entry(fresh.desk(), case_id, whole | {"status": "contested", "version": 2})
    typed = Typed(fresh)
    with pytest.raises(UserError, match="not the one that you were shown"):
        typed("entry", "sign", case_id, "--digest", read)
    assert paper(fresh, case_id).signatures == ()
    typed("entry", "sign", case_id, "--digest", paper(fresh, case_id).digest.upper(), by="brume")
    typed("entry", "sign", case_id, by="cypres")
    assert paper(fresh, case_id).signed


def entry_before(house: House, case_id: str) -> dict[str, object]:
    before = paper(house, case_id).published
    assert before
    return before.to_dict()
