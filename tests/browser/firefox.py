"""Firefox ESR, Tor Browser's engine, with the preferences of its security level "Safest", by WebDriver BiDi.

https://w3c.github.io/webdriver-bidi/ ; the preferences are those of the demo's own profile (app/cli/demo_browser.py).
"""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.cli.demo_browser import QUIET, SAFEST, proxy, write_profile
from tests.browser.browser import HEIGHT, PAGE_SECONDS, WIDTH, Browser
from tests.browser.channel import BrowserError, Channel, Event
from tests.browser.program import Program

DIRECT = {"network.proxy.type": 0}
# Whoever reloads a form is asked whether to send it again; here the answer is yes.
RESEND = {"dom.confirm_repost.testing.always_accept": True}
CONTROL, BACKSPACE, ENTER = "\ue009", "\ue003", "\ue007"
KEYS = {"Tab": "\ue004", "Enter": ENTER, "Space": " ", "ArrowDown": "\ue015", "ArrowUp": "\ue013", "Shift": "\ue008"}
ROUND = 40
KEYS_AT_ONCE = 400
BACK_SECONDS = 3.0
SETTLE_SECONDS = 0.03


class Firefox(Browser):
    """Args:
    socks: `HOST:PORT` of tor's SOCKS port; "" for doors on loopback.
    secure: False leaves out that onions are secure contexts, as stock Firefox does.
    plain: take the style sheet out of every page.
    images: False leaves images out, as some people set it.
    scripts: True lets pages run theirs, for tests that need to see that they could.
    """

    name = "firefox"

    def __init__(
        self,
        socks: str = "",
        *,
        secure: bool = True,
        plain: bool = False,
        images: bool = True,
        scripts: bool = False,
    ) -> None:
        super().__init__(plain=plain)
        way = proxy(socks) if socks else DIRECT
        chosen = {**QUIET, **SAFEST, **way, **RESEND, "javascript.enabled": scripts}
        chosen |= {"dom.securecontext.allowlist_onions": secure, "permissions.default.image": 1 if images else 2}

        def words(folder: Path) -> list[str]:
            profile = folder / "profile"
            write_profile(profile, chosen)
            size = f"--window-size={WIDTH},{HEIGHT}"
            line = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile), size]
            return [*line, "--remote-debugging-port=0", "about:blank"]

        self.program = Program(words, "firefox-esr")
        self._channel = Channel(self.program.address() + "/session")
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        session = self._channel.call("session.new", {"capabilities": {}})
        self._version = str(session["capabilities"]["browserVersion"])
        self._tab = str(self._channel.call("browsingContext.getTree")["contexts"][0]["context"])
        events = ["browsingContext.load", "browsingContext.navigationFailed"]
        self._channel.call("session.subscribe", {"events": events})
        self.resize(WIDTH, HEIGHT)

    def version(self) -> str:
        return f"Firefox {self._version}"

    def _navigate(self, url: str, whole: bool) -> None:
        order = {"context": self._tab, "url": url, "wait": "complete" if whole else "interactive"}
        self._channel.call("browsingContext.navigate", order, timeout=PAGE_SECONDS)

    def _expect_page(self) -> None:
        self._channel.forget_events()

    def _await_page(self, *, timeout: float = PAGE_SECONDS) -> None:
        def ended(event: Event) -> bool:
            ends = ("browsingContext.load", "browsingContext.navigationFailed")
            return event.get("method") in ends and event["params"]["context"] == self._tab

        event = self._channel.wait_event(ended, "the next page", timeout=timeout)
        if event["method"] != "browsingContext.load":
            raise BrowserError(f"no page came: {event['params'].get('message')}")

    def back(self) -> None:
        self._expect_page()
        self._channel.call("browsingContext.traverseHistory", {"context": self._tab, "delta": -1})
        # A page that was kept whole comes back without loading: there is no event to wait for.
        with contextlib.suppress(BrowserError):
            self._await_page(timeout=BACK_SECONDS)

    def reload(self) -> None:
        order = {"context": self._tab, "wait": "complete"}
        self._channel.call("browsingContext.reload", order, timeout=PAGE_SECONDS)

    def click(self, selector: str) -> None:
        node = self._node(selector)
        # Keys typed before may scroll back to the caret a moment later: point only at what stays where it is.
        before, now = None, self._centre(node)
        while before != now:
            time.sleep(SETTLE_SECONDS)
            before, now = now, self._centre(node)
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": node}},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        self._act({"type": "pointer", "id": "mouse", "actions": moves})

    def fill(self, selector: str, text: str) -> None:
        # Focus by the driver: a click in the middle of a long text area is no part of what is tested.
        self._call_on(self._node(selector), "e => e.focus()")
        down, up = "keyDown", "keyUp"
        clear = [(down, CONTROL), (down, "a"), (up, "a"), (up, CONTROL), (down, BACKSPACE), (up, BACKSPACE)]
        self._type(clear + _strokes(text))

    def come_to_front(self) -> None:
        # Without a display no window has the keyboard, until Tab has gone round through the window's own buttons. Then
        # a click into the page; it stays there from page to page.
        for _ in range(ROUND):
            if self.evaluate("document.hasFocus()"):
                break
            self.key("Tab")
        self.click("h1")

    def key(self, name: str) -> None:
        held = [KEYS[part] for part in name.split("+")]
        self._type([("keyDown", key) for key in held] + [("keyUp", key) for key in reversed(held)])

    def write(self, text: str) -> None:
        self._type(_strokes(text))

    def _type(self, keys: Sequence[tuple[str, str]]) -> None:
        for begin in range(0, len(keys), KEYS_AT_ONCE):
            some = [{"type": kind, "value": key} for kind, key in keys[begin : begin + KEYS_AT_ONCE]]
            self._act({"type": "key", "id": "keys", "actions": some})

    def set_files(self, selector: str, paths: Sequence[Path]) -> None:
        order = {"context": self._tab, "element": self._node(selector), "files": [str(path) for path in paths]}
        self._channel.call("input.setFiles", order)

    def evaluate(self, expression: str) -> Any:
        target = {"context": self._tab, "sandbox": "driver"}
        # As JSON: BiDi's own serialisation would have to be undone here.
        order = {"expression": f"JSON.stringify(({expression}) ?? null)", "target": target, "awaitPromise": False}
        answer = self._channel.call("script.evaluate", order)
        if answer["type"] != "success":
            raise BrowserError(f"{expression}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    def screenshot(self, path: Path) -> None:
        shot = self._channel.call("browsingContext.captureScreenshot", {"context": self._tab, "origin": "document"})
        path.write_bytes(base64.b64decode(shot["data"]))

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self._channel.call("browsingContext.setViewport", {"context": self._tab, "viewport": size})

    def close(self) -> None:
        with contextlib.suppress(BrowserError, OSError):
            self._channel.call("browser.close", timeout=5)
        self._channel.close()
        self.program.stop()

    def _node(self, selector: str) -> dict[str, str]:
        order = {"context": self._tab, "locator": {"type": "css", "value": selector}, "maxNodeCount": 1}
        nodes = self._channel.call("browsingContext.locateNodes", order)["nodes"]
        if not nodes:
            raise BrowserError(f"no {selector} on {self.url}")
        return {"sharedId": nodes[0]["sharedId"]}

    def _centre(self, node: dict[str, str]) -> Any:
        """Bring an element to the middle of the window; where its top is then, in pixels."""
        middle = "e.scrollIntoView({block: 'center', behavior: 'instant'})"
        return self._call_on(node, f"e => {{ {middle}; return e.getBoundingClientRect().top; }}")

    def _call_on(self, node: dict[str, str], function: str) -> Any:
        target = {"context": self._tab, "sandbox": "driver"}
        order = {"functionDeclaration": function, "arguments": [node], "target": target, "awaitPromise": False}
        return self._channel.call("script.callFunction", order)["result"].get("value")

    def _act(self, source: dict[str, Any]) -> None:
        self._channel.call("input.performActions", {"context": self._tab, "actions": [source]})


def _strokes(text: str) -> list[tuple[str, str]]:
    return [(half, ENTER if key == "\n" else key) for key in text for half in ("keyDown", "keyUp")]
