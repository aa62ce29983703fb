"""Reporters who go on while tor falls over: each keeps its form, and sends it again until there is a receipt."""

from __future__ import annotations

import http.client
import secrets
import threading
import time
from dataclasses import dataclass, field

from app.cli.visitor import Page, Upload, Visitor
from tests.journey.house import STORY
from tests.tor.house import OnionHouse
from tor.errors import TorError

# What a dead line looks like to a visitor: Tor Browser shows its own page for each of them.
BROKEN = (OSError, http.client.HTTPException, TorError)
# A stream may hang where a host just died; tor itself would wait two minutes.
STEP_SECONDS = 10.0
GIVE_UP_SECONDS = 120.0


@dataclass(frozen=True)
class Sent:
    """One report that got its receipt."""

    canary: str
    words: list[str] = field(repr=False)
    again: list[str] = field(repr=False)
    tries: int


def form_of(visitor: Visitor, story: str) -> list[tuple[str, str]]:
    """The fields of the last page before sending, its `attempt` among them."""
    form = visitor.get("/report").form("/report/review") | {"story": story, "topic": "1", "follow_up": "codename"}
    page = visitor.post("/report/review", form)
    assert page.status == 200, page.text
    return list(page.form("/report").items())


class Reporter(threading.Thread):
    """Reports one after another until told to stop; keeps what went wrong with an answer, not with a line."""

    def __init__(self, house: OnionHouse, number: int) -> None:
        super().__init__(name=f"reporter{number}")
        self._house = house
        self._client = number % 2
        self._end = threading.Event()
        self.sent: list[Sent] = []
        self.faults: list[str] = []
        self.broken = 0

    def stop(self) -> None:
        """Let it finish the report that it is at."""
        self._end.set()

    def run(self) -> None:
        while not self._end.is_set():
            canary = secrets.token_hex(8)
            try:
                self.sent.append(self._report(canary))
            except AssertionError as error:
                self.faults.append(str(error))
                return

    def _report(self, canary: str) -> Sent:
        file = Upload("pv.pdf", secrets.token_bytes(200_000))
        form, _ = self._insist(lambda visitor: form_of(visitor, f"{STORY} ({canary})"))
        first, tries = self._insist(lambda visitor: words_of(visitor.upload("/report", form, [file])))
        # As after a receipt that never arrived: the same form once more.
        again, _ = self._insist(lambda visitor: words_of(visitor.upload("/report", form, [file])))
        return Sent(canary, first, again, tries)

    def _insist(self, action):  # type: ignore[no-untyped-def]
        end = time.monotonic() + GIVE_UP_SECONDS
        tries = 0
        while True:
            tries += 1
            try:
                return action(self._house.visit(client=self._client, timeout=STEP_SECONDS)), tries
            except BROKEN:
                self.broken += 1
                assert time.monotonic() < end, "no answer for too long"
                time.sleep(0.2)


def words_of(page: Page) -> list[str]:
    """The codename of a receipt."""
    assert page.status == 200, f"{page.status}: {page.text}"
    return page.items("codename")
