"""Every page of the register: valid, small, in both languages, leading somewhere, readable by anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes
from werkzeug.test import TestResponse

from app.domain import taxonomy
from app.domain.collective import CASES_MIN, TOO_SMALL, WINDOW_MONTHS
from app.domain.cooperative_id import cooperative_id
from app.domain.deadlines import LEGAL_REPLY_DAYS, REVIEW_MONTHS, WITHDRAW_DAYS
from app.domain.durations import DURATIONS
from app.domain.duties import ANSWER_MONTHS, MORE_MONTHS
from app.domain.entry import FINDING_MAX, NAME_MONTHS, REPLY_LINES, Entry
from app.domain.gate import GROUP_MIN
from app.domain.guards import OPINION_DAYS, REPLY_DAYS, REPLY_EXTENSION
from app.domain.procedure import steps
from app.registry import asking, pages, rights, wording
from tests.fakes.issuer import forget_keys
from tests.fakes.register import filled
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import (
    COOPERATIVE,
    NAME,
    NAMED,
    ONION,
    OTHER_ID,
    PUBLISHER,
    REPORTERS,
    RICH,
    THIRD_ID,
    Page,
    Site,
    tombstone,
)

pytestmark = pytest.mark.slow

FOLDER = Path(pages.__file__).parent
SPLIT, MERGED, GONE = (f"REGC-2026-{letter * 16}" for letter in "DEF")
SIMPLE = ("/", "/policy", "/reply", "/legal", "/rights", "/verify", "/data")
HTML = (
    *SIMPLE,
    "/search",
    "/search?q=trois&country=FR&from=2024",
    "/search?country=XX&from=1",
    f"/entry/{REGC_ID}",
    f"/entry/{THIRD_ID}",
    f"/entry/{SPLIT}",
    f"/entry/{GONE}",
    f"/cooperative/{COOPERATIVE}",
    "/nothing",
)
LIMIT = 30 * 1024
# Where links may lead: this site, a reference of the sample, the law, and the two onions.
KNOWN = (
    "/",
    "#",
    "https://example.org/",
    "https://www.legifrance.gouv.fr/",
    f"http://{REPORTERS}/",
    f"http://{ONION}/",
)


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One of everything: rich, contested, with a name, split, merged, withdrawn."""
    made = Site(tmp_path_factory.mktemp("pages"), nominative=True, onion=ONION)
    extra = (raw_entry(regc_id=one) for one in (SPLIT, MERGED, GONE))
    made.load(RICH, raw_entry(regc_id=OTHER_ID, status="contested", cooperative__country="BE"), *extra)
    made.load(NAMED, name=NAME)
    made.load(
        tombstone(SPLIT, "replaced", replaced_by=(OTHER_ID, GONE)),
        tombstone(MERGED, "replaced", replaced_by=(OTHER_ID,)),
    )
    made.load(tombstone(GONE, "withdrawn"))
    yield made
    made.close()


@pytest.mark.parametrize("prefix", ["", "/fr", "/en"])
@pytest.mark.parametrize("path", HTML)
def test_every_page_is_valid_and_sound(site: Site, prefix: str, path: str) -> None:
    answer = site.get(prefix + path)
    assert answer.mimetype == "text/html"
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) < LIMIT
    page = Page.of(answer.data)
    check_structure(page, prefix.strip("/") or "fr")
    check_names(page)
    check_links(page)


def check_structure(page: Page, lang: str) -> None:
    """One h1 first, no level left out, landmarks, the language, a title."""
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False))
    assert page.root.attrib["lang"] == lang
    for landmark in ("header", "main", "footer"):
        assert len(list(page.all(landmark))) == 1
    body = next(page.all("body"))
    assert (body[0].attrib["class"], body[0].attrib["href"]) == ("skip", "#main")
    assert "".join(next(page.all("title")).itertext()).strip().endswith("– REGC")
    assert not list(page.all("script", "iframe", "object", "embed", "img"))
    assert not page.values("style")
    assert not [name for element in page.root.iter() for name in element.attrib if name.startswith("on")]


def check_names(page: Page) -> None:
    """Ids once, each field with its label, each description there, each navigation with a name."""
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    labels = [label.attrib["for"] for label in page.all("label")]
    assert [field.attrib["id"] for field in page.all("input", "select", "textarea")] == labels
    for reference in (*page.values("aria-describedby"), *page.values("aria-labelledby")):
        assert set(reference.split()) <= set(ids)
    assert all("aria-label" in nav.attrib for nav in page.all("nav"))
    assert all("".join(link.itertext()).strip() for link in page.all("a", "button", "h1", "h2", "h3"))


