"""One debugging connection to a browser: JSON commands with numbers, answers and events, every wait bounded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

Event = dict[str, Any]


class BrowserError(AssertionError):
    """The browser refused, ended or did not answer in time. An AssertionError: in a test it is a failure."""


class Channel:
    """What WebDriver BiDi and the Chrome DevTools Protocol have in common.

    Args:
        address: a ws:// address on this machine.
    """

    def __init__(self, address: str) -> None:
        self._stack = ExitStack()
        # No proxy from the environment, and no limit: one screenshot of a long page is some megabytes.
        self._link = self._stack.enter_context(
            connect(address, proxy=None, compression=None, max_size=None, open_timeout=20, ping_interval=None)
        )
        self._number = 0
        self._events: list[Event] = []

    def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, timeout: float = 30, **envelope: Any
    ) -> dict[str, Any]:
        """Send one command and wait for its answer; events that come meanwhile are kept.

        Raises:
            BrowserError: an error was the answer, or none came within `timeout` seconds.
        """
        self._number += 1
        self._link.send(json.dumps({"id": self._number, "method": method, "params": params or {}, **envelope}))
        end = time.monotonic() + timeout
        while True:
            message = self._receive(end, f"an answer to {method}")
            if message.get("id") != self._number:
                self._events.append(message)
            elif "error" in message:
                raise BrowserError(f"{method}: {message['error']} {message.get('message', '')}")
            else:
                result: dict[str, Any] = message["result"]
                return result

    @property
    def events(self) -> list[Event]:
        """What came since the last `forget_events`."""
        return list(self._events)

    def forget_events(self) -> None:
        self._events.clear()

    def wait_event(self, wanted: Callable[[Event], bool], what: str, *, timeout: float) -> Event:
        """The first event, old or new, that is wanted."""
        end = time.monotonic() + timeout
        seen = 0
        while True:
            for event in self._events[seen:]:
                if wanted(event):
                    return event
            seen = len(self._events)
            self._events.append(self._receive(end, what))

    def _receive(self, end: float, what: str) -> dict[str, Any]:
        try:
            message: dict[str, Any] = json.loads(self._link.recv(timeout=max(0.0, end - time.monotonic())))
        except TimeoutError:
            raise BrowserError(f"waited too long for {what}") from None
        except ConnectionClosed:
            raise BrowserError(f"the browser ended before {what}") from None
        return message

    def close(self) -> None:
        self._stack.close()
