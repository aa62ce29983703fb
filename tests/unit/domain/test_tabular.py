"""CSV that a spreadsheet opens without computing, and the columns of entries.csv."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.entry import Entry
from app.domain.entry_table import COLUMNS, entry_row
from app.domain.statements import COLUMNS as STATEMENT_COLUMNS
from app.domain.tabular import guard, line, unguard
from crypto import canonical
from tests.unit.domain.samples import REGC_ID, raw_entry

PAGE = Path(__file__).parents[3] / "docs/spec/registry-data.md"
COLLECTIVE = {"cases": "3-4", "entitled_body": "Fédération"}
STEP = {"month": "2027-01", "status": "accepted", "note": ""}


@pytest.mark.parametrize("value", ["=1+1", "+33", "-1", "@x", "\tx", "\rx", "'=x", "''@"])
def test_formulas_are_kept_from_running(value: str) -> None:
    assert guard(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "x", "1", "'", "l'an = 2", "'x", "\nx"])
def test_other_values_stay(value: str) -> None:
    assert guard(value) == unguard(value) == value


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",))), min_size=2, max_size=5))
def test_every_value_comes_back(values: list[str]) -> None:
    written = line(values)
    assert written.endswith("\r\n")
    (read,) = csv.reader(io.StringIO(written, newline=""), strict=True)
    assert [unguard(value) for value in read] == values
    assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in read)


def test_columns_are_frozen() -> None:
    assert " ".join(COLUMNS) == (
        "regc_id version status issuer batch leaf cooperative_id cooperative_name form country identifier_type "
        "identifier_value members federation sector organ function mandate_from mandate_to category subcode severity "
        "finding period_from period_to grade evidence founding_principles ica_principles harm reply reply_inserted "
        "reply_refused observations published reviewed renewed corrected expires notified persons_informed references "
        "remediation corrections collective_cases collective_entitled_body"
    )


def test_a_whole_row() -> None:
    raw = raw_entry(collective=COLLECTIVE, remediation=[STEP], finding__ica_principles=[2, 4])
    row = dict(zip(COLUMNS, entry_row(Entry.parse(raw), "desk.example", "2026-12", 3), strict=True))
    assert row["regc_id"] == REGC_ID
    assert row["cooperative_id"] == "fr-siren-732829320"
    assert (row["identifier_type"], row["identifier_value"]) == ("siren", "732829320")
    assert (row["organ"], row["mandate_from"], row["mandate_to"]) == ("board", "2022", "2025")
    assert row["ica_principles"] == "2;4"
    assert row["expires"] == "2027-12"
    assert canonical.loads(row["remediation"].encode()) == [STEP]
    assert (row["collective_cases"], row["collective_entitled_body"]) == ("3-4", "Fédération")
    assert row["references"] == row["corrections"] == row["observations"] == ""


def test_a_row_with_as_little_as_there_can_be() -> None:
    raw = raw_entry(body=None, cooperative__identifier=None, dates__published="", finding__subcode="")
    row = dict(zip(COLUMNS, entry_row(Entry.parse(raw), "desk.example", "2026-12", -1), strict=True))
    empty = {"identifier_type", "organ", "mandate_from", "expires", "published", "subcode", "collective_cases"}
    assert {row[name] for name in empty} == {""}
    assert row["leaf"] == ""


@pytest.mark.parametrize(("file", "columns"), [("entries", COLUMNS), ("statements", STATEMENT_COLUMNS)])
def test_the_page_names_every_column_in_its_order(file: str, columns: tuple[str, ...]) -> None:
    text = PAGE.read_text("utf-8").split(f"### {file}.csv")[1]
    paragraphs = [re.findall(r"`([a-z_0-9]+)`", part) for part in text.split("\n\n")]
    assert list(columns) in paragraphs