def check_links(page: Page) -> None:
    """Nothing is fetched from elsewhere, and what leads out says nothing of where one comes from."""
    for link in page.links:
        assert link.startswith((*KNOWN, "data:,"))
        assert not link.startswith("//")
    for out in (link for link in page.all("a") if "://" in link.attrib["href"]):
        assert {"noopener", "noreferrer"} <= set(out.attrib["rel"].split())
    fetched = [link.attrib["href"] for link in page.all("link") if link.attrib["rel"] in {"icon", "stylesheet"}]
    assert fetched == ["data:,"]


def promised(path: str) -> int:
    """The status that a link of ours may have: what ended is gone, what was judged one goes on, all else is there."""
    if path.endswith(GONE):
        return 410
    return 301 if path.endswith(MERGED) else 200


def crawl(site: Site, start: str) -> dict[str, TestResponse]:
    """Every address that a link leads to, from one page on; fragments must exist where they lead."""
    seen: dict[str, TestResponse] = {}
    waiting, fragments = [start], set()
    while waiting:
        path, _, fragment = waiting.pop().partition("#")
        if fragment:
            fragments.add((path, fragment))
        if path in seen:
            continue
        answer = seen[path] = site.get(path)
        assert answer.status_code == promised(path), path
        if answer.status_code == 301:
            waiting.append(answer.headers["Location"])
        if answer.mimetype == "text/html" and answer.status_code == 200:
            waiting += [
                link if link.startswith("/") else path + link
                for link in Page.of(answer.data).links
                if link.startswith(("/", "#"))
            ]
        answer.close()
    for path, fragment in fragments:
        assert fragment in Page.of(seen[path].data).values("id"), f"{path}#{fragment}"
    return seen


@pytest.fixture(scope="module")
def crawled(site: Site) -> dict[str, TestResponse]:
    return crawl(site, "/") | crawl(site, f"/entry/{SPLIT}") | crawl(site, f"/entry/{MERGED}")


def test_every_link_leads_where_it_promises(crawled: dict[str, TestResponse]) -> None:
    assert len(crawled) > 55
    assert "/log/desk.example/proof/inclusion?leaf=0" in crawled
    assert {f"/entry/{GONE}", f"/en/entry/{REGC_ID}", f"/cooperative/{COOPERATIVE}"} <= set(crawled)


def test_no_page_is_an_orphan(site: Site, crawled: dict[str, TestResponse]) -> None:
    reached = {path.partition("?")[0].rstrip("/") or "/" for path in crawled}
    rules = [rule for rule in site.client.application.url_map.iter_rules() if not rule.arguments]
    ours = {rule.rule.rstrip("/") or "/" for rule in rules if rule.endpoint.startswith(("pages.", "pages_en."))}
    assert ours <= reached
    for regc_id in (REGC_ID, OTHER_ID, THIRD_ID):
        assert {f"/entry/{regc_id}", f"/en/entry/{regc_id}", f"/fr/entry/{regc_id}"} <= reached


def test_nothing_crawled_sets_a_cookie(crawled: dict[str, TestResponse]) -> None:
    assert not [path for path, answer in crawled.items() if "Set-Cookie" in answer.headers]


def test_the_other_language_keeps_the_question(site: Site) -> None:
    assert 'href="/fr/search?q=abc&amp;country=FR"' in site.get("/en/search?q=abc&country=FR").get_data(as_text=True)
    assert 'href="/en/?"' not in site.get("/fr").get_data(as_text=True)


def sentences() -> Iterator[tuple[str, str]]:
    """Every pair of the templates, as `t(French, English)` stands there."""
    environment = pages_environment()
    for path in sorted((FOLDER / "templates").iterdir()):
        for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                pair = [argument.value for argument in call.args if isinstance(argument, nodes.Const)]
                assert len(pair) == len(call.args) == 2, f"{path.name}: {pair}"
                yield pair[0], pair[1]


def pages_environment():  # type: ignore[no-untyped-def]
    from jinja2 import Environment

    return Environment(autoescape=True)


