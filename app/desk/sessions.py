"""Who is at the page. Everything lives in this process's memory and ends with it; the cookie is a random name."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from app.desk.bench import Desk

COOKIE = "sourdine-desk"
IDLE_SECONDS = 30 * 60
# A code has 32 random bits: ten tries and it is void.
TRIES = 10


@dataclass
class Session:
    """One browser. `desk` is there while a reviewer is unlocked."""

    seen: float
    desk: Desk | None = field(default=None, repr=False)


class Sessions:
    """The one-time code, and the browser that typed it."""

    def __init__(self, code: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._code = code.encode()
        self._tries = TRIES
        self._clock = clock
        self._open: dict[bytes, Session] = {}
        self._lock = Lock()

    @property
    def spent(self) -> bool:
        """The code was used, or guessed at too often: only a new start gives another."""
        return not self._code

    def enter(self, typed: str) -> str | None:
        """The name of a new session for whoever types the code, once."""
        with self._lock:
            if not self._code:
                return None
            if not hmac.compare_digest(typed.strip().encode(), self._code):
                self._tries -= 1
                if self._tries == 0:
                    self._code = b""
                return None
            self._code = b""
            name = secrets.token_urlsafe(32)
            self._open[_digest(name)] = Session(self._clock())
            return name

    def find(self, name: str) -> Session | None:
        """The session of a cookie; after half an hour without a click its keys are dropped."""
        with self._lock:
            session = self._open.get(_digest(name))
            if session is None:
                return None
            now = self._clock()
            if now - session.seen > IDLE_SECONDS:
                session.desk = None
            session.seen = now
            return session


def _digest(name: str) -> bytes:
    # Looked up by digest: a comparison that takes longer for a better guess tells nothing about the name.
    return hashlib.sha256(name.encode()).digest()
