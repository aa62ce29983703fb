"""The public register: what a page shows, in which order, to whom, for how long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import app.reporter
from app.domain.entry import Entry, parse
from app.domain.succession import value_hash
from app.errors import UserError
from app.registry import create_app
from app.registry.entries import reason
from app.registry.history import history
from app.settings import Publisher
from app.stores.registry_values import Stored
from tests.fakes.issuer import forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import (
    COOPERATIVE,
    HOST,
    NAME,
    NAMED,
    ONION,
    OTHER_ID,
    PUBLISHER,
    REPORTERS,
    RICH,
    THIRD_ID,
    Site,
    tombstone,
)


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


@pytest.fixture
def naming(tmp_path: Path) -> Iterator[Site]:
    """A registry whose switch for names is on."""
    folder = tmp_path / "naming"
    folder.mkdir()
    made = Site(folder, nominative=True)
    made.load(NAMED, name=NAME)
    yield made
    made.close()


def test_entry_in_the_order_of_the_domain(site: Site) -> None:
    site.load(RICH)
    page = site.text(f"/entry/{REGC_ID}")
    order = (
        "Constat de l'OETC, pas une condamnation",
        "<h2>Le constat",
        "<h2>La réponse de la coopérative",
        "<h2>Références",
        "<h2>Durée",
        "<h2>Corriger ou répondre",
        ">Historique",
        "Vous avez vécu la même chose ?",
        "Vérifier cette entrée",
    )
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    for text in (
        "conseil d'administration, présidence, mandat 2022–2025",
        "1er semestre 2024 – 2025",
        "décembre 2027",
        "3 ou 4 cas indépendants",
        "Organisme habilité à agir : Association Test",
        "Rapport de révision 2024 (rapport)",
        f"/cooperative/{COOPERATIVE}",
        REGC_ID,
    ):
        assert text in page, text


def test_finding_reply_and_observation_have_one_size_and_no_markup_of_theirs(site: Site) -> None:
    site.load(RICH)
    raw = site.get(f"/entry/{REGC_ID}").get_data(as_text=True)
    assert raw.count('class="statement"') == 3
    assert "&lt;script&gt;" in raw
    assert "<script" not in raw
    assert "&lt;b&gt;fermement" in raw


def test_a_reference_leads_out_without_telling_from_where(site: Site) -> None:
    site.load(RICH)
    link = '<a href="https://example.org/loi" rel="noopener noreferrer nofollow">Loi 47-1775, art. 8</a> (texte de loi)'
    assert link in site.text(f"/entry/{REGC_ID}")


def test_entry_in_english(site: Site) -> None:
    site.load(RICH)
    page = site.text(f"/en/entry/{REGC_ID}")
    for text in (
        "not a conviction",
        "The reply of the cooperative",
        "first half of 2024",
        "December 2027",
        "Governance",
        "3 or 4 independent cases",
        "Remedy under way",
    ):
        assert text in page, text


def test_signers_and_leaf_can_be_checked(site: Site) -> None:
    site.load(raw_entry(regc_id=OTHER_ID), RICH)
    page = site.text(f"/entry/{REGC_ID}")
    assert "89AB CDEF 0123 4567" in page
    assert "7654 3210 FEDC BA98" in page
    assert 'href="/log/desk.example/proof/inclusion?leaf=1"' in page
    assert "feuille n° 1" in page
    assert 'href="/verify"' in page


def test_silence_and_a_refused_reply_are_said(site: Site) -> None:
    refused = raw_entry(regc_id=OTHER_ID, adversarial__reply_refused="Trop long.", finding__grade="B")
    site.load(raw_entry(cooperative__identifier=None, cooperative__sector="", body=None), refused)
    assert "a pas répondu" in site.text(f"/entry/{REGC_ID}")
    assert "Trop long." in site.text(f"/entry/{OTHER_ID}")


def corrected(**changes: Any) -> dict[str, Any]:
    """The second version of the sample: another text, told, with a remedy."""
    old = raw_entry()
    told = {"month": "2026-12", "field": "finding.text", "reason": "error", "note": "Une date était fausse."}
    return raw_entry(
        version=2,
        status="corrected",
        finding__text="Manquement constaté à une règle.",
        dates={"published": "2026-12", "reviewed": "2026-12", "renewed": "2026-12", "corrected": "2026-12"},
        corrections=[{**told, "before": value_hash(old["finding"]["text"])}],
        remediation=[{"month": "2026-12", "status": "done", "note": ""}],
        **changes,
    )


def test_history_tells_corrections_steps_and_versions(site: Site) -> None:
    site.load(raw_entry())
    site.load(corrected())
    page = site.text(f"/entry/{REGC_ID}")
    listed = page[page.index("Historique") :]
    for text in (
        "Correction : texte du constat (erreur de notre part)",
        "Une date était fausse.",
        "Mise en conformité faite",
        "Version 2 : corrigé",
        "Le constat est publié",
        "La coopérative est prévenue",
    ):
        assert text in listed, text
    assert listed.index("Version 2") < listed.index("est publié") < listed.index("est prévenue")
    assert "Manquement constaté à l'obligation" not in page
    assert "juin 2027" in page


def test_history_is_newest_first_and_a_tombstone_has_none() -> None:
    def stored(raw: dict[str, Any]) -> Stored:
        return Stored(1, parse(raw), "", "desk.example", (), 1, b"", 0, "2026-12")

    months = [event.month for event in history(stored(RICH))]
    assert months == sorted(months, reverse=True)
    assert len(months) == 7
    assert history(stored(tombstone(REGC_ID, "withdrawn"))) == ()


def ending(severity: int = 2, status: str = "published", **months: str) -> tuple[str, str]:
    dates = {"published": "2026-12", "reviewed": "", "renewed": "", "corrected": "", **months}
    entry = parse(raw_entry(finding__severity=severity, status=status, dates=dates))
    assert isinstance(entry, Entry)
    return reason(entry)


def test_the_reason_of_each_duration_is_told(site: Site) -> None:
    assert ending(1) == (
        "gravité 1, donc 12 mois après la publication",
        "severity 1, so 12 months after the publication",
    )
    assert ending(4)[0] == "gravité 4, donc 36 mois après la publication"
    assert ending(3, renewed="2027-06")[1] == "severity 3, so 24 months after the renewal"
    assert ending(4, renewed="2030-06")[0] == "60 mois en tout"
    assert ending(2, "corrected", corrected="2027-01")[1] == "6 months after the correction"
    assert ending(2, "corrected", corrected="2027-10")[0] == "gravité 2, donc 12 mois après la publication"
    site.load(raw_entry())
    assert '1er <time datetime="2027-12-01">décembre 2027</time> (gravité 2, donc 12 mois' in site.text(
        f"/entry/{REGC_ID}"
    )


@pytest.mark.parametrize(("day", "status"), [("2027-11-30", 200), ("2027-12-01", 410), ("2031-01-01", 410)])
def test_an_entry_ends_by_its_dates_alone(site: Site, day: str, status: int) -> None:
    site.load(raw_entry())
    site.day(day)
    answer = site.get(f"/entry/{REGC_ID}")
    assert answer.status_code == status
    assert ("Trois Rivières" in answer.get_data(as_text=True)) is (status == 200)
    for path in ("/", "/search", "/feed.atom"):
        assert ("Trois Rivières" in site.text(path)) is (status == 200), path


@pytest.mark.parametrize("status", ["withdrawn", "expired"])
def test_an_entry_taken_down_resolves_to_a_neutral_page(site: Site, status: str) -> None:
    site.load(raw_entry())
    site.load(tombstone(REGC_ID, status))
    answer = site.get(f"/entry/{REGC_ID}")
    assert answer.status_code == 410
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Trois" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("prefix", ["", "/fr", "/en"])
def test_a_merged_entry_leads_to_the_other(site: Site, prefix: str) -> None:
    site.load(raw_entry(), raw_entry(regc_id=OTHER_ID))
    site.load(tombstone(REGC_ID, "replaced", replaced_by=(OTHER_ID,)))
    answer = site.get(f"{prefix}/entry/{REGC_ID}")
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{'/en' if prefix == '/en' else ''}/entry/{OTHER_ID}"
    assert answer.headers["Cache-Control"] == "public, max-age=300"  # a judgement can be undone
    site.load(tombstone(OTHER_ID, "withdrawn"))
    assert site.get(answer.headers["Location"]).status_code == 410


def test_a_split_entry_names_its_parts(site: Site) -> None:
    site.load(raw_entry(), raw_entry(regc_id=OTHER_ID), raw_entry(regc_id=THIRD_ID))
    site.load(tombstone(REGC_ID, "replaced", replaced_by=(OTHER_ID, THIRD_ID)))
    answer = site.get(f"/entry/{REGC_ID}")
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    assert f'href="/entry/{OTHER_ID}"' in page
    assert f'href="/entry/{THIRD_ID}"' in page
    assert "Trois" not in page


@pytest.mark.parametrize("path", ["entry/REGC-2026-CCCCCCCCCCCCCCCC", "entry/x", "entry/REGC-2026-%27OR1=1", "nothing"])
def test_unknown_page(site: Site, path: str) -> None:
    answer = site.get(f"/en/{path}")
    assert answer.status_code == 404
    assert "There is no such page." in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_name_stands_with_its_basis_until_its_month(naming: Site) -> None:
    answer = naming.get(f"/entry/{THIRD_ID}")
    page = naming.text(f"/entry/{THIRD_ID}")
    for text in (NAME, "ECLI:FR:CCASS:2022:C100428", "vérifiée en novembre 2026", "disparaît le 1er juin 2027"):
        assert text in page, text
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex, noarchive">' in page
    naming.day("2027-06-01")
    gone = naming.get(f"/entry/{THIRD_ID}")
    assert gone.status_code == 200
    assert NAME not in gone.get_data(as_text=True)
    assert naming.get(f"/entry/{THIRD_ID}", **{"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_a_name_is_nowhere_else(naming: Site) -> None:
    paths = ("/", "/search", f"/search?q={NAME}", f"/cooperative/{COOPERATIVE}", "/feed.atom", "/en/feed.atom", "/data")
    for path in paths:
        found = naming.text(path).replace(f'value="{NAME}"', "")
        assert NAME not in found.replace("q=" + NAME, ""), path
    assert "Aucun constat ne correspond" in naming.text(f"/search?q={NAME}")


def test_policy_says_whether_names_are_on(site: Site, naming: Site) -> None:
    assert "l'interrupteur qui le permettrait est éteint" in site.text("/policy")
    assert "Ce registre peut publier un nom, dans un seul cas" in naming.text("/policy")


def test_the_same_harm_leads_to_the_reporters_without_a_trace(site: Site) -> None:
    site.load(RICH)
    for path in (f"/entry/{REGC_ID}", f"/cooperative/{COOPERATIVE}"):
        page = site.text(path)
        assert f'<a class="onion" href="http://{REPORTERS}/" rel="noopener noreferrer nofollow">{REPORTERS}</a>' in page
        assert "1. Les décisions, le pouvoir" in page
        assert "chez vous, sur votre propre appareil : jamais au travail" in page
    assert "1. Decisions, power" in site.text(f"/en/entry/{REGC_ID}")
    quiet = site.open(reporter_onion="")
    answer = quiet.get(f"/entry/{REGC_ID}", headers={"Host": HOST}).get_data(as_text=True)
    assert "vécu la même chose" not in answer
    assert REPORTERS not in answer


def test_accused_and_reporters_meet_on_no_link(site: Site) -> None:
    """DOMAIN S3.14: where a cooperative writes is on the register only, and that page knows no reporters' address."""
    for path in ("/", "/reply", "/legal", "/policy", "/rights", "/verify", "/data", "/search"):
        assert REPORTERS not in site.text(path), path
    templates = Path(app.reporter.__file__).parent / "templates"
    for page in templates.rglob("*.html"):
        assert not re.search(r'href="[^"]*/(?:entry|cooperative|reply|policy|search)\b', page.read_text("utf-8")), page


