"""The published schema takes what the reader takes, and refuses unknown fields wherever they stand."""

from __future__ import annotations

import copy
from dataclasses import fields
from typing import Any

import pytest

from app.domain import record_schema
from app.domain.entry import Entry, EntryError, Tombstone, parse_signed
from tests.unit.domain.json_schema import problems
from tests.unit.domain.samples import REGC_ID, raw_entry

SCHEMAS = record_schema.schemas()
TOMBSTONE = {
    "schema": 2,
    "regc_id": REGC_ID,
    "version": 2,
    "status": "replaced",
    "month": "2027-03",
    "replaced_by": ["REGC-2026-BBBBBBBBBBBBBBBB"],
}
BASIS = {
    "type": "court_decision",
    "id": "ECLI:FR:CCASS:2021:C100001",
    "url": "",
    "verified": "2026-09",
    "counsel": "avis",
}
FULL = raw_entry(
    version=2,
    body__nominative={"basis": BASIS, "expires": "2027-06", "digest": "a" * 64},
    adversarial__persons_informed="2026-10",
    adversarial__reply="Nous contestons.",
    adversarial__reply_inserted="2027-01",
    adversarial__observations=[{"month": "2027-01", "text": "Une observation."}],
    references=[{"type": "law", "id": "Loi 47-1775, art. 8", "url": "https://example.org/loi"}],
    corrections=[
        {"month": "2027-01", "field": "finding.text", "before": "b" * 64, "reason": "error", "note": "Un mot."}
    ],
    remediation=[{"month": "2027-01", "status": "accepted", "note": ""}],
    collective={"cases": "3-4", "entitled_body": ""},
)


def check(raw: Any, kind: str = "Entry") -> list[str]:
    return problems(raw, SCHEMAS[kind], SCHEMAS)


@pytest.mark.parametrize("raw", [raw_entry(), FULL, raw_entry(body=None, cooperative__identifier=None)])
def test_real_records_pass(raw: dict[str, Any]) -> None:
    assert parse_signed(raw).to_dict() == raw
    assert check(raw) == []


def test_a_tombstone_passes_and_is_no_entry() -> None:
    parse_signed(TOMBSTONE)
    assert check(TOMBSTONE, "Tombstone") == []
    assert check(TOMBSTONE)
    assert check(raw_entry(), "Tombstone")


def objects(raw: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    here = [path] if isinstance(raw, dict) else []
    return here + [found for name, item in items for found in objects(item, (*path, name))]


def inside(raw: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        raw = raw[step]
    return raw


@pytest.mark.parametrize("path", objects(FULL), ids=str)
def test_no_object_takes_an_unknown_field_or_misses_one(path: tuple[Any, ...]) -> None:
    added = copy.deepcopy(FULL)
    inside(added, path)["name_of_person"] = "x"
    assert check(added)
    with pytest.raises(EntryError):
        parse_signed(added)
    for name in inside(FULL, path):
        less = copy.deepcopy(FULL)
        del inside(less, path)[name]
        assert check(less)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("status", "expired"),
        ("version", 0),
        ("version", True),
        ("regc_id", "REGC-2026-short"),
        ("cooperative__country", "US"),
        ("cooperative__name", ""),
        ("finding__severity", 5),
        ("finding__text", "x" * 601),
        ("finding__evidence", []),
        ("finding__ica_principles", [2, 2]),
        ("finding__period_from", "2024-05"),
        ("dates__published", "2026-12-01"),
        ("references", [{"type": "law", "id": "x", "url": "http://example.org"}]),
        ("cooperative__identifier", {"type": "passport", "value": "1"}),
    ],
)
def test_both_refuse_the_same(change: str, value: Any) -> None:
    raw = raw_entry(**{change: value})
    assert check(raw)
    with pytest.raises(EntryError):
        parse_signed(raw)


def test_every_rule_is_of_a_field_that_exists_and_every_text_is_bounded() -> None:
    known = {(name, field) for name, schema in SCHEMAS.items() for field in schema["properties"]}
    assert set(record_schema._RULES) <= known
    bounds = {"enum", "const", "pattern", "maxLength", "anyOf", "$ref", "items", "maximum"}
    for name, schema in SCHEMAS.items():
        for field, found in schema["properties"].items():
            assert bounds & set(found), (name, field)


def test_the_schema_has_the_fields_of_the_record() -> None:
    for kind in (Entry, Tombstone):
        assert set(SCHEMAS[kind.__name__]["properties"]) == {field.name for field in fields(kind)}
