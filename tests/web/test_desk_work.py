"""The work list, sticks, registers and the smaller pages of a case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desk.duties.persons import add_person
from app.desk.page import work
from tests.unit.desk.house import STORY, House, Reporter, open_house
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_merging import heard
from tests.web.desk_pages import entered, unlocked
from tests.web.desk_visit import Browser, words


@pytest.fixture
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def alize(house: House) -> Iterator[Browser]:
    with unlocked(house) as browser:
        yield browser


def new(house: House, **options: object) -> str:
    return house.new_case(**{"reporter": Reporter.new()} | options)


def test_unlocking_takes_up_what_waits_and_says_so(house: House) -> None:
    house.receive(house.seal(STORY, reporter=Reporter.new()), house.seal(STORY + " Encore."))
    with entered(house) as browser:
        answer = browser.post("/unlock", reviewer="alize", passphrase="")
        assert "Nouveaux dossiers : 2." in browser.follow(answer).text
        assert len(browser.cases()) == 2
        assert browser.get("/progress").location == "/cases"


def test_an_empty_list_says_so(alize: Browser) -> None:
    assert "Aucun dossier ne vous est ouvert." in alize.get("/cases").text
    alize.done("/cases/filter", state="closed")
    assert "Aucun dossier ne correspond." in alize.get("/cases").text


def test_overdue_is_said_in_words(house: House, alize: Browser) -> None:
    new(house)
    assert "dans 3 jours" in alize.get("/cases").text
    house.forward(5)
    page = words(alize.get("/cases").text)
    assert "⚠ 1 en retard" in page
    assert "en retard de 2 jours" in page
    assert "accuser réception" in page


def test_filters_and_search_stay_out_of_the_address(house: House, alize: Browser) -> None:
    one = new(house, story=STORY + " Une facture frauduleuse <b>.", fields={"cooperative": "Les Tilleuls"})
    two = assessed(house)
    for chosen, found in (
        ({"state": "assessment"}, [two]),
        ({"severity": "3"}, [two]),
        ({"severity": "x"}, [one, two]),
        ({"category": "GOV"}, [two]),
        ({"owner": "alize"}, [two]),
        ({"owner": "-"}, [one]),
        ({"cooperative": "tilleul"}, [one]),
        ({"query": "factures"}, [one]),
        ({"overdue": "yes"}, []),
        ({"all": "yes", "query": "x"}, [one, two]),
    ):
        assert alize.post("/cases/filter", **chosen).location == "/cases"
        assert sorted(alize.cases()) == sorted(found), chosen
    alize.post("/cases/filter", query="factures")
    page = alize.get("/cases").text
    assert "<mark>facture</mark> frauduleuse &lt;b&gt;" in page
    assert 'value="factures"' in page


def test_long_lists_come_in_pages(house: House, alize: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "ON_A_PAGE", 2)
    for _ in range(3):
        new(house)
    first = alize.get("/cases").text
    assert "/cases?page=2" in first
    assert "1 / 2" in first
    for page in ("2", "99"):
        assert "/cases?page=1" in alize.get(f"/cases?page={page}").text
    assert alize.get("/cases?page=x").text == first


def test_alarms_stand_on_top(house: House, alize: Browser) -> None:
    house.receive(house.seal(STORY, exclude=["alize"]))
    house.forward(4)
    page = words(alize.done("/take-up"))
    assert "1 enveloppe n&#39;a été ouverte par personne" in page


def test_acknowledging_what_nobody_read_shows_no_story(house: House, alize: Browser) -> None:
    new(house)
    new(house)
    told = alize.done("/acknowledge-unread")
    assert "Accusés de réception scellés : 2." in told
    assert "décidé seul" not in told


def test_a_pickup_is_imported_by_its_path(house: House, alize: Browser) -> None:
    assert "Écrivez le chemin entier" in alize.refused("/carry/import", path="pickup").text
    pickup = house.pickup([house.seal(STORY, reporter=Reporter.new()), house.seal(STORY, instance="other.example")])
    told = alize.done("/carry/import", path=str(pickup))
    assert "Enveloppes importées : 2, déjà là : 0" in told
    assert "Nouveaux dossiers : 1." in told
    assert "another instance" in told
    assert len(alize.cases()) == 1
    answer = alize.follow(alize.post("/carry/import", path=str(house.folder / "nothing")))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "Continuer" in answer.text


def test_an_outbox_is_written_once_for_each_number(house: House, alize: Browser) -> None:
    new(house)
    first, second = house.folder / "colis-1", house.folder / "colis-2"
    assert "Colis 1 écrit" in alize.done("/carry/outbox", path=str(first))
    page = alize.refused("/carry/outbox", path=str(first)).text
    assert "Ce fichier existe déjà" in page
    assert f'value="{first}"' in page
    assert "Colis 1 écrit" in alize.done("/carry/outbox", path=str(second), again="yes")
    assert first.read_bytes() == second.read_bytes()
    alize.refused("/carry/outbox", path=str(house.folder / "no" / "where"))


def test_an_export_needs_something_to_export(house: House, alize: Browser) -> None:
    page = alize.refused("/carry/export", path=str(house.folder / "export")).text
    assert "Aucune inscription publiée" in page
    alize.refused("/carry/export", path=str(house.folder / "export"), again="yes")


def test_a_published_entry_is_exported(house: House, alize: Browser) -> None:
    from tests.unit.desk.test_entries import published

    published(house)
    path = house.folder / "export"
    assert "Export 1 écrit" in alize.done("/carry/export", path=str(path))
    assert "écrit à nouveau" in alize.done("/carry/export", path=str(house.folder / "again"), again="yes")


def test_the_head_of_the_journal_and_its_faults(house: House, alize: Browser) -> None:
    new(house)
    page = alize.get("/journal").text
    assert "Le journal est entier" in page
    assert re.search(r"<code>(?:[0-9a-f]{8} ){7}[0-9a-f]{8}</code>", page)
    with house.database() as link:
        link.execute("UPDATE journal SET actor = 'brume' WHERE n = 2")
    assert "Le journal de ce bureau a été modifié." in alize.get("/journal").text
    assert "Le journal de ce bureau a été modifié." in words(alize.done("/take-up"))


def test_work_that_is_at_work_is_shown_and_stopped(house: House, alize: Browser) -> None:
    from threading import Event

    from app.desk.page.jobs import Job, Told

    go_on = Event()

    def slow(step) -> Told:
        for n in range(1000):
            step(n, 1000)
            go_on.wait(0.02)
        return Told("Fini.", "Done.")

    alize.session.job = Job(("Long", "Long"), slow, "/cases").start()
    assert alize.get("/cases").location == "/progress"
    page = alize.get("/progress").text
    assert '<meta http-equiv="refresh" content="2">' in page
    assert "sur 1000" in page
    job = alize.session.job
    assert alize.post("/lock").location == "/unlock"
    assert not job.running
    assert job.told is None


def test_people_of_a_case(house: House, alize: Browser) -> None:
    case_id = assessed(house)
    path = f"/cases/{case_id}/people"
    assert "Responsable" in alize.get(path).text
    assert "La raison manque." in alize.refused(f"{path}/hand-over", to="cypres", deputy="alize", reason="").text
    assert "Responsable : cypres." in alize.done(f"{path}/hand-over", to="cypres", deputy="alize", reason="absence")
    alize.refused(f"{path}/add", role="")
    told = alize.done(f"{path}/add", role="présidence & trésorerie")
    person = re.search(r"Personne notée : (\w+)", told)[1]
    assert "présidence &amp; trésorerie" in alize.get(path).text
    alize.refused(f"{path}/defer", person=person, reason="")
    assert "Information reportée" in alize.done(f"{path}/defer", person=person, reason="vérification en cours")
    alize.refused(f"{path}/inform", person=person, path="lettre")
    alize.done(f"{path}/inform", person=person, path=f"/dev/shm/{house.folder.name}-lettre")
    Path(f"/dev/shm/{house.folder.name}-lettre").unlink()
    assert "informée le" in alize.get(path).text
    assert alize.post(f"{path}/nothing").status_code == 404


def test_recommendations_of_a_case(house: House, alize: Browser) -> None:
    case_id = assessed(house)
    path = f"/cases/{case_id}/advice"
    typed = {"addressee": "Le conseil", "text": "Convoquer une assemblée.", "due": "bientôt"}
    page = alize.refused(f"{path}/recommend", **typed).text
    assert "AAAA-MM-JJ" in page
    assert "Convoquer une assemblée." in page
    told = alize.done(f"{path}/recommend", **typed | {"due": "2027-01-05"})
    one = re.search(r"Recommandation (\w+) notée", told)[1]
    assert "Suite notée." in alize.done(f"{path}/outcome", id=one, outcome="accepted", note="oui")
    assert "Vérification notée." in alize.done(f"{path}/check", id=one, result="convoquée")
    assert "acceptée" in alize.get(path).text
    assert "La lettre est dans" in alize.done(f"{path}/letter", id=one, path=str(house.folder / "avis"))
    assert "recommandation" in alize.get("/tasks").text


def test_cases_that_belong_together(house: House, alize: Browser) -> None:
    one, two = new(house), new(house)
    path = f"/cases/{two}/family"
    heard(house, two)
    alize.refused(f"{path}/merge", into=one, reason="")
    assert "se décide maintenant avec l&#39;autre" in alize.done(f"{path}/merge", into=one, reason="même sujet")
    assert two not in alize.cases()
    assert f"/cases/{two}" in alize.get(f"/cases/{one}/family").text
    assert "Cette étape est une fin" in alize.get(f"/cases/{two}/move").text
    assert "de nouveau seul" in alize.done(f"{path}/take-out", reason="non")
    told = alize.done(f"{path}/split", **{"message-1": "yes", "reason": "deux sujets", "message-x": "yes"})
    part = re.search(r"Nouveau dossier : (\w{12})", told)[1]
    assert "d'où il vient" in alize.get(f"/cases/{part}/reply").text
    assert "de nouveau réuni" in alize.done(f"/cases/{part}/family/rejoin", reason="un seul sujet")
    assert alize.get(f"/cases/{part}").status_code == 404


def test_registers_of_the_desk(house: House, alize: Browser) -> None:
    alize.refused("/registers/link", cooperative="")
    assert "Lien déclaré." in alize.done("/registers/link", cooperative="Les Tilleuls")
    alize.refused("/registers/end-link", reviewer="alize", cooperative="Les Tilleuls", reason="x y z")
    told = alize.done("/registers/request", requester="M. & Mme X", kind="access", day="")
    request = re.search(r"Demande (\w+) inscrite", told)[1]
    assert "M. &amp; Mme X" in alize.get("/registers").text
    alize.refused("/registers/answer", id=request, outcome="refused", ground="")
    assert "Réponse inscrite." in alize.done("/registers/answer", id=request, outcome="refused", ground="source")
    house.receive(house.seal(STORY, instance="other.example"))
    alize.done("/take-up")
    envelope = re.search(r'<option value="([0-9a-f]{32})"', alize.get("/registers").text)[1]
    assert "attend celle" in alize.done("/registers/discard", id=envelope, reason="autre instance")
    alize.post("/lock")
    alize.unlock("cypres")
    assert "Deux collèges ont signé" in alize.done("/registers/discard", id=envelope, reason="vu aussi")
    told = alize.done("/registers/end-link", reviewer="alize", cooperative="Les Tilleuls", reason="a quitté")
    assert "Ce lien est terminé." in told


def test_a_case_from_paper(alize: Browser) -> None:
    assert "Il n'y a plus rien ici." in alize.get("/paper/slip").text
    page = alize.refused("/paper", form="trop court", channel="paper").text
    assert "trop court" in page
    told = alize.done("/paper", form=f"cooperative: Les Tilleuls\n\n{STORY}", channel="visit", language="fr")
    assert "Détruisez la feuille" in told
    listed = re.findall(r"<li><strong>(\w+)</strong></li>", alize.get("/paper/slip").text)
    assert len(listed) == 8
    alize.refused("/paper/visit", codename="un deux", story="Encore un mot.")
    page = alize.get("/paper").text
    assert "Encore un mot." in page
    assert "un deux" not in page
    assert "Voici le dossier de cette personne." in alize.done("/paper/visit", codename=" ".join(listed))
    told = alize.done("/paper/visit", codename=" ".join(listed), story="Encore un mot.")
    assert "Ajouté au dossier." in told
    assert listed[0] not in str(alize.session.drafts)
    assert alize.post("/paper/slip").location == "/cases"
    assert "Il n'y a plus rien ici." in alize.get("/paper/slip").text
    assert len(alize.cases()) == 1
    alize.done("/paper", form=STORY, channel="paper", language="en", none="yes")
    assert "Sans nom de code" in alize.get("/paper/slip").text
    alize.post("/lock")
    assert alize.session.slip is None


def closed(house: House, browser: Browser) -> str:
    case_id = new(house)
    browser.get(f"/cases/{case_id}")
    form = "\n\n".join(f"# {name}\nTrois mots au moins." for name in ("Décision", "Pourquoi", "La suite", "Contester"))
    values = {"category": "GOV", "severity": "2", "conflict": "none"}
    browser.done("/spam", **{f"case-{case_id}": "yes"}, reason="publicité", text=form, **values)
    return case_id


def test_two_colleges_destroy_a_case(house: House, alize: Browser) -> None:
    case_id = closed(house, alize)
    path = f"/cases/{case_id}/end"
    assert "Signer la purge" not in alize.get(f"/cases/{new(house)}/end").text
    alize.done("/carry/outbox", path=str(house.folder / "colis"))
    house.forward(61)
    assert case_id in alize.get("/registers").text
    alize.refused(f"{path}/purge", reason="")
    assert "Rien n&#39;est détruit." in alize.done(f"{path}/purge", reason="soixante jours")
    alize.post("/lock")
    alize.unlock("cypres")
    assert "Le dossier est détruit." in alize.done(f"{path}/purge", reason="oui")
    page = alize.get(path).text
    assert "alize (members)" in page
    assert "Relèves à détruire" in page
    assert "notés comme détruits" in alize.done(f"{path}/destroyed", x="")
    assert "supports détruits le" in alize.get(path).text


def test_a_second_reading(house: House, alize: Browser) -> None:
    from app.desk.cases.review import draw

    case_id = closed(house, alize)
    house.forward(30)
    assert draw(house.desk("brume"), "2026-11") == [case_id]
    path = f"/cases/{case_id}/end"
    alize.refused(f"{path}/review", outcome="agreed", remarks="bien vu")
    alize.post("/lock")
    alize.unlock("brume")
    assert "seconde lecture" in alize.get("/tasks").text
    assert "Seconde lecture notée." in alize.done(f"{path}/review", outcome="remarks", remarks="bien vu, mais")
    assert "bien vu, mais" in alize.get(path).text


def test_a_dossier_for_an_authority(house: House, alize: Browser) -> None:
    case_id = assessed(house, files=[("a.txt", b"Bonjour")])
    path = f"/cases/{case_id}/end"
    place = Path(f"/dev/shm/{house.folder.name}-dossier")
    typed = {"authority": "Défenseur des droits", "path": str(place), "file-1-1": "yes"}
    assert "Défenseur des droits" in alize.refused(f"{path}/dossier", **typed).text
    alize.done(f"/cases/{case_id}/facts", consent_referral="yes")
    told = alize.done(f"{path}/dossier", **typed)
    assert "SHA-256" in told
    place.unlink()
    alize.refused(f"{path}/dossier", **typed, cert=str(house.folder / "none"))


def test_a_case_shows_what_was_merged_into_it(house: House, alize: Browser) -> None:
    one, two = new(house), new(house, story=STORY + " Le deuxième récit.", files=[("b.txt", b"Bonjour")])
    heard(house, two)
    alize.done(f"/cases/{two}/family/merge", into=one, reason="même sujet")
    page = alize.get(f"/cases/{one}").text
    assert "Le deuxième récit." in page
    assert f"/cases/{two}/files/1/1" in page


def test_a_new_message_is_told_in_words_until_the_case_is_opened(house: House, alize: Browser) -> None:
    case_id = house.new_case()
    assert "nouveau message" in words(_line(alize, case_id))
    alize.get(f"/cases/{case_id}")
    assert "nouveau message" not in words(_line(alize, case_id))


def test_a_filter_that_no_list_offers_filters_nothing(alize: Browser) -> None:
    alize.post("/cases/filter", state="nowhere", category="XYZ", severity="9")
    assert alize.get("/cases").status_code == 200
    alize.post("/cases/filter", all="yes")


def _line(browser: Browser, case_id: str) -> str:
    browser.post("/cases/filter", all="yes")
    for number in range(1, 9):
        page = browser.get(f"/cases?page={number}").text
        if f'href="/cases/{case_id}"' in page:
            return page.split(f'href="/cases/{case_id}"')[1].split("</li>")[0]
    raise AssertionError(case_id)


def test_what_else_is_overdue_is_counted_on_the_list(house: House) -> None:
    """A person to inform, an access request, a second reading: their days are on no line of the list."""
    case_id = new(house)
    add_person(house.desk(), case_id, "président")
    with entered(house) as browser:
        browser.unlock("alize")
        assert "en retard : 1 <span" not in browser.get("/cases").text
        house.forward(40)
        assert "en retard : 1 <span" in browser.get("/cases").text
