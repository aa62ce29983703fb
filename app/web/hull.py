"""The hull of every door: who may ask, how, how much, and what every answer carries. Deny by default, log nothing.

`harden(app, policy)` is called once by each factory. Around Flask it puts a guard that adds the headers to every
answer whatever its status and lets no exception reach the server; inside Flask it checks each request before its view.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import escape
from typing import Any

from flask import Flask, Response, g, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.domain.limits import FORM_BYTES
from app.errors import BusyError, UserError
from app.web.circuits import Rates, circuit_of
from app.web.forms import HullRequest, drain
from app.web.problem import REASONS, Problem, Refusal
from app.web.slots import Slots
from crypto.errors import FormatError, SealingError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Seconds without one byte from the client before its thread, its gpg and its draft are freed. An upload over Tor may
# take hours; it does not stop for two minutes.
IDLE_SECONDS = 120

# A circuit's purse gives one request a second (app/web/circuits.py); who holds a whole door takes longer to go.
RETRY_SECONDS = {429: "60", 503: "300"}

_NOTHING = ExitStack()

HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not no-referrer: that makes browsers send `Origin: null` with our own forms (TOR.md §6).
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Policy:
    """What one door allows.

    Args:
        hosts: the exact Host values it answers to.
        trial: show the banner of a trial (templates read `trial`).
        upload_paths: paths whose view streams the body itself; the hull reads nothing of it.
        repeats: form fields that may come more than once.
        form_bytes: the longest urlencoded body.
        style: the text of the one inline style sheet; its digest is the only style allowed.
        images: pictures of this very door may be shown.
        headers: headers of this door in place of the usual ones.
        page_bucket: pages grow to a multiple of so many bytes, so that their length says less; 0 leaves them. A view
            whose pages must not tell each other apart sets a larger one, `g.page_bucket`.
        plaintext: requests that leave in memory what a person wrote or reads: a method, or `METHOD /path`. The server
            is told before the body is read, and ends that process when it can (ADR 0020).
        bodies: bounds the requests that may send a body at once: each holds a thread for as long as its client likes.
        rates: counts POST requests of each circuit, if tor tells circuits (ADR 0021).
        page: draws an error page; a plain one in both languages when None.
    """

    hosts: tuple[str, ...]
    trial: bool = False
    upload_paths: frozenset[str] = frozenset()
    repeats: frozenset[str] = frozenset()
    form_bytes: int = FORM_BYTES
    style: str = ""
    images: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    page_bucket: int = 0
    plaintext: frozenset[str] = frozenset()
    bodies: Slots | None = None
    rates: Rates | None = None
    page: Callable[[Problem], str] | None = None

    @property
    def content_policy(self) -> str:
        """Nothing from anywhere, except this very style sheet, our own forms and, where asked for, our own pictures."""
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        style = f"style-src 'sha256-{digest}'; " if self.style else ""
        style += "img-src 'self'; " if self.images else ""
        return f"default-src 'none'; {style}form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def harden(app: Flask, policy: Policy) -> None:
    """Put the hull around an app: checks before each view, error pages, headers on every answer, no logs."""
    app.request_class = HullRequest
    app.logger.disabled = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(trial=policy.trial, style=Markup(policy.style))  # noqa: S704 - a file of ours
    app.config["MAX_FORM_MEMORY_SIZE"] = policy.form_bytes

    app.before_request(lambda: _check_request(policy))
    app.teardown_request(lambda _error: g.pop("body", _NOTHING).close())
    app.after_request(lambda response: _pad(response, g.get("page_bucket", policy.page_bucket)))
    app.register_error_handler(Exception, lambda error: _answer(error, policy))
    app.wsgi_app = Guard(app.wsgi_app, policy)  # type: ignore[method-assign]


def _check_request(policy: Policy) -> None:
    environ = request.environ
    _tell_plaintext(policy)  # first: what is refused below has come too
    if environ.get("HTTP_HOST", "").lower() not in policy.hosts:
        raise Refusal(421, "host")
    if any(name.startswith("HTTP_X_TOR2WEB") for name in environ):
        raise Refusal(403, "tor2web")
    if isinstance(request.routing_exception, RequestRedirect):
        raise Refusal(404, "not_found")  # a page has one address; the redirect would repeat what was typed
    if request.method in SAFE_METHODS or request.routing_exception is not None:
        return
    # Before the body, so that what is refused for its size or its site costs as well.
    g.within = policy.rates is None or policy.rates.charge(circuit_of(environ), time.monotonic())
    if not _same_site(policy):
        raise Refusal(403, "cross_site")
    if policy.bodies is not None:
        g.body = ExitStack()
        g.body.enter_context(policy.bodies.one(circuit_of(environ)))
    if request.path not in policy.upload_paths:
        _check_form(policy)
        check_rate(request.form.items(multi=True))


def check_rate(typed: Iterable[tuple[str, str]] = ()) -> None:
    """Refuse what came too fast, once its fields are read: only then can they be given back. Views that stream their
    body call it themselves.

    Raises:
        Refusal: its circuit had sent too much; it holds what was typed.
    """
    if not g.within:
        raise Refusal(429, "rate", typed=typed)


def _tell_plaintext(policy: Policy) -> None:
    method = "GET" if request.method == "HEAD" else request.method
    tell = request.environ.get("sourdine.plaintext")
    if tell is not None and not policy.plaintext.isdisjoint({method, f"{method} {request.path}"}):
        tell()


def _same_site(policy: Policy) -> bool:
    """Fetch metadata first, then Origin; a client that sends neither is no browser and carries no one's cookie."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return origin.lower() in {f"{scheme}://{host}" for scheme in ("http", "https") for host in policy.hosts}


