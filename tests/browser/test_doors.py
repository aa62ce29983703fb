"""The other two onions as people meet them: the courier's, which only a key opens, and the register."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.courier.accounts import code_at
from tests.browser.browsing import NAMES, Gallery, browsing
from tests.browser.channel import BrowserError
from tests.tor.house import OnionHouse

pytestmark = pytest.mark.onion


def test_the_courier_carries_by_hand(onions: OnionHouse) -> None:
    """In Tor Browser's engine: log in, see what waits, log out."""
    account = onions.new_courier("by-hand").parent
    origin = "http://" + onions.addresses["courier"]
    with browsing("firefox", onions.network.clients[0].socks, origin) as browser:
        gallery = Gallery(browser, "courier")
        browser.resize(320, 640)
        browser.open(origin + "/")
        gallery.keep("login")
        browser.fill("#name", "by-hand")
        browser.fill("#password", secret(account / "password"))
        browser.fill("#totp", "000000")
        browser.press("main form button")
        gallery.keep("refused")
        assert browser.texts("[role=alert]") != []
        browser.fill("#name", "by-hand")
        browser.fill("#password", secret(account / "password"))
        browser.fill("#totp", code_at(secret(account / "totp"), time.time()))
        browser.press("main form button")
        gallery.keep("counts")
        assert browser.url == origin + "/"
        assert int(browser.text("#envelopes")) >= 0
        browser.press("form[action='/logout'] button")
        assert browser.url == origin + "/login"


def secret(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("name", NAMES)
def test_without_the_key_there_is_no_courier_onion(name: str, onions: OnionHouse) -> None:
    origin = "http://" + onions.addresses["courier"]
    with browsing(name, onions.network.clients[1].socks, origin) as browser, pytest.raises(BrowserError) as refused:
        browser.open(origin + "/")
    assert "waited too long" not in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_the_register(name: str, onions: OnionHouse) -> None:
    origin = "http://" + onions.addresses["registry"]
    with browsing(name, onions.network.clients[0].socks, origin) as browser:
        gallery = Gallery(browser, "register")
        browser.resize(320, 640)
        browser.open(origin + "/")
        gallery.keep("home")
        browser.fill("#q", "tilleuls & fils")
        browser.press("main form button")
        gallery.keep("search")
        assert browser.url.startswith(origin + "/search?q=tilleuls")
        assert browser.value("#q") == "tilleuls & fils"
