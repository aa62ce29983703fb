"""The register in real browsers: read with scripts off, in both languages, 320 pixels wide, by keyboard, on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pypdfium2
import pytest

from tests.browser.browser import Browser
from tests.browser.browsing import NAMES, SCREENS, Gallery, browsing
from tests.browser.chromium import Chromium
from tests.browser.register import FOCUS, PAGES, RULES, register, violations
from tests.unit.domain.samples import REGC_ID
from tests.web.registry_site import COOPERATIVE

pytestmark = pytest.mark.slow

TABS = 200


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with register(tmp_path_factory.mktemp("register")) as origin:
        yield origin


@pytest.fixture(params=NAMES)
def browser(request: pytest.FixtureRequest, origin: str) -> Iterator[Browser]:
    with browsing(request.param, "", origin) as browser:
        yield browser


def test_a_visitor_finds_and_reads_an_entry(browser: Browser, origin: str) -> None:
    gallery = Gallery(browser, "regc-visit")
    browser.open(origin + "/")
    gallery.keep("home")
    browser.fill("#q", "rivières")
    browser.press("main form button")
    gallery.keep("results")
    assert browser.value("#q") == "rivières"
    browser.press(f".list a[href$='{REGC_ID}']")
    gallery.keep("entry")
    assert browser.texts("main h2")[:5] == [
        "Le constat",
        "La réponse de la coopérative",
        "Références",
        "Durée",
        "Corriger ou répondre",
    ]
    sizes = "Array.from(document.querySelectorAll('.statement'), e => getComputedStyle(e).fontSize)"
    assert len(set(browser.evaluate(sizes))) == 1
    browser.press("a[hreflang=en]")
    gallery.keep("entry-en")
    assert "The finding" in browser.texts("main h2")
    browser.press(f"a[href$='{COOPERATIVE}']")
    gallery.keep("cooperative-en")
    browser.press("nav a[href='/en/policy']")
    gallery.keep("policy-en")
    assert browser.text("h1") == "Rules of the register"


def test_a_refused_search_leads_to_its_field(browser: Browser, origin: str) -> None:
    browser.open(origin + "/search?from=24")
    assert "quatre chiffres" in browser.text("[role=alert]")
    browser.click("[role=alert] a")
    assert browser.url.endswith("#from")
    browser.fill("#from", "2024")
    browser.press("main form button")
    assert browser.texts("[role=alert]") == []
    assert browser.value("#from") == "2024"


@pytest.mark.parametrize("width", [1000, 320])
def test_every_page_at_any_width(browser: Browser, origin: str, width: int) -> None:
    """At 320 pixels, as on a telephone or at 400 % (WCAG 2.2, 1.4.10): nothing to scroll sideways."""
    gallery = Gallery(browser, f"regc-{width}")
    browser.resize(width, 800)
    for language in ("", "/en"):
        for name, path in PAGES.items():
            browser.open(origin + language + path)
            gallery.keep(name + language.replace("/", "-"))
            assert browser.evaluate(RULES) == [], browser.url


def test_by_keyboard_alone(browser: Browser, origin: str) -> None:
    browser.open(origin + f"/entry/{REGC_ID}")
    browser.come_to_front()
    reached: list[str] = []
    for _ in range(TABS):
        browser.key("Tab")
        focus = browser.evaluate(FOCUS)
        if focus["tag"] != "a":
            if reached:
                break
            continue
        assert focus["outline"], focus
        assert focus["inside"], focus
        reached.append(focus["text"])
    links = [text.strip() for text in browser.texts("main a")]
    assert [text for text in reached if text in links] == links


def test_without_the_style_sheet(origin: str) -> None:
    with browsing("firefox", "", origin, plain=True) as browser:
        gallery = Gallery(browser, "regc-plain")
        for name in ("home", "search", "entry", "policy"):
            browser.open(origin + PAGES[name])
            gallery.keep(name)
        browser.open(origin + PAGES["entry"])
        text = browser.text()
        order = (
            "Aller au contenu",
            "pas une condamnation",
            "Le constat",
            "La réponse",
            "Références",
            "Mentions légales",
        )
        assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_on_paper(origin: str) -> None:
    """An entry and the rules, printed: no navigation, no form, the address of each reference in full."""
    with browsing("chromium", "", origin) as browser:
        assert isinstance(browser, Chromium)
        for name in ("contested", "cooperative", "policy"):
            browser.open(origin + PAGES[name])
            with pypdfium2.PdfDocument(browser.pdf()) as document:
                text = "".join(keep(document, number, name) for number in range(len(document)))
            assert "Aller au contenu" not in text
            assert "Données ouvertes" not in text
            if name == "contested":
                assert "https://example.org/xxx" in text.replace("\r\n", "")
                assert "Nous contestons" in text


def keep(document: pypdfium2.PdfDocument, number: int, name: str) -> str:
    """A picture of one printed page; gives its text."""
    page = document[number]
    page.render(scale=1).to_pil().save(SCREENS / "chromium" / f"regc-paper-{name}-{number + 1}.png")
    words = page.get_textpage()
    text = words.get_text_range()
    words.close()
    page.close()
    return str(text)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["", "/en"])
def test_axe_finds_nothing(name: str, language: str, origin: str) -> None:
    with browsing(name, "", origin, scripts=True) as browser:
        for page, path in PAGES.items():
            browser.open(origin + language + path)
            assert violations(browser) == [], page


def test_axe_would_find_something(origin: str) -> None:
    """The same question about a page with faults."""
    with browsing("chromium", "", origin, scripts=True) as browser:
        browser.open(origin + "/")
        faults = '<img src="data:,"><input><a href="/"></a><p style="color:#ccc;background:#fff">pale</p>'
        browser.evaluate(f"(() => {{ document.querySelector('main').innerHTML = {faults!r}; return 1; }})()")
        found = {line.partition(":")[0] for line in violations(browser)}
        assert {"image-alt", "label", "link-name"} <= found
