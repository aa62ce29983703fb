"""A stored record is read by its form: of any older rules, and equal to what the rules of today make of a good one."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.entry import Entry, EntryError, Tombstone, parse
from app.domain.stored_record import read_stored
from tests.fakes.register import synthetic
from tests.unit.domain.samples import REGC_ID, raw_entry

RICH = raw_entry(
    version=2,
    status="contested",
    adversarial={
        "notified": "2026-10",
        "persons_informed": "2026-10",
        "reply": "Nous contestons.",
        "reply_inserted": "2026-12",
        "reply_refused": "",
        "observations": [{"month": "2026-12", "text": "Vu."}],
    },
    corrections=[{"month": "2026-12", "field": "finding.text", "before": "a" * 64, "reason": "error", "note": "Mot."}],
    references=[{"type": "law", "id": "47-1775", "url": ""}],
    remediation=[{"month": "2026-12", "status": "done", "note": ""}],
    collective={"cases": "3-4", "entitled_body": ""},
    body={
        "organ": "board",
        "function": "chair",
        "mandate_from": 2022,
        "mandate_to": 2025,
        "nominative": {
            "basis": {
                "type": "court_decision",
                "id": "ECLI:FR:CCASS:2022:C100428",
                "url": "",
                "verified": "2026-11",
                "counsel": "Avis.",
            },
            "expires": "2027-06",
            "digest": "0" * 64,
        },
    },
)


@pytest.mark.parametrize(
    "raw",
    [
        RICH,
        raw_entry(body=None, cooperative__identifier=None),
        Tombstone(REGC_ID, 2, "withdrawn", "2026-12").to_dict(),
        Tombstone(REGC_ID, 2, "replaced", "2026-12", ("REGC-2026-AAAAAAAAAAAAAAAA",)).to_dict(),
        *synthetic(5),
    ],
)
def test_a_good_record_is_read_as_ever(raw: dict[str, Any]) -> None:
    assert read_stored(raw) == parse(raw)
    assert read_stored(raw).to_dict() == raw


def test_a_record_of_the_first_schema() -> None:
    raw = raw_entry()
    for name in ("schema", "remediation", "collective"):
        del raw[name]
    del raw["body"]["nominative"]
    assert read_stored(raw) == parse(raw)


def test_a_record_that_the_rules_of_today_refuse() -> None:
    raw = raw_entry(cooperative__identifier={"type": "other", "value": "12345678Z"}, former="x")
    del raw["cooperative"]["sector"]
    with pytest.raises(EntryError):
        parse(raw)
    found = read_stored(raw)
    assert isinstance(found, Entry)
    assert found.cooperative.identifier
    assert (found.cooperative.identifier.value, found.cooperative.sector) == ("12345678Z", "")
