"""The exports people use: complete, the same bytes for the same state, readable by other programs, without a name."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from followthemoney import model

from app.domain.entry_table import COLUMNS as ENTRY_COLUMNS
from app.domain.statements import COLUMNS, claims, statement_id
from app.domain.tabular import unguard
from app.registry import exports, lines
from app.stores.engine import lingers
from app.stores.registry import RegistryStore
from app.stores.registry_values import LogHead, Stored
from crypto import canonical
from crypto.checkpoint import open_checkpoint
from crypto.export import commitment
from crypto.manifest import UntrustedManifest
from crypto.tlog import Frontier, leaf_hash
from tests.fakes.issuer import Issuer, forget_keys
from tests.fakes.register import filled
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import (
    FINGERPRINTS,
    HOST,
    NAME,
    NAMED,
    OTHER_ID,
    PUBLISHER,
    RICH,
    THIRD_ID,
    Site,
    tombstone,
)

pytestmark = pytest.mark.slow

FILES = {
    "/export/entries.json": "application/json",
    "/export/entries.csv": "text/csv; charset=utf-8; header=present",
    "/export/statements.csv": "text/csv; charset=utf-8; header=present",
    "/export/entries.ftm.json": "application/x-ndjson; charset=utf-8",
    "/export/delta/index.json": "application/json",
    "/export/delta/2026-12-02.json": "application/json",
}


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, nominative=True)
    yield made
    made.close()


def download(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.get("/export/entries.json").data)
    return found


def table(site: Site, name: str) -> list[dict[str, str]]:
    text = site.get(f"/export/{name}").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def delta(site: Site, day: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(site.get(f"/export/delta/{day}.json").data)["changes"]
    return found


@pytest.mark.parametrize(("path", "kind"), FILES.items())
def test_headers(site: Site, path: str, kind: str) -> None:
    site.load(RICH)
    answer = site.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert re.fullmatch(r'attachment; filename="regc-[a-z0-9.-]+\.(json|csv)"', answer.headers["Content-Disposition"])
    assert "Set-Cookie" not in answer.headers
    answer.data.decode()


@pytest.mark.parametrize("path", FILES)
def test_the_etag_is_of_the_state_and_of_the_file(site: Site, path: str) -> None:
    site.load(RICH)
    first = site.get(path)
    again = site.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "public, max-age=300"
    site.load(raw_entry(regc_id=OTHER_ID))
    assert site.get(path, **{"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert len({site.get(other).headers["ETag"] for other in FILES}) == len(FILES)


@pytest.mark.parametrize("path", FILES)
def test_the_etag_is_of_the_settings_and_of_the_program_too(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.load(RICH)
    mark = site.get(path).headers["ETag"]
    assert site.open().get(path, headers={"Host": HOST}).headers["ETag"] == mark
    others = [site.open(origin="autre.example"), site.open(publisher=replace(PUBLISHER, name="Autre éditeur"))]
    for client in others:
        assert client.get(path, headers={"Host": HOST}).headers["ETag"] != mark
    monkeypatch.setattr(lines, "EDITION", "another")
    assert site.get(path).headers["ETag"] != mark


@pytest.mark.parametrize("path", FILES)
def test_head_tells_the_same_without_reading(site: Site, path: str) -> None:
    site.load(RICH)
    whole, head = site.get(path), site.client.head(path, headers={"Host": "regc.test"})
    assert head.status_code == 200
    assert head.data == b""
    for name in ("Content-Type", "ETag", "Cache-Control", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]
    assert "Content-Length" not in head.headers


@pytest.mark.parametrize("path", FILES)
def test_an_empty_register_has_well_formed_files(site: Site, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 200
    if path.endswith(".csv"):
        assert answer.data.count(b"\r\n") == 1
    elif not path.endswith("ftm.json"):
        json.loads(answer.data)


def test_the_download_has_one_item_on_each_line(site: Site) -> None:
    site.load(RICH, raw_entry(regc_id=OTHER_ID))
    text = site.get("/export/entries.json").get_data(as_text=True)
    rows = text.split("\n")
    assert rows[0] == '{"format":"sourdine-registry/v1","origin":"regc.example",'
    assert rows[1] == '"issuers":['
    assert rows[3:5] == ["],", '"entries":[']
    assert rows[7:9] == ["],", '"leaves":[']
    assert rows[-2:] == ["]}", ""]
    for row in (rows[2], rows[5].rstrip(","), rows[6], rows[9]):
        json.loads(row)
    assert list(json.loads(rows[6])) == ["issuer", "manifest", "leaf", "salt", "signatures", "entry"]


def test_the_download_can_be_checked(site: Site) -> None:
    site.load(RICH, raw_entry(regc_id=OTHER_ID))
    site.load(tombstone(OTHER_ID, "withdrawn"))
    found = download(site)
    (issuer,) = found["issuers"]
    manifest = UntrustedManifest.parse(base64.b64decode(issuer["manifests"][-1])).verify(site.issuer.root.public)
    head = open_checkpoint(
        base64.b64decode(issuer["checkpoint"]), manifest.desk_key, origin=f"regc.example/{manifest.instance}"
    )
    leaves = [bytes.fromhex(one) for line in found["leaves"] for one in line["hashes"]]
    log = Frontier()
    for leaf in leaves:
        log, _ = log.append(leaf_hash(leaf))
    assert (head.size, head.root) == (log.size, log.root) == (issuer["size"], log.root)
    assert [one["entry"]["regc_id"] for one in found["entries"]] == [REGC_ID, OTHER_ID]
    assert found["entries"][1]["entry"] == tombstone(OTHER_ID, "withdrawn")
    for one in found["entries"]:
        assert commitment(one["entry"], base64.b64decode(one["salt"])) == leaves[one["leaf"]]
        assert [signed["reviewer"] for signed in one["signatures"]] == list(FINGERPRINTS)
        assert one["manifest"] == manifest.version


def test_leaves_come_in_groups_of_256(site: Site) -> None:
    for batch in range(2):
        ids = [f"REGC-2026-{'A' * 12}{chr(65 + batch)}{chr(65 + n // 26)}{chr(65 + n % 26)}A" for n in range(150)]
        site.load(*(raw_entry(regc_id=one) for one in ids))
    lines = download(site)["leaves"]
    assert [(line["start"], len(line["hashes"])) for line in lines] == [(0, 256), (256, 44)]


def test_every_issuer_has_its_own_log(site: Site) -> None:
    site.load(RICH)
    site.issuer = Issuer("other.example")
    site.load(raw_entry(regc_id=OTHER_ID))
    found = download(site)
    assert [one["issuer"] for one in found["issuers"]] == ["desk.example", "other.example"]
    assert [(one["issuer"], one["leaf"]) for one in found["entries"]] == [("desk.example", 0), ("other.example", 0)]
    assert [line["issuer"] for line in found["leaves"]] == ["desk.example", "other.example"]


def test_one_row_per_entry(site: Site) -> None:
    site.load(RICH, raw_entry(regc_id=OTHER_ID))
    site.load(tombstone(OTHER_ID, "withdrawn"))
    (row,) = table(site, "entries.csv")
    assert tuple(row) == ENTRY_COLUMNS
    assert row["regc_id"] == REGC_ID
    assert row["finding"] == RICH["finding"]["text"]
    assert json.loads(row["references"]) == RICH["references"]


def test_csv_is_rfc_4180_in_utf_8_and_runs_nothing(site: Site) -> None:
    text = '=HYPERLINK("https://example.org")\nsur deux lignes, « avec » virgule'
    site.load(raw_entry(finding__text=text, cooperative__name="+33 coopérative"))
    data = site.get("/export/entries.csv").data
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    (row,) = table(site, "entries.csv")
    assert row["finding"] == f"'{text}"
    assert unguard(row["finding"]) == text
    assert row["cooperative_name"] == "'+33 coopérative"
    cells = [cell for row in table(site, "statements.csv") for cell in row.values()]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)


def test_one_row_per_claim(site: Site) -> None:
    site.load(RICH)
    rows = table(site, "statements.csv")
    assert tuple(rows[0]) == COLUMNS
    entry = site.store.find(REGC_ID)
    assert entry is not None
    assert [(row["prop"], unguard(row["value"])) for row in rows] == list(claims(entry.record))
    for row in rows:
        assert row["id"] == statement_id("regc_example", REGC_ID, row["prop"], unguard(row["value"]))
        assert (row["signer_1"], row["signer_2"]) == FINGERPRINTS
    assert len({row["id"] for row in rows}) == len(rows)


def test_merged_entries_go_on_under_the_last_name(site: Site) -> None:
    site.load(raw_entry(), raw_entry(regc_id=OTHER_ID))
    site.load(tombstone(REGC_ID, "replaced", replaced_by=(OTHER_ID,)))
    site.load(raw_entry(regc_id=THIRD_ID), tombstone(OTHER_ID, "replaced", replaced_by=(THIRD_ID,)))
    rows = table(site, "statements.csv")
    assert {(row["entity_id"], row["canonical_id"]) for row in rows} == {
        (REGC_ID, THIRD_ID),
        (OTHER_ID, THIRD_ID),
        (THIRD_ID, THIRD_ID),
    }


def test_split_entries_keep_their_name(site: Site) -> None:
    site.load(raw_entry())
    others = (OTHER_ID, THIRD_ID)
    site.load(*(raw_entry(regc_id=one) for one in others), tombstone(REGC_ID, "replaced", replaced_by=others))
    rows = [row for row in table(site, "statements.csv") if row["entity_id"] == REGC_ID]
    assert {row["canonical_id"] for row in rows} == {REGC_ID}
    assert [row["value"] for row in rows if row["prop"].startswith("replaced_by")] == list(others)


def test_entities_for_investigators(site: Site) -> None:
    site.load(RICH)
    found = [json.loads(line) for line in site.get("/export/entries.ftm.json").data.splitlines()]
    assert [one["schema"] for one in found] == ["Organization", "Note", "Note", "UnknownLink"]
    for one in found:
        proxy = model.get_proxy(one, cleaned=False)
        assert proxy.id == one["id"]
    assert found[1]["properties"]["publisher"] == ["OETC"]
    assert found[1]["properties"]["sourceUrl"][0] == f"https://regc.example/entry/{REGC_ID}"


def test_no_name_of_a_person_is_in_any_of_them(site: Site) -> None:
    site.load(NAMED, name=NAME)
    assert NAME in site.text(f"/entry/{THIRD_ID}")
    for path in (*FILES, "/openapi.json"):
        assert NAME.encode() not in site.get(path).data
        assert "Zo\\u00e9" not in site.get(path).get_data(as_text=True)


def test_the_decision_that_names_a_person_leaves_with_the_name(site: Site) -> None:
    site.load(NAMED, name=NAME)
    decision = ("ECLI:FR:CCASS:2022:C100428", "https://example.org/decision")
    paths = ("/export/statements.csv", "/export/entries.csv", "/export/entries.ftm.json", f"/entry/{THIRD_ID}")
    site.day("2027-05-31")
    assert all(one in site.get("/export/statements.csv").text for one in decision)
    assert all(one in site.text(f"/entry/{THIRD_ID}") for one in decision)
    site.day("2027-06-01")
    for path in paths:
        answer = site.get(path)
        assert answer.status_code == 200
        assert not [one for one in (*decision, "body.nominative") if one in answer.text], path
    assert f"{THIRD_ID}" in site.get("/export/statements.csv").text
    # The signed record stays whole, or nobody could check it.
    assert download(site)["entries"][0]["entry"] == NAMED


def test_a_delta_adds_changes_and_takes_away(site: Site) -> None:
    site.load(raw_entry(), raw_entry(regc_id=OTHER_ID), raw_entry(regc_id=THIRD_ID))
    site.day("2026-12-03")
    site.load(raw_entry(version=2, status="contested"))
    site.day("2026-12-04")
    site.load(tombstone(OTHER_ID, "withdrawn"), tombstone(THIRD_ID, "replaced", replaced_by=(REGC_ID,)))
    first, second, third = (delta(site, f"2026-12-0{day}") for day in (2, 3, 4))
    assert [(one["op"], one["regc_id"], one["version"], one["record"]) for one in first] == [
        ("ADD", name, 1, None) for name in (REGC_ID, OTHER_ID, THIRD_ID)
    ]
    (changed,) = second
    assert (changed["op"], changed["version"]) == ("MOD", 2)
    assert changed["record"] == download(site)["entries"][0]
    assert third == [
        {"op": "DEL", "regc_id": OTHER_ID, "version": 2, "reason": "withdrawn", "replaced_by": []},
        {"op": "DEL", "regc_id": THIRD_ID, "version": 2, "reason": "replaced", "replaced_by": [REGC_ID]},
    ]
    index = json.loads(site.get("/export/delta/index.json").data)
    assert index["days"] == ["2026-12-02", "2026-12-03", "2026-12-04"]


def test_a_delta_of_many_ends_asks_the_store_once(site: Site) -> None:
    names = [f"REGC-2026-AAAAAAAAAAAAAA{one}{two}" for one in "ABCDE" for two in "ABCDEFGHIJ"]
    site.load(*(raw_entry(regc_id=name) for name in names))
    site.load(*(tombstone(name, "withdrawn") for name in names[:20]))
    site.store.forget_expired(date(2027, 12, 20))

    class Counting(RegistryStore):
        asked = 0

        def find(self, regc_id: str) -> Stored | None:
            self.asked += 1
            return super().find(regc_id)

    store = Counting(site.store.engine, site.settings)
    for day, reason, count in ((date(2026, 12, 2), "withdrawn", 20), (date(2027, 12, 1), "expired", 30)):
        text = "".join(lines.delta_json(store, "regc.example", day, date(2027, 12, 21)))
        ends = [one["reason"] for one in json.loads(text)["changes"] if one["op"] == "DEL"]
        assert ends == [reason] * count
    assert store.asked == 0


def test_an_entry_that_runs_its_time_leaves_on_the_first_of_the_month(site: Site) -> None:
    site.load(raw_entry())
    site.day("2027-12-01")
    gone = [{"op": "DEL", "regc_id": REGC_ID, "version": 1, "reason": "expired", "replaced_by": []}]
    assert delta(site, "2027-12-01") == gone
    assert json.loads(site.get("/export/delta/index.json").data)["days"] == ["2026-12-02", "2027-12-01"]
    # Its text is not told any more, although no tick erased it yet.
    assert delta(site, "2026-12-02")[0]["record"] is None
    assert download(site)["entries"] == []
    site.store.forget_expired(date(2027, 12, 20))
    site.day("2027-12-21")
    assert delta(site, "2027-12-01") == gone
    assert delta(site, "2026-12-02")[0]["record"] is None


def test_a_day_without_change_is_empty_and_a_day_to_come_has_no_answer(site: Site) -> None:
    site.load(raw_entry())
    assert delta(site, "2026-11-30") == []
    for path in ("2026-12-03", "2026-13-01", "2026-2-1", "x", "20261202"):
        assert site.get(f"/export/delta/{path}.json").status_code == 404
    site.day("2026-12-03")
    assert delta(site, "2026-12-03") == []


def test_only_so_many_downloads_at_once(site: Site) -> None:
    site.load(RICH)
    held = [site.client.get("/export/entries.csv", headers={"Host": "regc.test"}, buffered=False) for _ in range(6)]
    assert len(held) == exports.AT_ONCE
    assert site.get("/export/entries.csv").status_code == 503
    assert site.get("/export/entries.csv", **{"If-None-Match": held[0].headers["ETag"]}).status_code == 304
    for one in held:
        one.close()
    assert site.get("/export/entries.csv").status_code == 200


def test_a_download_that_takes_too_long_breaks_and_gives_its_place_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(site.store, site.issuer, 200)
    monkeypatch.setattr(exports, "LONGEST", -1.0)
    answer = site.client.get("/export/entries.json", headers={"Host": "regc.test"}, buffered=False)
    with pytest.raises(TimeoutError):
        list(answer.iter_encoded())
    answer.close()
    assert not lingers(site.store.engine)


def test_records_are_copied_as_they_were_signed(site: Site) -> None:
    site.load(RICH)
    text = site.get("/export/entries.json").get_data(as_text=True)
    assert f',"entry":{canonical.dumps(RICH).decode()}}}\n' in text


def resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_stays_flat(site: Site) -> None:
    """The figures for 100,000 entries are in docs/spec/registry-data.md."""
    sizes: dict[int, int] = {}
    filled(site.store, site.issuer, 600)
    for count in (600, 1_800):
        before = peak = resident()
        answer = site.client.get("/export/statements.csv", headers={"Host": "regc.test"}, buffered=False)
        for chunk in answer.iter_encoded():
            sizes[count] = sizes.get(count, 0) + len(chunk)
            peak = max(peak, resident())
        answer.close()
        filled(site.store, site.issuer, 1_200, start=count)
    assert sizes[1_800] > 12_000_000
    assert peak - before < 6_000_000


@pytest.mark.parametrize("path", FILES)
def test_files_leave_in_small_pieces(site: Site, path: str) -> None:
    for start in range(0, 600, 300):
        filled(site.store, site.issuer, 300, start=start)
    answer = site.client.get(path, headers={"Host": "regc.test"}, buffered=False)
    assert answer.is_streamed
    assert all(len(chunk) < 4 * exports.CHUNK for chunk in answer.iter_encoded())
    answer.close()


def test_a_load_during_a_download_leaves_it_whole(site: Site) -> None:
    """The heads are told after the first entry was read, so that every entry is in the log that is told."""
    site.load(RICH, raw_entry(regc_id=OTHER_ID))

    class Interrupted(RegistryStore):
        def logs(self) -> tuple[LogHead, ...]:
            site.load(raw_entry(regc_id=OTHER_ID, version=2, status="contested"), raw_entry(regc_id=THIRD_ID))
            return super().logs()

    store = Interrupted(site.store.engine, site.settings)
    found = json.loads("".join(lines.entries_json(store, "regc.example", date(2026, 12, 2))))
    leaves = [one for line in found["leaves"] for one in line["hashes"]]
    assert found["issuers"][0]["size"] == len(leaves) == 4
    assert [one["entry"]["version"] for one in found["entries"]] == [1, 1]
    for one in found["entries"]:
        assert commitment(one["entry"], base64.b64decode(one["salt"])).hex() == leaves[one["leaf"]]
