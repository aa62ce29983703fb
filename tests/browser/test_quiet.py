"""Scripts are really off, and nothing of a browser reaches for anything but tor's SOCKS port."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest

from tests.browser.browsing import NAMES, browsing, started
from tests.browser.onions import published
from tests.browser.recorder import Recorder, serving
from tests.browser.sockets import Socket, sockets_of
from tor.key import OnionKey
from tor.testnet.runner import TestNetwork

# Every way in which a page makes a browser ask elsewhere without a click. The names end in `.example`, the address is
# of TEST-NET-1 (RFC 5737): if one of them were asked for, a socket outside loopback would be seen.
GREEDY = """<!doctype html><html lang="en"><head><title>quiet</title>
<script>document.title = "loud"; document.documentElement.lang = "fr"; fetch("/ran");
try {{ new RTCPeerConnection({{iceServers: [{{urls: "stun:stun.example"}}]}}).createDataChannel("x"); }} catch (e) {{}}
</script><link rel="dns-prefetch" href="//dns.example"><link rel="preconnect" href="http://preconnect.example">
<link rel="prefetch" href="http://prefetch.example/"><link rel="stylesheet" href="http://style.example/a.css">
<link rel="icon" href="http://192.0.2.7/icon.ico">
</head><body><h1>Quiet</h1>
<noscript><p id="off">scripts are off</p></noscript>
<img src="http://192.0.2.7/a.png" alt="one"><img src="http://image.example/b.png" alt="two">
<iframe src="http://192.0.2.8/"></iframe><video src="http://192.0.2.9/a.webm" preload="auto"></video>
<p style="background: url(http://192.0.2.10/c.png)">x</p></body></html>"""

SETTLE_SECONDS = 2


@pytest.fixture(scope="module")
def greedy(network: TestNetwork) -> Iterator[Recorder]:
    key = OnionKey.generate()
    allowed = {"Content-Security-Policy": "", "Cross-Origin-Embedder-Policy": "unsafe-none", "Permissions-Policy": ""}
    site = Recorder((key.address,), headers=allowed, page=GREEDY)
    with serving(site), published(network, {f"127.0.0.1:{site.port}": key}):
        yield site


@pytest.mark.onion
@pytest.mark.parametrize("name", NAMES)
def test_no_script_runs_and_no_socket_leaves(name: str, network: TestNetwork, greedy: Recorder) -> None:
    with browsing(name, network.clients[0].socks, greedy.origin) as browser:
        browser.open(greedy.origin + "/", whole=False)
        time.sleep(SETTLE_SECONDS)
        assert browser.evaluate("document.title") == "quiet"
        assert browser.attributes("html", "lang") == ["en"]
        assert browser.text("#off") == "scripts are off"
        assert "/ran" not in [seen.path for seen in greedy.seen]
    # That no socket was seen outside loopback is asserted by `browsing`.


@pytest.mark.onion
@pytest.mark.parametrize("name", NAMES)
def test_the_script_of_that_page_can_run(name: str, network: TestNetwork, greedy: Recorder) -> None:
    """The test above would show nothing if this page could not run its script at all. (Unwatched: it asks for UDP.)"""
    with started(name, network.clients[0].socks, greedy.origin, scripts=True) as browser:
        browser.open(greedy.origin + "/", whole=False)
        assert browser.evaluate("document.title") == "loud"


def test_a_socket_to_elsewhere_would_be_seen() -> None:
    # Connecting UDP sends nothing: the kernel only notes the address. TEST-NET-1 needs a route; loopback UDP does not.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        try:
            one.connect(("192.0.2.1", 9))
        except OSError:
            one.bind(("127.0.0.1", 0))
        found = sockets_of(os.getpid())
    assert Socket("tcp", "127.0.0.1", "0.0.0.0") in found
    assert [seen.kind for seen in found if not seen.is_inside] == ["udp"]


@pytest.mark.parametrize(
    ("kind", "local", "remote", "inside"),
    [
        ("tcp", "127.0.0.1", "127.0.0.1", True),
        ("tcp", "127.0.0.1", "0.0.0.0", True),
        ("tcp6", "::ffff:127.0.0.1", "::ffff:127.0.0.1", True),
        ("tcp6", "::1", "::", True),
        ("tcp", "0.0.0.0", "0.0.0.0", False),
        ("tcp", "10.0.0.2", "192.0.2.1", False),
        ("tcp6", "::", "::", False),
        ("udp", "127.0.0.1", "127.0.0.1", False),
    ],
)
def test_what_counts_as_inside(kind: str, local: str, remote: str, inside: bool) -> None:
    assert Socket(kind, local, remote).is_inside is inside
