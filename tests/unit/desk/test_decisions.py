"""Moving a case: the table decides, two colleges sign where it says so, and a signature holds for one matter only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.desk.cases.decisions import entered, move_case
from app.desk.cases.merging import merge
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.core.bench import Desk
from app.desk.core.twofold import TAKEN, Decision, pending
from app.desk.replies.replies import send
from app.domain.facts import CaseFacts, State
from app.domain.states import IllegalMove, MoveRefused, find_move
from app.errors import BusyError, UserError
from crypto import canonical
from crypto.openpgp.verify import verify_detached
from tests.unit.desk.house import DAY, House, Reporter, keys

STAFF = ["category=GOV", "severity=3", "conflict=none", "owner=alize", "deputy=cypres", "grade=A2", "group_size=300"]


def assessed(house: House, **options: object) -> str:
    """A case in assessment, ready to be verified."""
    case_id = house.new_case(**{"reporter": Reporter.new()} | options)
    desk = house.desk()
    show_case(desk, case_id)
    send(desk, case_id, "Nous vous lisons.")
    move_case(desk, case_id, "acknowledged", "lu")
    set_values(desk, case_id, STAFF)
    move_case(desk, case_id, "triage", "dans le champ")
    move_case(desk, case_id, "assessment", "à étudier")
    return case_id


def state(house: House, case_id: str) -> str:
    desk = house.desk("cypres")
    with house.store.reading() as tx:
        return str(desk.case(tx, case_id).facts.state)


def waiting(desk: Desk, case_id: str) -> Decision | None:
    with desk.store.reading() as tx:
        return pending(desk.case(tx, case_id), tx)


def test_what_is_not_in_the_table_is_refused(house: House) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    for target in ("closed", "published", "received", "nowhere", ""):
        with pytest.raises(IllegalMove):
            move_case(house.desk(), case_id, target, "essai")
    assert state(house, case_id) == "received"


def test_guards_are_told_all_at_once(house: House) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    with pytest.raises(MoveRefused) as refused:
        move_case(house.desk(), case_id, "acknowledged", "lu")
    assert [str(one.guard) for one in refused.value.refusals] == ["opened", "acknowledged"]


def test_a_reason_in_words_is_needed(house: House) -> None:
    case_id = house.new_case()
    for reason in ("", "   ", "<i>x</i>"):
        with pytest.raises(UserError, match="The reason"):
            move_case(house.desk(), case_id, "acknowledged", reason)


def test_without_a_mailbox_reading_is_enough(house: House) -> None:
    case_id = house.new_case()
    show_case(house.desk(), case_id)
    assert move_case(house.desk(), case_id, "acknowledged", "lu").state == "acknowledged"
    with house.store.reading() as tx:
        assert house.desk().case(tx, case_id).facts.acknowledged_on == DAY


def test_two_colleges_sign_the_same_bytes(house: House) -> None:
    case_id = assessed(house)
    first = move_case(house.desk("alize"), case_id, "verified", "pièces concordantes")
    assert (first.waiting_for, first.state, first.dropped) == ("other college", "assessment", False)
    assert show_case(house.desk("cypres"), case_id).waiting_for == "other college"
    assert move_case(house.desk("cypres"), case_id, "verified", "je confirme").state == "verified"
    desk = house.desk()
    with house.store.reading() as tx:
        case = desk.case(tx, case_id)
        assert tx.paper(case_id, "decision") is None
        (taken,) = canonical.loads(case.open(TAKEN, tx.paper(case_id, TAKEN)))
    decision = Decision.from_dict(taken)
    certs = {reviewer.fingerprint: reviewer.cert for reviewer in keys().reviewers}
    for signature in decision.signatures:
        assert verify_detached(certs[signature.reviewer], decision.signed_bytes, signature.signature, day=DAY)
    assert [signature.college for signature in decision.signatures] == ["members", "jurists"]
    assert decision.body["reason"] == "pièces concordantes"


def test_one_person_and_one_college_sign_once(house: House) -> None:
    case_id = assessed(house)
    move_case(house.desk("alize"), case_id, "verified", "oui")
    with pytest.raises(UserError, match="You have already signed this decision"):
        move_case(house.desk("alize"), case_id, "verified", "oui encore")
    with pytest.raises(UserError, match="of your own college"):
        move_case(house.desk("brume"), case_id, "verified", "oui aussi")
    assert state(house, case_id) == "assessment"


def test_a_fact_that_changes_voids_the_first_signature(house: House) -> None:
    case_id = assessed(house)
    move_case(house.desk("alize"), case_id, "verified", "oui")
    set_values(house.desk("alize"), case_id, ["grade=B"])
    again = move_case(house.desk("cypres"), case_id, "verified", "oui")
    assert (again.waiting_for, again.dropped) == ("other college", True)
    assert waiting(house.desk(), case_id).signatures[0].name == "cypres"
    assert move_case(house.desk("alize"), case_id, "verified", "oui").state == "verified"


def test_another_move_drops_what_waited(house: House) -> None:
    case_id = assessed(house)
    move_case(house.desk("alize"), case_id, "verified", "oui")
    assert move_case(house.desk("cypres"), case_id, "unverifiable", "pas assez").state == "unverifiable"
    assert waiting(house.desk(), case_id) is None


def test_a_guard_that_fails_later_still_holds_the_second(house: House) -> None:
    case_id = assessed(house)
    set_values(house.desk(), case_id, ["grade=C"])
    with pytest.raises(MoveRefused) as refused:
        move_case(house.desk(), case_id, "verified", "oui")
    assert not refused.value.waits_for_college


def forge(house: House, case_id: str, **changes: object) -> None:
    desk = house.desk()
    with house.store.writing() as tx:
        case = desk.case(tx, case_id)
        decision = pending(case, tx)
        forged = replace(decision, signatures=(replace(decision.signatures[0], **changes),))
        tx.put_paper(case_id, "decision", case.seal("decision", canonical.dumps(forged.to_dict())))


def test_a_first_signature_that_nobody_made_is_refused(house: House) -> None:
    case_id = assessed(house)
    move_case(house.desk("alize"), case_id, "verified", "oui")
    brume = keys().reviewers[1]
    for changes in ({"reviewer": brume.fingerprint, "name": "brume"}, {"name": "brume"}, {"reviewer": "0" * 40}):
        forge(house, case_id, **changes)
        with pytest.raises(UserError, match="first signature under this decision"):
            move_case(house.desk("cypres"), case_id, "verified", "oui")
    assert state(house, case_id) == "assessment"


@pytest.mark.parametrize("days", [0, 1])
def test_a_signature_of_an_earlier_round_is_worth_nothing(fresh: House, days: int) -> None:
    case_id = assessed(fresh)
    move_case(fresh.desk("alize"), case_id, "verified", "oui")
    first = waiting(fresh.desk(), case_id)
    move_case(fresh.desk("cypres"), case_id, "verified", "oui")
    fresh.forward(days)
    move_case(fresh.desk("cypres"), case_id, "assessment", "à revoir")
    desk = fresh.desk("cypres")
    with fresh.store.writing() as tx:
        case = desk.case(tx, case_id)
        tx.put_paper(case_id, "decision", case.seal("decision", canonical.dumps(first.to_dict())))
    again = move_case(desk, case_id, "verified", "oui")
    assert (again.state, again.waiting_for, again.dropped) == ("assessment", "other college", True)
    assert waiting(desk, case_id).body["decision"] != first.body["decision"]


def test_two_at_once_do_not_both_win(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk.core import twofold

    case_id = assessed(house)
    real = twofold.sign

    def slow(desk: Desk, data: bytes):
        set_values(house.desk("cypres"), case_id, ["hold=yes"])
        return real(desk, data)

    monkeypatch.setattr(twofold, "sign", slow)
    with pytest.raises(BusyError):
        move_case(house.desk("alize"), case_id, "verified", "oui")
    assert waiting(house.desk(), case_id) is None


def test_a_key_that_does_not_sign_changes_nothing(fresh: House) -> None:
    case_id = assessed(fresh)
    fresh.set_day(DAY.replace(year=DAY.year + 3))  # trial keys are valid for two years
    with pytest.raises(UserError, match="did not sign"):
        move_case(fresh.desk("alize"), case_id, "verified", "oui")
    assert waiting(fresh.desk(), case_id) is None


def move(source: State, target: State):
    found = find_move(source, target)
    assert found is not None
    return found


def test_entering_a_state_forgets_what_belonged_to_the_last_round() -> None:
    later = DAY.replace(day=20)
    worked = CaseFacts(
        state=State.RIGHT_OF_REPLY, entered=DAY, notice_on=DAY, answered=True, extended=True, closing_reply=True
    )
    again = entered(worked, move(State.RIGHT_OF_REPLY, State.ASSESSMENT), later)
    assert (again.notice_on, again.answered, again.extended, again.closing_reply) == (None, False, False, False)
    assert (again.reopened_on, again.entered, again.state) == (later, later, State.ASSESSMENT)
    triage = replace(worked, state=State.TRIAGE)
    assert entered(triage, move(State.TRIAGE, State.ASSESSMENT), later).reopened_on is None
    verified = replace(worked, state=State.VERIFIED)
    assert entered(verified, move(State.VERIFIED, State.REGISTRY_PROPOSED), later).notice_on is None
    asked = replace(triage, question_sent=True)
    assert not entered(asked, move(State.TRIAGE, State.QUESTION), later).question_sent
    received = CaseFacts(state=State.RECEIVED, entered=DAY, acknowledged_on=DAY)
    assert entered(received, move(State.RECEIVED, State.ACKNOWLEDGED), later).acknowledged_on == DAY
    assert entered(worked, move(State.RIGHT_OF_REPLY, State.PUBLISHED), later).answered


def test_a_case_merged_in_between_voids_the_first_signature(fresh: House) -> None:
    case_id, other = assessed(fresh), assessed(fresh)
    move_case(fresh.desk("alize"), case_id, "verified", "oui")
    merge(fresh.desk("alize"), other, case_id, "la même assemblée")
    done = move_case(fresh.desk("cypres"), case_id, "verified", "oui")
    assert (done.state, done.waiting_for, done.dropped) == ("assessment", "other college", True)
