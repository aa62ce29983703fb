"""The loopback page: a code typed once, one reviewer at a time, nothing opened, nothing left in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.desk import create_app
from app.desk.replies import send
from app.desk.sessions import COOKIE, IDLE_SECONDS, TRIES, Sessions
from app.errors import UserError
from app.settings import Door
from tests.unit.desk.house import STORY, House, Reporter, open_house
from tests.unit.desk.test_decisions import assessed, move_case

CODE = "1234abcd"
HOST = {"HTTP_HOST": "127.0.0.1:8082"}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def app(house: House) -> Iterator[Flask]:
    made = create_app(house.settings, code=CODE)
    yield made
    made.extensions["sourdine-desk"].store.close()


class Browser:
    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, environ_overrides=HOST)

    def post(self, path: str, **form: str) -> TestResponse:
        return self.client.post(path, data=form, environ_overrides=HOST)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def entered(browser: Browser) -> Browser:
    assert browser.post("/", code=CODE).location == "/unlock"
    return browser


@pytest.fixture
def alize(entered: Browser) -> Browser:
    assert entered.post("/unlock", reviewer="alize", passphrase="").location == "/cases"
    return entered


def test_nothing_answers_before_the_code(browser: Browser) -> None:
    for path in ("/unlock", "/cases", "/cases/abcdefghij23", "/cases/abcdefghij23/files/1/1"):
        answer = browser.get(path)
        assert (answer.status_code, answer.location) == (303, "/")
    assert browser.post("/lock").location == "/"
    assert 'name="code"' in browser.get("/").text


def test_a_wrong_code_is_refused_and_not_repeated(browser: Browser) -> None:
    answer = browser.post("/", code="canari-1")
    assert answer.status_code == 403
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


def test_unlocking_names_a_reviewer(entered: Browser) -> None:
    page = entered.get("/unlock")
    assert page.status_code == 200
    assert all(f'value="{name}"' in page.text for name in ("alize", "brume", "cypres"))
    answer = entered.post("/unlock", reviewer="nobody", passphrase="canari")
    assert answer.status_code == 400
    assert "no reviewer named nobody" in answer.text
    assert "canari" not in answer.text


def test_the_work_list_and_one_case(house: House, alize: Browser) -> None:
    reporter = Reporter.new()
    story = f"{STORY} <script>alert(1)</script>"
    house.receive(house.seal(story, reporter=reporter, files=[("é <b>.pdf", b"%PDF" * 9)], fields={"topic": "3"}))
    page = alize.get("/cases")
    assert page.status_code == 200
    (case_id,) = set(re.findall(r"/cases/([a-z2-7]{12})", page.text))
    assert "reçu" in page.text
    send(house.desk("cypres"), case_id, "Nous vous lisons.")
    house.receive(house.seal("", reporter=reporter, kind="publish", fields={"opinion": "yes"}))
    case = alize.get(f"/cases/{case_id}")
    assert case.status_code == 200
    assert "&lt;script&gt;" in case.text
    assert "<script" not in case.text
    assert "é &lt;b&gt;.pdf" in case.text
    assert all(word in case.text for word in ("Nous vous lisons.", "opinion = yes", "Sujet"))
    assert f"/cases/{case_id}/files/1/1" in case.text


def test_an_attachment_is_bytes_to_save(house: House, alize: Browser) -> None:
    case_id = house.new_case(files=[("page.html", b"<script>alert(1)</script>" * 9000)])
    answer = alize.get(f"/cases/{case_id}/files/1/1")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename=001-page.html"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data == b"<script>alert(1)</script>" * 9000
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    for path in ("files/1/2", "files/2/1", "files/0/0"):
        assert alize.get(f"/cases/{case_id}/{path}").status_code == 404


def test_a_case_of_others_and_no_case_answer_alike(app: Flask, house: House) -> None:
    case_id = house.new_case(exclude=["brume"])
    browser = Browser(app)
    browser.post("/", code=CODE)
    browser.post("/unlock", reviewer="brume")
    answers = [browser.get(f"/cases/{name}") for name in (case_id, "abcdefghij23", "x", "ABC")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert case_id not in browser.get("/cases").text


def test_a_waiting_signature_and_an_inner_layer_are_said(house: House, alize: Browser) -> None:
    from tests.unit.desk.test_saving import armour, sealed_for

    story = armour(house, b"Ce qui est dedans.")
    case_id = assessed(house, story=story, files=[("a.gpg", sealed_for(house, "alize"))])
    move_case(house.desk("alize"), case_id, "verified", "oui")
    page = alize.get(f"/cases/{case_id}").text
    assert "signature d'un autre collège" in page
    assert "Ce qui est dedans." in page
    assert "chiffré" in page


def test_refused_envelopes_and_an_old_manifest_are_said(house: House, alize: Browser) -> None:
    house.receive(house.seal(STORY, instance="other.example"))
    assert "another instance" in alize.get("/cases").text


def test_locking_drops_the_keys(app: Flask, alize: Browser) -> None:
    (session,) = app.extensions["sourdine-desk"].sessions._open.values()
    assert session.desk is not None
    assert alize.post("/lock").location == "/unlock"
    assert session.desk is None
    assert alize.get("/cases").location == "/unlock"


def test_locking_makes_gpg_forget_too(alize: Browser, house: House) -> None:
    socket = house.home / "gnupg" / "alize" / "S.gpg-agent"
    assert socket.exists()
    alize.post("/lock")
    assert not socket.exists()


def test_half_an_hour_without_a_click_locks() -> None:
    now = [0.0]
    sessions = Sessions(CODE, lambda: now[0])
    name = sessions.enter(f" {CODE}\n")
    assert name is not None
    session = sessions.find(name)
    session.desk = object()
    now[0] += IDLE_SECONDS
    assert sessions.find(name).desk is not None
    now[0] += IDLE_SECONDS + 1
    assert sessions.find(name).desk is None
    assert sessions.find("") is None


def test_every_answer_carries_the_hull(alize: Browser) -> None:
    for path in ("/", "/unlock", "/cases", "/cases/abcdefghij23", "/nothing"):
        answer = alize.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
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


def test_another_command_at_work_is_said_as_busy(house: House, alize: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk import evidence

    monkeypatch.setattr(evidence, "PATIENCE", 0.0)
    with evidence.Evidence(house.settings).lock():
        assert alize.get("/cases").status_code == 503


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
