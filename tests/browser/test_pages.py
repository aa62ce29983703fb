"""Refusals as a person meets them, and every page in a small window."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest

from crypto import codename
from tests.browser.browser import Browser
from tests.browser.browsing import NAMES, Gallery, browsing
from tests.browser.visit import Visit
from tests.tor.house import OnionHouse

pytestmark = pytest.mark.onion

STORY = "Le conseil a décidé seul de changer les règles, sans convoquer d'assemblée générale."
PAGES = (
    "/",
    "/before",
    "/report",
    "/how",
    "/rights",
    "/privacy",
    "/commitments",
    "/keys",
    "/accessibility",
    "/replies",
)


@pytest.fixture(params=NAMES)
def browser(request: pytest.FixtureRequest, onions: OnionHouse) -> Iterator[Browser]:
    with browsing(request.param, onions.network.clients[0].socks, "http://" + onions.addresses["reporter"]) as browser:
        yield browser


def test_a_short_story_comes_back(browser: Browser, onions: OnionHouse) -> None:
    visit = Visit(browser, "http://" + onions.addresses["reporter"], Gallery(browser, "refused"))
    visit.begin()
    visit.write("Trop court, « mais » gardé.", cooperative="Les Tilleuls & fils")
    visit.gallery.keep("short")
    assert browser.value("#story") == "Trop court, « mais » gardé."
    assert browser.value("#cooperative") == "Les Tilleuls & fils"
    assert browser.evaluate("document.querySelector('#topic-1').checked") is True
    assert browser.attributes("[role=alert] a", "href") == ["#story"]
    browser.click("[role=alert] a")
    assert browser.url.endswith("#story")
    visit.write(STORY)
    assert browser.text("pre#story").strip() == STORY
    browser.press("button.second")
    visit.gallery.keep("modify")
    assert browser.value("#story") == STORY
    assert browser.value("#cooperative") == "Les Tilleuls & fils"


def test_wrong_words_are_named(browser: Browser, onions: OnionHouse) -> None:
    visit = Visit(browser, "http://" + onions.addresses["reporter"], Gallery(browser, "words"))
    visit.begin()
    visit.write(STORY)
    visit.send([])
    asked = visit.confirm(wrong=True)
    assert browser.text("h1") == "Un mot ne correspond pas"
    assert f"Le mot n° {asked[1]} n'est pas" in browser.text("main")
    assert visit.confirm() == asked
    assert browser.text("h1") == "Votre papier est juste"
    for typed, told in codenames(visit.words).items():
        browser.open(visit.base + "/replies")
        browser.fill("#codename", typed)
        browser.press("main form button")
        visit.gallery.keep("codename")
        assert told in browser.text("[role=alert]")
        assert browser.value("#codename") == typed


def codenames(words: list[str]) -> dict[str, str]:
    """Codenames with one mistake each, and what is said of it."""
    return {
        " ".join(words[:7]): "vous en avez tapé 7",
        " ".join([*words[:2], "zzzz", *words[3:]]): "Le mot n° 3, « zzzz »",
        disordered(words): "leur ordre est faux",
    }


def disordered(words: list[str]) -> str:
    """The words in another order. One order in 256 is a codename too: not one of these."""
    for order in permutations(words):
        try:
            codename.parse(" ".join(order))
        except codename.CodenameError:
            return " ".join(order)
    raise AssertionError("every order is a codename")


def test_the_words_come_back_by_reloading(browser: Browser, onions: OnionHouse, tmp_path: Path) -> None:
    """What the pages promise of a reload. The page before, alone, shows no words: nothing here is kept by a browser."""
    visit = Visit(browser, "http://" + onions.addresses["reporter"], Gallery(browser, "reload"))
    note = tmp_path / "note.txt"
    note.write_bytes(b"x" * 50_000)
    browser.open(visit.base + "/report")
    visit.write(STORY)
    visit.send([note])
    before = onions.envelopes()
    browser.reload()
    assert browser.texts("ol#codename li") == visit.words
    visit.confirm(wrong=True)
    browser.back()
    assert browser.texts("ol#codename li") == []
    browser.reload()
    assert browser.texts("ol#codename li") == visit.words
    assert "1 document" in browser.text("main")
    assert onions.envelopes() == before


def test_a_small_window(browser: Browser, onions: OnionHouse) -> None:
    """Every page at 320 pixels, as on a telephone or at 400 % (WCAG 2.2, 1.4.10): nothing to scroll sideways."""
    gallery = Gallery(browser, "small")
    browser.resize(320, 640)
    base = "http://" + onions.addresses["reporter"]
    browser.open(base + "/replies")
    browser.fill("#codename", "z" * 100 + " un deux trois quatre cinq six sept")
    browser.press("main form button")
    gallery.keep("long-word")
    for language in ("", "/en"):
        for page in PAGES:
            browser.open(base + language + page)
            gallery.keep((language + page).strip("/").replace("/", "-") or "home")
    visit = Visit(browser, base, gallery)
    browser.open(base + "/report")
    visit.write(STORY + " " + "x" * 60 + "@exemple.org", cooperative="b" * 200)
    visit.send([])
    visit.confirm(wrong=True)
    visit.open_mailbox()
    visit.erase()
