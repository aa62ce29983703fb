"""The page of a cooperative: the legal person, its entries, what happened over time, and ids judged to be one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.domain.entry import parse
from app.registry.cooperatives import LINES, timeline
from app.stores.registry_values import CooperativePage, Stored
from crypto import canonical
from tests.fakes.issuer import forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import COOPERATIVE, OTHER_ID, RICH, THIRD_ID, Page, Site, tombstone

LEI = "5493001KJTIIGC8Y1R12"
PERSON = {
    "id": COOPERATIVE,
    "names": ["Coopérative des Trois Rivières SA", "C3R"],
    "country": "FR",
    "lei": LEI,
    "euid": "FR7501.732829320",
    "numbers": [{"type": "siren", "value": "732829320"}],
    "elf": "V1Z5",
    "form": "scop",
    "sector": "industry",
    "federation": "Fédération Test",
    "source": "sirene",
    "month": "2026-11",
    "status": "active",
    "successor": "",
}


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def directory(site: Site, sequence: int = 1, merges: dict[str, str] | None = None, **changes: Any) -> None:
    person = PERSON | changes
    records = {person["id"]: canonical.dumps(person).decode()}
    site.store.load_directory("desk.example", sequence, f"{sequence:064x}", records, merges or {})


def test_what_the_entries_tell(site: Site) -> None:
    newer = {"adversarial__reply": "Nous avons répondu.", "adversarial__reply_inserted": "2026-12"}
    site.load(RICH, raw_entry(regc_id=OTHER_ID, finding__subcode="GOV-3", finding__period_to="2025", **newer))
    page = site.text(f"/cooperative/{COOPERATIVE}")
    for text in (
        "<h1>Coopérative des Trois Rivières</h1>",
        "Numéro (SIREN)",
        "732829320",
        "250 à 999 membres",
        "logement",
        "Gouvernance – mandats dépassés",
        "Faits : 2024 – 2025.",
        "Faits : 1er semestre 2024 – 2025.",
        "La coopérative a répondu.",
        "jusqu'au 1er décembre 2027",
        "Mise en conformité en cours",
        "Une assemblée est convoquée.",
        "n'est pas une condamnation",
        COOPERATIVE,
    ):
        assert text in page, text
    assert page.index(OTHER_ID) < page.index(REGC_ID)  # newest first
    assert "Entrées qui ont pris fin" not in page
    assert "noindex, noarchive" not in page


def test_what_the_directory_tells(site: Site) -> None:
    site.load(raw_entry())
    directory(site)
    page = site.text(f"/cooperative/{COOPERATIVE}")
    for text in (
        "<h1>Coopérative des Trois Rivières SA</h1>",
        "C3R",
        "SCOP (ISO 20275 V1Z5)",
        "Numéro (LEI)",
        LEI,
        "Numéro (EUID)",
        "Fédération Test",
        "sirene, novembre 2026",
        "250 à 999 membres",
    ):
        assert text in page, text


def test_a_legal_person_without_any_entry(site: Site) -> None:
    directory(
        site,
        names=["Coopérative Calme"],
        sector="",
        federation="",
        elf="",
        status="ended",
        successor=f"lei-{LEI.lower()}",
    )
    answer = site.get(f"/en/cooperative/{COOPERATIVE}")
    page = site.text(f"/en/cooperative/{COOPERATIVE}")
    assert answer.status_code == 200
    assert "No finding is published on this cooperative today." in page
    assert "struck off its public register" in page
    assert f"lei-{LEI.lower()}" in page
    assert "Over time" not in page
    assert "noindex" in answer.headers["X-Robots-Tag"]
    Page.of(answer.data)


def test_what_ended_leaves_nothing_on_the_page_of_a_cooperative(site: Site) -> None:
    site.load(raw_entry(), raw_entry(regc_id=OTHER_ID, finding__severity=4))
    site.day("2028-01-02")
    page = site.text(f"/cooperative/{COOPERATIVE}")
    assert "pris fin" not in page
    assert REGC_ID not in page
    assert OTHER_ID in page
    site.day("2031-01-02")
    answer = site.get(f"/cooperative/{COOPERATIVE}")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert "Aucun constat" in page
    assert "pris fin" not in page
    assert "Trois" not in page


def test_two_ids_that_were_judged_one(site: Site) -> None:
    gone = "fr-name-abcdefghijklmnop"
    site.load(raw_entry())
    directory(site, merges={gone: COOPERATIVE})
    for prefix in ("", "/en"):
        answer = site.get(f"{prefix}/cooperative/{gone}")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"{prefix}/cooperative/{COOPERATIVE}"
        assert answer.headers["Cache-Control"] == "public, max-age=300"
    directory(site, sequence=2)  # taken back
    assert site.get(f"/cooperative/{gone}").status_code == 404


@pytest.mark.parametrize("name", ["fr-siren-000000000", "x", "FR-SIREN-732829320", "fr-siren-%00", "a" * 200])
def test_unknown_cooperative(site: Site, name: str) -> None:
    site.load(raw_entry())
    assert site.get(f"/cooperative/{name}").status_code == 404


def test_a_cooperative_with_many_entries_has_a_small_page(site: Site) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    some = [raw_entry(regc_id=f"REGC-2026-AAAAAAAAAAAAAA{a}{b}") for a in "AB" for b in letters]
    site.load(*some)
    answer = site.get(f"/cooperative/{COOPERATIVE}")
    page = site.text(f"/cooperative/{COOPERATIVE}")
    assert page.count('<li><a href="/entry/') == 50
    assert "Plus anciens, par la recherche : 14" in page
    assert page.count("<time") == LINES
    assert len(answer.data) < 30 * 1024


def test_timeline_is_newest_first_over_all_entries() -> None:
    def stored(number: int, raw: dict[str, Any]) -> Stored:
        return Stored(number, parse(raw), "", "desk.example", (), 1, b"", 0, "2026-12")

    older = stored(1, raw_entry(regc_id=THIRD_ID, adversarial__notified="2025-01"))
    ended = replace(older, record=parse(tombstone(OTHER_ID, "expired")))
    lines = timeline(CooperativePage(COOPERATIVE, "", "", (stored(2, RICH), older, ended), 0))
    months = [event.month for _, event in lines]
    assert months == sorted(months, reverse=True)
    assert lines[-1][0] == THIRD_ID
    assert {regc_id for regc_id, _ in lines} == {REGC_ID, THIRD_ID}
