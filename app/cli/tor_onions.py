"""What is known of each onion of `sourdine tor up`, seen from outside: through tor, as a visitor without any key."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.cli.tor_layout import say_skew
from app.errors import UserError
from tor.control import Control
from tor.descriptor import decrypt
from tor.errors import TorError
from tor.onion import NEWER_SECONDS, PORT, Onion
from tor.socks import INTRO_FAILED, NEEDS_KEY, NO_DESCRIPTOR, REACHED, connect, probe

PROBE_SECONDS = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# tor delays a NEWNYM that follows another one sooner than this (control-spec, SIGNAL).
NEWNYM_SECONDS = 10.5
# The first upload is told, the others follow within this; and no upload is told when nothing changed.
SETTLE_SECONDS, LATE_SECONDS, UNTOLD_SECONDS = 1.0, 15.0, 60.0
# How often the clock is looked at, and how often a wrong one is said.
CLOCK_SECONDS, SAID_SECONDS = 2.0, 3600.0
# SOCKS replies that come from the other end, whose door is not there (RFC 1928: general failure, host unreachable,
# refused; tor sends the second one for a socket that it may not open).
FAILED, UNREACHABLE, REFUSED = 1, 4, 5
# How often tor's own description of each guarded onion is read, as long as tor lives.
GUARD_SECONDS = 2.0
NO_KEY = "no client key yet (sourdine tor client-key new NAME)"
WAITING = {
    NO_DESCRIPTOR: "not yet published; trying on",
    INTRO_FAILED: "published, its introduction points do not answer yet; trying on",
}
# What the first page answers when the two settings files do not fit; any other status is the door's own business.
FAULTS = {
    0: "refuses what tor sends: is `circuits` the same in both settings files?",
    400: "refuses what tor sends: is `circuits` the same in both settings files?",
    421: "answers to another name: is this address in its `hosts`?",
}


@dataclass
class _Seen:
    """One onion: what was last said of it, and when to look again (`time.monotonic`)."""

    onion: Onion
    address: str
    expected: bool = False
    known: bool = False
    settled: bool = False
    untold: bool = False
    told: str = ""
    since: float = 0.0
    again: float = 0.0
    pause: float = FIRST_PAUSE


class Onions:
    """The onions of one life of tor.

    Args:
        onions: with their addresses.
        socks: tor's own SOCKS port.
        tell: called with a sentence when something changed.
    """

    def __init__(self, onions: Sequence[tuple[Onion, str]], socks: str, tell: Callable[[str], None]) -> None:
        self._seen = [_Seen(onion, address) for onion, address in onions]
        self._socks = socks
        self._tell = tell
        self._uploaded: set[str] = set()
        self._last_upload: dict[str, float] = {}
        self._progress = ""
        self._bootstrapped = False
        self._clock_at = self._guard_at = 0.0
        self._forget_at = 0.0
        self._forgot = 0.0

    def heard(self, event: str) -> None:
        """An event of the control port, in another thread: `650 HS_DESC UPLOADED ADDRESS …` (control-spec)."""
        words = event.split()
        if words[1:3] == ["HS_DESC", "UPLOAD"]:
            self._last_upload[f"{words[3]}.onion"] = time.monotonic()
        if words[1:3] == ["HS_DESC", "UPLOADED"]:
            self._uploaded.add(f"{words[3]}.onion")

    def expect(self, clients: Mapping[str, str], fault: str = "") -> None:
        """At the start of tor, and when the client keys changed: what is to be found now, and how.

        Args:
            clients: who may find the guarded onions; when empty these are not published.
            fault: the sentence why not, when it is not that there is no key.
        """
        for seen in self._seen:
            if seen.expected and not seen.onion.guarded:
                continue
            seen.expected = bool(clients) or not seen.onion.guarded
            seen.known, seen.settled, seen.since = not seen.expected, not seen.expected, time.monotonic()
            seen.pause, seen.again, seen.untold = FIRST_PAUSE, 0.0, False
            self._uploaded.discard(seen.address)
            if not seen.expected:
                self._say(seen, f"not published: {fault or NO_KEY}")
            elif seen.told:
                # What tor remembers of this onion as a client is from before the change.
                seen.told = ""
                self._forget_at = max(time.monotonic(), self._forgot + NEWNYM_SECONDS)

    def may_change(self) -> bool:
        """Whether a new description of the guarded onions would be taken: not right after another one."""
        last = max((self._last_upload.get(seen.address, 0.0) for seen in self._seen if seen.onion.guarded), default=0.0)
        return time.monotonic() - last >= NEWER_SECONDS

    def known(self) -> bool:
        """Whether every onion was seen published, and every guarded one closed."""
        return all(seen.known for seen in self._seen)

    def step(self, control: Control) -> None:
        """One look, for at most `PROBE_SECONDS`.

        Raises:
            UserError: a guarded onion is open.
            ControlLost: tor ended.
        """
        self._look_at_guards(control)
        self._look_at_clock(control)
        if not self._bootstrapped:
            self._bootstrapped = self._has_network(control)
            return
        if self._forget_at:
            if time.monotonic() < self._forget_at:
                return
            control.new_identity()
            self._forgot, self._forget_at = time.monotonic(), 0.0
        for seen in self._seen:
            if not seen.settled and time.monotonic() >= seen.again and self._is_uploaded(seen):
                self._look(seen)
                return

    def _look_at_guards(self, control: Control) -> None:
        """What tor publishes of a guarded onion must not be readable without a key. A probe may fail; this does not."""
        if time.monotonic() < self._guard_at:
            return
        for seen in self._seen:
            own = control.own_descriptor(seen.address) if seen.onion.guarded else ""
            if own and decrypt(own, seen.address):
                raise _open(seen, "its description was readable without a client key")
        self._guard_at = time.monotonic() + GUARD_SECONDS

    def _look_at_clock(self, control: Control) -> None:
        """Others tell tor what time it is only while it talks to them, also long after the start."""
        now = time.monotonic()
        if now < self._clock_at:
            return
        skew = control.clock_skew()
        self._clock_at = now + (CLOCK_SECONDS if skew is None else SAID_SECONDS)
        if skew is not None:
            self._tell(say_skew(skew))

    def _has_network(self, control: Control) -> bool:
        now = control.bootstrap()
        text = f"{now.percent} %, {now.summary}" + (f": {now.problem}" if now.problem else "")
        if text != self._progress:
            self._progress = text
            self._tell(f"tor: {text}")
        return now.percent == 100

    def _is_uploaded(self, seen: _Seen) -> bool:
        """Before that, a directory may still show what a guarded onion was in an earlier life.

        An open one is reached or not; only the first look waits, because tor remembers for long what it did not find.
        """
        now = time.monotonic()
        if seen.address in self._uploaded:
            seen.again = seen.again or now + SETTLE_SECONDS
            return now >= seen.again
        if now - seen.since < (UNTOLD_SECONDS if seen.onion.guarded else LATE_SECONDS):
            return False
        if not seen.untold:
            seen.untold = True
            self._say(seen, "tor does not say that it uploaded a description; looking all the same")
        return True

    def _look(self, seen: _Seen) -> None:
        code = probe(self._socks, seen.address, user=secrets.token_hex(8), timeout=PROBE_SECONDS)
        (self._judge_guarded if seen.onion.guarded else self._judge)(seen, code)
        seen.again = time.monotonic() + seen.pause
        seen.pause = min(seen.pause * 2, LONGEST_PAUSE)
        if code == NO_DESCRIPTOR:
            # tor asks a directory that had nothing again only after minutes, unless it forgets that it asked.
            self._forget_at = max(seen.again, self._forgot + NEWNYM_SECONDS)

    def _judge(self, seen: _Seen, code: int) -> None:
        if code == REACHED:
            fault = FAULTS.get(self._ask(seen), "")
            seen.known, seen.settled = True, not fault
            self._say(seen, f"reachable, but its door {fault}; trying on" if fault else "reachable")
        elif code in {FAILED, UNREACHABLE, REFUSED}:
            seen.known = True
            self._say(seen, f"published, but its door does not answer at {seen.onion.target}; trying on")
        else:
            self._say(seen, WAITING.get(code, "not reachable yet; trying on"))

    def _ask(self, seen: _Seen) -> int:
        """The status of the first page, as a visitor gets it; 0 when there is no answer."""
        request = f"GET / HTTP/1.1\r\nHost: {seen.address}\r\nConnection: close\r\n\r\n"
        try:
            user = secrets.token_hex(8)
            with connect(self._socks, seen.address, PORT, user=user, timeout=PROBE_SECONDS) as line:
                line.sendall(request.encode("ascii"))
                words = line.recv(100).split()
        except (OSError, TorError):
            return 0
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 0

    def _judge_guarded(self, seen: _Seen, code: int) -> None:
        # Not FAILED and UNREACHABLE: tor says them now and then of an onion that is well guarded, too.
        if code in {REACHED, REFUSED}:
            raise _open(seen, "it was reached without a client key")
        if code == NEEDS_KEY:
            seen.known = seen.settled = True
            self._say(seen, "protected: published, and closed to who has no key (tried without one)")
        else:
            self._say(seen, WAITING.get(code, "not reachable yet; trying on"))

    def _say(self, seen: _Seen, text: str) -> None:
        if text != seen.told:
            seen.told = text
            self._tell(f"{seen.onion.name}: {text}")


def _open(seen: _Seen, why: str) -> UserError:
    return UserError(
        f"The {seen.onion.name} onion is open to everybody: {why}. tor was stopped at once.",
        "Nothing is published now. Check who can write to its folder authorized_clients, then start again.",
    )
