"""The Atom feed (RFC 4287): the newest findings without a finding, so that what is withdrawn here stays nowhere.

Readers keep what they once fetched. So a line says which cooperative, on what subject, and that it may have replied;
what was found and what was answered stand on the page. No name of a person can be in it: only the record is read.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, request

from app.domain.durations import month_of
from app.domain.entry import Entry
from app.registry import draw
from app.registry.draw import Shelf, shelf

NEWEST = 50
MEDIA_TYPE = "application/atom+xml"


@dataclass(frozen=True)
class Item:
    """One entry of the feed; `id` is a tag URI (RFC 4151) that never changes."""

    id: str
    updated: str
    published: str
    entry: Entry


def feed() -> Response:
    """The newest entries, by the month in which they last changed."""
    here = shelf()
    items = tuple(_items(here))
    text = draw.draw(
        "feed.xml",
        items=items,
        feed_id=f"tag:{_tag(here, '2026')}feed/{draw.lang()}",
        updated=max((item.updated for item in items), default=_first_of(month_of(here.today))),
        site=_site(here),
    )
    response = make_response(text)
    response.content_type = f"{MEDIA_TYPE}; charset=utf-8"
    return response


def _items(here: Shelf) -> list[Item]:
    found = []
    for stored in here.store.newest(here.today, NEWEST):
        record = stored.record
        if isinstance(record, Entry):
            name = f"tag:{_tag(here, record.regc_id[5:9])}entry/{record.regc_id}"
            updated = max(stored.batch, record.dates.published)
            found.append(Item(name, _first_of(updated), _first_of(record.dates.published), record))
    return found


def _tag(here: Shelf, year: str) -> str:
    """The authority and date of a tag URI, and the path of this register below its host."""
    host, slash, path = here.settings.origin.partition("/")
    return f"{host},{year}:{path}{slash}"


def _first_of(month: str) -> str:
    return f"{month}-01T00:00:00Z"


def _site(here: Shelf) -> str:
    """Where the reader came in: the onion and the ordinary web each name themselves."""
    host = request.host
    loopback = host.partition(":")[0] in {"127.0.0.1", "localhost"}
    plain = here.settings.trial or loopback or host.endswith(".onion")
    return f"{'http' if plain else 'https'}://{host}"
