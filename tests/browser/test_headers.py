"""What browsers really tell of where a request comes from, on an onion, and that the rule of the hull follows it.

The expected values are measurements. When a new version of a browser changes one, read `_same_site` in app/web/hull.py
and ADR 0019 before changing it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.browser import Browser
from tests.browser.chromium import Chromium
from tests.browser.firefox import Firefox
from tests.browser.onions import published
from tests.browser.recorder import Recorder, serving
from tor.key import OnionKey
from tor.testnet.runner import TestNetwork

pytestmark = pytest.mark.onion

FETCH = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
NO_FETCH = dict.fromkeys(("Sec-Fetch-Site", *FETCH))
PATHS = {"plain": "/plain", "upload": "/upload", "link": "/linked"}


@dataclass(frozen=True)
class Sites:
    """Ours, another onion whose forms lead to ours, and a third that hides where it is."""

    ours: Recorder
    other: Recorder
    hiding: Recorder


@pytest.fixture(scope="module")
def sites(network: TestNetwork) -> Iterator[Sites]:
    keys = [OnionKey.generate() for _ in range(3)]
    target = "http://" + keys[0].address
    # Forms that lead elsewhere: these sites have no policy of content, as an attacker's would not.
    open_policy = {"Content-Security-Policy": "", "Referrer-Policy": ""}
    made = Sites(
        Recorder((keys[0].address,)),
        Recorder((keys[1].address,), target, open_policy),
        Recorder((keys[2].address,), target, open_policy | {"Referrer-Policy": "no-referrer"}),
    )
    recorders = (made.ours, made.other, made.hiding)
    with serving(*recorders):
        targets = {f"127.0.0.1:{site.port}": key for site, key in zip(recorders, keys, strict=True)}
        with published(network, targets):
            yield made


@contextmanager
def opened(kind: str, network: TestNetwork, sites: Sites) -> Iterator[Browser]:
    """A browser as its users have it, and one that takes onions for secure contexts."""
    socks = network.clients[0].socks
    name, _, secure = kind.partition(" ")
    if name == "firefox":
        browser: Browser = Firefox(socks, secure=bool(secure))
    else:
        browser = Chromium(socks, secure=[sites.ours.origin] if secure else [])
    try:
        yield browser
    finally:
        browser.close()


def act(browser: Browser, site: Recorder, what: str, file: Path) -> None:
    """From the first page of a site, send one of its forms or follow its link."""
    browser.open(site.origin + "/")
    if what == "upload":
        browser.set_files("#files", [file])
    browser.press(f"#{what}")


# Whether it sends fetch metadata to an onion, keeps our cookie, and what another onion's form says as its origin.
KINDS = {
    "firefox secure": (True, True, "null"),  # Tor Browser: onions are secure contexts, and never named to others
    "firefox": (False, False, "null"),
    "chromium secure": (True, False, "other"),
    "chromium": (False, False, "other"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent(kind: str, network: TestNetwork, sites: Sites, tmp_path: Path) -> None:
    metadata, cookie, named = KINDS[kind]
    file = tmp_path / "note.txt"
    file.write_text("one line")
    ours, kept = sites.ours.origin, "yes" if cookie else None
    own = {"Referer": ours + "/", "cookie": kept} | (
        {"Sec-Fetch-Site": "same-origin"} | FETCH if metadata else NO_FETCH
    )
    foreign = {"cookie": None} | ({"Sec-Fetch-Site": "cross-site"} | FETCH if metadata else NO_FETCH)
    with opened(kind, network, sites) as browser:
        for what, path in PATHS.items():
            act(browser, sites.ours, what, file)
            origin = None if what == "link" else ours
            assert sites.ours.sent(path) == own | {"Origin": origin}, what
            assert sites.ours.last(path).status == 200
        for site in (sites.other, sites.hiding):
            told = None if site is sites.hiding or named == "null" else site.origin
            for what, path in PATHS.items():
                act(browser, site, what, file)
                origin = None if what == "link" else told or "null"
                referer = told and told + "/"
                assert sites.ours.sent(path) == foreign | {"Origin": origin, "Referer": referer}, what
                # A link from elsewhere may come in, without the session; a form may not.
                assert sites.ours.last(path).status == (200 if what == "link" else 403)
