"""The register in a browser: served on loopback, and what its pages promise to everybody who reads them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_core_python

from app.settings import Door
from tests.browser.browser import Browser
from tests.fakes.loopback import free_port, served
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import COOPERATIVE, NAME, NAMED, OTHER_ID, REPLY, RICH, THIRD_ID, Site, tombstone

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
AXE_SECONDS = 60

SPLIT, GONE = (f"REGC-2026-{letter * 16}" for letter in "DF")
LONG = "Manquement constaté à l'obligation de convoquer chaque année l'assemblée générale prévue par les statuts. " * 5
# One page of each kind.
PAGES = {
    "home": "/",
    "search": "/search?q=rivi%C3%A8res&from=2020&to=2026",
    "refused": "/search?country=XX&from=1",
    "entry": f"/entry/{REGC_ID}",
    "contested": f"/entry/{OTHER_ID}",
    "named": f"/entry/{THIRD_ID}",
    "split": f"/entry/{SPLIT}",
    "ended": f"/entry/{GONE}",
    "cooperative": f"/cooperative/{COOPERATIVE}",
    "policy": "/policy",
    "reply": "/reply",
    "rights": "/rights",
    "legal": "/legal",
    "verify": "/verify",
    "data": "/data",
    "unknown": "/nothing",
}

# Rules of every page (DOMAIN §5.6), looked at in the browser itself: what is pressed is 44 pixels large, but for links
# that stand in a sentence (WCAG 2.2, 2.5.8).
RULES = """(() => { const all = s => Array.from(document.querySelectorAll(s)), wrong = [];
if (all('h1').length !== 1) wrong.push('h1: ' + all('h1').length);
for (const f of all('input,select')) if (!(f.labels && f.labels.length)) wrong.push('no label: ' + f.id);
const large = 'button,select,input,nav a,footer ul a,.name a,.list a,.links a,.onion,.errors a,th a';
for (const e of all(large)) { const r = e.getBoundingClientRect();
  if (r.height && (r.height < 43.5 || r.width < 43.5)) wrong.push(`small: ${e.innerText} ${r.width}x${r.height}`); }
for (const e of all('main *')) if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display === 'block'
  && e.clientWidth) wrong.push('cut: ' + e.tagName + ' ' + e.innerText.slice(0, 40));
return wrong; })()"""

# What has the focus, and whether anybody could see that it has.
FOCUS = """(() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
return {tag: e.tagName.toLowerCase(), text: (e.innerText || e.id || '').trim(),
outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
inside: r.width > 0 && r.top < innerHeight && r.bottom > 0 && r.left >= 0}; })()"""


@contextmanager
def register(folder: Path) -> Iterator[str]:
    """A register with one entry of each kind; gives its address."""
    port = free_port()
    host = f"127.0.0.1:{port}"
    site = Site(folder, nominative=True, door=Door(host, (host,)), onion="regc" + "a" * 52 + ".onion")
    site.load(
        {**RICH, "finding": {**RICH["finding"], "text": LONG.strip()}},
        raw_entry(
            regc_id=OTHER_ID,
            status="contested",
            cooperative__name="Coopérative d'habitat " + "interminable" * 8,
            cooperative__identifier=None,
            references=[{"type": "ecli", "id": "ECLI:FR:CCASS:2022:C100428", "url": "https://example.org/" + "x" * 90}],
            **REPLY,
        ),
        *(raw_entry(regc_id=one) for one in (SPLIT, GONE)),
    )
    site.load(NAMED, name=NAME)
    site.load(tombstone(SPLIT, "replaced", replaced_by=(REGC_ID, OTHER_ID)), tombstone(GONE, "withdrawn"))
    with served(site.client.application, port):
        yield f"http://{host}"
    site.close()


def violations(browser: Browser) -> list[str]:
    """What axe-core finds on the page that is open; its scripts must be allowed to run."""
    browser.evaluate(f"(() => {{ {AXE}; return 1; }})()")
    browser.evaluate("(() => { window.found = null; axe.run(document).then(r => { window.found = r; }); return 1; })()")
    end = time.monotonic() + AXE_SECONDS
    # Violations alone: what axe cannot tell by itself is another list.
    told = "window.found && window.found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))"
    found: Any = None
    while found is None and time.monotonic() < end:
        time.sleep(0.05)
        found = browser.evaluate(told)
    assert found is not None, "axe did not end"
    assert browser.evaluate("window.found.passes.length") > 10
    return list(found)
