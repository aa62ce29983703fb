"""The session of a mailbox: a sealed cookie with the mailbox root, never the words (ADR 0005), and the reviewers who
are known to be excluded, as one bit for each reviewer of the manifest: its length is always the same."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response, request

from app.reporter.reception import reception

COOKIE = "__Host-session"
PURPOSE = "session/v2"
ROOT_BYTES = 32


def read() -> tuple[bytes, tuple[str, ...]] | None:
    """Root and excluded reviewers in the cookie of this request; None without one, or when it is forged, old or of
    another run."""
    value = reception().epoch.open(PURPOSE, request.cookies.get(COOKIE, ""))
    if value is None:
        return None
    bits = int.from_bytes(value[ROOT_BYTES:], "big")
    return value[:ROOT_BYTES], tuple(name for place, name in enumerate(_names()) if bits >> place & 1)


def keep(response: Response, root: bytes, excluded: Collection[str] = ()) -> Response:
    """Begin the session, or give it another hour. Without Max-Age, so that the browser keeps it in memory only."""
    names = _names()
    bits = sum(1 << place for place, name in enumerate(names) if name in excluded)
    value = reception().epoch.seal(PURPOSE, root + bits.to_bytes(len(names) // 8 + 1, "big"))
    response.set_cookie(COOKIE, value, path="/", secure=True, httponly=True, samesite="Strict")
    return response


def _names() -> list[str]:
    # One manifest for the life of a program, and so for the life of a session's key.
    return [reviewer.name for reviewer in reception().manifest.reviewers]


def end(response: Response) -> Response:
    """End the session."""
    response.set_cookie(COOKIE, "", max_age=0, path="/", secure=True, httponly=True, samesite="Strict")
    return response