def _check_form(policy: Policy) -> None:
    kind = request.mimetype
    if kind not in {"", "application/x-www-form-urlencoded"}:
        drain(request.environ, policy.form_bytes)
        raise Refusal(415, "media_type")
    try:
        pairs = request.form
    except Refusal:
        drain(request.environ, policy.form_bytes * 2)
        raise
    for name, values in pairs.lists():
        if len(values) > 1 and name not in policy.repeats:
            raise Refusal(400, "duplicate", typed=pairs.items(multi=True))


def _pad(response: Response, bucket: int) -> Response:
    if bucket and response.mimetype == "text/html" and not response.is_streamed:
        page = response.get_data()
        room = -(len(page) + len(b"<!---->")) % bucket
        response.set_data(page + b"<!--" + b" " * room + b"-->")
    return response


def _answer(error: Exception, policy: Policy) -> Response:
    problem = _problem(error)
    response = Response((policy.page or plain_page)(problem), problem.status, mimetype="text/html")
    for allowed in getattr(error, "valid_methods", None) or ():
        response.headers.add("Allow", allowed)
    if problem.status in RETRY_SECONDS:
        response.headers["Retry-After"] = RETRY_SECONDS[problem.status]
    return response


def _problem(error: Exception) -> Problem:
    if isinstance(error, Refusal):
        return error.problem
    if isinstance(error, HTTPException):
        code = error.code or 500
        return Problem(code, REASONS.get(code, "bad_request" if code < 500 else "broken"))
    if isinstance(error, UserError):
        busy = isinstance(error, BusyError)
        return Problem(503 if busy else 400, "busy" if busy else "bad_request", error.message, error.hint)
    if isinstance(error, SealingError):
        return Problem(400, "bad_request") if isinstance(error, FormatError) else Problem(503, "busy")
    return Problem(500, "broken")


def plain_page(problem: Problem) -> str:
    """An error page without a layout, French first, English below."""
    what, then = (escape(text) for text in problem.french)
    english = "".join(f"<p>{escape(text)}</p>" for text in problem.english if text)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{what}</title></head>'
        f'<body><main><h1>{what}</h1><p>{then}</p><div lang="en">{english}</div></main></body></html>'
    )


class Guard:
    """The outermost layer: headers on every answer; an exception ends here, not in the server's log."""

    def __init__(self, inner: Callable[..., Iterable[bytes]], policy: Policy) -> None:
        self._inner = inner
        self._headers = {**HEADERS, "Content-Security-Policy": policy.content_policy, **policy.headers}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        socket = environ.get("gunicorn.socket")
        if socket is not None:
            socket.settimeout(IDLE_SECONDS)

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            kept = [(name, value) for name, value in headers if name.lower() != "server"]
            kept += [(name, value) for name, value in self._headers.items() if name.lower() not in present]
            return start_response(status, kept, *error)

        try:
            return self._inner(environ, start)
        except Exception:  # its text may hold what a person typed: drop it whole
            body = plain_page(Problem(500, "broken")).encode()
            size = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))]
            start("500 Internal Server Error", size)
            return [body]
