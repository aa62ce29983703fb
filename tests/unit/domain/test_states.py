"""The procedure: the whole product of states and roles, each guard alone, and the invariants of DOMAIN §3.4."""

from __future__ import annotations

import dataclasses
import importlib.util
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.facts import CaseFacts
from app.domain.guards import RULES, reply_ends
from app.domain.states import (
    ACTIONS,
    MOVES,
    SENTENCES,
    Guard,
    IllegalMove,
    MoveRefused,
    Role,
    State,
    check_move,
    find_move,
    next_states,
)
from tests.unit.domain.samples import TODAY, facts

ROOT = Path(__file__).parents[3]
# DOMAIN §3.4, column "Next", and the two rows that docs/spec/states.md explains.
DOMAIN_ROWS = {
    "received": "acknowledged",
    "acknowledged": "triage",
    "triage": "assessment out_of_scope question",
    "question": "triage assessment",
    "assessment": "verified unfounded unverifiable mediation referred",
    "verified": "registry_proposed assessment closed",
    "unfounded": "closed",
    "unverifiable": "closed assessment",
    "out_of_scope": "closed",
    "mediation": "closed assessment",
    "referred": "closed",
    "registry_proposed": "right_of_reply assessment closed",
    "right_of_reply": "published assessment",
    "published": "corrected expired withdrawn",
    "corrected": "expired withdrawn",
    "expired": "",
    "withdrawn": "",
    "closed": "",
}


def test_states_are_those_of_the_contract_in_order() -> None:
    assert " ".join(State) == (
        "received acknowledged triage question assessment verified unfounded unverifiable out_of_scope mediation "
        "referred registry_proposed right_of_reply published corrected expired withdrawn closed"
    )
    assert list(SENTENCES) == list(State)


def test_table_is_the_one_of_the_domain() -> None:
    assert {str(state): set(next_states(state)) for state in State} == {
        source: set(targets.split()) for source, targets in DOMAIN_ROWS.items()
    }
    assert len({(move.source, move.target) for move in MOVES}) == len(MOVES) == 32


@pytest.mark.parametrize(("source", "role"), list(product(State, Role)))
def test_whole_product(source: State, role: Role) -> None:
    """With every guard satisfied, exactly the rows of the table pass, for exactly their roles."""
    case = facts(source)
    before = dataclasses.asdict(case)
    for target in [*State, "purged", "", "Published"]:
        move = find_move(source, target)
        if move and role in move.roles:
            assert check_move(case, target, role, TODAY) is move
        else:
            with pytest.raises(IllegalMove) as caught:
                check_move(case, target, role, TODAY)
            assert caught.value.hint
    assert dataclasses.asdict(case) == before


def test_unknown_role_moves_nothing() -> None:
    with pytest.raises(IllegalMove):
        check_move(facts(State.RECEIVED), "acknowledged", "root", TODAY)


