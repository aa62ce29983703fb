"""What a case says, as bytes and back; its number and its label tell nothing."""

from __future__ import annotations

import os
from datetime import date

from app.desk.core.bench import CASE_ID
from app.desk.core.labels import ADJECTIVES, NOUNS, draw
from app.desk.core.record import CaseRecord, new_id
from app.desk.page.wording import FIELDS, KINDS, STATES
from app.domain.facts import CaseFacts, State
from crypto import canonical
from crypto.derive import Mailbox
from crypto.envelope_report import KINDS as ENVELOPE_KINDS
from tests.unit.desk.house import DAY


def record(**changes: object) -> CaseRecord:
    facts = CaseFacts(
        state=State.TRIAGE,
        entered=DAY,
        severity=3,
        notice_on=date(2026, 12, 1),
        entry_signed_colleges=frozenset({"members", "jurists"}),
        decision_colleges=frozenset(),
    )
    values = {"label": "Héron calme", "facts": facts, "received": DAY, "allowed": ("alize", "cypres")}
    return CaseRecord(**values | changes)


def test_bytes_and_back() -> None:
    keys = Mailbox.from_root(os.urandom(32)).public
    whole = record(keys=keys, excluded=("brume",), fields={"topic": "1"}, replies=4, retaliation=True)
    assert CaseRecord.from_bytes(whole.to_bytes()) == whole
    bare = record()
    assert CaseRecord.from_bytes(bare.to_bytes()) == bare
    assert (whole.mailbox, bare.mailbox) == (True, False)


def test_an_older_record_takes_defaults_and_a_newer_one_is_read() -> None:
    value = canonical.loads(record().to_bytes())
    del value["replies"]
    del value["facts"]["hold"]
    value["unheard"] = 1
    value["facts"]["unheard"] = "x"
    assert CaseRecord.from_bytes(canonical.dumps(value)) == record()


def test_ids_are_random_and_of_the_contract() -> None:
    ids = {new_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(CASE_ID.fullmatch(one) and len(one) == 12 for one in ids)


def test_labels_are_two_words_and_avoid_those_taken() -> None:
    assert len(set(NOUNS)) == len(NOUNS) >= 60
    assert len(set(ADJECTIVES)) == len(ADJECTIVES) >= 60
    taken: set[str] = set()
    for _ in range(300):
        taken.add(draw(taken))
    assert len(taken) == 300
    assert all(len(label.split()) == 2 for label in taken)
    everything = {f"{noun} {adjective}" for noun in NOUNS for adjective in ADJECTIVES}
    assert draw(everything) in everything


def test_the_page_has_a_word_for_everything() -> None:
    assert set(STATES) == set(State)
    assert set(KINDS) == set(ENVELOPE_KINDS)
    assert "cooperative" in FIELDS
