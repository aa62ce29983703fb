"""Every page of the reporter door: languages, weight, structure, headers; nothing from a script or a stranger."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from app.domain.procedure import steps
from app.errors import UserError
from app.reporter import create_app
from app.reporter.report import return_day
from app.web import languages
from crypto.errors import FormatError, TrustError
from tests.web.reporter_house import HOST, STORY, House, keys, text_of

APP = Path(languages.__file__).parents[1]
PAGES = (
    "/",
    "/before",
    "/report",
    "/how",
    "/rights",
    "/privacy",
    "/commitments",
    "/keys",
    "/accessibility",
    "/replies",
)
VOID = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """Checks the nesting and remembers what matters."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.headings: list[int] = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.seen.append((tag, given))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open
        assert self.open.pop() == tag

    def named(self, *tags: str) -> list[dict[str, str]]:
        return [given for tag, given in self.seen if tag in tags]


def outline(page) -> Outline:
    parser = Outline()
    parser.feed(page.text)
    parser.close()
    assert parser.open == []
    return parser


def assert_accessible(page, language: str) -> None:
    """h1, landmarks, skip link, lang, a label for each field, no identifier twice."""
    found = outline(page)
    assert found.named("html") == [{"lang": language}]
    assert len(found.named("h1")) == len(found.named("main")) == len(found.named("header")) == 1
    assert found.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert '<a class="skip" href="#main">' in page.text
    identifiers = [given["id"] for _, given in found.seen if "id" in given]
    assert len(identifiers) == len(set(identifiers))
    labels = {given["for"] for given in found.named("label")}
    for field in found.named("input", "textarea"):
        if field.get("type") != "hidden":
            assert field["id"] in labels
        if "aria-describedby" in field:
            assert field["aria-describedby"] in identifiers
    targets = {given["href"][1:] for given in found.named("a") if given.get("href", "").startswith("#")}
    assert targets <= set(identifiers)
    assert all(given.get("aria-label") for given in found.named("nav"))


