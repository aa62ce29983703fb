"""Refusals as a person meets them, and every page in a small window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.browser import HEIGHT, WIDTH, Browser
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
def browser(request: pytest.FixtureRequest, house: OnionHouse) -> Iterator[Browser]:
    with browsing(request.param, house.network.clients[0].socks, "http://" + house.addresses["reporter"]) as browser:
        yield browser


def test_a_short_story_comes_back(browser: Browser, house: OnionHouse) -> None:
    visit = Visit(browser, "http://" + house.addresses["reporter"], Gallery(browser, "refused"))
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


def test_wrong_words_are_named(browser: Browser, house: OnionHouse) -> None:
    visit = Visit(browser, "http://" + house.addresses["reporter"], Gallery(browser, "words"))
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
        " ".join([words[1], words[0], *words[2:]]): "leur ordre est faux",
    }


def test_a_small_window(browser: Browser, house: OnionHouse) -> None:
    """Every page at 320 pixels, as on a telephone or at 400 % (WCAG 2.2, 1.4.10): nothing to scroll sideways."""
    gallery = Gallery(browser, "small")
    browser.resize(320, 640)
    for language in ("", "/en"):
        base = "http://" + house.addresses["reporter"] + language
        for page in PAGES:
            browser.open(base + page)
            gallery.keep((language + page).strip("/").replace("/", "-") or "home")
        visit = Visit(browser, base, gallery)
        browser.open(base + "/report")
        visit.write(STORY + " moi@exemple.org", cooperative="Les Tilleuls, Lyon")
        visit.send([])
        visit.confirm(wrong=True)
        visit.open_mailbox()
        visit.erase()
    browser.resize(WIDTH, HEIGHT)
