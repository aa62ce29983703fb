"""The exports people use: streamed in flat memory, one ETag for each state of the register.

A repeated download costs one question to the store and no body. No name of a person is in any of them
(docs/spec/registry-data.md).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import date
from time import monotonic

from flask import Blueprint, Flask, Response, current_app, request

from app.errors import BusyError
from app.registry import lines
from app.registry.draw import Shelf, shelf
from app.web.circuits import circuit_of
from app.web.problem import Refusal
from app.web.slots import Slots

CACHE_SECONDS = 300
JSON = "application/json"
JSON_LINES = "application/x-ndjson; charset=utf-8"
CSV = "text/csv; charset=utf-8; header=present"
CHUNK = 64 * 1024
# A slow visitor holds a thread and a reading transaction for as long as the download takes.
AT_ONCE = 6
EACH = 2
# As long as a download lasts, what is withdrawn meanwhile cannot leave the write-ahead log (app/stores/engine.py).
LONGEST = 3_600.0
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

exports = Blueprint("exports", __name__, url_prefix="/export")


class Streamed(Response):
    """An answer that nothing may gather in memory, whoever asks for its length."""

    implicit_sequence_conversion = False


def register(app: Flask) -> None:
    """Add the exports to the site; before the processes are forked, which share the bound."""
    app.extensions["export_slots"] = Slots(AT_ONCE, each=EACH)
    app.register_blueprint(exports)


@exports.get("/entries.json")
def entries_json() -> Response:
    """All that is shown, with what checks it."""
    here = shelf()
    return _answer("entries.json", JSON, lambda: lines.entries_json(here.store, here.settings.origin, here.today))


@exports.get("/entries.csv")
def entries_csv() -> Response:
    """One row per entry."""
    here = shelf()
    return _answer("entries.csv", CSV, lambda: lines.entries_csv(here.store, here.today))


@exports.get("/statements.csv")
def statements_csv() -> Response:
    """One row per claim."""
    here = shelf()
    return _answer("statements.csv", CSV, lambda: lines.statements_csv(here.store, here.settings.origin, here.today))


@exports.get("/entries.ftm.json")
def entities_json() -> Response:
    """FollowTheMoney entities."""
    here = shelf()
    origin, publisher = here.settings.origin, _publisher(here)
    return _answer(
        "entries.ftm.json", JSON_LINES, lambda: lines.entities_json(here.store, origin, publisher, here.today)
    )


@exports.get("/delta/index.json")
def delta_days() -> Response:
    """The days on which something changed."""
    here = shelf()
    return _answer("delta-index.json", JSON, lambda: lines.days_json(here.store, here.settings.origin, here.today))


@exports.get("/delta/<name>.json")
def delta(name: str) -> Response:
    """What one day changed; a day to come has no answer yet."""
    here, day = shelf(), _day(name)
    if day is None or day > here.today:
        raise Refusal(404, "not_found")
    origin = here.settings.origin
    return _answer(f"delta-{day}.json", JSON, lambda: lines.delta_json(here.store, origin, day, here.today))


def _answer(name: str, kind: str, made: Callable[[], lines.Lines]) -> Response:
    """The file, or 304 before anything was read of it."""
    here = shelf()
    # Whatever else stands in the files: a copy in a cache must not outlive a change of settings or program.
    made_of = (here.store.stamp(here.today), name, here.settings.origin, _publisher(here), lines.EDITION)
    etag = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:32]
    if request.if_none_match.contains_weak(etag):
        response: Response = Streamed(status=304)
        response.headers.pop("Content-Type")
    else:
        response = Streamed(iter(()), content_type=kind) if request.method == "HEAD" else _streamed(made, kind)
        response.headers["Content-Disposition"] = f'attachment; filename="regc-{name}"'
    response.set_etag(etag)
    response.headers["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return response


def _streamed(made: Callable[[], lines.Lines], kind: str) -> Response:
    """A body that holds one of a few places until its last byte or until the visitor goes away."""
    slots: Slots = current_app.extensions["export_slots"]
    place = ExitStack()
    try:
        place.enter_context(slots.one(circuit_of(request.environ)))
    except BusyError:
        raise Refusal(503, "busy") from None
    response = Streamed(_chunks(made()), content_type=kind)
    response.call_on_close(place.close)
    return response


def _chunks(parts: lines.Lines) -> Iterator[bytes]:
    """Fewer and larger writes; what reads the store is closed when the visitor goes away, or is too slow.

    Raises:
        TimeoutError: it took too long; the connection breaks, so that nobody takes a part for the whole.
    """
    end = monotonic() + LONGEST
    with closing(parts):
        waiting: list[str] = []
        size = 0
        for part in parts:
            waiting.append(part)
            size += len(part)
            if size >= CHUNK:
                yield "".join(waiting).encode()
                waiting, size = [], 0
                if monotonic() > end:
                    raise TimeoutError
        yield "".join(waiting).encode()


def _publisher(here: Shelf) -> str:
    publisher = here.settings.publisher
    return publisher.name if publisher else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