def test_no_sentence_is_missing_in_a_language() -> None:
    found = list(sentences())
    assert len(found) > 200
    assert all(text.strip() for pair in found for text in pair)
    # Both languages end alike: a sentence that was begun in one and ended in the other shows here.
    ends = (":", "?", ",")
    for french, english in found:
        assert french.rstrip().endswith(ends) == english.rstrip().endswith(ends), french


def test_templates_hold_no_word_outside_a_pair() -> None:
    """Text beside the tags, without markup: only signs, numbers, and names that no language changes."""
    names = {"REGC", "atom", "checkpoint", "entries", "json", "feed", "sourdine", "registry", "verify", "root", "log"}
    for path in sorted((FOLDER / "templates").iterdir()):
        tree = pages_environment().parse(path.read_text(encoding="utf-8"))
        data = " ".join(node.data for node in tree.find_all(nodes.TemplateData))
        plain = re.sub(r"<[^>]*>|&[a-z]+;", " ", re.sub(r"<[^<>]*$|^[^<>]*>", " ", data))
        words = set(re.findall(r"[^\W\d_]{2,}", re.sub(r'\w[\w-]*="[^"]*"?', " ", plain)))
        assert words <= names | {"xml", "version", "encoding", "utf"} | tags(data), (path.name, words - names)


def tags(data: str) -> set[str]:
    """Names that stand in markup that the tags of the template cut in two."""
    return set(re.findall(r"[a-z]{2,}", " ".join(re.findall(r'<[^>]*|[a-z-]+="[^"]*|"[^>"]*>', data))))


TABLES = (
    wording.STATUS,
    wording.ENDED,
    wording.CORRECTION,
    wording.STEPS,
    wording.RANGES,
    wording.REFERENCES,
    wording.BASES,
    wording.FIELDS,
    taxonomy.SEVERITIES,
    taxonomy.GRADES,
    taxonomy.EVIDENCE,
    taxonomy.ICA,
    taxonomy.TOPICS,
)


@pytest.mark.parametrize("path", HTML)
def test_no_sentence_of_the_other_language_is_on_a_page(site: Site, path: str) -> None:
    pairs = [*sentences(), *(pair for table in TABLES for pair in table.values()), *dict(pages.EXPORTS).values()]
    pairs += [pair for one in rights.RIGHTS for pair in (one.title, one.text, one.source)]
    pairs = [
        (french, english) for french, english in pairs if min(len(french), len(english)) >= 12 and french != english
    ]
    french_page, english_page = (site.text(base + path) for base in ("", "/en"))
    assert not [french for french, _ in pairs if french in english_page]
    assert not [english for _, english in pairs if english in french_page]


def test_policy_says_every_duration_of_the_running_programs(site: Site) -> None:
    page = site.text("/policy")
    for severity, months in enumerate(DURATIONS.by_severity, start=1):
        assert f"gravité {severity} ({taxonomy.SEVERITIES[severity][0]}) : {months} mois" in page
    for text in (
        f"après correction : {DURATIONS.corrected} mois",
        f"renouvellements compris : {DURATIONS.ceiling} mois",
        f"s'il y en a un : {NAME_MONTHS} mois au plus",
        f"revue tous les {REVIEW_MONTHS} mois",
        f"{REPLY_DAYS} jours pour répondre, plus {REPLY_EXTENSION}",
        f"{FINDING_MAX} caractères et {REPLY_LINES} lignes",
        f"insérée dans les {LEGAL_REPLY_DAYS * 24} heures",
        f"en {WITHDRAW_DAYS * 24} heures au plus",
        f"au moins {GROUP_MIN} personnes",
        f"a {OPINION_DAYS} jours",
        f"sous {ANSWER_MONTHS} mois, ou {ANSWER_MONTHS + MORE_MONTHS}",
        f"à partir de {CASES_MIN} cas indépendants",
        f"sur {WINDOW_MONTHS} mois",
        f"Jamais dans une coopérative de {taxonomy.MEMBERS[TOO_SMALL][0]}",
    ):
        assert text in page, text


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_policy_shows_the_procedure_of_the_desk(site: Site, lang: str) -> None:
    page = site.text(f"/{lang}/policy")
    for step in steps(("fr", "en").index(lang)):
        assert f"<dt><strong>{step.name}</strong></dt>\n<dd>{step.deadline}." in page


def test_who_publishes_is_one_link_away_from_each_page(site: Site) -> None:
    legal = site.text("/legal")
    for text in (PUBLISHER.name, PUBLISHER.director, PUBLISHER.host, PUBLISHER.address):
        assert text in legal
    for path in HTML:
        page = site.text(path)
        assert 'href="/legal"' in page
        assert f"{PUBLISHER.name}, {PUBLISHER.address}" in page
        assert 'href="/reply"' in page


