"""A reviewer at the desk's page: what is pressed and typed, page by page, each page kept as a picture."""

from __future__ import annotations

import time

from tests.browser.browser import Browser
from tests.browser.browsing import Gallery
from tests.fakes.desk_door import ServedDesk

OPEN_SECONDS = 60
TABS = 120

# What has the focus, and whether anybody could see that it has: an outline, and inside the window.
FOCUS = """(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
return {tag: e.tagName.toLowerCase(), id: e.id, name: e.getAttribute('name') || '', text: e.innerText || '',
outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2, width: r.width, height: r.height,
inside: r.top < innerHeight && r.bottom > 0 && r.left >= 0 && r.right <= innerWidth + 1}; })()"""

# Rules of every page (DOMAIN §5.6), looked at in the browser itself.
RULES = """(() => { const all = s => Array.from(document.querySelectorAll(s)), wrong = [];
if (all('h1').length !== 1) wrong.push('h1: ' + all('h1').length);
let level = 0; for (const h of all('h1,h2,h3,h4')) { const n = +h.tagName[1];
  if (n > level + 1 && !(level === 0 && n <= 2)) wrong.push('after h' + level + ' comes h' + n); level = n; }
for (const f of all('input:not([type=hidden]),select,textarea'))
  if (!(f.labels && f.labels.length)) wrong.push('no label: ' + (f.id || f.name));
for (const id of all('[aria-describedby]').flatMap(e => e.getAttribute('aria-describedby').trim().split(/\\s+/)))
  if (!document.getElementById(id)) wrong.push('no description: ' + id);
const ids = all('[id]').map(e => e.id); for (const id of new Set(ids))
  if (ids.filter(one => one === id).length > 1) wrong.push('id twice: ' + id);
for (const e of all('button,select,summary,input:not([type=hidden]):not([type=checkbox]),label.tick,nav a')) {
  const r = e.getBoundingClientRect(); if (r.height && (r.height < 43.5 || r.width < 43.5))
    wrong.push('small: ' + (e.id || e.innerText) + ' ' + r.width + 'x' + r.height); }
for (const e of all('img')) if (!e.getAttribute('alt')) wrong.push('no alt');
if (!document.title || document.documentElement.lang !== 'fr') wrong.push('title or lang');
if (all('main').length !== 1 || !document.querySelector('a.skip[href="#main"]')) wrong.push('landmarks');
return wrong; })()"""


class DeskVisit:
    """One reviewer in one browser."""

    def __init__(self, browser: Browser, desk: ServedDesk, gallery: Gallery) -> None:
        self.browser = browser
        self.desk = desk
        self.gallery = gallery

    def look(self, name: str) -> None:
        """Keep a picture, and look at what every page promises."""
        self.gallery.keep(name)
        assert self.browser.evaluate(RULES) == [], self.browser.url

    def go(self, path: str, name: str) -> None:
        self.browser.open(self.desk.origin + path)
        self.look(name)

    def enter(self) -> None:
        self.go("/", "code")
        self.browser.come_to_front()
        self.browser.fill("#code", self.desk.code)
        self.browser.press("main form button")
        assert self.browser.url.endswith("/unlock")

    def unlock(self, reviewer: str) -> None:
        """With the keyboard: the select is changed by typing the first letters of a name."""
        self.look("unlock")
        self.reach("select", "reviewer")
        self.browser.write(reviewer) if self.browser.name == "firefox" else self._choose(reviewer)
        assert self.browser.value("#reviewer") == reviewer
        self.browser.press("main form button")
        self.await_work()

    def _choose(self, value: str) -> None:
        values = self.browser.attributes(":focus option", "value")
        for _ in range(values.index(value) - values.index(self.browser.value(":focus"))):
            self.browser.key("ArrowDown")

    def examine(self, path: str) -> None:
        """Have an attachment looked at in its box."""
        self.go(path, "document")
        self.browser.press("main form button")
        self.await_work()
        self.look("examined")

    def find(self, text: str) -> None:
        self.browser.open(self.desk.origin + "/cases")
        self.browser.click("summary")
        self.browser.fill("#f-query", text)
        self.browser.press("form[action$=filter] button")

    def await_work(self) -> None:
        """The page of a long work renews itself without a script."""
        end = time.monotonic() + OPEN_SECONDS
        while self.browser.url.endswith("/progress") and time.monotonic() < end:
            time.sleep(0.3)
        assert not self.browser.url.endswith("/progress")

    def reach(self, tag: str, wanted: str) -> None:
        """Press Tab until an element with this id, name or text has the focus; each one on the way must be seen."""
        for _ in range(TABS):
            self.browser.key("Tab")
            focus = self.browser.evaluate(FOCUS)
            if focus["tag"] == "body":
                continue
            assert focus["outline"], focus
            assert focus["inside"], focus
            if focus["tag"] == tag and (wanted in (focus["id"], focus["name"]) or wanted in focus["text"]):
                return
        raise AssertionError(f"no {tag} {wanted} within reach of Tab on {self.browser.url}")
