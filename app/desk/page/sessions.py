"""Who is at the page. Everything lives in this process's memory and ends with it; the cookie is a random name."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import Lock, Timer
from typing import Any

from app.desk.carry.paper import NewCase
from app.desk.core.bench import Desk
from app.desk.page.copies import Copies
from app.desk.page.jobs import Job, Told

COOKIE = "sourdine-desk"
IDLE_SECONDS = 30 * 60
# A code has 32 random bits: ten tries and it is void.
TRIES = 10
# Sentences about what was done, kept so that two tabs each show their own.
TOLD = 50
# Forms that were carried out, kept so that a second click does nothing.
SENT = 200
# A smartcard answers within seconds; the agent is stopped before anybody waits for it.
CANCEL_SECONDS = 10.0

# A form of a case: the id of the case, or nothing, and the name of the view.
Form = tuple[str, str]


@dataclass(frozen=True)
class Late:
    """A form that came after the desk had locked itself: given back to the same reviewer, to nobody else."""

    reviewer: str
    form: Form
    typed: Mapping[str, str] = field(repr=False)


@dataclass
class Session:
    """One browser. `desk` is there while a reviewer is unlocked; all the rest belongs to that reviewer.

    Attributes:
        drafts: what was typed and not sent yet, by form.
        filters: what the work list shows.
        notes: what somebody should know today, as it was told at the last unlocking or import.
        slip: a case from paper whose codename was not printed yet.
        left: whose keys were dropped because nobody clicked.
        sent: where each form that was carried out led, by its digest; `acting` is held while one is, `opening` while
            somebody unlocks.
    """

    seen: float
    desk: Desk | None = field(default=None, repr=False)
    drafts: dict[Form, dict[str, str]] = field(default_factory=dict, repr=False)
    filters: dict[str, str] = field(default_factory=dict, repr=False)
    told: list[Told] = field(default_factory=list, repr=False)
    notes: list[Any] = field(default_factory=list, repr=False)
    copies: Copies[Any] = field(default_factory=Copies, repr=False)
    job: Job | None = field(default=None, repr=False)
    keys: ExitStack = field(default_factory=ExitStack, repr=False)
    timer: Timer | None = field(default=None, repr=False)
    slip: NewCase | None = field(default=None, repr=False)
    left: str = ""
    late: Late | None = field(default=None, repr=False)
    numbered: int = 0
    sent: dict[bytes, str] = field(default_factory=dict, repr=False)
    acting: Lock = field(default_factory=Lock, repr=False)
    opening: Lock = field(default_factory=Lock, repr=False)

    def tell(self, told: Told) -> int:
        """Keep a sentence for the page that follows; its number."""
        self.told = [*self.told, told][-TOLD:]
        self.numbered += 1
        return self.numbered

    def what_was_done(self, number: int) -> Told | None:
        """The sentence of that number, if it is still here."""
        place = number - 1 - (self.numbered - len(self.told))
        return self.told[place] if 0 <= place < len(self.told) else None

    def keep_sent(self, form: bytes, led: str) -> None:
        """Remember where a form led."""
        self.sent[form] = led
        for oldest in list(self.sent)[:-SENT]:
            del self.sent[oldest]

    def wipe(self) -> None:
        """Drop keys, drafts, copies and everything else that came from a case; gpg-agent forgets as well."""
        job, self.job = self.job, None
        self.desk, self.slip, self.left = None, None, ""
        self.drafts, self.filters, self.told, self.notes, self.late = {}, {}, [], [], None
        self.sent = {}
        self.copies.clear()
        timer, self.timer = self.timer, None
        if timer:
            timer.cancel()
        # First the agent: work that waits for a smartcard ends with it.
        self.keys.close()
        if job:
            job.cancel(CANCEL_SECONDS)
            self.copies.clear()


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
            self._drop_idle(session)
            session.seen = self._clock()
            return session

    def keep_late(self, session: Session, late: Late) -> None:
        """Keep a form that came after the lock, for as long as a session may idle and no longer."""

        def forget() -> None:
            if session.late is late:
                session.late = None

        session.late = late
        timer = Timer(IDLE_SECONDS, forget)
        timer.daemon = True
        timer.start()

    def begin(self, session: Session, desk: Desk) -> None:
        """A reviewer is unlocked: from now on a timer watches, so that keys go even if nobody ever clicks again."""
        late, session.late = session.late, None
        if late and late.reviewer == desk.keyring.name:
            session.drafts[late.form] = dict(late.typed)
        session.left = ""
        session.desk = desk
        self._watch(session, IDLE_SECONDS)

    def close(self) -> None:
        """Lock every session."""
        for session in self._open.values():
            session.wipe()

    def _watch(self, session: Session, seconds: float) -> None:
        session.timer = Timer(seconds + 1, self._look, (session,))
        session.timer.daemon = True
        session.timer.start()

    def _look(self, session: Session) -> None:
        with self._lock:
            left = IDLE_SECONDS - (self._clock() - session.seen)
            if session.desk is not None and not self._drop_idle(session):
                self._watch(session, left)

    def _drop_idle(self, session: Session) -> bool:
        if session.desk is None or self._clock() - session.seen <= IDLE_SECONDS:
            return False
        name = session.desk.keyring.name
        session.wipe()
        session.left = name
        return True


def _digest(name: str) -> bytes:
    # Looked up by digest: a comparison that takes longer for a better guess tells nothing about the name.
    return hashlib.sha256(name.encode()).digest()
