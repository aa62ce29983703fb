"""One browser for the length of a test: watched while it runs, ended with everything it started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.browser import Browser
from tests.browser.chromium import Chromium
from tests.browser.firefox import Firefox
from tests.browser.sockets import watched

NAMES = ("firefox", "chromium")
SCREENS = Path(__file__).parents[2] / "build" / "screens"


@contextmanager
def started(name: str, socks: str, origin: str, **options: bool) -> Iterator[Browser]:
    """Start a browser, and end it with everything it started.

    Args:
        name: of `NAMES`.
        socks: `HOST:PORT` of a tor client.
        origin: `http://….onion`, to be treated as a secure context. Tor Browser needs no telling.
        options: of both browsers, see there.
    """
    browser = Firefox(socks, **options) if name == "firefox" else Chromium(socks, secure=[origin], **options)
    try:
        yield browser
    finally:
        browser.close()
    assert browser.program.pids() == []


@contextmanager
def browsing(name: str, socks: str, origin: str, **options: bool) -> Iterator[Browser]:
    """The same, and afterwards that it had no socket outside this machine."""
    with started(name, socks, origin, **options) as browser, watched(browser.program.pids) as seen:
        yield browser
    outside = [socket for socket in seen if not socket.is_inside]
    assert not outside, outside
    assert any(socket.remote == "127.0.0.1" for socket in seen), "the browser was not watched"


class Gallery:
    """The screenshots of one test, numbered: artefacts to look at."""

    def __init__(self, browser: Browser, test: str) -> None:
        self._browser = browser
        self._test = test
        self._number = 0
        self._folder = SCREENS / browser.name
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob(f"{test}-*.png"):
            old.unlink()

    def keep(self, name: str) -> None:
        """One more picture. At any width, a page that must be scrolled sideways fails here."""
        self._number += 1
        self._browser.screenshot(self._folder / f"{self._test}-{self._number:02}-{name}.png")
        assert self._browser.overflow() <= 0, f"{self._browser.url} is wider than the window"
