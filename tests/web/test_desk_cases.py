"""A case on the desk's page: read, set, move, decide by two, answer, draft the entry."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from app.desk.cases.decisions import move_case
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.replies.blocks import empty_form
from app.desk.replies.phrases import TEMPLATES
from app.domain.facts import State
from tests.unit.desk.house import CLOSING_TEXT, STORY, House, Reporter, open_house
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_entries import draft, establish, verified
from tests.web.desk_pages import unlocked
from tests.web.desk_visit import Browser, words

HOSTILE = f'{STORY} <script>alert(1)</script> <a href="http://evil.example">ici</a> \u202edroite http://lien.example'


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def alize(house: House) -> Iterator[Browser]:
    with unlocked(house) as browser:
        yield browser


def new(house: House, **options: object) -> str:
    return house.new_case(**{"reporter": Reporter.new()} | options)


def test_what_a_reporter_wrote_is_text_and_nothing_else(house: House, alize: Browser) -> None:
    fields = {"topic": "3", "cooperative": "<b>Tilleuls</b> \u202e"}
    case_id = new(house, story=HOSTILE, fields=fields, files=[("é <b>\u202egpj.exe", b"%PDF" * 9)])
    page = alize.get(f"/cases/{case_id}").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "<b>" not in page
    assert "évil.example" not in re.findall(r'href="([^"]*)"', page)
    assert all(href.startswith(("/", "#", "data:,")) for href in re.findall(r'(?:href|src)="([^"]*)"', page))
    assert "\u202e" not in page
    assert "⟦U+202E⟧droite" in page
    assert "é &lt;b&gt;⟦U+202E⟧gpj.exe" in page
    listed = alize.get("/cases").text
    assert "&lt;b&gt;Tilleuls&lt;/b&gt; ⟦U+202E⟧" in listed


def test_reading_counts_as_opening(house: House, alize: Browser) -> None:
    case_id = new(house)
    assert "Ouvrez d'abord le signalement" in words(alize.get(f"/cases/{case_id}/move").text).replace("&#39;", "'")
    assert "« Votre signalement est arrivé. »" in alize.get(f"/cases/{case_id}").text
    assert "dossier lu" in alize.get(f"/cases/{case_id}/history").text


def test_facts_are_set_and_only_what_changed(house: House, alize: Browser) -> None:
    case_id = new(house)
    path = f"/cases/{case_id}/facts"
    unchanged = {"category": "", "hold": "no", "conflict": ""}
    assert "Rien n&#39;a été changé." in alize.done(path, **unchanged)
    told = alize.done(path, **unchanged | {"category": "GOV", "severity": "3", "conflict": "none"})
    assert "Noté : 3." in told
    page = alize.get(path).text
    assert '<option value="GOV" selected>' in page
    assert '<option value="3" selected>' in page
    assert 'value="none"' in page


def test_a_value_that_is_refused_comes_back_with_the_others(house: House, alize: Browser) -> None:
    case_id = new(house)
    page = alize.refused(f"/cases/{case_id}/facts", group_size="beaucoup", cooperative="Les Tilleuls").text
    assert "Le nombre de personnes est un nombre entier." in page
    assert 'value="beaucoup"' in page
    assert 'value="Les Tilleuls"' in page
    # Kept for later, for this case alone, and until it is sent.
    assert 'value="Les Tilleuls"' in alize.get(f"/cases/{case_id}/facts").text
    assert 'value="Les Tilleuls"' not in alize.get(f"/cases/{new(house)}/facts").text
    alize.done(f"/cases/{case_id}/facts", group_size="40")
    assert 'value="Les Tilleuls"' not in alize.get(f"/cases/{case_id}/facts").text


def test_a_lower_severity_waits_for_another_college(house: House, alize: Browser) -> None:
    case_id = new(house)
    alize.done(f"/cases/{case_id}/facts", category="HAR", severity="4")
    alize.refused(f"/cases/{case_id}/facts", severity="2")
    assert "se décide à deux" in alize.done(f"/cases/{case_id}/facts", severity="2", reason="moins grave")
    page = words(alize.get(f"/cases/{case_id}/move").text)
    assert "Une signature attend" in page
    assert "moins grave" in page
    assert "alize (members)" in page
    alize.post("/lock")
    alize.unlock("cypres")
    assert "Noté : 1." in alize.done(f"/cases/{case_id}/facts", severity="2", reason="d'accord")


def test_moves_say_what_is_missing_and_need_a_reason(house: House, alize: Browser) -> None:
    case_id = new(house)
    alize.get(f"/cases/{case_id}")
    path = f"/cases/{case_id}/move"
    assert "Envoyez d&#39;abord l&#39;accusé de réception." in alize.get(path).text
    assert "<textarea" not in alize.get(path).text
    page = alize.refused(path, to="acknowledged", reason="lu").text
    assert "une condition manque" in page
    alize.done(f"/cases/{case_id}/reply/confirm", template="acknowledgement")
    page = alize.refused(path, to="acknowledged", reason="  ").text
    assert '<a href="#reason-acknowledged">La raison manque.</a>' in page
    assert "Le dossier est maintenant à l&#39;étape : accusé de réception." in alize.done(
        path, to="acknowledged", reason="lu en entier"
    )
    assert "lu en entier" in alize.get(f"/cases/{case_id}/history").text
    assert "Cette étape ne suit pas" in alize.refused(path, to="published", reason="x").text.replace("&#39;", "'")


def test_two_colleges_decide_on_the_page(house: House, alize: Browser) -> None:
    case_id = assessed(house)
    path = f"/cases/{case_id}/move"
    assert "Deux collèges signent" in alize.get(path).text
    assert "attend celle d&#39;un autre collège" in alize.done(path, to="verified", reason="pièces concordantes")
    assert "Vous avez déjà signé" in alize.refused(path, to="verified", reason="encore").text
    assert "Une décision attend" in alize.get(f"/cases/{case_id}").text
    assert "une signature attend" in alize.get("/cases").text
    alize.post("/lock")
    alize.unlock("cypres")
    waiting = words(alize.get(path).text)
    assert "pièces concordantes" in waiting
    assert "alize (members), 2026-11-02" in waiting
    assert "à l&#39;étape : vérifié" in alize.done(path, to="verified", reason="je confirme")


def test_an_end_offers_nothing(house: House, alize: Browser) -> None:
    case_id = new(house)
    show_case(house.desk(), case_id)
    alize.done(f"/cases/{case_id}/reply/confirm", template="acknowledgement")
    values = {"category": "GOV", "severity": "2", "conflict": "none"}
    form = "\n\n".join(f"# {name}\nTrois mots au moins." for name in ("Décision", "Pourquoi", "La suite", "Contester"))
    page = alize.done("/spam", **{f"case-{case_id}": "yes"}, reason="publicité", text=form, **values)
    assert "Clos : 1. Restés ouverts : 0." in page
    assert "Cette étape est une fin" in alize.get(f"/cases/{case_id}/move").text
    alize.refused("/spam", reason="", text=form)


def test_a_reply_is_read_again_before_it_is_sealed(house: House, alize: Browser) -> None:
    case_id = new(house)
    path = f"/cases/{case_id}/reply"
    assert "La réponse est vide." in alize.refused(path, text=" ", kind="reply").text
    assert alize.post(path, text="Nous vous lisons.", kind="acknowledgement").location == f"{path}/confirm"
    page = words(alize.get(f"{path}/confirm").text)
    assert "Nous vous lisons." in page
    assert "pas encore lu" in page
    alize.get(f"/cases/{case_id}")
    assert "Le conseil a décidé seul" in alize.get(f"{path}/confirm").text
    assert "accusé de réception n° 1" in alize.done(f"{path}/confirm", text="Nous vous lisons.", kind="acknowledgement")
    assert alize.get(f"{path}/confirm").location == path
    assert ">\nNous vous lisons.</textarea>" not in alize.get(path).text
    assert "n° 1, alize" in alize.get(path).text
    alize.refused(f"{path}/confirm", text="x", kind="unknown")


def test_a_draft_is_kept_for_its_case(house: House, alize: Browser) -> None:
    case_id, other = new(house), new(house)
    assert "Brouillon gardé" in alize.done(f"/cases/{case_id}/reply", text="À finir.", keep="yes")
    assert "À finir." in alize.get(f"/cases/{case_id}/reply").text
    assert "À finir." not in alize.get(f"/cases/{other}/reply").text
    assert house.search("À finir.") == []


def test_a_template_asks_for_its_blocks(house: House, alize: Browser) -> None:
    case_id = assessed(house)
    path = f"/cases/{case_id}/reply"
    page = alize.get(f"{path}?template=question").text
    assert 'name="block-text"' in page
    alize.refused(path, template="question", **{"block-text": ""})
    typed = {"template": "question", "language": "fr", "block-text": "Avez-vous le procès-verbal de mars ?"}
    assert alize.post(path, **typed).location == f"{path}/confirm"
    page = alize.get(f"{path}/confirm").text
    assert "Avez-vous le procès-verbal de mars ?" in page
    assert "semaine" in page
    assert "question n°" in alize.done(f"{path}/confirm", **typed)


def test_words_of_another_case_ask_for_a_plain_yes(house: House, alize: Browser) -> None:
    other, case_id = new(house), new(house)
    with house.store.reading() as tx:
        label = house.desk().case(tx, other).record.label
    path = f"/cases/{case_id}/reply/confirm"
    text = f"Nous parlons de {label}."
    page = alize.refused(path, text=text, kind="reply").text
    assert "Ce texte nomme un autre dossier" in page
    assert 'name="sure"' in page
    assert "Scellé" in alize.done(path, text=text, kind="reply", sure="yes")


def test_without_a_mailbox_nobody_is_answered(house: House, alize: Browser) -> None:
    case_id = house.new_case()
    assert "Pas de boîte" in alize.get(f"/cases/{case_id}/reply").text
    assert "Pas de boîte" in alize.get(f"/cases/{case_id}").text
    assert "sans boîte" in alize.refused(f"/cases/{case_id}/reply/confirm", text="Bonjour.", kind="reply").text


def test_an_entry_from_draft_to_signature(house: House, alize: Browser) -> None:
    case_id = verified(house, fields={"publish": "yes"})
    path = f"/cases/{case_id}/entry"
    page = alize.refused(path, draft='{"cooperative": ').text
    assert "Le brouillon n&#39;est pas du JSON." in page
    assert "{&#34;cooperative&#34;: " in page
    alize.refused(path, draft='{"body": 1, "body": 2}')
    assert "Brouillon gardé" in alize.done(path, draft=json.dumps(draft()))
    assert "Rien à corriger" in alize.get(path).text
    alize.refused(f"{path}/sign")
    move_case(house.desk(), case_id, "registry_proposed", "utile")
    letter = house.folder / f"lettre-{case_id}"
    alize.refused(f"{path}/notice", path="lettre")
    assert "recommandé" in alize.done(f"{path}/notice", path=str(letter))
    assert "déjà" in alize.refused(f"{path}/notice", path=str(letter)).text
    move_case(house.desk(), case_id, "right_of_reply", "avis envoyé")
    alize.refused(f"{path}/answer", answer="")
    assert "à côté du constat" in alize.done(f"{path}/answer", answer="Une assemblée sera convoquée.")
    seen = re.search(r'name="digest" value="([0-9a-f]{64})"', alize.get(path).text)
    assert "attend celle d&#39;un autre collège" in alize.done(f"{path}/sign", digest=seen[1])
    assert "alize (members)" in alize.get(path).text
    again = json.loads(
        re.search(r"<textarea id=\"draft\".*?>\n(.*?)</textarea>", alize.get(path).text, re.S)[1]
        .replace("&#34;", '"')
        .replace("&#39;", "'")
        .replace("&lt;", "<")
    )
    assert again["finding"]["category"] == "GOV"


def test_a_closing_reply_without_its_four_parts_is_refused_with_the_way_to_the_form(
    house: House, alize: Browser
) -> None:
    case_id = new(house)
    path = f"/cases/{case_id}/reply"
    assert "ne peut pas se fermer" in alize.refused(path, text=CLOSING_TEXT, kind="closing").text
    establish(house, case_id, state=State.UNFOUNDED)
    assert "prenez le modèle « clôture »" in alize.refused(path, text="Terminé.", kind="closing").text
    assert "prenez le modèle « clôture »" in alize.refused(f"{path}/confirm", text="Terminé.", kind="closing").text
    form = empty_form(TEMPLATES["closing"], "fr")
    assert "son aide y est encore" in alize.refused(path, text=form, kind="reply").text
    assert "deux questions au plus" in alize.refused(path, text="Quand ? Où ? Qui ?", kind="question").text
    assert "réponse de clôture n° 1" in alize.done(f"{path}/confirm", text=CLOSING_TEXT, kind="closing")


def test_what_somebody_else_set_meanwhile_is_not_undone(house: House, alize: Browser) -> None:
    """A legal hold that came while the form stood open stays, and two who change one fact are told."""
    case_id = house.new_case()
    page = alize.get(f"/cases/{case_id}/facts").text
    shown = dict(re.findall(r'name="(was_\w+)" value="([^"]*)"', page))
    fields = {name.removeprefix("was_"): value for name, value in shown.items()}
    set_values(house.desk("cypres"), case_id, ["hold=yes", "group_size=40"])
    assert alize.post(f"/cases/{case_id}/facts", **shown, **fields | {"category": "GOV"}).status_code == 303
    with house.store.reading() as tx:
        facts = house.desk().case(tx, case_id).facts
    assert (facts.category, facts.hold, facts.group_size) == ("GOV", True, 40)
    answer = alize.refused(f"/cases/{case_id}/facts", **shown, **fields | {"group_size": "12"})
    assert "a changé la même chose" in answer.text


def test_no_draft_holds_the_words_of_a_codename(alize: Browser) -> None:
    alize.refused("/paper/visit", codename="abaisser abandon abdiquer")
    assert all("codename" not in draft for draft in alize.session.drafts.values())
