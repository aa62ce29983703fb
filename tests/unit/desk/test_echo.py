"""Templates sealed for a case, and what is read again before: label, first words, cautions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.desk.cases.merging import merge
from app.desk.cases.reading import show_case
from app.desk.replies.blocks import empty_form
from app.desk.replies.phrases import TEMPLATES
from app.desk.replies.replies import Sent, echo, leading, preview, send, send_template
from app.domain.facts import State
from app.errors import UsageError, UserError
from tests.unit.desk.house import CLOSING_TEXT, DAY, STORY, House, Reporter
from tests.unit.desk.test_merging import heard
from tests.unit.desk.test_phrases import WRITTEN


def new_case(house: House, state: State = State.RECEIVED, **options: object) -> str:
    case_id = house.new_case(reporter=Reporter.new(), **options)
    if state is not State.RECEIVED:
        in_state(house, case_id, state)
    return case_id


def in_state(house: House, case_id: str, state: State) -> None:
    """Put a case where a test begins; the way there is tested elsewhere."""
    desk = house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, case.with_facts(state=state))


def codes(house: House, case_id: str, text: str, *, by: str = "alize", **options: str) -> list[str]:
    return [one.code for one in echo(house.desk(by), case_id, text, **options).warnings]


def test_a_template_is_sealed_in_the_language_of_the_report(house: House) -> None:
    french, english = new_case(house), new_case(house, language="en")
    other = new_case(house, language="es")
    sent = send_template(house.desk(), french, "acknowledgement")
    assert sent.text.startswith("Votre signalement est bien arrivé.")
    assert (sent.kind, sent.template, sent.seq) == ("acknowledgement", "acknowledgement", 1)
    assert send_template(house.desk(), english, "acknowledgement").text.startswith("Your report has arrived.")
    assert "Your report" in send_template(house.desk(), other, "acknowledgement").text
    assert "Your report" in send_template(house.desk(), french, "acknowledgement", language="en").text
    with house.store.reading() as tx:
        assert house.desk().case(tx, french).facts.acknowledged


def test_an_older_case_finds_the_language_in_its_report(house: House) -> None:
    case_id = new_case(house, language="en")
    desk = house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.record, language=""))
    assert send_template(desk, case_id, "acknowledgement").text.startswith("Your report")


def test_a_template_fits_the_state_or_is_refused(house: House) -> None:
    case_id = new_case(house)
    with pytest.raises(UserError, match="nothing true of a case in received") as refused:
        send_template(house.desk(), case_id, "unfounded", blocks=WRITTEN)
    assert "unfounded" in refused.value.hint
    with pytest.raises(UsageError, match="no template"):
        send_template(house.desk(), case_id, "refusal")
    assert show_case(house.desk(), case_id).replies == ()


def test_a_closing_template_opens_the_guard_and_only_whole(house: House) -> None:
    case_id = new_case(house, State.UNFOUNDED)
    with pytest.raises(UserError, match="is not filled in"):
        send_template(house.desk(), case_id, "unfounded", blocks=WRITTEN | {"appeal": " "})
    with house.store.reading() as tx:
        assert not house.desk().case(tx, case_id).facts.closing_reply
    sent = send_template(house.desk(), case_id, "unfounded", blocks=WRITTEN)
    assert codes(house, case_id, sent.text) == []
    with house.store.reading() as tx:
        assert house.desk().case(tx, case_id).facts.closing_reply


def test_a_plain_text_closes_with_its_four_parts_only(house: House) -> None:
    case_id = new_case(house, State.UNFOUNDED)
    text = "Nous n'avons pas pu confirmer."
    assert codes(house, case_id, text) == ["blocks"]
    assert codes(house, case_id, text, kind="reply") == []
    assert echo(house.desk(), case_id, text).kind == "reply"
    assert send(house.desk(), case_id, text).kind == "reply"
    with pytest.raises(UserError, match="four parts, and some are missing") as refused:
        send(house.desk(), case_id, text, kind="closing")
    assert "--template closing --print" in refused.value.hint
    with house.store.reading() as tx:
        assert not house.desk().case(tx, case_id).facts.closing_reply
    assert send(house.desk(), case_id, CLOSING_TEXT).kind == "closing"
    with house.store.reading() as tx:
        assert house.desk().case(tx, case_id).facts.closing_reply


def test_what_cannot_close_gets_no_closing_reply(house: House) -> None:
    case_id = new_case(house, State.ASSESSMENT)
    with pytest.raises(UserError, match="A case in assessment cannot close"):
        send(house.desk(), case_id, CLOSING_TEXT, kind="closing")
    assert send(house.desk(), case_id, CLOSING_TEXT).kind == "reply"


def test_no_empty_form_is_sealed(house: House) -> None:
    case_id = new_case(house, State.UNFOUNDED)
    form = empty_form(TEMPLATES["closing"], "fr")
    for kind in ("", "reply", "closing", "question"):
        with pytest.raises(UserError, match="hint in parentheses"):
            send(house.desk(), case_id, form.upper().replace(" ", "\n "), kind=kind)
    assert show_case(house.desk(), case_id).replies == ()


def test_two_questions_at_most_however_they_are_typed(house: House) -> None:
    case_id = new_case(house, State.TRIAGE)
    for kind in ("", "question"):
        with pytest.raises(UserError, match="2 questions at most"):
            send(house.desk(), case_id, "Quand ? Où ? Qui ?", kind=kind)
    assert codes(house, case_id, "Quand ? Où ?") == ["no_week"]
    assert send(house.desk(), case_id, "Quand ? Où ?").text == "Quand ? Où ?"


def test_the_echo_names_the_case_and_shows_the_story_only_once_it_was_opened(house: House) -> None:
    case_id = new_case(house)
    before = echo(house.desk(), case_id, "Votre signalement est bien arrivé chez nous, ici, merci.")
    assert (before.first_words, before.kind) == ("", "acknowledgement")
    assert before.reply_first_words == "Votre signalement est bien arrivé chez nous, ici, …"
    shown = show_case(house.desk(), case_id)
    after = echo(house.desk(), case_id, "Bonjour.")
    assert after.first_words == "Le conseil a décidé seul de changer les …"
    assert after.label == shown.case.record.label
    assert STORY[:20] not in repr(after)
    assert not after.must_confirm


def test_words_of_another_case_wait_for_a_yes(house: House) -> None:
    mine, other = new_case(house), new_case(house)
    label = show_case(house.desk(), other).case.record.label
    for text in (f"Pour le dossier {label.upper()}.", f"Voir {other}."):
        found = echo(house.desk(), mine, text, kind="reply")
        assert found.must_confirm
        assert found.warnings[0].code == "other_case"
        assert label not in found.warnings[0].message
    own = show_case(house.desk(), mine).case.record.label
    assert codes(house, mine, f"Dossier {own}.", kind="reply") == ["own_label"]


def test_a_case_that_this_reviewer_may_not_open_gives_no_warning(house: House) -> None:
    hidden = new_case(house, exclude=["brume"])
    label = show_case(house.desk(), hidden).case.record.label
    mine = new_case(house)
    assert "other_case" not in codes(house, mine, f"Dossier {label}, {hidden}.", by="brume", kind="reply")


def test_cautions_about_the_text_and_the_story(house: House) -> None:
    case_id = new_case(house)
    assert codes(house, case_id, "Écrivez à a@b.fr.", kind="reply") == ["email"]
    assert codes(house, case_id, f"« {STORY} »", kind="reply") == ["overlap"]
    assert codes(house, case_id, "Une personne l'a lu.") == ["no_week"]


def test_another_author_announces_the_handover_first(house: House) -> None:
    case_id = new_case(house)
    send_template(house.desk(), case_id, "acknowledgement")
    in_state(house, case_id, State.ASSESSMENT)
    # The acknowledgement says itself that another name may follow.
    assert codes(house, case_id, "Nous étudions.", by="brume") == []
    send_template(house.desk(), case_id, "progress", blocks={"text": "Nous lisons les comptes."})
    assert codes(house, case_id, "Nous étudions.") == []
    assert codes(house, case_id, "Nous étudions.", by="brume") == ["handover"]
    assert codes(house, case_id, "Jusqu'ici…", by="brume", template="handover") == []
    with pytest.raises(UserError, match="no handover to announce"):
        send_template(house.desk(), case_id, "handover")
    sent = send_template(house.desk("brume"), case_id, "handover")
    assert "Jusqu'ici, Alize vous répondait. Désormais, Brume" in sent.text
    assert sent.kind == "reply"
    assert codes(house, case_id, "Nous étudions.", by="brume") == []


def test_a_case_decided_with_another_speaks_of_the_state_of_that_one(house: House) -> None:
    source, target = new_case(house), new_case(house)
    in_state(house, target, State.UNFOUNDED)
    merge(house.desk(), heard(house, source), target, "mêmes faits")
    with house.store.reading() as tx:
        desk = house.desk()
        assert leading(desk, tx, desk.case(tx, source)).id == target
    assert send_template(house.desk(), source, "unfounded", blocks=WRITTEN).kind == "closing"


def test_a_target_that_cannot_be_opened_leaves_the_case_its_own_state(house: House) -> None:
    case_id, desk = new_case(house), house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.record, merged_into="abcdefghij23"))
    with house.store.reading() as tx:
        assert leading(desk, tx, desk.case(tx, case_id)).id == case_id


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"purged": DAY}, "was purged"),
        ({"erased": True}, "erased the mailbox"),
        ({"mailbox_ended": DAY, "keys": None}, "time of this mailbox is over"),
        ({"split_from": "abcdefghij23", "keys": None}, "without a mailbox of its own"),
        ({"keys": None}, "came without a mailbox"),
    ],
)
def test_nothing_goes_out_to_nobody(house: House, changes: dict[str, object], why: str) -> None:
    case_id, desk = new_case(house), house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        desk.save(tx, case, replace(case.record, **changes))
    for act in (send, preview, send_template):
        with pytest.raises(UserError, match=why):
            act(desk, case_id, "acknowledgement")


def test_a_preview_is_what_is_sealed(house: House) -> None:
    case_id, desk = new_case(house), house.desk()
    text = preview(desk, case_id, "acknowledgement")
    assert show_case(desk, case_id).replies == ()
    assert send_template(desk, case_id, "acknowledgement").text == text
    with pytest.raises(UserError, match="too long"):
        send(desk, case_id, "mot " * 9_000)


def test_a_reply_of_an_older_version_is_still_read() -> None:
    sent = Sent(1, DAY, "alize", "reply", "Bonjour.", "queued", "progress")
    assert Sent.from_bytes(sent.to_bytes()) == sent
    older = b'{"author":"alize","day":"2026-11-02","kind":"reply","queued":"","seq":1,"text":"Bonjour."}'
    assert Sent.from_bytes(older).template == ""
