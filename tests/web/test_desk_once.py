"""A form that is sent twice is carried out once, and leads twice to what was done."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from app.desk.cases.followup import recommendations_of
from app.desk.cases.reading import list_cases, show_case
from app.desk.duties import access
from app.desk.duties.persons import list_persons
from app.desk.page.sessions import SENT, Session
from app.desk.replies.replies import send
from tests.unit.desk.house import House, Reporter, open_house
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_paper_commands import TYPED
from tests.web.desk_pages import entered, unlocked
from tests.web.desk_visit import HOST, JOB_SECONDS, Browser, words


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def alize(house: House) -> Iterator[Browser]:
    with unlocked(house) as browser:
        yield browser


def twice(browser: Browser, page: str, action: str, **form: str) -> str:
    """Send the form of a page twice; the text of the page that both lead to."""
    form["once"] = browser.name_of(browser.get(page).text, action)
    first, second = browser.post(action, **form), browser.post(action, **form)
    assert first.status_code == second.status_code == 303, words(first.text)
    assert first.location == second.location
    return words(browser.get(second.location).text)


def test_a_reply_is_sealed_once(house: House, alize: Browser) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    path = f"/cases/{case_id}/reply"
    form = {"text": "Nous vous lisons.", "kind": "acknowledgement"}
    alize.post(path, **form)
    assert "accusé de réception n° 1" in twice(alize, f"{path}/confirm", f"{path}/confirm", **form)
    assert len(show_case(house.desk(), case_id).replies) == 1
    # A second reply with the same words is another form.
    alize.post(path, **form)
    assert "accusé de réception n° 2" in twice(alize, f"{path}/confirm", f"{path}/confirm", **form)
    assert len(show_case(house.desk(), case_id).replies) == 2


def test_a_double_click_seals_once(house: House, alize: Browser) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    path = f"/cases/{case_id}/reply"
    form = {"text": "Nous vous lisons.", "kind": "acknowledgement"}
    alize.post(path, **form)
    form["once"] = alize.name_of(alize.get(f"{path}/confirm").text, f"{path}/confirm")
    cookie = alize.client.get_cookie("sourdine-desk", domain="127.0.0.1")
    assert cookie is not None

    def click(_: int) -> str:
        client = alize.client.application.test_client()
        client.set_cookie("sourdine-desk", cookie.value, domain="127.0.0.1")
        return client.post(f"{path}/confirm", data=form, environ_overrides=HOST).location

    with ThreadPoolExecutor(4) as pool:
        led = set(pool.map(click, range(4)))
    assert len(led) == 1
    assert len(show_case(house.desk(), case_id).replies) == 1


def test_what_the_other_forms_make_is_made_once(house: House, alize: Browser, tmp_path: Path) -> None:
    case_id = assessed(house)
    page = f"/cases/{case_id}/advice"
    twice(alize, page, f"{page}/recommend", addressee="Le conseil", text="Convoquer.", due="2027-01-05")
    page = f"/cases/{case_id}/people"
    twice(alize, page, f"{page}/add", role="présidence")
    twice(alize, "/registers", "/registers/request", requester="M. X", kind="access", day="")
    desk = house.desk()
    with house.store.reading() as tx:
        assert len(recommendations_of(tx, desk.case(tx, case_id))) == 1
        assert len(access.requests(desk, tx)) == 1
    assert len(list_persons(desk, case_id)) == 1
    assert "Colis 1" in twice(alize, "/carry", "/carry/outbox", path=str(tmp_path / "outbox"))
    before = len(list_cases(desk))
    twice(alize, "/paper", "/paper", form=TYPED, received="", channel="paper", language="fr")
    assert len(list_cases(desk)) == before + 1
    alize.post("/paper/slip")


def test_what_was_refused_or_changed_may_be_sent_again(house: House, alize: Browser) -> None:
    case_id = assessed(house)
    page = f"/cases/{case_id}/people"
    name = alize.name_of(alize.get(page).text, f"{page}/add")
    again = alize.refused(f"{page}/add", role=" ", once=name).text
    assert alize.name_of(again, f"{page}/add") != name
    alize.done(f"{page}/add", role="présidence", once=name)
    alize.done(f"{page}/add", role="trésorerie", once=name)
    assert len(list_persons(house.desk(), case_id)) == 2


def test_a_move_facts_and_a_reply_are_sent_once(house: House, alize: Browser) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    show_case(house.desk(), case_id)
    send(house.desk(), case_id, "Nous vous lisons.", kind="acknowledgement")
    page = f"/cases/{case_id}"
    twice(alize, f"{page}/move", f"{page}/move", to="acknowledged", reason="lu")
    twice(alize, f"{page}/facts", f"{page}/facts", owner="alize", was_owner="")
    name = re.findall(r'name="once" value="([^"]+)"', alize.get(f"{page}/reply").text)[-1]
    led = {alize.post(f"{page}/reply", text="Un mot.", kind="reply", once=name).location for _ in range(2)}
    assert led == {f"{page}/reply/confirm"}
    assert show_case(house.desk(), case_id).case.facts.owner == "alize"


def another_click(browser: Browser, path: str, **form: str) -> TestResponse:
    """The same browser, at the same moment."""
    cookie = browser.client.get_cookie("sourdine-desk", domain="127.0.0.1")
    assert cookie is not None
    client = browser.client.application.test_client()
    client.set_cookie("sourdine-desk", cookie.value, domain="127.0.0.1")
    return client.post(path, data=form, environ_overrides=HOST)


def test_what_waited_while_the_desk_was_locked_is_carried_out_by_nobody(house: House, alize: Browser) -> None:
    case_id = assessed(house)
    page = f"/cases/{case_id}/people"
    form = {"role": "présidence", "once": alize.name_of(alize.get(page).text, f"{page}/add")}
    first = alize.session
    first.acting.acquire()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(another_click, alize, f"{page}/add", **form)
        time.sleep(0.5)
        first.wipe()
        alize.room.sessions.begin(first, house.desk("cypres"))
        first.acting.release()
        answer = waiting.result()
    assert (answer.status_code, answer.location) == (303, "/unlock")
    assert list_persons(house.desk(), case_id) == []


def test_a_double_click_unlocks_once(house: House) -> None:
    with entered(house) as browser, ThreadPoolExecutor(3) as pool:
        clicks = pool.map(lambda _: another_click(browser, "/unlock", reviewer="alize", passphrase=""), range(3))
        assert {answer.status_code for answer in clicks} == {303}
        job = browser.session.job
        assert job is None or job.wait(JOB_SECONDS)
        assert browser.session.desk is not None


def test_the_lock_forgets_them_and_a_session_keeps_the_last(alize: Browser) -> None:
    session = Session(0.0)
    for number in range(SENT + 5):
        session.keep_sent(bytes([number % 256, number // 256]), f"/{number}")
    assert len(session.sent) == SENT
    assert "/0" not in session.sent.values()
    alize.done(
        "/registers/link",
        cooperative="Les Tilleuls",
        once=alize.name_of(alize.get("/registers").text, "/registers/link"),
    )
    assert len(alize.session.sent) == 1
    assert not re.search("Tilleuls", repr(alize.session.sent))
    alize.post("/lock")
    assert alize.session.sent == {}
