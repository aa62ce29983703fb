"""The reporter's whole way through a real onion, in two engines, without scripts."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.browser.analysts import Analysts
from tests.browser.browser import Browser
from tests.browser.browsing import NAMES, Gallery, browsing
from tests.browser.visit import Visit
from tests.tor.house import OnionHouse

REPLY = "Une personne a lu votre signalement.\nMerci : nous revenons vers vous dans un mois."

pytestmark = pytest.mark.onion


@pytest.mark.parametrize("name", NAMES)
def test_report_reply_and_erasure(name: str, onions: OnionHouse, tmp_path: Path) -> None:
    origin = "http://" + onions.addresses["reporter"]
    canary = secrets.token_hex(8)
    files = {"procès verbal.pdf": secrets.token_bytes(300_000), "photo.jpg": secrets.token_bytes(40_000)}
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    with browsing(name, onions.network.clients[0].socks, origin) as browser:
        visit = Visit(browser, origin, Gallery(browser, "journey"))
        report(visit, canary, [tmp_path / file for file in files])
        visit.open_mailbox()
        assert browser.texts("article.reply") == []
        analysts = Analysts(onions, onions.new_courier(name), tmp_path / "carried")
        analysts.folder.mkdir()
        case = analysts.fetch(canary)
        assert sorted(analysts.saved(case).values()) == sorted(files.values())
        analysts.answer(case, REPLY)
        visit.open_mailbox()
        assert browser.texts("article.reply pre") == [REPLY]
        visit.erase()
        visit.open_mailbox()
        assert browser.texts("article.reply") == []


def report(visit: Visit, canary: str, files: list[Path]) -> None:
    """From the first page to two words retyped."""
    browser = visit.browser
    visit.begin()
    story = (
        f"En tant que trésorière, j'ai vu le procès-verbal changé après le vote.\nÉcrire à moi@exemple.org. {canary}"
    )
    visit.write(story, cooperative="Les Tilleuls, Lyon")
    assert browser.text("pre#story").strip() == story
    assert len(browser.texts(".note li")) == 2
    visit.send(files)
    assert "2 documents" in browser.text("main")
    visit.confirm()
    assert browser.text("h1") == "Votre papier est juste"


@pytest.mark.parametrize("name", NAMES)
def test_english_without_style_and_images(name: str, onions: OnionHouse, tmp_path: Path) -> None:
    origin = "http://" + onions.addresses["reporter"]
    note = tmp_path / "note.txt"
    note.write_text("one line")
    with browsing(name, onions.network.clients[0].socks, origin, plain=True, images=False) as browser:
        visit = Visit(browser, origin + "/en", Gallery(browser, "plain"))
        visit.begin()
        visit.write("The minutes were changed after the vote, twice, and nobody was told about it.")
        visit.send([note])
        assert browser.attributes("html", "lang") == ["en"]
        assert "1 document" in browser.text("main")
        visit.confirm()
        visit.open_mailbox()
        visit.erase()
        assert_without_style(browser)


def assert_without_style(browser: Browser) -> None:
    """The test would show nothing if the style sheet were still there."""
    assert browser.evaluate("getComputedStyle(document.body).maxWidth") == "none"