NOBODY: frozenset[str] = frozenset()
MEMBERS = frozenset({"members"})
# Each guard with a change of the good case that breaks it, and it alone.
BROKEN: list[tuple[State, State, dict[str, object], Guard]] = [
    (State.RECEIVED, State.ACKNOWLEDGED, {"opened": False}, Guard.OPENED),
    (State.RECEIVED, State.ACKNOWLEDGED, {"acknowledged": False}, Guard.ACKNOWLEDGED),
    (State.ACKNOWLEDGED, State.TRIAGE, {"category": ""}, Guard.CATEGORY),
    (State.ACKNOWLEDGED, State.TRIAGE, {"category": "XYZ"}, Guard.CATEGORY),
    (State.ACKNOWLEDGED, State.TRIAGE, {"subcode": "FIN-1"}, Guard.CATEGORY),
    (State.ACKNOWLEDGED, State.TRIAGE, {"severity": None}, Guard.SEVERITY),
    (State.ACKNOWLEDGED, State.TRIAGE, {"severity": 5}, Guard.SEVERITY),
    (State.ACKNOWLEDGED, State.TRIAGE, {"conflict": ""}, Guard.CONFLICT),
    (State.ACKNOWLEDGED, State.TRIAGE, {"conflict": "alize"}, Guard.CONFLICT),
    (State.TRIAGE, State.QUESTION, {"question_sent": False}, Guard.QUESTION),
    (State.TRIAGE, State.QUESTION, {"mailbox": False}, Guard.QUESTION),
    (State.TRIAGE, State.ASSESSMENT, {"category": ""}, Guard.CATEGORY),
    (State.TRIAGE, State.ASSESSMENT, {"owner": ""}, Guard.OWNER),
    (State.TRIAGE, State.ASSESSMENT, {"deputy": ""}, Guard.DEPUTY),
    (State.TRIAGE, State.ASSESSMENT, {"deputy": "alize"}, Guard.DEPUTY),
    (State.QUESTION, State.ASSESSMENT, {"last_reporter_message": None, "entered": TODAY}, Guard.QUESTION_WAIT),
    (State.QUESTION, State.TRIAGE, {"entered": TODAY - timedelta(29)}, Guard.QUESTION_WAIT),
    (State.ASSESSMENT, State.VERIFIED, {"grade": "C"}, Guard.GRADE),
    (State.ASSESSMENT, State.VERIFIED, {"grade": ""}, Guard.GRADE),
    (State.ASSESSMENT, State.VERIFIED, {"decision_colleges": MEMBERS}, Guard.COLLEGES),
    (State.ASSESSMENT, State.VERIFIED, {"decision_colleges": NOBODY}, Guard.COLLEGES),
    (State.ASSESSMENT, State.MEDIATION, {"consent_mediation": False}, Guard.MEDIATION_CONSENT),
    (State.ASSESSMENT, State.REFERRED, {"consent_referral": False}, Guard.REFERRAL),
    (State.UNVERIFIABLE, State.ASSESSMENT, {"entered": TODAY - timedelta(61)}, Guard.REOPENABLE),
    (State.VERIFIED, State.REGISTRY_PROPOSED, {"grade": "D"}, Guard.GRADE),
    (State.VERIFIED, State.REGISTRY_PROPOSED, {"gate_passed": False}, Guard.GATE),
    (State.VERIFIED, State.REGISTRY_PROPOSED, {"good_faith": False}, Guard.GOOD_FAITH),
    (State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY, {"notice_on": None}, Guard.NOTICE),
    (State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY, {"notice_on": date(2026, 9, 30)}, Guard.NOTICE),
    (State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY, {"gate_passed": False}, Guard.GATE),
    (State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY, {"good_faith": False}, Guard.GOOD_FAITH),
    (State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY, {"reporter_opinion": "no"}, Guard.OPINION),
    (State.RIGHT_OF_REPLY, State.PUBLISHED, {"grade": "D"}, Guard.GRADE),
    (State.RIGHT_OF_REPLY, State.PUBLISHED, {"reporter_opinion": "no"}, Guard.NOT_OPPOSED),
    (State.RIGHT_OF_REPLY, State.PUBLISHED, {"notice_on": None}, Guard.REPLY_TIME),
    (State.RIGHT_OF_REPLY, State.PUBLISHED, {"entry_signed_colleges": MEMBERS}, Guard.ENTRY_SIGNED),
    (State.RIGHT_OF_REPLY, State.PUBLISHED, {"gate_passed": False}, Guard.GATE),
    (State.RIGHT_OF_REPLY, State.PUBLISHED, {"good_faith": False}, Guard.GOOD_FAITH),
    (State.PUBLISHED, State.CORRECTED, {"entry_signed_colleges": NOBODY}, Guard.ENTRY_SIGNED),
    (State.PUBLISHED, State.WITHDRAWN, {"entry_signed_colleges": MEMBERS}, Guard.ENTRY_SIGNED),
    (State.PUBLISHED, State.EXPIRED, {"entry_expires": TODAY + timedelta(1)}, Guard.DURATION),
    (State.CORRECTED, State.EXPIRED, {"entry_expires": None}, Guard.DURATION),
    *[
        (source, State.CLOSED, {"closing_reply": False}, Guard.CLOSING_REPLY)
        for source in State
        if State.CLOSED in next_states(source)
    ],
]


