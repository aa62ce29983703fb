"""Accessibility of the desk's page (DOMAIN §5.6): headings, labels, landmarks, contrast; errors included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.desk.house import STORY, House, Reporter, open_house
from tests.unit.desk.test_decisions import assessed
from tests.web.desk_pages import unlocked
from tests.web.desk_visit import Browser

STYLE = Path(__file__).parents[2] / "app" / "desk" / "templates" / "style.css"
BELOW = (
    "/ /facts /reply /reply?template=question /move /entry /files /files/1/1 /people /advice /family /same /end"
    " /history"
)
PAGES = (
    "/cases",
    "/clusters",
    "/tasks",
    "/spam",
    "/carry",
    "/journal",
    "/registers",
    "/paper",
    "/paper/slip",
    "/nothing",
)
REFUSED = ("/carry/outbox", "/registers/link", "/paper", "/spam")
VOID = frozenset({"meta", "link", "input", "br", "img"})
FIELDS = frozenset({"input", "select", "textarea"})
# What is text on what, and what is an edge: read beside style.css.
CONTRASTS = {
    ("#1a1a1a", "#fff"): 4.5,
    ("#1a1a1a", "#eef3f8"): 4.5,
    ("#1a1a1a", "#ffd54a"): 4.5,
    ("#555", "#fff"): 4.5,
    ("#555", "#eef3f8"): 4.5,
    ("#444", "#fff"): 4.5,
    ("#0b4f8a", "#fff"): 4.5,
    ("#0b4f8a", "#eef3f8"): 4.5,
    ("#a4161a", "#fff"): 4.5,
    ("#1b6e3c", "#fff"): 4.5,
    ("#b35900", "#fff"): 3,
    ("#b35900", "#eef3f8"): 3,
    ("#767676", "#fff"): 3,
    ("#7a5200", "#fff"): 3,
}
# Lines between things, which say nothing by themselves.
RULES = frozenset({"#ccc", "#999"})


class Page(HTMLParser):
    """One page, taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.forms: list[dict[str, str | None]] = []
        self.links: list[str] = []
        self.described: list[str] = []
        self.tags: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self.labels.add(said["for"] or "")
        if tag in FIELDS and said.get("type") != "hidden":
            self.fields.append(said)
        if tag == "form":
            self.forms.append(said)
        if tag == "a":
            self.links.append(said["href"] or "")
        self.ids += [said["id"] or ""] if "id" in said else []
        self.described += (said.get("aria-describedby") or "").split()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"


def check(text: str, where: str) -> None:
    page = Page(text)
    assert page.headings.count(1) == 1, where
    assert page.headings[0] <= 2, where
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), where
    assert len(set(page.ids)) == len(page.ids), where
    assert {field["id"] for field in page.fields} <= page.labels, where
    assert set(page.described) <= set(page.ids), where
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids), where
    assert page.links[0] == "#main", where
    assert page.tags.count("main") == 1, where
    # Else a browser keeps on its disk what was typed.
    typing = [field for field in page.fields if field.get("type") != "checkbox"]
    assert all(field.get("autocomplete") == "off" for field in typing), where
    assert all(form["method"] in {"post", "get"} and (form["action"] or "").startswith("/") for form in page.forms)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def alize(house: House) -> Iterator[Browser]:
    with unlocked(house) as browser:
        yield browser


def test_every_page(house: House, alize: Browser) -> None:
    case_id = assessed(house, files=[("a.txt", b"Bonjour")])
    house.receive(house.seal(STORY, instance="other.example"))
    alize.done("/take-up")
    alize.done(f"/cases/{case_id}/people/add", role="présidence")
    alize.done(f"/cases/{case_id}/advice/recommend", addressee="Le conseil", text="Convoquer.", due="2027-01-05")
    alize.done("/registers/request", requester="M. X", kind="access")
    alize.done("/registers/link", cooperative="Les Tilleuls")
    alize.post(f"/cases/{case_id}/move", to="verified", reason="oui")
    alize.follow(alize.post(f"/cases/{case_id}/files/1/1"))
    for rest in BELOW.split():
        path = f"/cases/{case_id}{rest}".rstrip("/")
        check(alize.get(path).text, path)
    for path in PAGES:
        check(alize.get(path).text, path)
    alize.post(f"/cases/{case_id}/reply", text="Bonjour.", kind="reply")
    check(alize.get(f"/cases/{case_id}/reply/confirm").text, "confirm")


def test_every_refusal(house: House, alize: Browser) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    acts = ("facts", "reply", "move", "entry", "files", "people/add", "advice/recommend", "family/merge", "end/dossier")
    for path in (*REFUSED, *(f"/cases/{case_id}/{act}" for act in acts)):
        typed = {"group_size": "x", "to": "triage"}
        check(alize.refused(path, **typed).text, path)


def test_the_first_pages(house: House) -> None:
    from tests.web.desk_pages import entered

    with entered(house) as browser:
        check(browser.get("/unlock").text, "unlock")
        check(browser.refused("/unlock", reviewer="nobody").text, "unlock")
        browser.client.delete_cookie("sourdine-desk", domain="127.0.0.1")
        check(browser.get("/").text, "first")


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(one * 2 for one in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast() -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11, computed from the style sheet's own colours."""
    used = set(re.findall(r"#[0-9a-f]{3,6}\b", STYLE.read_text()))
    assert used - RULES <= {colour for pair in CONTRASTS for colour in pair}
    for (one, other), least in CONTRASTS.items():
        light, dark = sorted((luminance(one), luminance(other)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= least, (one, other)
