"""The gates of the desk's page: a code typed once, one reviewer at a time, nothing left in the browser or behind."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.desk import create_app
from app.desk.page.sessions import COOKIE, IDLE_SECONDS, TRIES, Late, Sessions
from app.errors import UserError
from app.settings import Door
from tests.unit.desk.house import STORY, House, Reporter, open_house
from tests.web.desk_visit import CODE, HOST, Browser, words


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def app(house: House) -> Iterator[Flask]:
    made = create_app(house.settings, code=CODE)
    yield made
    here = made.extensions["sourdine-desk"]
    here.sessions.close()
    here.store.close()


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def entered(browser: Browser) -> Browser:
    return browser.enter()


@pytest.fixture
def alize(entered: Browser) -> Browser:
    return entered.unlock("alize")


def test_nothing_answers_before_the_code(browser: Browser) -> None:
    for path in ("/unlock", "/progress", "/cases", "/cases/abcdefghij23", "/cases/abcdefghij23/move", "/carry"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (303, "/")
    for path in ("/lock", "/carry/outbox", "/cases/filter"):
        assert browser.post(path).location == "/"
    assert 'name="code"' in browser.get("/").text


def test_a_wrong_code_is_refused_and_not_repeated(browser: Browser) -> None:
    answer = browser.post("/", code="canari-1")
    assert answer.status_code == 403
    assert '<a href="#code">Ce code n&#39;est pas le bon.</a>' in answer.text
    assert "canari-1" not in answer.text
    assert "Set-Cookie" not in answer.headers
    assert browser.post("/").status_code == 403


def test_the_code_works_once(app: Flask, entered: Browser) -> None:
    other = Browser(app)
    assert other.post("/", code=CODE).status_code == 403
    assert "relancez-le" in other.get("/").text
    assert entered.get("/").location == "/cases"
    assert entered.get("/cases").location == "/unlock"


def test_the_code_is_void_after_ten_tries(app: Flask) -> None:
    browser = Browser(app)
    for _ in range(TRIES):
        assert browser.post("/", code="x").status_code == 403
    assert browser.post("/", code=CODE).status_code == 403


def test_the_cookie_is_a_name_and_nothing_more(browser: Browser) -> None:
    cookie = browser.post("/", code=CODE).headers["Set-Cookie"]
    assert re.fullmatch(rf"{COOKIE}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=Strict", cookie)


def test_unlocking_names_a_reviewer_and_shows_the_date(entered: Browser) -> None:
    page = entered.get("/unlock")
    assert "lundi 2 novembre 2026" in page.text
    assert "La date est juste : déverrouiller" in page.text
    assert all(f'value="{name}"' in page.text for name in ("alize", "brume", "cypres"))
    answer = entered.refused("/unlock", reviewer="nobody", passphrase="canari")
    assert "Ce bureau n&#39;a pas de référente nommée nobody." in answer.text
    assert "canari" not in answer.text


def test_a_wrong_passphrase_opens_nothing(house: House, entered: Browser) -> None:
    gnupg = house.home / "gnupg" / "brume"
    aside = gnupg.with_name("aside")
    gnupg.rename(aside)
    try:
        entered.refused("/unlock", reviewer="brume")
    finally:
        aside.rename(gnupg)
    assert entered.session.desk is None
    assert entered.get("/cases").location == "/unlock"
    assert entered.unlock("brume").get("/unlock").location == "/cases"


def test_a_case_of_others_and_no_case_answer_alike(app: Flask, house: House) -> None:
    case_id = house.new_case(exclude=["brume"])
    browser = Browser(app).enter().unlock("brume")
    for rest in ("", "/facts", "/move", "/reply", "/entry", "/files", "/history"):
        answers = [browser.get(f"/cases/{name}{rest}") for name in (case_id, "abcdefghij23", "x", "ABC")]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1
        refused = [browser.post(f"/cases/{name}{rest}", to="x") for name in (case_id, "abcdefghij23")]
        assert refused[0].data == refused[1].data
    assert case_id not in browser.get("/cases").text
    assert not browser.session.drafts


def test_refused_envelopes_are_said(house: House, alize: Browser) -> None:
    house.receive(house.seal(STORY, instance="other.example"))
    assert "another instance" in alize.done("/take-up")


def test_locking_leaves_nothing_in_memory(house: House, alize: Browser) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    alize.post(f"/cases/{case_id}/reply", text="Un brouillon.", keep="yes")
    alize.post("/cases/filter", owner="cypres")
    session = alize.session
    session.copies.put((case_id, 1, 1), "pixels", 6)
    session.notes = [("manifest", "x")]
    assert all((session.drafts, session.filters, session.told, len(session.copies)))
    assert alize.post("/lock").location == "/unlock"
    assert (session.desk, session.job, session.late, session.timer) == (None, None, None, None)
    assert not any((session.drafts, session.filters, session.told, session.notes, len(session.copies)))
    assert alize.get("/cases").location == "/unlock"
    assert "Un brouillon." not in alize.unlock("alize").get(f"/cases/{case_id}/reply").text


def test_locking_makes_gpg_forget_too(alize: Browser, house: House) -> None:
    socket = house.home / "gnupg" / "alize" / "S.gpg-agent"
    assert socket.exists()
    alize.post("/lock")
    assert not socket.exists()


def idle_sessions(house: House) -> tuple[list[float], Sessions, str]:
    now = [0.0]
    sessions = Sessions(CODE, lambda: now[0])
    name = sessions.enter(f" {CODE}\n")
    assert name is not None
    session = sessions.find(name)
    assert session is not None
    sessions.begin(session, house.desk("alize"))
    return now, sessions, name


def test_half_an_hour_without_a_click_locks(house: House) -> None:
    now, sessions, name = idle_sessions(house)
    now[0] += IDLE_SECONDS
    assert sessions.find(name).desk is not None
    now[0] += IDLE_SECONDS + 1
    session = sessions.find(name)
    assert (session.desk, session.left, session.timer) == (None, "alize", None)
    assert sessions.find("") is None


def test_keys_go_even_when_nobody_clicks_again(house: House) -> None:
    now, sessions, name = idle_sessions(house)
    session = sessions.find(name)
    first = session.timer
    now[0] += 10
    sessions._look(session)  # as the timer does: not yet
    assert session.desk is not None
    assert session.timer is not first
    first.cancel()
    now[0] += IDLE_SECONDS
    sessions._look(session)
    assert session.desk is None
    sessions._look(session)
    sessions.close()


def test_a_form_that_came_too_late_is_given_back_to_whoever_wrote_it(house: House, alize: Browser) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    for name, kept in (("cypres", False), ("alize", True)):
        alize.session.seen -= IDLE_SECONDS + 1
        answer = alize.post(f"/cases/{case_id}/reply", text="Écrit pendant une heure.", kind="reply")
        assert answer.location == "/unlock"
        alize.unlock(name)
        assert ("Écrit pendant une heure." in alize.get(f"/cases/{case_id}/reply").text) is kept
        if name == "cypres":
            alize.post("/lock")
            alize.unlock("alize")


def test_a_late_form_is_forgotten_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk.page import sessions as module

    _, sessions, name = idle_sessions(house)
    session = sessions.find(name)
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.05)
    sessions.keep_late(session, Late("alize", ("", "x"), {"text": "tard"}))
    newer = Late("alize", ("", "x"), {"text": "plus tard"})
    assert session.late is not None
    end = time.monotonic() + 10
    while session.late and time.monotonic() < end:
        time.sleep(0.01)
    assert session.late is None
    monkeypatch.setattr(module, "IDLE_SECONDS", 30)
    sessions.keep_late(session, newer)
    assert session.late is newer
    sessions.close()


def test_every_answer_carries_the_hull(house: House, alize: Browser) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    below = ("", "/facts", "/move", "/reply", "/entry", "/files", "/history")
    paths = ["/", "/unlock", "/cases", "/cases/abcdefghij23", "/nothing", "/carry", "/journal"]
    for path in [*paths, *(f"/cases/{case_id}{rest}" for rest in below)]:
        answer = alize.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "img-src 'self'; form-action 'self'" in policy
        assert "style=" not in answer.text
        assert "<script" not in answer.text
        assert not re.search(r"(?:src|href|action)=\"https?:", answer.text)
    assert alize.client.get("/cases", environ_overrides={"HTTP_HOST": "evil.example"}).status_code == 421
    crossed = alize.client.post("/lock", environ_overrides=HOST, headers={"Sec-Fetch-Site": "cross-site"})
    assert crossed.status_code == 403
    assert alize.client.delete("/cases", environ_overrides=HOST).status_code == 405


def test_pages_say_that_this_is_a_trial(alize: Browser) -> None:
    assert "rien ici n'est protégé" in alize.get("/cases").text
    assert 'lang="fr"' in alize.get("/cases").text


def test_another_command_at_work_is_said(house: House, alize: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk.core import evidence

    monkeypatch.setattr(evidence, "PATIENCE", 0.0)
    with evidence.Evidence(house.settings).lock():
        answer = alize.follow(alize.post("/take-up"))
    assert answer.status_code == 503
    assert "Une autre commande de ce bureau travaille en ce moment." in words(answer.text)
    assert alize.get("/cases").status_code == 200


@pytest.mark.parametrize("listen", ["0.0.0.0:8082", "192.168.1.2:8082", "unix:/run/desk", "example.org:80", ":8082"])
def test_refuses_a_door_that_others_could_reach(house: House, listen: str) -> None:
    with pytest.raises(UserError, match="this machine only"):
        create_app(replace(house.settings, door=Door(listen, ("x",))), code=CODE)


def test_refuses_a_desk_without_keys(house: House, tmp_path) -> None:
    from app.stores.desk import DeskStore

    empty = replace(house.settings, home=tmp_path)
    DeskStore.create(empty).close()
    with pytest.raises(UserError, match="no keys yet"):
        create_app(empty, code=CODE)