@pytest.mark.parametrize(("source", "target", "change", "guard"), BROKEN)
def test_each_guard_alone_refuses(source: State, target: State, change: dict[str, object], guard: Guard) -> None:
    with pytest.raises(MoveRefused) as caught:
        check_move(facts(source, **change), target, "analyst", TODAY)
    assert [refusal.guard for refusal in caught.value.refusals] == [guard]
    assert caught.value.refusals[0].message in caught.value.hint


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_every_move_needs_a_reason(reason: str) -> None:
    for move in MOVES:
        with pytest.raises(MoveRefused) as caught:
            check_move(facts(move.source, reason=reason), move.target, "analyst", TODAY)
        assert caught.value.refusals[0].guard is Guard.REASON


def test_every_guard_is_broken_by_a_test() -> None:
    assert {guard for _, _, _, guard in BROKEN} | {Guard.REASON} == set(Guard) == set(RULES)


def test_refusal_lists_everything_that_is_missing() -> None:
    empty = CaseFacts(state=State.RIGHT_OF_REPLY, entered=TODAY)
    with pytest.raises(MoveRefused) as caught:
        check_move(empty, "published", "analyst", TODAY)
    assert [refusal.guard for refusal in caught.value.refusals] == [
        Guard.REASON,
        Guard.GRADE,
        Guard.REPLY_TIME,
        Guard.GATE,
        Guard.GOOD_FAITH,
        Guard.ENTRY_SIGNED,
    ]


def test_one_signature_waits_for_the_other_college() -> None:
    with pytest.raises(MoveRefused) as caught:
        check_move(facts(State.ASSESSMENT, decision_colleges=MEMBERS), "verified", "analyst", TODAY)
    assert caught.value.waits_for_college
    with pytest.raises(MoveRefused) as caught:
        check_move(facts(State.ASSESSMENT, decision_colleges=MEMBERS, grade="C"), "verified", "analyst", TODAY)
    assert not caught.value.waits_for_college


def test_without_a_mailbox_nothing_waits_for_a_reply() -> None:
    silent = {"mailbox": False, "acknowledged": False, "closing_reply": False}
    assert check_move(facts(State.RECEIVED, **silent), "acknowledged", "analyst", TODAY)
    assert check_move(facts(State.UNFOUNDED, **silent), "closed", "analyst", TODAY)


def test_legal_duty_refers_without_consent() -> None:
    case = facts(State.ASSESSMENT, consent_referral=False, legal_duty=True)
    assert check_move(case, "referred", "analyst", TODAY)


@pytest.mark.parametrize(("days", "moves"), [(29, False), (30, True)])
@pytest.mark.parametrize("opinion", ["ask", ""])
def test_silence_waits_thirty_days(opinion: str, days: int, moves: bool) -> None:
    entered = TODAY - timedelta(days)
    case = facts(State.REGISTRY_PROPOSED, entered=entered, notice_on=TODAY, reporter_opinion=opinion)
    assert _passes(case, "right_of_reply") is moves


@pytest.mark.parametrize(
    ("days", "extended", "moves"), [(29, False, False), (30, False, True), (44, True, False), (45, True, True)]
)
def test_cooperative_has_thirty_days_or_forty_five(days: int, extended: bool, moves: bool) -> None:
    case = facts(answered=False, extended=extended, notice_on=TODAY - timedelta(days))
    assert _passes(case, "published") is moves