def test_hull_is_on(site: Site) -> None:
    assert site.client.get("/", headers={"Host": "elsewhere.test"}).status_code == 421
    assert site.client.post("/search", headers={"Host": HOST}).status_code == 405
    answer = site.get("/nothing")
    assert answer.status_code == 404
    for page in (answer, site.get("/")):
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "noindex" in site.get("/").headers["X-Robots-Tag"]


def test_the_ordinary_site_offers_the_onion(site: Site) -> None:
    site.load(raw_entry())
    client = site.open(onion=ONION)

    def told(path: str, host: str = HOST, **headers: str) -> str | None:
        return client.get(path, headers={"Host": host, **headers}).headers.get("Onion-Location")

    assert told("/en/search?q=%C3%A9t%C3%A9&country=FR") == f"http://{ONION}/en/search?q=%C3%A9t%C3%A9&country=FR"
    assert told(f"/entry/{REGC_ID}", host=HOST.upper()) == f"http://{ONION}/entry/{REGC_ID}"
    assert told("/unknown%0d%0aSet-Cookie:%20a=b") == f"http://{ONION}/unknown%0D%0ASet-Cookie:%20a=b"
    assert client.get("/", headers={"Host": ONION}).status_code == 200
    for host in (ONION, ONION.upper()):
        assert told("/", host=host) is None
    assert "Onion-Location" not in site.get("/").headers
    assert ONION in client.get("/legal", headers={"Host": HOST}).get_data(as_text=True)