def test_every_right_names_its_statute_and_the_month_of_the_check(site: Site) -> None:
    page = site.text("/rights")
    assert len(rights.RIGHTS) >= 5
    for one in rights.RIGHTS:
        assert one.title[0] in page
        assert re.search(r"art\. \d", one.source[0])
        assert one.source[0] in page
        assert one.url.startswith("https://www.legifrance.gouv.fr/")
    assert page.count("Texte vérifié en novembre 2026") == len(rights.RIGHTS)
    assert "un dixième au moins des membres" in page


def test_root_keys_and_heads_are_told(site: Site) -> None:
    page = site.text("/verify")
    assert site.settings.issuers[0].root in page
    assert 'href="/log/desk.example/checkpoint"' in page
    assert 'sourdine registry verify entries.json <span class="whole">--root CLÉ</span>' in page


def test_a_register_without_issuers_says_so(tmp_path: Path) -> None:
    empty = Site(tmp_path, issuers=(), reporter_onion="")
    for path, says in (
        ("/", "Il n'y a encore aucun constat."),
        ("/verify", "Ce registre n'a encore aucun émetteur."),
        ("/verify", "Le journal est encore vide."),
        ("/data", "Aucun changement pour l'instant."),
        ("/search", "Aucun constat ne correspond."),
    ):
        assert says in empty.text(path)
        Page.of(empty.get(path).data)
    assert "/log/checkpoint" not in crawl(empty, "/")
    empty.close()


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    full = colour if len(colour) == 6 else "".join(letter * 2 for letter in colour)
    parts = [int(full[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TEXTS = ("ink paper", "accent paper", "on-accent accent", "ink soft", "accent soft", "ink trial", "alarm paper")


def test_contrast_of_the_tokens() -> None:
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    tokens = dict(re.findall(r"--([a-z-]+):#([0-9a-f]{3,6})", style))
    assert not re.findall(r"#[0-9a-f]{3,6}\b", style[style.index("}") :])  # every colour is a token

    def contrast(one: str, other: str) -> float:
        least, most = sorted((luminance(tokens[one]), luminance(tokens[other])))
        return (most + 0.05) / (least + 0.05)

    for pair in TEXTS:
        assert contrast(*pair.split()) >= 4.5, pair
    for pair in ("edge paper", "focus paper", "focus soft", "accent paper"):
        assert contrast(*pair.split()) >= 3, pair
    used = set(re.findall(r"var\(--([a-z-]+)\)", style))
    assert used == set(tokens)


def test_options_of_the_form_are_those_of_the_domain() -> None:
    assert [key for key, _ in asking.OPTIONS["category"]] == list(taxonomy.CATEGORIES)
    assert [key for key, _ in asking.OPTIONS["principle"]] == [*taxonomy.FOUNDING, *map(str, taxonomy.ICA)]


def test_entries_of_every_kind_have_sound_pages(tmp_path: Path) -> None:
    """Forty plausible entries, no two alike, and the pages of their cooperatives."""
    made = Site(tmp_path)
    for regc_id in filled(made.store, made.issuer, 40):
        stored = made.store.find(regc_id)
        assert stored
        assert isinstance(stored.record, Entry)
        for path in (f"/entry/{regc_id}", f"/cooperative/{cooperative_id(stored.record.cooperative)}"):
            for prefix in ("", "/en"):
                answer = made.get(prefix + path)
                assert answer.status_code == 200, path
                page = Page.of(answer.data)
                check_structure(page, prefix.strip("/") or "fr")
                check_names(page)
                assert "None" not in answer.get_data(as_text=True)
    made.close()


def test_a_full_entry_is_still_one_page(site: Site) -> None:
    line = {"month": "2026-12", "status": "under_way", "note": "é" * 300}
    seen = {"month": "2026-12", "text": "é" * 600}
    whole = raw_entry(
        regc_id="REGC-2026-GGGGGGGGGGGGGGGG",
        finding__text="é" * 600,
        remediation=[line] * 20,
        adversarial__observations=[seen] * 3,
    )
    site.load(whole)
    answer = site.get("/entry/REGC-2026-GGGGGGGGGGGGGGGG")
    Page.of(answer.data)
    assert len(answer.data) < LIMIT
