"""The pages of the same harm: clusters, a judgement by two, a letter, a text for members; without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.desk.page.phrases import OTHER, in_french
from app.desk.page.wording import CAMPAIGN
from app.domain.facts import State
from tests.unit.desk.house import House, open_house
from tests.unit.desk.test_campaign import ONION, out
from tests.unit.desk.test_collective import both, several, told_of
from tests.unit.desk.test_merging import put
from tests.web.desk_pages import unlocked
from tests.web.desk_visit import Browser, words
from tests.web.test_desk_access import check


@pytest.fixture
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def alize(house: House) -> Iterator[Browser]:
    with unlocked(house) as browser:
        yield browser


def signed(browser: Browser, ids: list[str], **form: str) -> str:
    groups = {f"group-{one}": str(number) for number, one in enumerate(ids, 1)}
    values = {"members": "250-999", "reason": "trois plumes"} | groups | form
    return browser.done(f"/cases/{ids[0]}/same/judge", **values)


def test_nothing_to_see(house: House, alize: Browser) -> None:
    assert "Deux de vos dossiers ne racontent pas le même tort." in alize.get("/clusters").text
    page = alize.get(f"/cases/{house.new_case()}/same").text
    assert "Établissez d&#39;abord" in page or "Établissez d'abord" in page
    assert CAMPAIGN["entry"].replace("'", "&#39;") in page


def test_two_colleges_judge_at_the_page(house: House, alize: Browser) -> None:
    ids = several(house)
    page = words(alize.get("/clusters").text)
    assert "Les Tilleuls" in page
    assert "Problème systémique" not in page
    assert "Le même tort dans d'autres dossiers : 2" in words(alize.get(f"/cases/{ids[0]}").text)
    assert "attend celle d&#39;un autre collège" in signed(alize, ids)
    assert "Un jugement attend un autre collège" in words(alize.get("/clusters").text)
    with unlocked(house, "cypres") as cypres:
        form = cypres.get(f"/cases/{ids[0]}/same").text
        assert form.count('" selected>personne') == 3
        assert "trois plumes" in form
        assert "Personnes distinguées : 3." in signed(cypres, ids, reason="oui")
        page = words(cypres.get("/clusters").text)
    assert "Problème systémique" in page
    assert "3-4" in page
    assert words(alize.get("/cases").text).count("problème systémique") == 3
    assert "Problème systémique" in words(alize.get(f"/cases/{ids[1]}").text)
    refused = alize.refused(f"/cases/{ids[0]}/same/judge", members="", reason="x", **{f"group-{ids[0]}": "1"})
    assert "Choisissez la taille" in refused.text
    assert 'href="#judge-reason"' in refused.text
    told = alize.done(f"/cases/{ids[0]}/same/undo", reason="doute")
    assert "Le jugement est repris, dossiers : 3." in told
    with unlocked(house, "cypres") as cypres:
        signed(alize, ids)
        said = signed(cypres, ids, members="1000+")
        assert "worth nothing now" in said


def test_the_pages_are_whole(house: House, alize: Browser) -> None:
    ids = several(house)
    both(house, [ids[0]], [ids[1], ids[2]])
    signed(alize, ids)
    for path in ("/clusters", f"/cases/{ids[0]}", f"/cases/{ids[0]}/same"):
        check(alize.get(path).text, path)
    for act in ("judge", "undo", "amount", "letter", "campaign"):
        check(alize.refused(f"/cases/{ids[0]}/same/{act}", band="much").text, act)


def test_one_click_too_many_signs_once(house: House, alize: Browser) -> None:
    ids = several(house, 2)
    path = f"/cases/{ids[0]}/same/judge"
    name = alize.name_of(alize.get(f"/cases/{ids[0]}/same").text, path)
    form = {"members": "50-249", "reason": "deux", "once": name, f"group-{ids[0]}": "1", f"group-{ids[1]}": "2"}
    first, second = alize.post(path, **form), alize.post(path, **form)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location


def test_whoever_is_kept_out_sees_nothing_of_it(house: House) -> None:
    ids = [*several(house, 2), told_of(house, exclude=["brume"])]
    both(house, *([one] for one in ids))
    with unlocked(house, "brume") as brume:
        pages = [brume.get(path).text for path in ("/clusters", "/cases", f"/cases/{ids[0]}", f"/cases/{ids[0]}/same")]
        assert brume.get(f"/cases/{ids[2]}/same").status_code == 404
        assert brume.post(f"/cases/{ids[2]}/same/undo", reason="x").status_code == 404
    for page in pages:
        assert ids[2] not in page
        assert "ystémique" not in page
        assert "3-4" not in page
    assert "dans d'autres dossiers : 1" in words(pages[2])


def test_a_band_and_a_letter(house: House, alize: Browser) -> None:
    ids = several(house)
    both(house, *([one] for one in ids))
    path = f"/cases/{ids[0]}/same"
    assert "Cela reste sur ce bureau" in alize.done(f"{path}/amount", band="over-50k")
    assert "plus de 50 000 €" in alize.get("/clusters").text
    target = house.folder / "letter.html"
    form = {"body": "Union des membres", "kind": "approved", "path": str(target)}
    for one in ids:
        put(house, one, state=State.VERIFIED)
    assert "Toutes les personnes n&#39;ont pas accepté" in alize.refused(f"{path}/letter", **form).text
    for one in ids:
        put(house, one, consent_referral=True)
    assert "imprimez-la" in alize.done(f"{path}/letter", **form)
    assert "50 000" not in target.read_text(encoding="utf-8")
    assert (
        "un nom, sur une ligne" in alize.refused(f"{path}/letter", **form | {"body": "a@b.example", "path": "/x"}).text
    )
    assert alize.post(f"{path}/nothing").status_code == 404


def test_a_text_for_members(house: House, alize: Browser) -> None:
    case_id = out(house)
    page = alize.get(f"/cases/{case_id}/same").text
    assert "Les réglages de ce bureau ne nomment pas l&#39;adresse onion" in page
    target = house.folder / "text.txt"
    refused = alize.refused(f"/cases/{case_id}/same/campaign", path=str(target))
    assert "Le contrôle retient ce texte." in refused.text
    object.__setattr__(house.settings, "onion", ONION)
    with unlocked(house) as browser:
        assert "envoyé à personne" in browser.done(f"/cases/{case_id}/same/campaign", path=str(target))
    assert ONION in target.read_text(encoding="utf-8")


def test_what_services_refuse_is_said_in_french() -> None:
    for message in (
        "Two colleges judge first which cases are independent.",
        "Two colleges judged these cases so already.",
        "Nobody judged this case together with others.",
        "Nobody of another college may open all of these cases.",
        "Two of these cases are parts of one report: they have one author.",
        "These cases are not of one cooperative and one category.",
        "One of these cases was set aside: it supports nothing.",
        "Name at least one case.",
        "Each case stands in one group, and no group is empty.",
        "Establish the cooperative and the category of each case first.",
        "The size is one of <50.",
        "The amount is one of under-500, or nothing.",
        "Not every reporter agreed to a referral.",
        "Fewer than 3 independent and verified cases support this letter.",
        "A cooperative with fewer than 50 members gets no such letter.",
        "The kind of body is one of approved.",
        "The body repeats a reporter's own words (word 1).",
        "The name of the cooperative holds an address, a number or a date.",
        "The gate holds this text back.",
    ):
        assert in_french(message) != OTHER, message
