"""The public register: what a page shows, in which order, to whom, for how long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.domain.durations import DURATIONS
from app.domain.procedure import steps
from app.errors import UserError
from app.registry import create_app
from app.settings import Door, Publisher, RegistrySettings
from app.stores.registry import RegistryStore
from tests.fakes.issuer import Issuer, forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry

HOST = "regc.test"
ONION = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
OTHER_ID = "REGC-2026-BBBBBBBBBBBBBBBB"
PAGES = ("/", "/search", f"/entry/{REGC_ID}", "/policy")
PUBLISHER = Publisher("OETC", "Direction Test", "Hébergeur Test", "1 rue du Test, 75000 Paris")


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


class Site:
    """A registry in a folder, with a clock that a test sets."""

    def __init__(self, folder: Path) -> None:
        self.today = folder / "today"
        self.day("2026-12-02")
        self.settings = RegistrySettings(
            home=folder / "registry",
            trial=True,
            origin="regc.example",
            publisher=PUBLISHER,
            door=Door("127.0.0.1:0", (HOST,)),
        )
        self.settings.home.mkdir()
        self.store = RegistryStore.create(self.settings)
        self.issuer = Issuer()
        self.client: FlaskClient = create_app(self.settings).test_client()

    def day(self, text: str) -> None:
        self.today.write_text(text, "ascii")

    def load(self, *entries: dict[str, Any]) -> None:
        self.store.load(self.issuer.batch(*entries), self.issuer.manifest, self.settings.clock.today())

    def get(self, path: str, **headers: str):
        return self.client.get(path, headers={"Host": HOST, **headers})


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.store.close()


REPLY = {"adversarial__reply": "Nous contestons <b>fermement</b>.", "adversarial__reply_inserted": "2026-12"}
RICH = raw_entry(
    finding__text="Manquement constaté : <script>alert(1)</script>",
    finding__period_from="2024-H1",
    cooperative__federation="Fédération Test",
    adversarial__observations=[{"month": "2026-12", "text": "Une observation."}],
    body={"organ": "board", "function": "chair", "mandate_from": 2022, "mandate_to": 2025},
    references=[{"type": "law", "id": "Loi 47-1775, art. 8", "url": "https://example.org/loi"}],
    **REPLY,
)


@pytest.mark.parametrize("prefix", ["", "/fr", "/en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_every_language(site: Site, prefix: str, path: str) -> None:
    site.load(RICH)
    answer = site.get(prefix + path)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert f'<html lang="{prefix.strip("/") or "fr"}">' in page
    assert page.count("<h1>") == 1
    for text in ("OETC", "Direction Test", "Hébergeur Test", "1 rue du Test"):
        assert text in page


def test_entry_in_the_order_of_the_domain(site: Site) -> None:
    site.load(RICH)
    page = site.get(f"/entry/{REGC_ID}").get_data(as_text=True)
    order = [
        "Constat de l'OETC, pas une condamnation",
        "Le constat",
        "La réponse de la coopérative",
        "Références",
        "Durée",
        "Corriger ou répondre",
    ]
    places = [page.replace("&#39;", "'").index(text) for text in order]
    assert places == sorted(places)
    assert page.count('class="statement"') == 3  # finding, reply and observation: one size
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "&lt;b&gt;fermement" in page
    assert "conseil d&#39;administration, présidence" in page
    assert "1er semestre 2024" in page
    assert "décembre 2027" in page
    assert REGC_ID in page


def test_entry_in_english(site: Site) -> None:
    site.load(RICH)
    page = site.get(f"/en/entry/{REGC_ID}").get_data(as_text=True)
    for text in (
        "not a conviction",
        "The reply of the cooperative",
        "first half of 2024",
        "December 2027",
        "Governance",
    ):
        assert text in page


def test_silence_and_a_refused_reply_are_said(site: Site) -> None:
    refused = raw_entry(regc_id=OTHER_ID, adversarial__reply_refused="Trop long.", finding__grade="B")
    site.load(raw_entry(cooperative__identifier=None, cooperative__sector="", body=None), refused)
    assert "a pas répondu" in site.get(f"/entry/{REGC_ID}").get_data(as_text=True)
    assert "Trop long." in site.get(f"/entry/{OTHER_ID}").get_data(as_text=True)


def test_corrections_are_shown_newest_first(site: Site) -> None:
    note = {"field": "finding.text", "before": "0" * 64, "reason": "error"}
    site.load(
        raw_entry(
            version=3,
            status="corrected",
            dates={"published": "2026-11", "reviewed": "2026-11", "renewed": "2026-11", "corrected": "2026-12"},
            corrections=[{**note, "month": "2026-11", "note": "Un."}, {**note, "month": "2026-12", "note": "Deux."}],
        )
    )
    page = site.get(f"/entry/{REGC_ID}").get_data(as_text=True)
    assert page.index("Deux.") < page.index("Un.")
    assert "Corrigé" in page
    assert "juin 2027" in page


@pytest.mark.parametrize(("day", "status"), [("2027-11-30", 200), ("2027-12-01", 410), ("2031-01-01", 410)])
def test_an_entry_ends_by_its_dates_alone(site: Site, day: str, status: int) -> None:
    site.load(raw_entry())
    site.day(day)
    answer = site.get(f"/entry/{REGC_ID}")
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert ("Trois Rivières" in page) is (status == 200)
    assert ("Trois Rivières" in site.get("/search").get_data(as_text=True)) is (status == 200)


def test_a_withdrawn_entry_resolves_to_a_neutral_page(site: Site) -> None:
    site.load(raw_entry())
    site.load({"regc_id": REGC_ID, "version": 2, "status": "withdrawn", "month": "2026-12"})
    answer = site.get(f"/entry/{REGC_ID}")
    assert answer.status_code == 410
    assert "Trois" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("regc_id", ["REGC-2026-CCCCCCCCCCCCCCCC", "x", "REGC-2026-%27OR1=1"])
def test_unknown_entry(site: Site, regc_id: str) -> None:
    answer = site.get(f"/en/entry/{regc_id}")
    assert answer.status_code == 404
    assert "There is no such page." in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_search_form_and_pages(site: Site) -> None:
    many = [raw_entry(regc_id=f"REGC-2026-AAAAAAAAAAAAAAA{letter}") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXY"]
    site.load(*many, raw_entry(regc_id=OTHER_ID, cooperative__name="Autre & Fils", cooperative__country="BE"))
    first = site.get("/search?q=rivières&country=FR&category=GOV").get_data(as_text=True)
    assert "25 constats" in first
    assert 'value="rivières"' in first
    assert '<option value="FR" selected>' in first
    assert "Page suivante" in first
    assert "Page précédente" not in first
    link = re.search(r'href="([^"]+)" rel="next"', first)
    assert link
    second = site.get(link[1].replace("&amp;", "&")).get_data(as_text=True)
    assert second.count("/entry/REGC") == 5
    assert "Page précédente" in second
    one = site.get("/en/search?q=fils").get_data(as_text=True)
    assert "1 finding" in one
    assert "Autre &amp; Fils" in one
    assert "Aucun constat ne correspond" in site.get("/search?q=zzz").get_data(as_text=True)


def test_first_page_of_an_empty_register(site: Site) -> None:
    assert "Il n&#39;y a encore aucun constat" in site.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    "query",
    ["country=XX", "category=gov", "page=x", "page=-1", "page=999999", "page=%D9%A1", f"q={'a' * 201}"],
)
def test_search_that_makes_no_sense(site: Site, query: str) -> None:
    assert site.get(f"/search?{query}").status_code == 400


@pytest.mark.parametrize("query", ["page=0", "page=", "q=%00%ff", "q=%27%22%3E%3Cscript%3E"])
def test_odd_search_is_harmless(site: Site, query: str) -> None:
    answer = site.get(f"/search?{query}")
    assert answer.status_code == 200
    assert "<script" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_policy_shows_the_procedure_of_the_desk(site: Site, lang: str) -> None:
    page = unescape(site.get(f"/{lang}/policy").get_data(as_text=True))
    for step in steps(("fr", "en").index(lang)):
        assert f"<dt><strong>{step.name}</strong></dt>\n<dd>{step.deadline}." in page


def test_policy_says_the_numbers_of_the_code(site: Site) -> None:
    page = site.get("/policy").get_data(as_text=True)
    for months in (*DURATIONS.by_severity, DURATIONS.ceiling, DURATIONS.corrected):
        assert f" {months} mois" in page
    for text in ("30 jours pour répondre, plus 15", "600 caractères et 200 lignes", "72 heures"):
        assert text in page.replace("&#39;", "'")


def test_caches_may_keep_pages(site: Site) -> None:
    site.load(raw_entry())
    path = f"/entry/{REGC_ID}"
    first = site.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in first.headers
    tag = first.headers["ETag"]
    again = site.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    site.load(raw_entry(version=2, status="contested"))
    assert site.get(path, **{"If-None-Match": tag}).status_code == 200
    assert site.client.head(path, headers={"Host": HOST}).headers["ETag"]
    site.day("2030-01-01")
    assert site.get(path, **{"If-None-Match": tag}).status_code == 410


def test_hull_is_on(site: Site) -> None:
    assert site.client.get("/", headers={"Host": "elsewhere.test"}).status_code == 421
    assert site.client.post("/search", headers={"Host": HOST}).status_code == 405
    answer = site.get("/nothing")
    assert answer.status_code == 404
    for page in (answer, site.get("/")):
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert site.get("/").headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_ordinary_site_offers_the_onion(site: Site) -> None:
    site.load(raw_entry())
    client = create_app(replace(site.settings, onion=ONION)).test_client()

    def told(path: str, host: str = HOST, **headers: str) -> str | None:
        return client.get(path, headers={"Host": host, **headers}).headers.get("Onion-Location")

    assert told("/en/search?q=%C3%A9t%C3%A9&country=FR") == f"http://{ONION}/en/search?q=%C3%A9t%C3%A9&country=FR"
    assert told(f"/entry/{REGC_ID}", host=HOST.upper()) == f"http://{ONION}/entry/{REGC_ID}"
    assert told("/unknown%0d%0aSet-Cookie:%20a=b") == f"http://{ONION}/unknown%0D%0ASet-Cookie:%20a=b"
    assert client.get("/", headers={"Host": ONION}).status_code == 200
    for host in (ONION, ONION.upper()):
        assert told("/", host=host) is None
    assert "Onion-Location" not in site.get("/").headers


def test_a_real_register_may_be_indexed(site: Site) -> None:
    client = create_app(replace(site.settings, trial=False)).test_client()
    answer = client.get("/", headers={"Host": HOST})
    assert answer.headers["X-Robots-Tag"] == "all"
    assert "Essai :" not in answer.get_data(as_text=True)
    assert "Essai :" in site.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    "publisher",
    [None, *(replace(PUBLISHER, **{name: " "}) for name in ("name", "director", "host", "address"))],
)
def test_no_start_without_legal_notices(site: Site, publisher: Publisher | None) -> None:
    with pytest.raises(UserError, match="legal notices"):
        create_app(replace(site.settings, publisher=publisher))


class Shape(HTMLParser):
    """Open and close tags, labels and ids: what a validator would say first."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.fields: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "label":
            self.labels.append(values.get("for") or "")
        if tag in {"input", "select"}:
            self.fields.append(values.get("id") or "")
        self.links += [value or "" for name, value in attrs if name in {"href", "src", "action"}]
        assert "style" not in values

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", [*PAGES, f"/entry/{OTHER_ID}", "/nothing"])
def test_pages_are_well_formed_small_and_load_nothing_from_elsewhere(site: Site, path: str) -> None:
    site.load(RICH, {"regc_id": OTHER_ID, "version": 2, "status": "expired", "month": "2026-12"})
    data = site.get(path).data
    assert len(data) <= 20 * 1024
    shape = Shape()
    shape.feed(data.decode())
    assert shape.open == []
    assert shape.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(shape.headings, shape.headings[1:], strict=False))
    assert len(set(shape.ids)) == len(shape.ids)
    assert shape.fields == shape.labels
    assert all(link.startswith(("/", "#")) or link == "data:," for link in shape.links)
    assert not any(link.startswith("//") for link in shape.links)


def test_every_link_leads_somewhere(site: Site) -> None:
    site.load(RICH)
    seen: set[str] = set()
    waiting = ["/", "/search?q=trois&country=FR", f"/en/entry/{REGC_ID}"]
    while waiting:
        path = waiting.pop().split("#")[0]
        if path and path not in seen:
            seen.add(path)
            answer = site.get(path)
            assert answer.status_code == 200, path
            shape = Shape()
            shape.feed(answer.get_data(as_text=True))
            waiting += [link for link in shape.links if link.startswith("/")]
    assert {"/policy", "/en/policy", "/fr/search"} <= seen


def test_language_of_a_page_keeps_the_question(site: Site) -> None:
    page = site.get("/en/search?q=abc&country=FR").get_data(as_text=True)
    assert 'href="/fr/search?q=abc&amp;country=FR"' in page
    assert 'href="/en/?"' not in site.get("/fr").get_data(as_text=True)
