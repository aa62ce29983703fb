"""Chromium with scripts off, the second browser, by the Chrome DevTools Protocol.

It is no browser for a reporter: it stands for an engine that is not Firefox's. Scripts are off by the content setting
that its users have (chrome://settings/content/javascript), not by a debugger.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser.browser import HEIGHT, PAGE_SECONDS, WIDTH, Browser
from tests.browser.channel import BrowserError, Channel, Event
from tests.browser.program import Program

# Content settings, as in Chromium's preferences.
ALLOW, BLOCK = 1, 2

# Windows key codes, and the text that a key types.
KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "Space": (32, " "), "ArrowDown": (40, ""), "ArrowUp": (38, "")}
SHIFT = 8
# No name is ever looked up.
NO_NAMES = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"

QUIET = (
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=AsyncDns,DnsOverHttps,MediaRouter,OptimizationHints,Translate,DialMediaRouteProvider",
    "--disable-gpu",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
)


class Chromium(Browser):
    """Args:
    socks: `HOST:PORT` of tor's SOCKS port; "" for doors on loopback.
    secure: origins to treat as secure contexts. Tor Browser does so with every onion; Chromium knows nothing of
        onions, and drops `Secure` cookies of an http:// address.
    plain: take the style sheet out of every page.
    images: False leaves images out.
    scripts: True lets pages run theirs.
    """

    name = "chromium"

    def __init__(
        self,
        socks: str = "",
        *,
        secure: Sequence[str] = (),
        plain: bool = False,
        images: bool = True,
        scripts: bool = False,
    ) -> None:
        super().__init__(plain=plain)

        def words(folder: Path) -> list[str]:
            profile = folder / "profile"
            (profile / "Default").mkdir(parents=True)
            settings = {"javascript": ALLOW if scripts else BLOCK, "images": ALLOW if images else BLOCK}
            stored = {"profile": {"default_content_setting_values": settings}}
            (profile / "Default" / "Preferences").write_text(json.dumps(stored), encoding="utf-8")
            line = ["chromium", "--headless=new", f"--user-data-dir={profile}", "--remote-debugging-port=0", *QUIET]
            line += [f"--window-size={WIDTH},{HEIGHT}", *_network(socks)]
            if secure:
                line.append(f"--unsafely-treat-insecure-origin-as-secure={','.join(secure)}")
            if os.geteuid() == 0:  # Chromium refuses its sandbox to root
                line.append("--no-sandbox")
            return [*line, "about:blank"]

        self.program = Program(words, "chromium")
        self._channel = Channel(self.program.address())
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        self._version = str(self._channel.call("Browser.getVersion")["product"])
        # The tab of the command line comes a moment after the debugging port.
        end = time.monotonic() + PAGE_SECONDS
        while not (pages := self._pages()) and time.monotonic() < end:
            time.sleep(0.02)
        order = {"targetId": pages[0], "flatten": True}
        self._session = str(self._channel.call("Target.attachToTarget", order)["sessionId"])
        self._send("Page.enable")
        self._send("Network.enable")
        self.resize(WIDTH, HEIGHT)

    def _pages(self) -> list[str]:
        targets = self._channel.call("Target.getTargets")["targetInfos"]
        return [str(target["targetId"]) for target in targets if target["type"] == "page"]

    def version(self) -> str:
        return self._version.replace("/", " ")

    def _navigate(self, url: str, whole: bool) -> None:
        self._expect_page()
        answer = self._send("Page.navigate", {"url": url}, timeout=PAGE_SECONDS)
        if "errorText" in answer:
            raise BrowserError(f"no page came: {answer['errorText']}")
        self._await_page("Page.loadEventFired" if whole else "Page.domContentEventFired")

    def _expect_page(self) -> None:
        self._channel.forget_events()

    def _await_page(self, loaded: str = "Page.loadEventFired") -> None:
        def method(*names: str) -> Any:
            return lambda event: event.get("method") in names and event.get("sessionId") == self._session

        # First the new document, then its load: a load event alone could be that of the page before.
        new: Event = self._channel.wait_event(method("Page.frameNavigated"), "the next page", timeout=PAGE_SECONDS)
        self._channel.wait_event(method(loaded), "the end of the page", timeout=PAGE_SECONDS)
        if unreachable := new["params"]["frame"].get("unreachableUrl"):
            raise BrowserError(f"no page came: {unreachable}")

    def back(self) -> None:
        history = self._send("Page.getNavigationHistory")
        self._expect_page()
        self._send("Page.navigateToHistoryEntry", {"entryId": history["entries"][history["currentIndex"] - 1]["id"]})
        # A form that was sent is not shown again without asking: an error page of Chromium's own.
        with contextlib.suppress(BrowserError):
            self._await_page()

    def reload(self) -> None:
        self._expect_page()
        self._send("Page.reload")
        self._await_page()

    def forget_cookies(self) -> None:
        self._send("Network.clearBrowserCookies")

    def take_refused_cookies(self) -> list[str]:
        """Keep what the last page set and Chromium refused for its `__Host-` prefix; the names.

        Chromium allows that prefix with https and localhost only, even for an origin that it is told to treat as
        secure. Kept by hand, it comes back as if Chromium knew onions, and the pages behind it can be looked at.
        """
        names = []
        for event in self._channel.events:
            if event.get("method") == "Network.responseReceivedExtraInfo":
                for refused in event["params"]["blockedCookies"]:
                    if "InvalidPrefix" in refused["blockedReasons"]:
                        name, _, value = refused["cookieLine"].partition(";")[0].partition("=")
                        cookie = {"name": name, "value": value, "url": self.url, "path": "/", "secure": True}
                        self._send("Network.setCookie", cookie | {"httpOnly": True, "sameSite": "Strict"})
                        names.append(name)
        return names

    def click(self, selector: str) -> None:
        node = self._node(selector)
        self._send("DOM.scrollIntoViewIfNeeded", {"objectId": node})
        quad = self._send("DOM.getContentQuads", {"objectId": node})["quads"][0]
        point = {"x": (quad[0] + quad[4]) / 2, "y": (quad[1] + quad[5]) / 2}
        self._send("Input.dispatchMouseEvent", {"type": "mouseMoved", **point})
        for kind in ("mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", {"type": kind, "button": "left", "clickCount": 1, **point})

    def fill(self, selector: str, text: str) -> None:
        self._send("DOM.focus", {"objectId": self._node(selector)})
        self._send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "commands": ["selectAll"]})
        self._send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "commands": ["delete"]})
        self._send("Input.insertText", {"text": text})

    def come_to_front(self) -> None:
        self._send("Page.bringToFront")

    def key(self, name: str) -> None:
        shift, _, last = name.rpartition("+")
        code, text = KEYS[last]
        stroke = {"key": last if last != "Space" else " ", "code": last, "windowsVirtualKeyCode": code}
        stroke |= {"modifiers": SHIFT if shift else 0}
        self._send("Input.dispatchKeyEvent", {"type": "keyDown" if text else "rawKeyDown", "text": text, **stroke})
        self._send("Input.dispatchKeyEvent", {"type": "keyUp", **stroke})

    def write(self, text: str) -> None:
        self._send("Input.insertText", {"text": text})

    def set_files(self, selector: str, paths: Sequence[Path]) -> None:
        order = {"objectId": self._node(selector), "files": [str(path) for path in paths]}
        self._send("DOM.setFileInputFiles", order)

    def evaluate(self, expression: str) -> Any:
        order = {"expression": f"JSON.stringify(({expression}) ?? null)", "returnByValue": True}
        answer = self._send("Runtime.evaluate", order)
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    def screenshot(self, path: Path) -> None:
        # A window as tall as the page: captureBeyondViewport leaves holes in long pages.
        page = self._send("Page.getLayoutMetrics")["cssContentSize"]
        width, height = self._size
        self._metrics(width, max(height, int(page["height"])))
        shot = self._send("Page.captureScreenshot", {"format": "png"})
        self._metrics(width, height)
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self) -> bytes:
        """The page as it is printed, on A4."""
        paper = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": False}
        return base64.b64decode(self._send("Page.printToPDF", paper)["data"])

    def resize(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._metrics(width, height)

    def _metrics(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._send("Emulation.setDeviceMetricsOverride", size)

    def close(self) -> None:
        with contextlib.suppress(BrowserError, OSError):
            self._channel.call("Browser.close", timeout=5)
        self._channel.close()
        self.program.stop()

    def _node(self, selector: str) -> str:
        answer = self._send("Runtime.evaluate", {"expression": f"document.querySelector({selector!r})"})
        if "objectId" not in answer["result"]:
            raise BrowserError(f"no {selector} on {self.url}")
        return str(answer["result"]["objectId"])

    def _send(self, method: str, params: dict[str, Any] | None = None, *, timeout: float = 30) -> dict[str, Any]:
        return self._channel.call(method, params, timeout=timeout, sessionId=self._session)


def _network(socks: str) -> list[str]:
    if not socks:
        return ["--no-proxy-server", NO_NAMES]
    return [
        f"--proxy-server=socks5://{socks}",
        # Loopback too goes to the proxy.
        "--proxy-bypass-list=<-loopback>",
        NO_NAMES,
    ]
