"""The order of batches: the next one and no other, of a day that has begun."""

from __future__ import annotations

from datetime import date
from typing import Any

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


NOMINATIVE = {
    "basis": {"type": "court_decision", "id": "ECLI:FR:CCASS:2022:C100428", "url": "", "verified": "2026-11",
              "counsel": "Avis du conseil."},
    "expires": "2027-11",
    "digest": A,
}  # fmt: skip
LATE = "2026-12"


def nominative(**basis: str) -> dict[str, object]:
    return {**NOMINATIVE, "basis": {**NOMINATIVE["basis"], **basis}}


@pytest.mark.parametrize(
    "changes",
    [
        {"dates__published": LATE},
        {"dates__reviewed": LATE},
        {"dates__renewed": LATE, "version": 2},
        {"dates__corrected": LATE, "status": "corrected"},
        {"adversarial__persons_informed": LATE},
        {"adversarial__reply": "Non.", "adversarial__reply_inserted": LATE, "status": "contested"},
        {"adversarial__observations": [{"month": LATE, "text": "Vu."}]},
        {"remediation": [{"month": LATE, "status": "done", "note": ""}]},
        {
            "corrections": [
                {"month": LATE, "field": "finding.text", "before": A, "reason": "error", "note": "Précision."}
            ],
            "version": 2,
        },
        {"body__nominative": nominative(verified=LATE)},
    ],
)
def test_no_month_in_a_record_is_to_come(changes: dict[str, Any]) -> None:
    good = raw_entry(dates__published="2026-11", adversarial__persons_informed="2026-10")
    for name, value in changes.items():
        group, _, field = name.partition("__")
        good[group] = {**good[group], field: value} if field else value
    signed = SignedRecord(parse(good), (), b"")
    check_time(batch(1, "", records=(signed,)), date(2026, 12, 1))
    with pytest.raises(OrderError, match=f"month in {REGC_ID} has not begun"):
        check_time(batch(1, "", records=(signed,), day=date(2026, 11, 30)), date(2026, 12, 1))


def test_no_tombstone_of_a_month_to_come() -> None:
    gone = SignedRecord(Tombstone(REGC_ID, 2, "withdrawn", "2027-01"), (), b"")
    with pytest.raises(OrderError, match="has not begun"):
        check_time(batch(1, "", records=(gone,)), date(2027, 1, 1))
