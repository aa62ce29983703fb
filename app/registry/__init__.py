"""The public register: read-only pages over what the loader put in force. It sets no cookie and keeps no visit."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, request

from app.errors import UserError
from app.registry import exports, log, openapi
from app.registry.draw import Shelf, problem_page
from app.registry.pages import register
from app.settings import Publisher, RegistrySettings
from app.stores.registry import RegistryStore
from app.web.hull import HullRequest, Policy, harden

# A page says the same to everyone, so any cache may keep it; a withdrawal is not served for longer than this.
CACHE_SECONDS = 300
# A permanent way too: reviewers may judge otherwise later, and browsers keep a 301 for ever unless told.
_CACHED = frozenset({200, 301, 410})


class Asked(HullRequest):
    """What a visitor asks. A raw byte that is no text may stand in a query: it is read as the sign that says so."""

    def __init__(self, environ: dict[str, Any], populate_request: bool = True, shallow: bool = False) -> None:
        super().__init__(environ, populate_request, shallow)
        self.query_string = self.query_string.decode("utf-8", "replace").encode()


def create_app(settings: RegistrySettings) -> Flask:
    """The registry door.

    Raises:
        UserError: the legal notices are not complete, or there is no database of this version.
    """
    publisher = check_publisher(settings)
    store = RegistryStore.open(settings)
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.jinja_env.globals["publisher"] = publisher
    register(app, Shelf(store, settings))
    exports.register(app)
    openapi.register(app)
    log.register(app)
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    app.after_request(_cache)
    app.after_request(lambda response: _tell_onion(response, settings.onion))
    harden(
        app,
        Policy(
            hosts=tuple(dict.fromkeys((*settings.door.hosts, *filter(None, [settings.onion])))),
            trial=settings.trial,
            style=style,
            headers={"X-Robots-Tag": "noindex, nofollow" if settings.trial else "all"},
            page=problem_page,
        ),
    )
    app.request_class = Asked
    return app


def check_publisher(settings: RegistrySettings) -> Publisher:
    """The legal notices, complete: who publishes, who directs, who hosts, and where to write (LCEN art. 1-1).

    Raises:
        UserError: one of them is missing; the registry does not start.
    """
    publisher = settings.publisher
    missing = [
        field.name
        for field in dataclasses.fields(Publisher)
        if publisher is None or not getattr(publisher, field.name).strip()
    ]
    if publisher is None or missing:
        raise UserError(
            f"The registry does not start without its legal notices: publisher {', '.join(missing)}.",
            "Write name, director, host and address under [publisher] in registry.toml.",
        )
    return publisher


def _cache(response: Response) -> Response:
    """An ETag and a short life for every page; a repeated visit costs 304 and no body."""
    if request.method in {"GET", "HEAD"} and response.status_code in _CACHED:
        response.headers.setdefault("Cache-Control", f"public, max-age={CACHE_SECONDS}")
        response.add_etag()
        if response.status_code == 200:
            response.make_conditional(request)
    return response


def _tell_onion(response: Response, onion: str) -> Response:
    """Tor Browser offers the same page on the onion to who comes by the ordinary web (Onion-Location, over HTTPS)."""
    if onion and response.mimetype == "text/html" and request.environ.get("HTTP_HOST", "").lower() != onion:
        query = quote(request.query_string.decode("latin-1"), safe="%/?&=+:@!$'()*,;~")
        path = quote(request.path, safe="/:@!$&'()*+,;=~")
        response.headers["Onion-Location"] = f"http://{onion}{path}{'?' + query if query else ''}"
    return response
