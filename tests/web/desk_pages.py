"""A desk's page for the tests of one file, with a house behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.desk import create_app
from tests.unit.desk.house import House
from tests.web.desk_visit import CODE, Browser


@contextmanager
def entered(house: House) -> Iterator[Browser]:
    """A browser that has typed the code."""
    app = create_app(house.settings, code=CODE)
    browser = Browser(app).enter()
    try:
        yield browser
    finally:
        browser.room.sessions.close()
        browser.room.store.close()


@contextmanager
def unlocked(house: House, name: str = "alize") -> Iterator[Browser]:
    with entered(house) as browser:
        yield browser.unlock(name)
