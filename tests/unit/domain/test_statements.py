"""One row per claim: what it says, who signed it, on what it rests, since when it stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.domain.entry import Record, parse_signed
from app.domain.statements import COLUMNS, Statement, canonical_of, claims, dataset_name, statement_id, statements
from tests.unit.domain.samples import REGC_ID, raw_entry

OTHER = "REGC-2026-BBBBBBBBBBBBBBBB"
THIRD = "REGC-2026-CCCCCCCCCCCCCCCC"
ORIGIN = "regc.example"
LAW = {"type": "law", "id": "Loi 47-1775, art. 8", "url": "https://example.org/loi"}
RULING = {"type": "ecli", "id": "ECLI:FR:CCASS:2022:C100428", "url": ""}
BASIS = {
    "type": "court_decision",
    "id": "ECLI:FR:CCASS:2021:C100001",
    "url": "https://example.org/decision",
    "verified": "2026-09",
    "counsel": "avis favorable",
}


@dataclass(frozen=True)
class Sample:
    record: Record
    issuer: str = "desk.example"
    signatures: tuple[tuple[str, bytes], ...] = (("A" * 40, b"one"), ("B" * 40, b"two"))
    leaf: int = 7
    batch: str = "2027-01"
    since: Mapping[str, str] = field(default_factory=dict)


def rows(raw: dict[str, Any], **more: Any) -> dict[str, Statement]:
    return {row.prop: row for row in statements(Sample(parse_signed(raw), **more), ORIGIN)}


def tombstone(status: str = "withdrawn", *into: str) -> dict[str, Any]:
    made = {"schema": 2, "regc_id": REGC_ID, "version": 2, "status": status, "month": "2027-03"}
    return {**made, "replaced_by": list(into)}


def test_columns_are_frozen() -> None:
    """The first fourteen are those of the CSV that followthemoney writes (its version 4)."""
    theirs = "canonical_id entity_id prop prop_type schema value dataset origin lang original_value external first_seen"
    ours = "version issuer signer_1 signer_2 leaf grade evidence source_id source_url"
    assert (*theirs.split(), "last_seen", "id", *ours.split()) == COLUMNS


def test_same_columns_as_followthemoney() -> None:
    from followthemoney.statement.serialize import CSV_COLUMNS

    assert list(COLUMNS[: len(CSV_COLUMNS)]) == CSV_COLUMNS


def test_types_are_those_of_followthemoney() -> None:
    from followthemoney.types import registry

    raw = raw_entry(references=[LAW])
    assert {row.prop_type for row in rows(raw).values()} <= {kind.name for kind in registry.types}


def test_a_claim() -> None:
    row = rows(raw_entry(), since={"finding.severity": "2026-12"})["finding.severity"]
    key = b'["regc_example","REGC-2026-ABCDEFGHIJKLMNOP","finding.severity","2"]'
    assert row == Statement(
        canonical_id=REGC_ID,
        entity_id=REGC_ID,
        prop="finding.severity",
        prop_type="number",
        schema="RegcEntry",
        value="2",
        dataset="regc_example",
        origin="regc.example/desk.example",
        lang="",
        original_value="",
        external="f",
        first_seen="2026-12",
        last_seen="2027-01",
        id=hashlib.sha256(key).hexdigest(),
        version="1",
        issuer="desk.example",
        signer_1="A" * 40,
        signer_2="B" * 40,
        leaf="7",
        grade="A2",
        evidence="authenticated_internal_document",
        source_id="",
        source_url="",
    )
    assert row.row == tuple(vars(row).values())


def test_a_claim_stands_since_its_batch_unless_told_before() -> None:
    assert rows(raw_entry())["finding.text"].first_seen == "2027-01"


def test_what_says_nothing_is_no_claim() -> None:
    raw = raw_entry(body=None, references=[], cooperative__federation="", cooperative__identifier=None)
    told = [prop for prop, _ in claims(parse_signed(raw))]
    assert not {"regc_id", "version", "schema", "cooperative.federation", "body", "references"} & set(told)
    assert not any(prop.startswith(("body", "cooperative.identifier")) for prop in told)
    assert "status" in told
    assert len(told) == len(set(told))


def test_every_leaf_is_a_claim_with_its_place() -> None:
    told = dict(claims(parse_signed(raw_entry(references=[LAW, RULING]))))
    assert told["references[1].id"] == RULING["id"]
    assert "references[1].url" not in told
    assert told["finding.ica_principles[0]"] == "2"
    assert told["body.mandate_from"] == "2022"


def test_ids_differ_wherever_one_part_differs() -> None:
    base = ("d", "e", "p", "v")
    changed = {statement_id(*base[:place], "x", *base[place + 1 :]) for place in range(4)}
    shifted = {statement_id("d", "e", "pv", ""), statement_id("de", "", "p", "v")}
    assert len({statement_id(*base)} | changed | shifted) == 7


def test_a_reference_cites_itself() -> None:
    found = rows(raw_entry(references=[RULING, LAW]))
    cited = found["references[1].type"]
    assert (cited.source_id, cited.source_url, cited.grade) == (LAW["id"], LAW["url"], "")
    assert found["references[0].id"].source_id == RULING["id"]


def test_grade_a1_rests_on_its_first_reference() -> None:
    found = rows(raw_entry(finding__grade="A1", references=[RULING, LAW]))
    assert found["finding.text"].source_id == RULING["id"]
    assert found["body.organ"].source_id == RULING["id"]
    assert (found["cooperative.name"].source_id, found["cooperative.name"].grade) == ("", "")


def test_that_a_name_stands_rests_on_its_own_decision_and_the_name_is_not_told() -> None:
    nominative = {"basis": BASIS, "expires": "2027-06", "digest": "a" * 64}
    raw = raw_entry(body__nominative=nominative, adversarial__persons_informed="2026-10")
    found = rows(raw)
    told = found["body.nominative.expires"]
    assert (told.source_id, told.source_url) == (BASIS["id"], BASIS["url"])
    assert found["body.organ"].source_id == ""
    assert {prop for prop in found if prop.startswith("body.nominative")} == {
        "body.nominative.expires",
        "body.nominative.digest",
        *(f"body.nominative.basis.{name}" for name in BASIS),
    }


def test_no_date_is_finer_than_a_month() -> None:
    values = [row.value for row in rows(raw_entry(references=[LAW])).values()]
    assert not any(re.search(r"\d{4}-\d{2}-\d{2}", value) for value in values)


def test_a_tombstone_tells_its_end_and_nothing_else() -> None:
    found = rows(tombstone())
    assert {prop: row.value for prop, row in found.items()} == {"status": "withdrawn", "month": "2027-03"}
    assert found["status"].grade == found["status"].evidence == found["status"].source_id == ""


@pytest.mark.parametrize(("into", "became"), [((OTHER,), OTHER), ((OTHER, THIRD), REGC_ID)])
def test_a_merged_entry_goes_on_under_another_name_and_a_split_one_under_its_own(
    into: tuple[str, ...], became: str
) -> None:
    raw = tombstone("replaced", *into)
    found = rows(raw)
    assert {row.canonical_id for row in found.values()} == {became}
    assert canonical_of(parse_signed(raw)) == became
    assert found["replaced_by[0]"].value == OTHER
    assert found["replaced_by[0]"].prop_type == "entity"


def test_a_caller_may_have_followed_more_than_one_replacement() -> None:
    sample = Sample(parse_signed(tombstone("replaced", OTHER)))
    assert {row.canonical_id for row in statements(sample, ORIGIN, canonical_id=THIRD)} == {THIRD}


@pytest.mark.parametrize("signatures", [(), (("A" * 40, b"one"),)])
def test_missing_signers_are_empty_cells(signatures: tuple[tuple[str, bytes], ...]) -> None:
    row = rows(raw_entry(), signatures=signatures)["status"]
    assert row.signer_2 == ""


@pytest.mark.parametrize(
    ("origin", "name"), [("regc.example", "regc_example"), ("regc.example/fr-1", "regc_example_fr_1")]
)
def test_data_set_names(origin: str, name: str) -> None:
    from followthemoney.dataset.util import dataset_name_check

    assert dataset_name(origin) == dataset_name_check(name)


def test_the_decision_that_names_a_person_ends_with_the_name() -> None:
    nominative = {"basis": BASIS, "expires": "2027-06", "digest": "a" * 64}
    raw = raw_entry(body__nominative=nominative, adversarial__persons_informed="2026-10")
    sample = Sample(parse_signed(raw))
    for month, told in (("", True), ("2027-05", True), ("2027-06", False), ("2028-01", False)):
        props = [row.prop for row in statements(sample, ORIGIN, month=month)]
        assert any(prop.startswith("body.nominative") for prop in props) == told
        assert "body.organ" in props
    for other in (raw_entry(), tombstone()):
        found = [row.prop for row in statements(Sample(parse_signed(other)), ORIGIN, month="2028-01")]
        assert found == [row.prop for row in statements(Sample(parse_signed(other)), ORIGIN)]
