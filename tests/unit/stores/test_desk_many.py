"""Many cases in few statements, and many transactions beside one idle connection."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import BusyError
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.stores.desk_cases import SALT, MessageRow, SealedRow
from app.stores.desk_keys import ReviewerRow

CASES = ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc")


def box() -> bytes:
    """As long as a sealed value, with a salt at its place."""
    return b"\x01" + secrets.token_bytes(60)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DeskStore]:
    made = DeskStore.create(DeskSettings(home=tmp_path))
    with made.writing() as tx:
        for name in ("alize", "cypres"):
            tx.add_reviewer(ReviewerRow(name, "members", name.upper(), b"c", b"p", b"b", b"s", b"k", b"m"))
        for case_id in CASES:
            grants = {"alize": box()} if case_id == CASES[2] else {"alize": box(), "cypres": box()}
            tx.add_case(case_id, box(), grants)
            tx.add_message(case_id, MessageRow(f"m-{case_id}", f"e-{case_id}", box()))
            tx.add_reply(case_id, SealedRow(f"r-{case_id}", box()))
    yield made
    made.close()


def test_a_stamp_is_the_salt_and_changes_with_each_sealing(store: DeskStore) -> None:
    with store.reading() as tx:
        before = tx.stamps_for("alize")
        rows = {row.id: row for row in tx.cases_of("alize", CASES)}
        assert before == {case_id: rows[case_id].sealed[SALT] for case_id in CASES}
        assert list(tx.stamps_for("cypres")) == list(CASES[:2])
        assert tx.stamps_for("nobody") == {}
    with store.writing() as tx:
        tx.update_case(CASES[0], 1, box())
    with store.reading() as tx:
        after = tx.stamps_for("alize")
    assert {case_id for case_id in CASES if before[case_id] != after[case_id]} == {CASES[0]}


def test_only_what_is_asked_for_comes(store: DeskStore) -> None:
    with store.reading() as tx:
        assert [row.id for row in tx.cases_of("cypres", CASES[1:])] == [CASES[1]]
        assert [(case_id, row.id) for case_id, row in tx.messages_of(CASES[:1])] == [(CASES[0], f"m-{CASES[0]}")]
        assert [(case_id, row.id) for case_id, row in tx.replies_of(CASES[:1])] == [(CASES[0], f"r-{CASES[0]}")]
        assert tx.messages_of([]) == tx.replies_of([]) == tx.cases_of("alize", []) == []


def test_papers_that_wait(store: DeskStore) -> None:
    with store.writing() as tx:
        tx.put_paper(CASES[0], "decision", box())
        tx.put_paper(CASES[1], "decision/purge", box())
        tx.put_paper(CASES[2], "decisions", box())
    with store.reading() as tx:
        assert tx.waiting_papers("decision") == set(CASES[:2])


def test_each_transaction_is_committed_while_one_connection_idles(store: DeskStore, tmp_path: Path) -> None:
    log = tmp_path / "desk.db-wal"
    with store.steady():
        with store.writing() as tx:
            tx.update_case(CASES[0], 1, box())
        assert log.stat().st_size > 0
        other = DeskStore.open(DeskSettings(home=tmp_path))
        with other.reading() as tx:
            assert tx.versions_for("alize")[CASES[0]] == 2
        other.close()
    assert not log.exists() or log.stat().st_size == 0


def test_no_database_is_no_steadiness(tmp_path: Path) -> None:
    lost = DeskStore(DeskSettings(home=tmp_path))
    with pytest.raises(BusyError), lost.steady():
        pytest.fail("it opened")
    lost.close()