def test_a_real_register_may_be_indexed(site: Site) -> None:
    client = site.open(trial=False)
    answer = client.get("/", headers={"Host": HOST})
    assert answer.headers["X-Robots-Tag"] == "all"
    assert "Essai :" not in answer.get_data(as_text=True)
    assert "Essai :" in site.text("/")
    assert "noindex" in client.get("/search?q=a", headers={"Host": HOST}).headers["X-Robots-Tag"]
    assert client.get("/search", headers={"Host": HOST}).headers["X-Robots-Tag"] == "all"


@pytest.mark.parametrize(
    "publisher",
    [None, *(replace(PUBLISHER, **{name: " "}) for name in ("name", "director", "host", "address"))],
)
def test_no_start_without_legal_notices(site: Site, publisher: Publisher | None) -> None:
    with pytest.raises(UserError, match="legal notices"):
        create_app(replace(site.settings, publisher=publisher))


def test_a_register_that_takes_no_names_any_more_shows_none(naming: Site) -> None:
    path = f"/entry/{NAMED['regc_id']}"
    assert NAME in naming.text(path)
    answer = naming.open(nominative=False).get(path, headers={"Host": HOST})
    assert answer.status_code == 200
    assert NAME not in answer.get_data(as_text=True)
    assert "ECLI:FR:CCASS:2022:C100428" not in answer.get_data(as_text=True)
