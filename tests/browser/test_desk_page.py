"""The desk's page in real browsers with scripts off: with a mouse, with the keyboard alone, and 320 pixels wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desk.carry.takeup import take_up
from tests.browser.browser import Browser
from tests.browser.browsing import NAMES, Gallery, browsing
from tests.browser.desk_visit import DeskVisit
from tests.fakes.desk_door import ServedDesk, served
from tests.unit.desk.house import STORY, House, Reporter, open_house

pytestmark = pytest.mark.slow

CASE_PAGES = (
    "",
    "/facts",
    "/reply",
    "/reply?template=acknowledgement",
    "/move",
    "/entry",
    "/files",
    "/people",
    "/advice",
    "/family",
    "/same",
    "/end",
    "/history",
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 300]>>endobj 4 0 obj<</Author(Canari)>>endobj\n"
    b"trailer<</Root 1 0 R/Info 4 0 R>>"
)
LONG = STORY + " \u202edroite" + " " + "x" * 90 + "\n\n<b>Un deuxième paragraphe</b> & encore."


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        for n in range(3):
            made.receive(made.seal(f"{LONG} N° {n}.", reporter=Reporter.new(), fields={"topic": "1", "publish": "yes"}))
        take_up(made.desk("cypres"))
        yield made


@pytest.fixture
def desk(house: House) -> Iterator[ServedDesk]:
    with served(house.settings) as door:
        yield door


@pytest.fixture(params=NAMES)
def browser(request: pytest.FixtureRequest, desk: ServedDesk) -> Iterator[Browser]:
    with browsing(request.param, "", desk.origin) as browser:
        yield browser


def new_case(house: House) -> str:
    """A case that is the only one of its kind, so that tests do not meet."""
    return house.new_case(LONG, reporter=Reporter.new(), name="cypres", files=[("é <b>.pdf", PDF)])


def test_a_day_at_the_desk(house: House, desk: ServedDesk, browser: Browser) -> None:
    case_id = new_case(house)
    visit = DeskVisit(browser, desk, Gallery(browser, "desk-day"))
    visit.enter()
    visit.unlock("alize")
    visit.look("list")
    assert "Nouveaux dossiers" in browser.text("[role=status]")
    visit.go(f"/cases/{case_id}", "case")
    assert "⟦U+202E⟧droite" in browser.text("pre")
    assert browser.texts("main b, main script") == []
    visit.examine(f"/cases/{case_id}/files/1/1")
    assert browser.evaluate("document.querySelector('main img').naturalWidth") > 100
    visit.find("convoquer")
    visit.look("found")
    assert f"/cases/{case_id}" in browser.attributes("main .list a", "href")
    assert "convoquer" in browser.texts("mark")
    assert "convoquer" not in browser.url
    visit.go(f"/cases/{case_id}/reply", "reply")
    browser.press("form[action$=reply][method=post] button")
    visit.look("empty-reply")
    assert browser.attributes("[role=alert] a", "href") == ["#text"]
    browser.fill("#text", "Nous vous lisons.\nUne personne répondra.")
    browser.press("form[action$=reply][method=post] button")
    visit.look("confirm")
    assert "convoquer d'assemblée générale" not in browser.text("pre")
    browser.press("main form button")
    visit.look("sealed")
    assert "accusé de réception n° 1" in browser.text("[role=status]")
    visit.go(f"/cases/{case_id}/move", "move")
    browser.fill("#reason-acknowledged", "lu en entier")
    browser.press("main form button")
    visit.look("moved")
    assert "Pas encore possible" in browser.text("main")
    visit.go(f"/cases/{case_id}/facts", "facts")
    visit.go(f"/cases/{case_id}/history", "history")
    visit.go("/journal", "journal")
    visit.go("/carry", "carry")
    out = house.folder / f"outbox-{browser.name}"
    browser.fill("#outbox-path", str(out))
    browser.press("form[action$=outbox] button")
    visit.look("outbox")
    assert out.is_file()
    browser.press("header form button")
    visit.look("locked")
    browser.open(f"{desk.origin}/cases/{case_id}")
    assert browser.url.endswith("/unlock")


def test_with_the_keyboard_alone(house: House, desk: ServedDesk, browser: Browser) -> None:
    case_id = new_case(house)
    visit = DeskVisit(browser, desk, Gallery(browser, "desk-keys"))
    browser.open(desk.origin + "/")
    browser.come_to_front()
    visit.reach("input", "code")
    browser.write(desk.code)
    browser.press_key("Enter")
    visit.reach("button", "La date est juste")
    browser.press_key("Enter")
    visit.await_work()
    browser.open(f"{desk.origin}/cases/{case_id}")
    visit.reach("a", "Répondre")
    visit.gallery.keep("focus")
    browser.press_key("Enter")
    visit.reach("textarea", "text")
    browser.write("Merci.")
    visit.reach("button", "Relire")
    browser.press_key("Enter")
    visit.reach("button", "Sceller")
    browser.press_key("Space")
    assert "Scellé" in browser.text("[role=status]")
    browser.open(f"{desk.origin}/cases/{case_id}/move")
    visit.reach("textarea", "reason-acknowledged")
    browser.write("lu")
    visit.reach("button", "Accuser réception")
    browser.press_key("Enter")
    assert "accusé de réception" in browser.text("[role=status]")
    visit.reach("button", "Verrouiller")
    browser.press_key("Enter")
    assert browser.url.endswith("/unlock")


def test_a_small_window(house: House, desk: ServedDesk, browser: Browser) -> None:
    """Every page at 320 pixels, as at 400 % (WCAG 2.2, 1.4.10); `Gallery.keep` refuses what scrolls sideways."""
    case_id = new_case(house)
    browser.resize(320, 640)
    visit = DeskVisit(browser, desk, Gallery(browser, "desk-small"))
    visit.enter()
    visit.unlock("alize")
    visit.look("list")
    for rest in CASE_PAGES:
        visit.go(f"/cases/{case_id}{rest}", rest.strip("/").replace("?", "-") or "case")
    visit.examine(f"/cases/{case_id}/files/1/1")
    for path in ("/carry", "/journal", "/nothing", "/paper", "/registers", "/tasks", "/spam"):
        visit.go(path, path.strip("/"))
    visit.find("convoquer")
    visit.look("search")


def test_nothing_is_left_on_the_disk_of_the_browser(house: House, desk: ServedDesk, browser: Browser) -> None:
    case_id = new_case(house)
    visit = DeskVisit(browser, desk, Gallery(browser, "desk-disk"))
    visit.enter()
    visit.unlock("alize")
    browser.open(f"{desk.origin}/cases/{case_id}")
    browser.open(f"{desk.origin}/cases/{case_id}/reply")
    browser.fill("#text", "canari-brouillon")
    browser.press("form[action$=reply][method=post] button")
    found = [path for path in browser_files(browser) if holds(path, b"canari-brouillon", b"seul de changer")]
    assert found == []


def browser_files(browser: Browser) -> list[Path]:
    return [path for path in browser.program.folder.rglob("*") if path.is_file() and not path.is_symlink()]


def holds(path: Path, *needles: bytes) -> bool:
    try:
        data = path.read_bytes()
    except OSError:  # gone meanwhile
        return False
    return any(needle in data for needle in needles)
