"""The Atom feed: valid (RFC 4287), without names, with ids that never change, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as XML

import pytest

from tests.fakes.issuer import forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import HOST, NAME, NAMED, ONION, OTHER_ID, PUBLISHER, RICH, THIRD_ID, Site, tombstone

ATOM = "{http://www.w3.org/2005/Atom}"
TAG = re.compile(r"tag:[a-z0-9.-]+,\d{4}:[A-Za-z0-9/.-]+")
ONCE = {"id", "title", "updated"}
MAY = {"subtitle", "author", "link", "entry", "published", "category", "summary"}


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, nominative=True)
    yield made
    made.close()


def read(site: Site, path: str = "/feed.atom") -> XML.Element:
    answer = site.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = XML.fromstring(answer.data)
    check(feed)
    return feed


def check(feed: XML.Element) -> None:
    """What RFC 4287 asks of a feed such as ours (4.1.1, 4.1.2, 3.3)."""
    assert feed.tag == ATOM + "feed"
    assert feed.find(f"{ATOM}author/{ATOM}name") is not None
    ids = []
    for element in (feed, *feed.findall(ATOM + "entry")):
        names = [child.tag.removeprefix(ATOM) for child in element]
        assert set(names) <= ONCE | MAY
        assert all(names.count(name) == 1 for name in ONCE)
        ids.append(text(element, "id"))
        for moment in (*element.findall(ATOM + "updated"), *element.findall(ATOM + "published")):
            assert datetime.fromisoformat(moment.text or "").day == 1
        links = [(link.get("rel"), link.get("hreflang")) for link in element.findall(ATOM + "link")]
        assert len(set(links)) == len(links)
        assert ("alternate", feed.get("{http://www.w3.org/XML/1998/namespace}lang")) in links
    assert len(set(ids)) == len(ids)
    assert all(TAG.fullmatch(one) for one in ids)
    assert text(feed, "updated") >= max((text(one, "updated") for one in feed.findall(ATOM + "entry")), default="")


def text(element: XML.Element, name: str) -> str:
    return element.findtext(ATOM + name) or ""


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_feed_of_entries(site: Site, lang: str) -> None:
    base = "" if lang == "fr" else "/en"
    site.load(RICH, raw_entry(regc_id=OTHER_ID))
    feed = read(site, base + "/feed.atom")
    assert text(feed, "id") == f"tag:regc.example,2026:feed/{lang}"
    entries = feed.findall(ATOM + "entry")
    assert [text(one, "id") for one in entries] == [
        f"tag:regc.example,2026:entry/{OTHER_ID}",
        f"tag:regc.example,2026:entry/{REGC_ID}",
    ]
    assert [link.get("href") for link in feed.iter(ATOM + "link")][1:] == [
        f"http://{HOST}{base}/",
        f"http://{HOST}{base}/entry/{OTHER_ID}",
        f"http://{HOST}{base}/entry/{REGC_ID}",
    ]
    assert text(entries[0], "updated") == "2026-12-01T00:00:00Z"
    assert ("not a conviction" if lang == "en" else "pas une condamnation") in text(entries[0], "summary")
    assert ("has replied" if lang == "en" else "a répondu") in text(entries[1], "summary")


def test_what_may_be_withdrawn_is_not_in_it(site: Site) -> None:
    site.load(RICH)
    data = site.get("/feed.atom").get_data(as_text=True)
    for gone in ("Manquement", "contestons", "observation", PUBLISHER.director):
        assert gone not in data
    site.load(tombstone(REGC_ID, "withdrawn"))
    assert read(site).findall(ATOM + "entry") == []


def test_no_name_is_ever_in_it(site: Site) -> None:
    site.load(NAMED, name=NAME)
    assert NAME in site.text(f"/entry/{THIRD_ID}")
    for path in ("/feed.atom", "/en/feed.atom"):
        assert NAME not in site.get(path).get_data(as_text=True)
        assert len(read(site, path).findall(ATOM + "entry")) == 1


def test_a_new_version_keeps_its_id_and_has_a_new_month(site: Site) -> None:
    site.load(raw_entry())
    before = read(site).find(ATOM + "entry")
    batch = site.issuer.batch(raw_entry(version=2, status="contested"), month="2027-01")
    site.store.load(batch, site.issuer.manifest, site.settings.clock.today(), note=site.issuer.manifest_bytes)
    after = read(site).find(ATOM + "entry")
    assert before is not None
    assert after is not None
    assert text(before, "id") == text(after, "id")
    assert (text(after, "published"), text(after, "updated")) == ("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")


def test_fifty_at_most(site: Site) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    site.load(*(raw_entry(regc_id=f"REGC-2026-AAAAAAAAAAAAAA{a}{b}") for a in "AB" for b in letters))
    assert len(read(site).findall(ATOM + "entry")) == 50


def test_an_empty_feed_is_a_feed(site: Site) -> None:
    assert text(read(site), "updated") == "2026-12-01T00:00:00Z"


def test_each_way_in_names_itself(site: Site) -> None:
    client = site.open(onion=ONION, trial=False, origin="regc.example/south")
    for host, scheme in ((HOST, "https"), (ONION, "http")):
        data = client.get("/feed.atom", headers={"Host": host}).data
        feed = XML.fromstring(data)
        assert next(feed.iter(ATOM + "link")).get("href") == f"{scheme}://{host}/feed.atom"
        assert text(feed, "id") == "tag:regc.example,2026:south/feed/fr"


def test_markup_in_a_record_stays_text(site: Site) -> None:
    site.load(raw_entry(cooperative__name="A <b> & ]]> « fils »"))
    entry = read(site).find(ATOM + "entry")
    assert entry is not None
    assert text(entry, "title").startswith("A <b> & ]]> « fils »")


def test_every_page_announces_it(site: Site) -> None:
    for base in ("", "/en"):
        assert f'type="application/atom+xml" href="{base}/feed.atom"' in site.get(base + "/policy").get_data(
            as_text=True
        )
