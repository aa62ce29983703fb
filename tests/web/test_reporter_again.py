"""What comes a second time: answers that change, excluded reviewers, other content under one attempt."""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from app.stores.intake_tables import ATTEMPTS
from crypto import codename
from tests.web.reporter_house import BOUNDARY, DAY, STORY, House, multipart, text_of, words_of

WORDS = codename.words(codename.draw(b"w" * 32, b"s" * 16), "fr")
FORMS = {
    "message": {"story": "x"},
    "survey": {"q1": "yes"},
    "mediation": {"consent": "yes"},
    "retaliation": {},
    "publish": {"opinion": "no"},
    "erase": {"confirm": "yes"},
}
CLOSED = sorted(set(FORMS) - {"message"})
AGAIN = "Si vous avez écarté des personnes, cochez-les de nouveau."
STAY = "Les personnes que vous avez écartées restent écartées."


@pytest.fixture
def visitor(house: House):
    client = house.client()
    assert client.login(WORDS).status_code == 303
    return client


def post(visitor, kind: str, **more):
    pairs = {**FORMS[kind], **more}
    if kind == "message":
        return visitor.message(**pairs)
    return visitor.post(
        f"/mailbox/{kind}", urlencode(pairs, doseq=True), content_type="application/x-www-form-urlencoded"
    )


def recipients(house: House, *exclude: str) -> tuple[str, ...]:
    return house.reception.manifest.recipients(exclude)


# -- answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_that_changes_twice_arrives_three_times(house: House, visitor):
    for opinion in ("yes", "no", "yes"):
        assert post(visitor, "publish", opinion=opinion).status_code == 200
    assert sorted(opened.head.fields["opinion"] for opened in house.open_all()) == ["no", "yes", "yes"]


@pytest.mark.parametrize("kind", CLOSED)
def test_the_same_answer_again(house: House, kind):
    for _ in range(2):
        client = house.client()
        client.login(WORDS)
        assert post(client, kind).status_code == 200
    assert house.stored() == 2


def test_rows_do_not_tell_follow_ups_from_reports(house: House, visitor):
    visitor.send()
    for kind in FORMS:
        assert post(visitor, kind).status_code == 200
    with house.store.engine.connect() as connection:
        rows = connection.execute(select(ATTEMPTS)).all()
    assert len(rows) == house.stored() == 1 + len(FORMS)
    assert all(row.digest != row.content for row in rows)
    assert {(len(row.digest), len(row.content), row.day) for row in rows} == {(32, 32, DAY)}
    assert len({value for row in rows for value in (row.digest, row.content)}) == 2 * len(rows)


def test_a_message_counts_again_after_the_window(house: House, visitor):
    post(visitor, "message")
    house.set_day(DAY + timedelta(days=2))
    post(visitor, "message")
    assert house.stored() == 2


# -- excluded reviewers -----------------------------------------------------------------------------------------------


def test_every_form_offers_the_choice(house: House, visitor):
    page = visitor.get("/mailbox").text
    for kind in FORMS:
        form = page.split(f'action="/mailbox/{kind}"')[1].split("</form>")[0]
        assert re.findall(r'type="checkbox"[^>]* name="exclude" value="(\w+)">', form) == ["alize", "brume", "cypres"]
        assert AGAIN in text_of(visitor.get("/mailbox"))


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_every_form_honours_it_without_any_reply(house: House, visitor, kind):
    assert post(visitor, kind, exclude=["brume"]).status_code == 200
    assert house.open_all()[0].head.recipients == recipients(house, "brume")


@pytest.mark.parametrize("kind", sorted(set(FORMS) - {"erase"}))
def test_ticked_once_it_stays_for_the_session(house: House, visitor, kind):
    post(visitor, kind, exclude=["brume"])
    page = visitor.get("/mailbox")
    assert STAY in text_of(page)
    assert AGAIN not in text_of(page)
    assert len(re.findall(r'value="brume" checked', page.text)) == len(FORMS)
    post(visitor, "message", story="without a tick")
    assert {opened.head.recipients for opened in house.open_all()} == {recipients(house, "brume")}


def test_deleting_the_reply_that_tells_it(house: House, visitor):
    reply = house.reply(house.mailbox_of(WORDS), exclude=("brume",))
    visitor.post("/mailbox/delete", {"reply": reply})
    assert STAY in text_of(visitor.get("/mailbox"))
    post(visitor, "message")
    assert house.open_all()[0].head.recipients == recipients(house, "brume")


