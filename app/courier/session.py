"""The courier's session: a sealed cookie that only this process can open, and the gate before Argon2id.

Seconds exist in this room only, because one-time codes need them; none is written anywhere.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.courier.accounts import Entry

COOKIE = "__Host-courier"
SESSION_SECONDS = 3600
# One Argon2id at a time (64 MiB), four waiting; a fifth is told to come back.
WAITING_MAX = 4
# Five mistakes are a tired person; from then on each costs twice the wait of the one before, a minute at most.
FREE_FAILURES = 5
FAILURES_KEPT_SECONDS = 600
PENALTY_MAX_SECONDS = 60
_LABEL = b"sourdine/courier-session/v1"
_NONCE = 12


@dataclass(frozen=True)
class Session:
    """One login. `fetch` and `push` are what each verb claims; `mark` names the very account."""

    id: bytes
    name: str
    mark: bytes
    fetch: bytes
    push: bytes
    until: int

    def __repr__(self) -> str:
        return "Session(hidden)"


class Sessions:
    """Seals and opens sessions with a key that lives and dies with the process."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._box = ChaCha20Poly1305(ChaCha20Poly1305.generate_key())
        self._now = now
        self._ended: dict[bytes, int] = {}
        self._lock = threading.Lock()

    def begin(self, entry: Entry) -> str:
        """The cookie of a new session."""
        until = int(self._now()) + SESSION_SECONDS
        fields = (secrets.token_bytes(16), entry.mark, entry.fetch, entry.push)
        body = json.dumps([entry.name, until, *(field.hex() for field in fields)]).encode("ascii")
        nonce = secrets.token_bytes(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._box.encrypt(nonce, body, _LABEL)).decode("ascii")

    def open(self, cookie: str) -> Session | None:
        """The session of a cookie of ours, until its hour is over or someone logged out of it."""
        try:
            data = base64.b64decode(cookie, altchars=b"-_", validate=True)
            body = self._box.decrypt(data[:_NONCE], data[_NONCE:], _LABEL)
        except (binascii.Error, ValueError, InvalidTag):
            return None
        name, until, *fields = json.loads(body)
        identifier, mark, fetch, push = map(bytes.fromhex, fields)
        if until < self._now() or identifier in self._ended:
            return None
        return Session(identifier, name, mark, fetch, push, until)

    def end(self, session: Session) -> None:
        """Log out: the cookie opens nothing any more, wherever it was copied."""
        with self._lock:
            self._ended = {known: until for known, until in self._ended.items() if until >= self._now()}
            self._ended[session.id] = session.until


class TooMany(Exception):
    """Come back after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__("too many logins")
        self.seconds = seconds


class LoginGate:
    """Lets one login through at a time, and slows down after mistakes. In memory only."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._one = threading.Lock()
        self._lock = threading.Lock()
        self._waiting = 0
        self._failures: deque[float] = deque(maxlen=64)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for this login's turn.

        Raises:
            TooMany: the queue is full, or recent mistakes still cost time.
        """
        with self._lock:
            penalty = self._penalty()
            if penalty > 0 or self._waiting > WAITING_MAX:
                raise TooMany(max(int(penalty) + 1, 1))
            self._waiting += 1
        try:
            with self._one:
                yield
        finally:
            with self._lock:
                self._waiting -= 1

    def failed(self) -> None:
        with self._lock:
            self._failures.append(self._now())

    def passed(self) -> None:
        with self._lock:
            self._failures.clear()

    def _penalty(self) -> float:
        now = self._now()
        while self._failures and now - self._failures[0] > FAILURES_KEPT_SECONDS:
            self._failures.popleft()
        excess = len(self._failures) - FREE_FAILURES
        if excess < 0:
            return 0.0
        return self._failures[-1] + min(2.0**excess, PENALTY_MAX_SECONDS) - now
