"""The session of a mailbox: a sealed cookie with the mailbox root, never the words (ADR 0005)."""

from __future__ import annotations

from flask import Response, request

from app.reporter.reception import reception

COOKIE = "__Host-session"
PURPOSE = "session/v1"


def open_root() -> bytes | None:
    """The root in the cookie of this request; None without one, or when it is forged, old or of another run."""
    return reception().epoch.open(PURPOSE, request.cookies.get(COOKIE, ""))


def keep(response: Response, root: bytes) -> Response:
    """Begin the session, or give it another hour. Without Max-Age, so that the browser keeps it in memory only."""
    value = reception().epoch.seal(PURPOSE, root)
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite="Strict")
    return response


def end(response: Response) -> Response:
    """End the session."""
    response.set_cookie(COOKIE, "", max_age=0, path="/", secure=True, httponly=True, samesite="Strict")
    return response
