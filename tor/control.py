"""The one door to tor's control port (control-spec). Only `tor/line.py` under it knows stem, too.

Every call is bounded in time and ends in a value or in a `TorError`. tor's own words are shown only where they cannot
hold an argument of ours: an ADD_ONION line carries a secret key.
"""

from __future__ import annotations

import base64
import contextlib
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import stem

from tor.address import is_onion_address
from tor.bootstrap import Bootstrap, parse_phase, skew_of, skew_of_consensus, skew_sentence
from tor.errors import ControlLost, ControlRefused, PublishError, TorError
from tor.key import OnionKey
from tor.line import REPLY_SECONDS, Line, open_line
from tor.onion import Onion, add_onion
from tor.version import Version, parse_version, require

# tor says REQUESTED while it obeys HSFETCH, or not at all.
ASKED_SECONDS = 2.0
_GONE = "tor stopped, or closed its control socket."
_RETRY = "Nothing was lost; what it published comes back when tor does."


class Control:
    """An authenticated connection. What was published through it is withdrawn by tor when it closes."""

    def __init__(
        self, path: Path, on_event: Callable[[str], None] | None = None, timeout: float = REPLY_SECONDS
    ) -> None:
        self._on_event = on_event
        self._listening: tuple[str, ...] = ("STATUS_GENERAL",)
        self._skew: int | None = None
        self._descriptors: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._line: Line = open_line(path, self._heard, timeout)
        try:
            self.listen()
        except BaseException:
            self.close()
            raise

    @classmethod
    def connect(
        cls, path: Path, *, on_event: Callable[[str], None] | None = None, timeout: float = REPLY_SECONDS
    ) -> Control:
        """Connect to the unix socket and authenticate by tor's cookie.

        Args:
            on_event: called, in another thread, with each event that `listen` asked for.
            timeout: seconds for each answer; after it the connection is given up.

        Raises:
            ControlLost: tor is not running there.
            ControlRefused: socket or cookie cannot be read, the cookie is wrong, or tor wants a password.
        """
        return cls(path, on_event, timeout)

    def close(self) -> None:
        """Close; may be called twice."""
        self._line.close()

    def __enter__(self) -> Control:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what tor is -----------------------------------------------------------------------------------------------

    def is_alive(self) -> bool:
        """Whether the socket is still open. A tor that hangs is alive until a command times out."""
        return bool(self._line.is_alive())

    def version(self) -> Version:
        """Of the running tor."""
        return parse_version(self.get_info("version"))

    def check(self) -> None:
        """Refuse a tor that must not carry an onion service of ours.

        Raises:
            TorTooOld: older than `MINIMUM`.
            ControlRefused: single-hop (non-anonymous) mode, which shows every visitor where this machine is.
        """
        require(self.version())
        for option in ("HiddenServiceSingleHopMode", "HiddenServiceNonAnonymousMode"):
            if self.get_conf(option) != ["0"]:
                raise ControlRefused(
                    f"This tor runs with {option}, which reveals where this machine is. Nothing was published.",
                    f"Remove {option} from torrc, or use a tor of its own: sourdine tor up",
                )

    def bootstrap(self) -> Bootstrap:
        """How far tor is on its way into the network."""
        return parse_phase(self.get_info("status/bootstrap-phase"))

    def wait_bootstrapped(self, deadline: float) -> Bootstrap:
        """Until tor can build circuits.

        Args:
            deadline: of `time.monotonic()`.

        Raises:
            TorError: not by then; the message ends with what tor says.
        """
        while True:
            now = self.bootstrap()
            if now.percent == 100:
                return now
            if time.monotonic() > deadline:
                raise TorError(self._stuck(now), "It keeps trying. Check the network cable and the clock.")
            time.sleep(0.1)

    def clock_skew(self) -> int | None:
        """Seconds by which our clock is ahead (behind: negative) as far as tor knows; None when it has no complaint.

        tor compares its clock with each directory authority it talks to, and tells it once, to who is listening: a
        connection from tor's start on hears it. At any time the date of the consensus tells: an estimate.
        """
        if self._skew is not None:
            return self._skew
        known = self.get_info("consensus/valid-after"), self.get_info("current-time/utc")
        return skew_of_consensus(*known, self._consensus_arrived())

    def _consensus_arrived(self) -> float | None:
        for folder in self.get_conf("DataDirectory"):
            with contextlib.suppress(OSError):  # another user's tor: nothing to see there
                return (Path(folder) / "cached-microdesc-consensus").stat().st_mtime
        return None

    def _stuck(self, now: Bootstrap) -> str:
        skew = self.clock_skew()
        doing = f"{now.summary}: {now.problem}" if now.problem else now.summary
        why = "" if skew is None else f" {skew_sentence(skew)}"
        return f"tor has not reached the Tor network yet ({now.percent} %, {doing}).{why}"

    # -- onions ----------------------------------------------------------------------------------------------------

    def publish(self, onion: Onion, key: OnionKey, clients: Sequence[str] = ()) -> str:
        """Publish until `withdraw`, or until this connection closes; the address. Reachable some seconds later.

        Raises:
            PublishError: refused, by us (a guarded onion without clients, circuit ids) or by tor (a collision).
        """
        if onion.circuit_ids:
            raise PublishError(f"Circuit ids of the {onion.name} onion need torrc; the control port cannot set them.")
        answer = self._send(add_onion(onion, key.blob, clients))
        if not answer.is_ok():
            raise _not_published(onion, str(answer))
        return key.address

    def withdraw(self, address: str) -> None:
        """Stop answering under this address. Running streams go on to their end: `cut_circuits` cuts them.

        Raises:
            PublishError: this connection does not publish it.
        """
        if not self._send(f"DEL_ONION {_label(address)}").is_ok():
            raise PublishError("This connection does not publish that address.")

    def cut_circuits(self) -> int:
        """Close every circuit that a visitor holds to an onion of this tor, uploads included; how many."""
        visitors = [row.split(" ", 1)[0] for row in self.circuits() if " PURPOSE=HS_SERVICE_REND" in row]
        return sum(self._send(f"CLOSECIRCUIT {number}").is_ok() for number in visitors)

    def circuits(self) -> list[str]:
        """The rows of `GETINFO circuit-status`. For counting only: they name relays."""
        return self.get_info("circuit-status").splitlines()

    def add_client_key(self, address: str, private: bytes) -> None:
        """Let this tor, as a client, reach a guarded onion.

        Args:
            private: 32 bytes of x25519.

        Raises:
            TorError: tor refuses the key.
        """
        key = base64.b64encode(private).decode("ascii")
        answer = self._send(f"ONION_CLIENT_AUTH_ADD {_label(address)} x25519:{key}")
        # 251: in place of another key; 252: and a descriptor that waited for it now opens.
        if {code for code, _, _ in answer.content()} - {"250", "251", "252"}:
            raise TorError("tor refused this client key.", "Nothing was changed.")

    def own_descriptor(self, address: str) -> str:
        """The descriptor that this tor publishes (now, or next: tor keeps two); empty before the first one is made."""
        answer = self._send(f"GETINFO hs/service/desc/id/{_label(address)}")
        return _value(answer) if answer.is_ok() else ""

    def fetch_descriptor(self, address: str, *, timeout: float = 20.0) -> str | None:
        """The descriptor that visitors get now, from one directory; empty when that one has none.

        None when none was asked or none answered: tor asks each directory of an onion once in a quarter of an hour
        (public network) and says nothing when all have been asked.
        """
        label, before = _label(address), self._listening
        while not self._descriptors.empty():
            self._descriptors.get()
        self.listen("HS_DESC", "HS_DESC_CONTENT")
        try:
            return self._await_descriptor(label, timeout) if self._send(f"HSFETCH {label}").is_ok() else None
        finally:
            # Else every descriptor that this tor fetches as a client would be kept here.
            self._listening = before
            self.listen()

    def _await_descriptor(self, label: str, timeout: float) -> str | None:
        now = time.monotonic()
        deadline, latest = min(now + ASKED_SECONDS, now + timeout), now + timeout
        with contextlib.suppress(queue.Empty):
            while True:
                event = self._descriptors.get(timeout=max(0, deadline - time.monotonic()))
                head, _, text = event.partition("\n")
                if label not in head:
                    continue
                if head.startswith("650+HS_DESC_CONTENT "):
                    return text.partition("\n.\n")[0].strip()
                deadline = latest
        return None

    # -- tor itself ------------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Have tor read torrc and `authorized_clients` again.

        Raises:
            ControlRefused: under `Sandbox 1` tor would die of it.
        """
        if self.get_conf("Sandbox") != ["0"]:
            raise ControlRefused("tor runs with Sandbox 1: reloading would end it.", "Restart it instead.")
        self.signal("RELOAD")

    def shutdown(self) -> None:
        """End tor at once."""
        self.signal("HALT")

    def new_identity(self) -> None:
        """As a client: new circuits, descriptors fetched again; tor forgets what `add_client_key` gave it."""
        self.signal("NEWNYM")

    def signal(self, name: str) -> None:
        """One of tor's signals (control-spec, SIGNAL).

        Raises:
            TorError: tor does not know it.
        """
        if not self._send(f"SIGNAL {name}").is_ok():
            raise TorError(f"tor refused the signal {name}.")

    # -- plain questions -------------------------------------------------------------------------------------------

    def get_info(self, key: str) -> str:
        """The value of one `GETINFO` key; its lines end with LF, the last one without.

        Raises:
            TorError: tor has no such value (now).
        """
        answer = self._send(f"GETINFO {key}")
        if not answer.is_ok():
            raise TorError(f"tor does not tell {key.partition('/')[0]} now.")
        return _value(answer)

    def get_conf(self, option: str) -> list[str]:
        """All values of one option; an unset one has its default value, or none.

        Raises:
            TorError: tor has no such option.
        """
        answer = self._send(f"GETCONF {option}")
        if not answer.is_ok():
            raise TorError(f"tor has no option {option}.")
        return [value for _, _, line in answer.content() for _, found, value in [line.partition("=")] if found]

    def set_conf(self, options: Mapping[str, str]) -> None:
        """Change options of the running tor, all or none.

        Raises:
            TorError: tor refuses them.
        """
        pairs = " ".join(f'{name}="{value}"' for name, value in options.items())
        if not self._send(f"SETCONF {pairs}").is_ok():
            raise TorError(f"tor refuses {', '.join(options)}.")

    def listen(self, *events: str) -> None:
        """Have these events, too, given to `on_event` (control-spec, SETEVENTS).

        Raises:
            TorError: tor does not know one of them.
        """
        wanted = tuple(dict.fromkeys((*self._listening, *events)))
        if not self._send(" ".join(["SETEVENTS", *wanted])).is_ok():
            raise TorError("tor does not know one of these events.")
        self._listening = wanted

    def _heard(self, event: str) -> None:
        """In stem's event thread."""
        skew = skew_of(event)
        if skew is not None:
            self._skew = skew
        elif event.startswith("650 STATUS_GENERAL") and " CLOCK_JUMPED " in event:
            self._skew = None
        elif event.startswith(("650+HS_DESC_CONTENT ", "650 HS_DESC REQUESTED ")):
            self._descriptors.put(event)
        if self._on_event:
            self._on_event(event)

    def ask(self, command: str) -> bool:
        """Send one command line; whether tor said yes."""
        return bool(self._send(command).is_ok())

    def _send(self, command: str) -> stem.response.ControlMessage:
        if "\r" in command or "\n" in command:
            raise ControlRefused("A line break in a command to tor was refused.")
        try:
            return self._line.msg(command)
        except stem.ControllerError:
            # `from None`: stem's error may quote the command.
            raise ControlLost(_GONE, _RETRY) from None


def _value(answer: stem.response.ControlMessage) -> str:
    return str(answer.content()[0][2]).partition("=")[2].replace("\r\n", "\n").strip("\n")


def _label(address: str) -> str:
    if not is_onion_address(address):
        raise TorError(f"{address!r} is not an onion address.", "Copy it again; every character counts.")
    return address.removesuffix(".onion")


def _not_published(onion: Onion, answer: str) -> PublishError:
    if "collision" in answer:
        return PublishError(
            f"Another instance already publishes the {onion.name} onion with the same key.",
            "Stop the other one first, or use another folder.",
        )
    if "PoW" in answer or "Unrecognized keyword" in answer:
        return PublishError(f"This tor cannot defend the {onion.name} onion by proof of work.", "Install a newer tor.")
    return PublishError(f"tor refused to publish the {onion.name} onion.", "Nothing was published.")
