"""desk.db: transactions that are whole or nothing, rows that come back as they were put."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from app.domain import journal
from app.errors import BusyError, UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore, JournalRow
from app.stores.desk_carried import NOTHING_YET, OPENED, REFUSED, WAITING, EnvelopeRow, Numbered, OutgoingRow, Taken
from app.stores.desk_cases import MessageRow, SealedRow
from app.stores.desk_keys import Identity, ManifestRow, ReviewerRow

DAY = date(2026, 11, 2)
CASE = "abcdefghij23"


@pytest.fixture
def settings(tmp_path: Path) -> DeskSettings:
    return DeskSettings(home=tmp_path)


@pytest.fixture
def store(settings: DeskSettings) -> Iterator[DeskStore]:
    made = DeskStore.create(settings)
    with made.writing() as tx:
        for name in ("alize", "cypres"):
            tx.add_reviewer(reviewer(name))
    yield made
    made.close()


def reviewer(name: str) -> ReviewerRow:
    return ReviewerRow(name, "members", name.upper(), b"c", b"p", b"b", b"s", b"k", b"m")


def envelope(n: int, **changes: object) -> EnvelopeRow:
    return EnvelopeRow(**{"id": f"{n:032x}", "sha256": "f" * 64, "size": 9, "pickup": 1, "imported": DAY} | changes)


def test_a_missing_database_says_what_to_type(settings: DeskSettings) -> None:
    with pytest.raises(UserError, match="desk database is missing") as refused:
        DeskStore.open(settings)
    assert refused.value.hint == "Type: sourdine desk init"


def test_it_opens_again_and_is_private(store: DeskStore, settings: DeskSettings) -> None:
    again = DeskStore.open(settings)
    with again.reading() as tx:
        assert [row.name for row in tx.reviewers()] == ["alize", "cypres"]
    again.close()
    assert (settings.home / "desk.db").stat().st_mode & 0o077 == 0


def test_identity_is_set_once(store: DeskStore) -> None:
    with pytest.raises(UserError, match="no keys yet"):
        store.identity()
    with store.writing() as tx:
        tx.set_identity(Identity("try.example", b"p" * 32))
    assert store.identity() == Identity("try.example", b"p" * 32)


def test_a_transaction_is_whole_or_nothing(store: DeskStore) -> None:
    def half() -> None:
        with store.writing() as tx:
            tx.put_envelope(envelope(1))
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with store.reading() as tx:
        assert tx.envelopes(WAITING) == []


def test_reviewers_and_their_notes(store: DeskStore) -> None:
    with store.writing() as tx:
        assert tx.reviewer("alize") == reviewer("alize")
        assert tx.reviewer("nobody") is None
        assert tx.notes("alize") is None
        tx.set_notes("alize", b"n")
        assert (tx.notes("alize"), tx.notes("cypres")) == (b"n", None)
        assert tx.reviewer("alize") == reviewer("alize")


def test_manifests_in_order(store: DeskStore) -> None:
    rows = [ManifestRow(2, "b", b"2"), ManifestRow(1, "a", b"1")]
    with store.writing() as tx:
        for row in rows:
            tx.add_manifest(row)
        assert tx.manifests() == rows[::-1]


def test_an_envelope_through_its_states(store: DeskStore) -> None:
    with store.writing() as tx:
        tx.put_envelope(envelope(1))
        tx.put_envelope(envelope(2))
        assert tx.envelope(envelope(1).id) == envelope(1)
        assert tx.envelope("0" * 32) is None
        tx.settle_envelope(envelope(1).id, OPENED)
        tx.settle_envelope(envelope(2).id, REFUSED, "a rule")
        assert tx.envelopes(REFUSED) == [envelope(2, status=REFUSED, why="a rule")]
        tx.put_envelope(envelope(2))
        assert tx.envelopes(WAITING) == [envelope(2)]
        assert [row.id for row in tx.due_receipts(9)] == [envelope(1).id]
        assert tx.due_receipts(0) == []


def test_an_outbox_takes_exactly_what_it_carries(store: DeskStore) -> None:
    with store.writing() as tx:
        assert (tx.last_outbox(), tx.last_outbox_file()) == (NOTHING_YET, None)
        for n in (1, 2):
            tx.put_envelope(envelope(n, status=OPENED))
            tx.add_outgoing(OutgoingRow(str(n), b"s"))
        taken = Taken(tx.due_receipts(1), tx.due_outgoing(1))
        tx.add_outbox(Numbered(1, "d"), DAY, b"first", taken=taken)
        assert [row.id for row in tx.due_receipts(9)] == [envelope(2).id]
        assert [row.id for row in tx.due_outgoing(9)] == ["2"]
        tx.add_outbox(Numbered(2, "e"), DAY, b"second", taken=Taken((), ()))
        assert (tx.last_outbox(), tx.last_outbox_file()) == (Numbered(2, "e"), b"second")
        tx.seen_again(envelope(1).id, 7)
        assert {(row.id, row.pickup) for row in tx.due_receipts(9)} == {(envelope(1).id, 7), (envelope(2).id, 1)}
        tx.drop_outgoing(["2"])
        assert tx.due_outgoing(9) == []


def test_pickups_and_exports_are_numbered(store: DeskStore) -> None:
    with store.writing() as tx:
        assert tx.last_pickup() == tx.last_export() == NOTHING_YET
        tx.add_pickup(Numbered(3, "c"), DAY)
        tx.add_export(Numbered(1, "x"), DAY, b"1")
        tx.add_export(Numbered(2, "y"), DAY, b"2")
        assert (tx.last_pickup(), tx.last_export()) == (Numbered(3, "c"), Numbered(2, "y"))
        assert tx.last_export_file() == b"2"


def test_a_case_with_everything_that_hangs_on_it(store: DeskStore) -> None:
    with store.writing() as tx:
        tx.add_case(CASE, b"one", {"alize": b"ga", "cypres": b"gc"})
        assert [(row.id, row.grant) for row in tx.cases_for("cypres")] == [(CASE, b"gc")]
        assert tx.case_for(CASE, "nobody") is None
        tx.update_case(CASE, 1, b"two")
        assert (tx.case_for(CASE, "alize").version, tx.case_for(CASE, "alize").sealed) == (2, b"two")
        with pytest.raises(BusyError):
            tx.update_case(CASE, 1, b"three")
        tx.add_mailbox(b"tag", CASE)
        assert (tx.case_of_mailbox(b"tag"), tx.case_of_mailbox(b"other"), tx.mailbox_count()) == (CASE, None, 1)
        tx.add_message(CASE, MessageRow("m", "m", b"s"))
        assert (tx.messages(CASE), tx.evidence_names()) == ([MessageRow("m", "m", b"s")], {"m"})
        tx.add_reply(CASE, SealedRow("r", b"s"))
        assert tx.replies(CASE) == [SealedRow("r", b"s")]
        tx.put_paper(CASE, "entry", b"1")
        tx.put_paper(CASE, "entry", b"2")
        assert tx.paper(CASE, "entry") == b"2"
        tx.drop_paper(CASE, "entry")
        assert tx.paper(CASE, "entry") is None


def test_a_tag_is_claimed_once(store: DeskStore) -> None:
    with store.writing() as tx:
        assert tx.claim_tag(b"t")
        assert not tx.claim_tag(b"t")


def test_the_journal_keeps_its_chain(store: DeskStore) -> None:
    with store.writing() as tx:
        assert tx.last_line() is None
        for action in ("open", "move"):
            line = journal.append(tx.last_line(), day=DAY, actor="alize", action=action, subject="s", reason_hash="r")
            tx.add_line(JournalRow(line, b"sealed"))
    with store.writing() as tx:
        rows = tx.journal()
        assert journal.verify(row.line for row in rows) == ()
        assert tx.last_line() == rows[-1].line
        assert [row.sealed for row in rows] == [b"sealed", b"sealed"]
    store.forget()


def test_no_row_shows_what_it_holds(store: DeskStore) -> None:
    for row in (reviewer("alize"), MessageRow("m", "m", b"secret"), OutgoingRow("o", b"secret")):
        assert "secret" not in repr(row)