def assert_self_contained(page) -> None:
    found = outline(page)
    assert not found.named("script", "img", "iframe", "svg", "object")
    for tag, given in found.seen:
        assert "style" not in given, tag
        assert not [name for name in given if name.startswith("on")]
        for name in ("href", "src", "action", "formaction"):
            assert given.get(name, "/").startswith(("/", "#", "data:,"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["", "fr", "en"])
def test_pages(house: House, path, language):
    page = house.client(language).get(path)
    assert page.status_code == 200
    assert len(page.data) <= 14 * 1024
    assert_accessible(page, language or "fr")
    assert_self_contained(page)
    assert not page.headers.getlist("Set-Cookie")


def test_each_page_has_its_own_title_in_each_language(house: House):
    def title(language: str, path: str) -> str:
        found = re.search("<title>(.*?)</title>", house.client(language).get(path).text)
        assert found
        return found.group(1)

    titles = [title(language, path) for language in ("fr", "en") for path in PAGES]
    assert len(set(titles)) == len(titles)


def test_links_keep_the_language(house: House):
    page = house.client("en").get("/before")
    inside = re.findall(r'href="(/[^"]*)"', page.text)
    assert {link for link in inside if not link.startswith("/en/")} == {"/fr/before"}
    assert 'action="/en/report/review"' in house.client("en").get("/report").text
    assert 'href="/en/how"' in house.client().get("/how").text


def test_the_prefix_alone_is_the_first_page(house: House):
    assert house.client("en").get("").text == house.client("en").get("/").text
    assert house.client().get("/english").status_code == 404
    assert house.client().get("/en/en/").status_code == 404


def test_advice_is_short(house: House):
    page = house.client().get("/before")
    main = re.search("<main.*?</main>", page.text, re.DOTALL)
    assert main
    assert len(re.sub("<[^>]+>", " ", main.group()).split()) <= 120


def test_what_is_said_about_the_server(house: House):
    client = house.client()
    assert "le temps d'une page" in text_of(client.get("/report"))
    assert "voit les huit mots" in text_of(client.get("/replies"))
    assert "voit chaque nom de code" in text_of(client.get("/privacy"))
    assert "Aucun outil ne garantit un anonymat total" in text_of(client.get("/"))


def test_reviewers_are_named_by_pseudonym_and_college(house: House):
    page = house.client().get("/report")
    assert page.text.count('name="exclude"') == 3
    assert "Cypres, collège des juristes" in text_of(page)
    shown = text_of(house.client().get("/keys"))
    for reviewer in house.reception.manifest.reviewers:
        assert reviewer.fingerprint in shown


def test_certificates_to_import(house: House):
    answer = house.client().get("/keys.pgp")
    assert answer.mimetype == "application/pgp-keys"
    assert answer.data == b"".join(reviewer.cert for reviewer in keys().reviewers)


def test_security_txt(house: House):
    answer = house.client().get("/.well-known/security.txt")
    assert answer.mimetype == "text/plain"
    assert "Contact: mailto:security@reporter.test\n" in answer.text
    assert "Expires: 2027-05-01T00:00:00Z\n" in answer.text
    house.set_day(date(2027, 10, 30))
    assert "Expires: 2027-11-02T00:00:00Z\n" in house.client().get("/.well-known/security.txt").text


def test_without_a_contact_there_is_no_security_txt(house: House):
    """RFC 9116 needs one, and a door's own form is none: its address is neither mailto nor https."""
    silent = create_app(replace(house.settings, contact=""))
    assert silent.test_client().get("/.well-known/security.txt", headers={"Host": HOST}).status_code == 404


def test_the_stages_of_a_case_are_told(house: House):
    shown = text_of(house.client("en").get("/how"))
    assert "We are studying the case." in shown
    assert "An entry has been published." in shown


@pytest.mark.parametrize("language", ["fr", "en"])
def test_errors_in_the_language_of_the_page(house: House, language):
    page = house.client(language).get("/nowhere")
    assert page.status_code == 404
    assert_accessible(page, language)
    assert ("There is no such page" in page.text) == (language == "en")
    assert house.client(language).get("/nowhere", headers={"Host": "other.test"}).status_code == 421
    assert house.client(language).get("/", headers={"X-Tor2web": "1"}).status_code == 403
    assert house.client(language).get("/report/confirm").status_code == 405
    cross = house.client(language).post("/replies", {"codename": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403


def test_the_trial_banner(house: House):
    assert "Essai :" in house.client().get("/").text


def test_methods(house: House):
    client = house.client()
    head = client.http.head("/report", base_url=f"https://{HOST}")
    assert (head.status_code, head.data) == (200, b"")
    options = client.http.options("/report", base_url=f"https://{HOST}")
    assert {"GET", "POST"} <= set(options.headers["Allow"].split(", "))
    assert client.post("/report/review", {"story": STORY}, content_type="multipart/form-data").status_code == 415


def test_return_day_is_a_monday_a_week_away():
    for day in range(2, 16):
        back = return_day(date(2026, 11, day))
        assert back.weekday() == 0
        assert 7 <= (back - date(2026, 11, day)).days <= 13


# -- starting ---------------------------------------------------------------------------------------------------------


def test_refuses_to_start_without_its_catalogue(house: House, tmp_path, monkeypatch):
    monkeypatch.setattr(languages, "CATALOGUES", tmp_path)
    with pytest.raises(UserError, match="not compiled"):
        create_app(house.settings)


@pytest.mark.parametrize("content", ["", "zz" * 32, "00" * 31])
def test_refuses_to_start_with_a_damaged_attempt_key(house: House, content):
    house.settings.path("attempt.key").write_text(content)
    with pytest.raises(UserError, match="damaged"):
        create_app(house.settings)


def test_refuses_to_start_with_a_loose_attempt_key(house: House):
    house.settings.path("attempt.key").chmod(0o640)
    with pytest.raises(UserError, match="Others can read"):
        create_app(house.settings)


def test_refuses_to_start_with_an_unsigned_manifest(house: House):
    path = house.settings.path("manifest")
    path.write_bytes(path.read_bytes().replace(b"members", b"Members"))
    with pytest.raises((TrustError, FormatError)):
        create_app(house.settings)


def test_refuses_to_start_with_a_manifest_rolled_back(house: House):
    house.set_manifest(version=3, previous="ab" * 32)
    assert house.app
    house.set_manifest()
    with pytest.raises(TrustError):
        create_app(house.settings)


# -- the catalogue ----------------------------------------------------------------------------------------------------


def extracted() -> set[object]:
    with (APP / "translations" / "babel.cfg").open() as stream:
        methods, options = parse_mapping_cfg(stream)
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    return {found[2] for found in extract_from_dir(APP, methods, options, keywords=keywords)}


def test_every_text_is_translated_and_no_translation_is_left_over():
    with (APP / "translations" / "en" / "LC_MESSAGES" / "sourdine.po").open("rb") as stream:
        catalogue = read_po(stream, locale="en")
    messages = [message for message in catalogue if message.id]
    assert len(messages) > 150
    assert {message.id for message in messages} == extracted()
    for message in messages:
        assert all(message.string) if isinstance(message.string, tuple) else message.string
        assert not list(message.check())
        assert not message.fuzzy


def test_contrast_of_the_style_sheet():
    """Text colours on white, and white on the button: 4.5 to 1 at least."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    style = (APP / "reporter" / "templates" / "style.css").read_text()
    colours = {found * (6 // len(found)) for found in re.findall(r"(?<!-)color:#([0-9a-f]{3,6})", style)}
    assert len(colours) > 3
    for colour in colours - {"ffffff"}:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_procedure_is_the_table_of_the_desk(house: House, lang: str):
    page = unescape(house.client().get(f"/{lang}/how").text)
    for step in steps(("fr", "en").index(lang)):
        assert f"<dt><strong>{step.name}</strong></dt>" in page
        assert step.reads in page
        assert f"{step.deadline}." in page
