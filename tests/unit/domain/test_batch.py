"""The order of batches: the next one and no other, of a day that has begun."""

from __future__ import annotations

from datetime import date

import pytest

from app.domain.batch import Batch, Head, OrderError, SignedRecord, check_time, is_next
from app.domain.entry import Tombstone, parse
from tests.unit.domain.samples import REGC_ID, raw_entry

A, B = "a" * 64, "b" * 64


def batch(sequence: int, previous: str, **changes: object) -> Batch:
    values = {"day": date(2026, 12, 1), "month": "2026-12", "digest": B, "records": (), "checkpoint": b""} | changes
    return Batch(issuer="desk.example", sequence=sequence, previous=previous, **values)


def test_the_next_one() -> None:
    assert is_next(None, batch(1, ""))
    assert is_next(Head(4, A), batch(5, A))


def test_the_last_one_again() -> None:
    assert not is_next(Head(4, B), batch(4, A))


@pytest.mark.parametrize(
    ("head", "sequence", "previous", "message"),
    [
        (None, 2, A, "Export 1 of desk.example is missing"),
        (Head(4, A), 6, A, "Export 5 of desk.example is missing"),
        (Head(4, A), 4, A, "not the export that was loaded"),
        (Head(4, A), 1, "", "old version: export 4 is in force"),
        (Head(4, A), 5, B, "continues another export"),
    ],
)
def test_refuses(head: Head | None, sequence: int, previous: str, message: str) -> None:
    with pytest.raises(OrderError, match=message) as caught:
        is_next(head, batch(sequence, previous))
    assert "Nothing was changed" in caught.value.hint


def test_time() -> None:
    entry = SignedRecord(parse(raw_entry()), (), b"")
    gone = SignedRecord(Tombstone(REGC_ID, 2, "withdrawn", "2026-12"), (), b"")
    check_time(batch(1, "", records=(entry, gone)), date(2026, 12, 1))
    with pytest.raises(OrderError, match="a day to come"):
        check_time(batch(1, ""), date(2026, 11, 30))
    with pytest.raises(OrderError, match="has not begun"):
        check_time(batch(1, "", records=(entry,), day=date(2026, 11, 30)), date(2026, 11, 30))