def test_an_erasure_that_is_tried_again(house: House, visitor):
    """The replies that told who is excluded are gone by then."""
    house.reply(house.mailbox_of(WORDS), exclude=("brume",))
    manifest = house.reception.manifest
    expires = manifest.expires
    object.__setattr__(manifest, "expires", DAY - timedelta(days=1))
    page = post(visitor, "erase")
    assert page.status_code == 503
    assert STAY in text_of(page)
    assert house.store.counts().replies == 0
    object.__setattr__(manifest, "expires", expires)
    assert post(visitor, "erase").status_code == 200
    assert house.open_all()[0].head.recipients == recipients(house, "brume")


@pytest.mark.parametrize("kind", sorted(FORMS))
@pytest.mark.parametrize("exclude", [["cypres"], ["alize", "brume"], ["nobody"]])
def test_a_choice_that_cannot_be(house: House, visitor, kind, exclude):
    """Refused before anything happens, and not remembered."""
    house.reply(house.mailbox_of(WORDS))
    page = post(visitor, kind, exclude=exclude)
    assert page.status_code == 400
    assert '<a href="#exclude">' in page.text
    assert (house.stored(), house.store.counts().replies) == (0, 1)
    assert AGAIN in text_of(visitor.get("/mailbox"))


def test_the_cookie_has_one_length(house: House, visitor):
    lengths = {len(visitor.get("/mailbox").headers["Set-Cookie"])}
    lengths.add(len(post(visitor, "publish", exclude=["brume"]).headers["Set-Cookie"]))
    assert len(lengths) == 1


# -- reports ----------------------------------------------------------------------------------------------------------


def test_a_story_after_an_envelope_with_the_same_attempt(house: House):
    """A codename is shown for a report that exists."""
    house.client().send(follow_up="none")
    data, attempt = house.envelopes()[0].read_bytes(), house.client().attempt()
    assert house.client().send([("e", data)], story="", attempt=attempt).status_code == 200
    page = house.client().send(attempt=attempt)
    assert "La première version est gardée" not in text_of(page)
    mailbox = house.mailbox_of(words_of(page))
    assert mailbox.public in [opened.report.mailbox for opened in house.open_all()]
    assert house.stored() == 3


def test_receipts_have_one_length(house: House):
    pages = []
    for follow_up in ("codename", "none"):
        attempt = house.client().attempt()
        for story in (STORY, STORY, STORY + " Encore."):
            pages.append(house.client().send(story=story, attempt=attempt, follow_up=follow_up))
    data = next(iter(house.envelopes())).read_bytes()
    attempt = house.client().attempt()
    pages += [house.client().send([("e", data)], story="", attempt=attempt) for _ in range(2)]
    assert sum("La première version est gardée" in text_of(page) for page in pages) == 2
    assert {(page.status_code, len(page.data)) for page in pages} == {(200, 8192)}


# -- aborted reports --------------------------------------------------------------------------------------------------


def hold(house: House) -> threading.Event:
    """Keep the one derivation busy until the event is set, as logins do."""
    turn = threading.Event()
    house.reception.queue._turns.submit(turn.wait, 20)
    return turn


def test_an_upload_that_breaks_off_leaves_no_derivation(house: House, monkeypatch):
    asked: list[Future[bytes]] = []
    make = house.reception.queue.for_report
    monkeypatch.setattr(house.reception.queue, "for_report", lambda *of: asked.append(make(*of)) or asked[-1])
    turn = hold(house)
    for _ in range(5):
        body = multipart({"story": STORY, "attempt": house.client().attempt()}, [("x", b"z" * 1000)])[:-60]
        page = house.client().post("/report", body, content_type=f"multipart/form-data; boundary={BOUNDARY}")
        assert page.status_code == 400
    turn.set()
    assert len(asked) == 5
    assert all(root.cancelled() for root in asked)
    assert house.client().send().status_code == 200


def test_reports_wait_in_bounded_number(house: House):
    queue = house.reception.queue
    turn = hold(house)
    waiting = [queue.for_report(b"c" * 10) for _ in range(64)]
    page = house.client().send()
    assert page.status_code == 503
    assert STORY in text_of(page)
    for root in waiting:
        root.cancel()
    turn.set()
    assert house.client().send().status_code == 200
