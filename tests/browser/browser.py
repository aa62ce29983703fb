"""What a test asks of a browser, whichever it is. Clicks and keys are real input; scripts of pages are off."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser.program import Program

# One page over a private network takes a tenth of a second; under load on two cores, and with an upload, far more.
PAGE_SECONDS = 60

WIDTH, HEIGHT = 1000, 800


class Browser(ABC):
    """One browser with one tab. Selectors are CSS; where one names several elements, the first is meant."""

    name: str
    program: Program

    def __init__(self, *, plain: bool = False) -> None:
        self.plain = plain
        self.pages: list[float] = []
        """Seconds that each page took, from the click to its load event."""

    @abstractmethod
    def _navigate(self, url: str, whole: bool) -> None: ...

    @abstractmethod
    def _expect_page(self) -> None:
        """Forget old load events, before an action that leads to a new page."""

    @abstractmethod
    def _await_page(self) -> None:
        """Until the new page has loaded."""

    @abstractmethod
    def back(self) -> None:
        """The browser's button for the page before."""

    @abstractmethod
    def reload(self) -> None:
        """The browser's button to load again; a form is sent again, as a person allows it."""

    @abstractmethod
    def click(self, selector: str) -> None:
        """Point at the middle of the element, scrolled into view, and press the button."""

    @abstractmethod
    def fill(self, selector: str, text: str) -> None:
        """Replace what a field holds by typing."""

    @abstractmethod
    def key(self, name: str) -> None:
        """Press and release one key: `Tab`, `Enter`, `Space`, `ArrowDown`, `ArrowUp`, or `Shift+Tab`."""

    @abstractmethod
    def write(self, text: str) -> None:
        """Type into whatever has the focus."""

    @abstractmethod
    def set_files(self, selector: str, paths: Sequence[Path]) -> None:
        """Choose files as the browser's dialogue would."""

    @abstractmethod
    def evaluate(self, expression: str) -> Any:
        """A value that the driver reads from the page (strings, numbers, lists); page scripts stay off."""

    @abstractmethod
    def screenshot(self, path: Path) -> None:
        """The whole page as PNG, at the width of the window."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None: ...

    @abstractmethod
    def version(self) -> str: ...

    @abstractmethod
    def close(self) -> None:
        """End it and everything it started. Twice is fine."""

    def open(self, url: str, *, whole: bool = True) -> None:
        """Go to an address, as typed into the address bar. Not `whole`: wait for the page, not for what it wants."""
        begin = time.monotonic()
        self._navigate(url, whole)
        self._arrived(begin)

    def press(self, selector: str) -> None:
        """Click what leads to a new page, and wait for that page."""
        begin = time.monotonic()
        self._expect_page()
        self.click(selector)
        self._await_page()
        self._arrived(begin)

    @abstractmethod
    def come_to_front(self) -> None:
        """Make this window the one that has the keyboard, as it is wherever somebody sits before it."""

    def press_key(self, name: str) -> None:
        """A key that leads to a new page; wait for that page."""
        begin = time.monotonic()
        self._expect_page()
        self.key(name)
        self._await_page()
        self._arrived(begin)

    def _arrived(self, begin: float) -> None:
        self.pages.append(time.monotonic() - begin)
        if self.plain:
            # As with a user's own style sheet, or a text browser: the page must do without ours.
            self.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")

    @property
    def url(self) -> str:
        return str(self.evaluate("location.href"))

    def source(self) -> str:
        return str(self.evaluate("document.documentElement.outerHTML"))

    def text(self, selector: str = "body") -> str:
        """What a person reads of the first such element."""
        return str(self.evaluate(f"document.querySelector({selector!r}).innerText"))

    def texts(self, selector: str) -> list[str]:
        found: list[str] = self.evaluate(f"Array.from(document.querySelectorAll({selector!r}), e => e.innerText)")
        return found

    def value(self, selector: str) -> str:
        """What a field holds."""
        return str(self.evaluate(f"document.querySelector({selector!r}).value"))

    def attributes(self, selector: str, name: str) -> list[str]:
        expression = f"Array.from(document.querySelectorAll({selector!r}), e => e.getAttribute({name!r}))"
        found: list[str] = self.evaluate(expression)
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window; more than 0 means scrolling sideways."""
        root = "document.documentElement"
        return int(self.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))