def test_answer_ends_the_wait() -> None:
    case = facts(answered=True, notice_on=TODAY)
    assert _passes(case, "published")
    assert reply_ends(facts(notice_on=None)) is None


def test_the_time_counts_from_the_proof_of_receipt() -> None:
    sent = TODAY - timedelta(40)
    late = facts(answered=False, notice_on=sent, notice_received=sent + timedelta(15))
    assert not _passes(late, "published")
    assert reply_ends(facts(notice_on=TODAY, notice_received=sent)) == TODAY + timedelta(30)


def test_no_answer_of_the_cooperative_ends_the_wait_for_a_person() -> None:
    assert not _passes(facts(answered=True, person_named=True, notice_on=TODAY), "published")
    assert _passes(facts(answered=True, person_named=True, notice_on=TODAY - timedelta(30)), "published")


@pytest.mark.parametrize(("days", "answered", "moves"), [(29, False, False), (30, False, True), (0, True, True)])
def test_question_waits_for_the_reporter(days: int, answered: bool, moves: bool) -> None:
    entered = TODAY - timedelta(days)
    case = facts(State.QUESTION, entered=entered, last_reporter_message=entered if answered else None)
    assert _passes(case, "assessment") is moves


def test_reopening_ends_after_sixty_days() -> None:
    assert _passes(facts(State.UNVERIFIABLE, entered=TODAY - timedelta(60)), "assessment")


def test_clock_may_only_expire() -> None:
    assert {(move.source, move.target) for move in MOVES if Role.CLOCK in move.roles} == {
        (State.PUBLISHED, State.EXPIRED),
        (State.CORRECTED, State.EXPIRED),
    }


@pytest.mark.parametrize("avoided", [State.VERIFIED, State.RIGHT_OF_REPLY, State.ASSESSMENT, State.REGISTRY_PROPOSED])
def test_no_path_to_published_avoids(avoided: State) -> None:
    reached, frontier = {State.RECEIVED}, [State.RECEIVED]
    while frontier:
        for target in next_states(frontier.pop()):
            if target not in reached and target is not avoided:
                reached.add(target)
                frontier.append(target)
    assert State.PUBLISHED not in reached


def test_ends_are_ends() -> None:
    assert [state for state in State if not next_states(state)] == [State.EXPIRED, State.WITHDRAWN, State.CLOSED]


@given(st.lists(st.sampled_from(State), max_size=60), st.randoms(use_true_random=False))
def test_any_walk_that_publishes_was_verified_and_heard(targets: list[State], random) -> None:
    """Whatever is asked for and whatever the facts, published is reached only through both."""
    state, path = State.RECEIVED, [State.RECEIVED]
    for target in targets:
        change = {"gate_passed": random.random() < 0.9, "answered": random.random() < 0.5}
        try:
            check_move(facts(state, **change), target, "analyst", TODAY)
        except (IllegalMove, MoveRefused):
            continue
        state = target
        path.append(target)
    if State.PUBLISHED in path:
        before = path[: path.index(State.PUBLISHED)]
        assert State.VERIFIED in before
        assert before[-1] is State.RIGHT_OF_REPLY


def test_document_is_the_table() -> None:
    spec = importlib.util.spec_from_file_location("states_doc", ROOT / "tools" / "states_doc.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs/spec/states.md").read_text("utf-8") == module.render(), "type: python -m tools.states_doc"


def _passes(case: CaseFacts, target: str) -> bool:
    try:
        check_move(case, target, "analyst", TODAY)
    except MoveRefused:
        return False
    return True


def test_every_row_has_a_name_and_a_deadline() -> None:
    assert {move.action for move in MOVES} == set(ACTIONS)
    assert {move.action for move in MOVES if move.target is State.ASSESSMENT} == {"assess", "reopen"}
    for move in MOVES:
        assert all(ACTIONS[move.action])
        assert all(move.deadline.words)
