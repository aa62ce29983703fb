"""Files of GLEIF and INSEE, as they are laid out, and as they go wrong."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from app.directory.gleif import read_gleif
from app.directory.items import items
from app.directory.sirene import read_sirene, sector
from app.directory.table import rows
from app.directory.tally import SHOWN, Tally
from app.domain.legal_person import LegalPerson
from app.domain.taxonomy import SECTORS
from app.errors import UserError

DATA = Path(__file__).resolve().parents[2] / "data" / "directory"
MONTH = "2026-11"
GLEIF = (
    "gleif-goldencopy-lei2-golden-copy.csv",
    "gleif-goldencopy-lei2-golden-copy.json",
    "gleif-api-lei-records.json",
)


def sirene(data: bytes | None = None) -> tuple[list[LegalPerson], Tally]:
    tally = Tally()
    raw = (DATA / "StockUniteLegale_utf8.csv").read_bytes() if data is None else data
    return list(read_sirene(io.BytesIO(raw), MONTH, tally)), tally


def gleif(name: str = "", data: bytes = b"", *, is_json: bool | None = None) -> tuple[list[LegalPerson], Tally]:
    tally = Tally()
    raw = (DATA / name).read_bytes() if name else data
    return list(
        read_gleif(io.BytesIO(raw), MONTH, tally, json=name.endswith("json") if is_json is None else is_json)
    ), tally


def test_sirene() -> None:
    persons, tally = sirene()
    assert [(person.id, person.names[0], person.form, person.sector, person.status) for person in persons] == [
        ("fr-siren-732829320", "COOPERATIVE DES TROIS RIVIERES", "scop", "industry", "active"),
        ("fr-siren-900000019", "LES TILLEULS", "other", "housing", "active"),
        ("fr-siren-900000027", "SCIC ENERGIE DU VALLON", "scic", "energy", "active"),
        ("fr-siren-900000035", 'CUMA "LE MOULIN", DU HAUT', "agricultural", "agriculture", "ended"),
        ("fr-siren-900000100", "CAISSE EXEMPLE", "banking", "banking", "active"),
    ]
    assert persons[0].names == ("COOPERATIVE DES TROIS RIVIERES", "C3R")
    assert (persons[0].source, persons[0].month) == ("sirene", MONTH)
    assert (tally.kept, tally.people, tally.others, tally.refused) == (5, 2, 2, 2)
    assert tally.reasons == [
        "10: numbers[0].value: not a number of type siren: check its digits.",
        "11: it has 32 fields instead of 34",
    ]


def test_nothing_of_a_natural_person_comes_through() -> None:
    persons, tally = sirene()
    texts = json.dumps([person.to_dict() for person in persons]) + " ".join(tally.reasons)
    assert [word for word in ("ADA", "SCOP EXEMPLE", "900000043", "900000050") if word in texts] == []


@pytest.mark.parametrize("name", GLEIF)
def test_gleif(name: str) -> None:
    persons, tally = gleif(name)
    assert [(person.id, person.country, person.elf, person.form, person.status) for person in persons] == [
        ("fr-siren-732829320", "FR", "V1Z5", "scop", "active"),
        (f"lei-{persons[1].lei.lower()}", "DE", "AZFE", "other", "active"),
        ("be-bce-0403170701", "BE", "28FE", "other", "ended"),
        ("nl-kvk-24283939", "NL", "NFFH", "other", "active"),
    ]
    assert persons[0].names == ("Coopérative des Trois Rivières", "C3R SCOP")
    assert all(person.lei and person.source == "gleif" for person in persons)
    assert (tally.kept, tally.people, tally.others, tally.refused) == (4, 1, 3, 1)
    assert tally.reasons == ["10: lei: check its digits." if name.endswith("csv") else "9: lei: check its digits."]
    assert persons[2].successor.startswith("lei-5493004coopdesmoul") or name == GLEIF[1]


def test_the_layouts_of_gleif_say_the_same() -> None:
    table, copy, api = (gleif(name)[0] for name in GLEIF)
    assert table == api
    assert [person.to_dict() | {"successor": ""} for person in table] == [person.to_dict() for person in copy]


def test_another_layout_is_said() -> None:
    for data in (b"", b"a,b\n1,2\n"):
        with pytest.raises(UserError, match="another layout"):
            sirene(data)
        with pytest.raises(UserError, match="another layout"):
            gleif(data=data, is_json=False)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'{"records": 1}', b'{"records": [', b'{"data": [{"a": 1}', b'{"data": [}', b"\xff\xfe{"]
)
def test_broken_json_is_said(data: bytes) -> None:
    with pytest.raises(UserError, match="not JSON"):
        gleif(data=data, is_json=True)


def test_an_item_longer_than_any_is_not_kept_in_memory() -> None:
    with pytest.raises(UserError, match="not JSON"):
        gleif(data=b'{"data": [{"a": "' + b"a" * 3_000_000 + b'"}]}', is_json=True)


@pytest.mark.parametrize(
    "item",
    [
        {},
        7,
        "x",
        [],
        {"attributes": {}},
        {"attributes": None},
        {"LEI": "x"},
        {"LEI": {"$": 7}, "Entity": {"LegalName": {"$": 1}}},
    ],
)
def test_other_json_records_are_counted(item: Any) -> None:
    persons, tally = gleif(data=json.dumps({"data": [item]}).encode(), is_json=True)
    assert (persons, tally.refused) == ([], 1)
    assert "other fields" in tally.reasons[0]


def test_json_in_small_pieces() -> None:
    text = '{"meta": {"n": 1}, "data" : [ {"a": [1, "]"]} , {"b": "é\\""}\n, {} ] , "more": 1}'
    assert list(items(io.BytesIO(text.encode()), ("records", "data"), chunk=3)) == [{"a": [1, "]"]}, {"b": 'é"'}, {}]


def read(data: bytes) -> tuple[list[tuple[int, Any]], Tally]:
    tally = Tally()
    return list(rows(io.BytesIO(data), ("a",), ("b", "z"), tally)), tally


def test_rows_that_go_wrong_are_counted_and_the_next_is_read() -> None:
    good, tally = read(b'\xef\xbb\xbfa,b\r\n1,2\r\n\r\n1\r\n\xff,2\r\n"x"y,2\r\n 3 ,"4\n5"\r\n\0,1\r\n6,7')
    assert good == [(2, {"a": "1", "b": "2"}), (6, {"a": "3", "b": "4\n5"}), (8, {"a": "6", "b": "7"})]
    assert tally.reasons == [
        "3: it has 1 fields instead of 2",
        "4: it is not UTF-8 text",
        "5: its quotes or its length are wrong",
        "7: it is not UTF-8 text",
    ]


def test_a_quote_that_never_ends_does_not_swallow_the_memory() -> None:
    good, tally = read(b'a,b\n"' + b"x,\n" * 200_000)
    assert tally.refused > 0
    assert all(len(row["a"]) < 200_000 for _, row in good)


def test_only_the_first_reasons_are_kept() -> None:
    tally = Tally()
    for number in range(100):
        tally.refuse(number, "x")
    assert (tally.refused, len(tally.reasons)) == (100, SHOWN)


def test_sectors() -> None:
    found = {sector(f"{division:02d}.1Z") for division in range(100)}
    assert found | {"other"} == set(SECTORS)
    assert [sector(code) for code in ("35.11Z", "64.19Z", "00.00Z", "", "x", "٣٥.11")] == [
        "energy",
        "banking",
        "",
        "",
        "",
        "",
    ]


def test_a_large_file_is_read_in_flat_memory() -> None:
    head, *lines = (DATA / "StockUniteLegale_utf8.csv").read_bytes().splitlines(keepends=True)

    class Endless(io.RawIOBase):
        """Twenty thousand times the same lines."""

        left = 2_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            data = head if self.left == 2_000 else b"".join(lines) if self.left else b""
            self.left -= bool(self.left)
            buffer[: len(data)] = data
            return len(data)

    tally = Tally()
    tracemalloc.start()
    count = sum(1 for _ in read_sirene(io.BufferedReader(Endless(), 64 * 1024), MONTH, tally))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5 * 1_999
    assert peak < 3_000_000


def stock(stray: str, lines: int = 3000) -> bytes:
    """A table whose tenth line of values has this in it."""
    return b"a,b\n" + b"".join(f"{n},{stray if n == 10 else ''}name\n".encode() for n in range(1, lines + 1))


@pytest.mark.parametrize("stray", ['"', '""x"', 'x\ny"', '"x"'])
def test_a_stray_quote_spoils_its_own_line_only(stray: str) -> None:
    found, tally = read(stock(stray))
    assert len(found) in {2999, 3000}
    assert tally.refused in {1, 2}
    assert [row["a"] for _, row in found][-1] == "3000"
    assert all("," not in row["b"] for _, row in found)


def test_a_stray_quote_at_the_end_is_counted() -> None:
    found, tally = read(b'a,b\n1,x\n2,"y\n3,z\n')
    assert [row["a"] for _, row in found] == ["1", "3"]
    assert tally.reasons == ["3: its quotes or its length are wrong"]
    found, tally = read(b'a,b\n1,"x\n2,"y\n3,"z\n\nw"\n')
    assert [row for _, row in found] == [{"a": "3", "b": "z\n\nw"}]
    assert tally.refused == 2


def test_a_line_longer_than_any_is_not_kept_in_memory() -> None:
    class Endless(io.RawIOBase):
        left = 64 * 1024 * 1024

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            size = min(len(buffer), self.left)
            buffer[:size] = b"a" * size
            self.left -= size
            return size

    tracemalloc.start()
    tally = Tally()
    with io.BufferedReader(Endless()) as stream, pytest.raises(UserError, match="another layout"):
        list(rows(stream, ("a",), (), tally))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024
    found, tally = read(b"a,b\n1,x\n2," + b"y" * (2 * 1024 * 1024) + b"\n3,z\n")
    assert [row["a"] for _, row in found] == ["1", "3"]
    assert tally.reasons == ["3: its quotes or its length are wrong"]
