"""Searching the register: what is asked, what is refused and how it says so, paging, caches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.registry import asking, draw
from tests.fakes.issuer import forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import HOST, OTHER_ID, Page, Site, tombstone

PATHS = (
    "/",
    "/search",
    "/policy",
    "/reply",
    "/legal",
    "/rights",
    "/verify",
    "/data",
    "/feed.atom",
    f"/entry/{REGC_ID}",
)


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


def test_form_and_pages(site: Site) -> None:
    many = [raw_entry(regc_id=f"REGC-2026-AAAAAAAAAAAAAAA{letter}") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXY"]
    site.load(*many, raw_entry(regc_id=OTHER_ID, cooperative__name="Autre & Fils", cooperative__country="BE"))
    asked = "q=rivières&country=FR&category=GOV&principle=democracy&status=published&from=2024&to=2024"
    first = site.get(f"/search?{asked}").get_data(as_text=True)
    assert "25 constats" in first
    assert 'value="rivières"' in first
    for chosen in ("FR", "GOV", "democracy", "published"):
        assert f'<option value="{chosen}" selected>' in first
    assert "Page précédente" not in first
    link = re.search(r'href="([^"]+)" rel="next"', first)
    assert link
    second = site.get(unescape(link[1])).get_data(as_text=True)
    assert second.count("/entry/REGC") == 5
    assert "Page 2 / 2" in second
    assert "page 2 – REGC" in second
    back = re.search(r'href="([^"]+)" rel="prev"', second)
    assert back
    assert site.get(unescape(back[1])).get_data(as_text=True).count("/entry/REGC") == 20
    one = site.text("/en/search?q=fils")
    assert "1 finding<" in one
    assert "Autre & Fils" in one
    assert "Aucun constat ne correspond" in site.text("/search?q=zzz")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("country=BE", False),
        ("category=FIN", False),
        ("category=GOV", True),
        ("principle=solidarity", False),
        ("principle=2", True),
        ("principle=1", False),
        ("status=contested", False),
        ("from=2025", False),
        ("to=2023", False),
        ("from=2020&to=2030", True),
        ("q=732+829+320", True),
        (f"q={REGC_ID}", True),
    ],
)
def test_each_filter(site: Site, query: str, found: bool) -> None:
    site.load(raw_entry())
    assert (REGC_ID in re.sub(r'value="[^"]*"', "", site.text(f"/search?{query}&other=1"))) is found


def test_the_form_says_that_no_person_is_found_here(site: Site) -> None:
    for path in ("/", "/search"):
        assert "On ne cherche pas de personne ici" in site.text(path)
        assert "There is no search for persons" in site.text("/en" + path)


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("country=XX", "country", "prenez-en un dans la liste"),
        ("category=gov", "category", "prenez-en un dans la liste"),
        ("principle=8", "principle", "prenez-en un dans la liste"),
        ("status=withdrawn", "status", "prenez-en un dans la liste"),
        ("from=24", "from", "quatre chiffres"),
        ("to=%D9%A2%D9%A0%D9%A2%D9%A4", "to", "quatre chiffres"),
        ("from=2025&to=2024", "to", "échangez-les"),
        (f"q={'a' * 201}", "q", "200 caractères au plus"),
        *((f"page={page}", "q", "cherchez à nouveau") for page in ("x", "-1", "0", "999999", "%D9%A1", "7")),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(site: Site, query: str, field: str, says: str) -> None:
    site.load(raw_entry())
    answer = site.get(f"/search?{query}")
    assert answer.status_code == 400
    page = site.text(f"/search?{query}")
    summary = page[page.index('role="alert"') : page.index("</div>")]
    assert f'href="#{field}"' in summary
    assert says in summary
    assert "/entry/REGC" not in page
    assert answer.headers["Cache-Control"] == "no-store"
    Page.of(answer.data)
    if not query.startswith("page"):
        assert f'id="{field}-error"' in page
        assert re.search(f'aria-describedby="[a-z -]*{field}-error"', page)


@pytest.mark.parametrize(
    "query", ["page=", "q=%00%ff", "q=%27%22%3E%3Cscript%3E", "q=a&q=b", "unknown=1", "q=*", "q=%22"]
)
def test_odd_search_is_harmless(site: Site, query: str) -> None:
    answer = site.get(f"/search?{query}")
    assert answer.status_code == 200
    assert "<script" not in answer.get_data(as_text=True)


def test_more_than_can_be_counted_is_said(site: Site) -> None:
    found = site.store.search(asking.NOTHING.query, site.settings.clock.today())
    assert not found.more
    with site.client.application.test_request_context("/en/search"):
        page = draw.draw(
            "search.html",
            found=type(found)(1000, (), 50, more=True),
            query=asking.NOTHING.query,
            asked=asking.NOTHING,
            errors={},
            fields=asking.FIELDS,
            options=asking.OPTIONS,
        )
    assert "More than 1000 findings" in page


@pytest.mark.parametrize("path", PATHS)
def test_caches_may_keep_pages(site: Site, path: str) -> None:
    site.load(raw_entry())
    first = site.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert not {"Set-Cookie", "Vary"} & set(first.headers.keys())
    tag = first.headers["ETag"]
    again = site.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "public, max-age=300"
    head = site.client.head(path, headers={"Host": HOST})
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == tag
    assert head.headers["Content-Length"] == str(len(first.data))


def test_a_cached_page_is_renewed_by_what_changed(site: Site) -> None:
    site.load(raw_entry())
    path = f"/entry/{REGC_ID}"
    tag = site.get(path).headers["ETag"]
    site.load(raw_entry(version=2, status="contested"))
    assert site.get(path, **{"If-None-Match": tag}).status_code == 200
    site.day("2030-01-01")
    assert site.get(path, **{"If-None-Match": tag}).status_code == 410


@pytest.mark.parametrize("asked", ["⑴⑵", "a⑴b", "ﷺ", "ͺ", "½", "⒈", "㈠ rivières", "ﷺ" * 200])
def test_signs_that_are_several_words_are_a_question_as_well(site: Site, asked: str) -> None:
    site.load(raw_entry(finding__text="Manquement constaté (voir ⑴⑵ et ﷺ)."))
    answer = site.client.get("/search", query_string={"q": asked}, headers={"Host": HOST})
    assert answer.status_code == 200


def test_signs_that_are_several_words_are_found_and_forgotten(site: Site) -> None:
    site.load(raw_entry(finding__text="Manquement constaté : point ⑴⑵, ﷺ."))
    found = [site.client.get("/search", query_string={"q": one}, headers={"Host": HOST}).text for one in ("⑴⑵", "ﷺ")]
    assert all(f"/entry/{REGC_ID}" in text for text in found)
    site.load(tombstone(REGC_ID, "withdrawn"))
    assert f"/entry/{REGC_ID}" not in site.client.get("/search?q=ﷺ", headers={"Host": HOST}).text


@pytest.mark.parametrize("query", ["q=\xff", "\xe9"])
@pytest.mark.parametrize("path", ["/search", "/", "/nothing"])
def test_a_byte_that_is_no_text_in_the_address(site: Site, path: str, query: str) -> None:
    environ = EnvironBuilder(path=path, headers={"Host": HOST}).get_environ() | {"QUERY_STRING": query}
    body, status, _ = run_wsgi_app(site.client.application, environ, buffered=True)  # as a server gives it
    assert status[:3] == ("404" if path == "/nothing" else "200")
    assert "/en" + path in b"".join(body).decode()
