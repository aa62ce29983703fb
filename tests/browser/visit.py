"""What a reporter does in a browser, page by page, each page kept as a picture and its promises looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.browser.browser import Browser
from tests.browser.browsing import Gallery
from tests.browser.chromium import Chromium


class Visit:
    """One reporter at one door.

    Args:
        base: `http://….onion`, with `/en` behind it for English.
    """

    def __init__(self, browser: Browser, base: str, gallery: Gallery) -> None:
        self.browser = browser
        self.base = base
        self.gallery = gallery
        self.words: list[str] = []

    def begin(self) -> None:
        """First page, advice, form."""
        self.browser.open(self.base + "/")
        self.gallery.keep("home")
        self.browser.press("main a.button")
        assert self.browser.url.endswith("/before")
        self.gallery.keep("before")
        self.browser.press("main a.button")
        assert self.browser.url.endswith("/report")

    def write(self, story: str, *, cooperative: str = "") -> None:
        """Fill in the form and ask to read it again."""
        self.browser.fill("#story", story)
        if cooperative:
            self.browser.fill("#cooperative", cooperative)
        self.browser.click("label[for=topic-1]")
        assert self.browser.value("[name=topic]:checked") == "1"
        self.gallery.keep("report")
        self.browser.press("main form button")

    def send(self, files: Sequence[Path]) -> None:
        """From the page to read again: attach and send; the eight words of the receipt."""
        if files:
            self.browser.set_files("#files", files)
        self.gallery.keep("review")
        self.browser.press("main form button:not(.second)")
        self.gallery.keep("receipt")
        self.words = self.browser.texts("ol#codename li")
        assert len(self.words) == 8

    def confirm(self, *, wrong: bool = False) -> list[int]:
        """Retype the two words asked for; their numbers."""
        asked = [int(number) for number in self.browser.attributes("[data-n]", "data-n")]
        typed = [self.words[number - 1] for number in asked]
        if wrong:
            typed[1] = next(word for word in self.words if word not in typed)
        self.browser.fill("#word_a", typed[0])
        self.browser.fill("#word_b", typed[1])
        self.browser.press("form[action$='/report/confirm'] button")
        self.gallery.keep("confirmed")
        return asked

    def open_mailbox(self) -> None:
        """Type the codename; on the mailbox afterwards."""
        self.browser.open(self.base + "/replies")
        self.browser.fill("#codename", " ".join(self.words).upper())
        self.gallery.keep("replies")
        if isinstance(self.browser, Chromium):
            self._enter_by_hand(self.browser)
        else:
            self.browser.press("main form button")
        assert self.browser.url.endswith("/mailbox")
        self.gallery.keep("mailbox")

    def _enter_by_hand(self, browser: Chromium) -> None:
        """Chromium takes no `__Host-` cookie from an onion, so that no session begins (ADR 0019)."""
        browser.forget_cookies()
        browser.press("main form button")
        assert browser.url.endswith("/replies")
        assert browser.take_refused_cookies() == ["__Host-session"]
        browser.open(self.base + "/mailbox")

    def erase(self) -> None:
        """Erase everything from the mailbox."""
        self.browser.click("details:has(form[action$='/mailbox/erase']) summary")
        self.browser.click("#confirm-yes")
        self.gallery.keep("erase")
        self.browser.press("form[action$='/mailbox/erase'] button")
        self.gallery.keep("erased")
