"""What was typed comes back: with refusals that no view sees, and with bodies that broke off."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from urllib.parse import urlencode

import pytest

from app.domain.limits import FORM_BYTES
from crypto import codename
from tests.web.reporter_house import STORY, House, hidden, text_of
from tests.web.test_reporter_pages import assert_accessible

WORDS = codename.words(codename.draw(b"w" * 32, b"s" * 16), "fr")
URLENCODED = "application/x-www-form-urlencoded"


def cut(visitor, path: str, pairs, size: int):
    """A form whose last bytes never came, as gunicorn gives it."""
    body = urlencode(pairs).encode()
    stream = {"input_stream": io.BytesIO(body[:size]), "content_type": URLENCODED}
    environ = {"wsgi.input_terminated": True, "CONTENT_LENGTH": str(len(body))}
    return visitor.post(path, content_length=len(body), environ_overrides=environ, **stream)


@pytest.fixture
def visitor(house: House):
    client = house.client()
    assert client.login(WORDS).status_code == 303
    return client


@pytest.mark.parametrize("path", ["/report", "/report/review"])
def test_a_report_that_is_cut(house: House, path):
    client, attempt = house.client(), house.client().attempt()
    page = cut(client, path, {"attempt": attempt, "story": STORY * 9, "period": "x"}, 700)
    assert page.status_code == 400
    assert_accessible(page, "fr")
    assert "sa fin peut manquer" in text_of(page)
    assert STORY in text_of(page)
    assert hidden(page, "attempt") == attempt
    assert house.stored() == 0


@pytest.mark.parametrize("path", ["/mailbox/retaliation", "/mailbox/message"])
def test_a_message_that_is_cut(house: House, visitor, path):
    page = cut(visitor, path, {"story": STORY, "exclude": "brume"}, 100)
    assert page.status_code == 400
    assert_accessible(page, "fr")
    assert "Le conseil a décidé seul" in text_of(page)
    assert house.stored() == 0


@pytest.mark.parametrize("path", ["/report", "/report/review", "/mailbox/retaliation"])
def test_a_form_that_is_too_large(house: House, visitor, path):
    pairs = {"attempt": visitor.attempt(), "story": STORY + "x" * FORM_BYTES}
    page = visitor.post(path, urlencode(pairs), content_type=URLENCODED)
    assert page.status_code == 413
    assert_accessible(page, "fr")
    assert STORY + "xxx" in text_of(page)
    assert "il peut être coupé" in text_of(page)
    assert house.stored() == 0


@pytest.mark.parametrize("path", ["/report/review", "/mailbox/retaliation"])
def test_a_field_that_came_twice(house: House, visitor, path):
    pairs = [("attempt", visitor.attempt()), ("story", STORY), ("story", "Un autre texte.")]
    page = visitor.post(path, urlencode(pairs), content_type=URLENCODED)
    assert page.status_code == 400
    assert_accessible(page, "fr")
    assert STORY in text_of(page)
    assert "Un autre texte." in text_of(page)
    assert house.stored() == 0


@pytest.mark.parametrize("path", ["/mailbox/message", "/mailbox/retaliation"])
def test_a_message_while_the_database_is_locked(house: House, visitor, monkeypatch, path):
    monkeypatch.setattr("app.stores.engine.BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(house.settings.path("intake.db"))) as lock:
        lock.execute("PRAGMA journal_mode=DELETE")
        lock.execute("BEGIN EXCLUSIVE")
        page = visitor.post(path, urlencode({"story": STORY}), content_type=URLENCODED)
    assert page.status_code == 503
    assert_accessible(page, "fr")
    assert STORY in text_of(page)
