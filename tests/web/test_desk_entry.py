"""The entry page of a case: a name before the eyes of who signs, the legal reply, its refusal, the steps."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import pytest

from app.desk.cases.answers import answer_entry
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import draft_entry, sign_entry
from app.desk.cases.letters import make_notice
from app.desk.cases.steps import add_step
from tests.unit.desk.house import House, open_house
from tests.unit.desk.test_answers import LEGAL, PROOF, TEXT, unanswered
from tests.unit.desk.test_entries import facts, paper, verified
from tests.unit.desk.test_nominative import NAME, named
from tests.web.desk_pages import unlocked
from tests.web.desk_visit import Browser, words


@pytest.fixture
def house() -> Iterator[House]:
    with open_house() as made:
        made.settings = replace(made.settings, nominative=True)
        yield made


@pytest.fixture
def alize(house: House) -> Iterator[Browser]:
    with unlocked(house) as browser:
        yield browser


def draft_of(page: str) -> dict[str, object]:
    typed = re.search(r"<textarea id=\"draft\".*?>\n(.*?)</textarea>", page, re.DOTALL)
    assert typed
    read: dict[str, object] = json.loads(unescape(typed[1]))
    return read


def test_who_signs_reads_the_name_first(house: House, alize: Browser) -> None:
    case_id = verified(house, fields={"publish": "yes"})
    path = f"/cases/{case_id}/entry"
    alize.done(path, draft=json.dumps(named()))
    page = alize.get(path).text
    assert NAME in page.split('id="named"')[1].split("</p>")[0]
    body = draft_of(page)["body"]
    assert isinstance(body, dict)
    assert body["name"] == NAME
    assert "digest" not in body["nominative"]
    held = paper(house, case_id).name
    alize.done(path, draft=json.dumps(draft_of(page)))
    assert paper(house, case_id).name == held
    move_case(house.desk(), case_id, "registry_proposed", "utile")
    make_notice(house.desk(), case_id, house.folder / "letter")
    move_case(house.desk(), case_id, "right_of_reply", "avis envoyé")
    assert "attend celle d&#39;un autre collège" in alize.done(f"{path}/sign", digest=digest_of(alize, path))


def digest_of(browser: Browser, path: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', browser.get(path).text)
    assert found
    return found[1]


def test_who_signs_signs_what_the_page_showed(house: House) -> None:
    case_id = unanswered(house)
    path = f"/cases/{case_id}/entry"
    add_step(house.desk(), case_id, "done", "Une assemblée a été tenue.")
    with unlocked(house, "cypres") as cypres:
        read = digest_of(cypres, path)
        draft_entry(house.desk(), case_id, {"status": "withdrawn"})
        sign_entry(house.desk(), case_id)
        assert "relisez-la" in cypres.refused(f"{path}/sign", digest=read).text
        cypres.refused(f"{path}/sign")
        assert not paper(house, case_id).signed
        page = unescape(cypres.get(path).text).split('id="whole"')[1].split("</pre>")[0]
        assert '"status": "withdrawn"' in page
        cypres.done(f"{path}/sign", digest=digest_of(cypres, path))
    assert paper(house, case_id).signed


def test_the_whole_entry_stands_before_who_signs(house: House, alize: Browser) -> None:
    case_id = unanswered(house)
    answer_entry(house.desk(), case_id, TEXT, LEGAL)
    page = unescape(alize.get(f"/cases/{case_id}/entry").text)
    assert TEXT in page.split('id="whole"')[1].split("</pre>")[0]


def test_a_legal_reply_is_typed_with_its_proof_and_shows_its_timer(house: House, alize: Browser) -> None:
    case_id = unanswered(house)
    path = f"/cases/{case_id}/entry"
    assert 'id="legal"' not in alize.get(path).text
    assert "peut parler pour la coopérative" in alize.refused(f"{path}/answer", answer=TEXT).text
    wrong = alize.refused(f"{path}/answer", answer=TEXT, authority=PROOF, received="hier").text
    assert "2026-11-02" in wrong
    assert PROOF in unescape(wrong)
    assert "à côté du constat" in alize.done(f"{path}/answer", answer=TEXT, authority=PROOF, legal="yes")
    page = words(alize.get(path).text)
    assert "72 heures" in page
    assert PROOF in page
    assert "droit de réponse" in words(alize.get("/cases").text)


def test_an_answer_is_refused_with_a_reason(house: House, alize: Browser) -> None:
    case_id = unanswered(house)
    path = f"/cases/{case_id}/entry"
    alize.refused(f"{path}/refuse", refuse="")
    alize.done(f"{path}/refuse", refuse="Le signataire n'a montré aucun pouvoir.", authority="aucune pièce")
    assert facts(house, case_id).legal_reply_on is None
    assert "refusée" in words(alize.get(path).text)


def test_what_left_is_drafted_further_from_the_page(house: House, alize: Browser) -> None:
    case_id = unanswered(house)
    path = f"/cases/{case_id}/entry"
    raw = draft_of(alize.get(path).text)
    alize.done(path, draft=json.dumps(raw | {"status": "contested"}))
    assert (paper(house, case_id).record.version, paper(house, case_id).record.status) == (2, "contested")
    alize.done(path, draft='{"status": "withdrawn"}')
    assert draft_of(alize.get(path).text) == {"status": "withdrawn"}
    alize.done(path, draft=json.dumps(draft_of(alize.get(path).text)))


def test_a_step_is_added_to_what_left(house: House, alize: Browser) -> None:
    case_id = unanswered(house)
    path = f"/cases/{case_id}/entry"
    alize.refused(f"{path}/step", status="maybe")
    assert "version suivante" in alize.done(f"{path}/step", status="accepted", note="Une date est fixée.")
    assert '"status": "accepted"' in unescape(alize.get(path).text)
