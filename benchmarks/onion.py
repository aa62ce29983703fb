"""`python -m benchmarks.onion [--quick] [--json FILE]`: the reporter's home page beside a bare Flask page, over Tor.

Both are onions of one host on one private network, asked by one client, in turns whose order is drawn: what differs
between them is ours. The bare page has as many bytes and the same server settings. Target: a median at most 1.15 times.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from app.cli.demo_layout import REVIEWERS, Reach, Trial, prepare
from app.cli.visitor import Visitor
from app.settings import Door, IntakeSettings, load
from benchmarks.house import free_base
from crypto.openpgp.gpg import stop_agent
from tor import socks
from tor.control import Control
from tor.key import OnionKey
from tor.onion import Onion
from tor.testnet.runner import TestNetwork

TARGET = 1.15
START_SECONDS = 60.0
# Each block begins on new circuits: no pair of paths decides the whole figure.
BLOCK = 10


@dataclass(frozen=True)
class Pages:
    """The two onions, and the SOCKS port to reach them by."""

    ours: str
    bare: str
    proxy: str
    size: int
    headers: tuple[int, int]


def bare(size: int) -> Flask:
    """A Flask application with one page of so many bytes and nothing around it."""
    app = Flask("bare")
    page = "x" * size

    @app.get("/")
    def home() -> str:
        return page

    return app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.onion", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke: a few requests of each kind")
    parser.add_argument("--json", type=Path, default=Path("build/benchmarks-onion.json"))
    args = parser.parse_args()
    pairs, cold = (20, 5) if args.quick else (200, 20)
    with TestNetwork() as network, published(network) as pages:
        rows = [
            row("page on a line that is kept, ms", kept_line(pages, pairs)),
            row("page on a new stream, ms", new_stream(pages, pairs)),
            row("page on a new circuit, ms", new_circuit(pages, cold)),
        ]
        facts = {"bytes": pages.size, "header_bytes": pages.headers, "start": network.timings}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    facts |= {"load": os.getloadavg()[0], "pairs": pairs, "cold": cold, "target": TARGET, "rows": rows}
    args.json.write_text(json.dumps(facts, indent=1) + "\n")
    print(f"{'what':34}{'ours':>10}{'bare Flask':>12}{'ratio':>8}{'p90':>10}{'bare p90':>10}")
    for one in rows:
        print(
            f"{one['what']:34}{one['ours']:>10}{one['bare']:>12}{one['ratio']:>8}{one['p90']:>10}{one['bare_p90']:>10}"
        )
    print(f"target: median at most {TARGET} times; one page of {pages.size} bytes, headers {pages.headers} bytes")


def kept_line(pages: Pages, pairs: int) -> list[tuple[float, float]]:
    """As a browser that reads page after page: one line, no new stream."""
    found = []
    for _ in range(pairs // BLOCK):
        with line_to(pages.proxy, pages.ours) as ours, line_to(pages.proxy, pages.bare) as other:
            fetch(ours, pages.ours)
            fetch(other, pages.bare)
            found += [in_turns(lambda: fetch(ours, pages.ours), lambda: fetch(other, pages.bare)) for _ in range(BLOCK)]
    return found


def new_stream(pages: Pages, pairs: int) -> list[tuple[float, float]]:
    """A stream for each page, on a circuit that stands."""
    found = []
    for _ in range(pairs // BLOCK):
        user = secrets.token_hex(8)
        once(pages.proxy, pages.ours, user)
        once(pages.proxy, pages.bare, user)
        found += [
            in_turns(lambda: once(pages.proxy, pages.ours, user), lambda: once(pages.proxy, pages.bare, user))  # noqa: B023 - called now
            for _ in range(BLOCK)
        ]
    return found


def new_circuit(pages: Pages, pairs: int) -> list[tuple[float, float]]:
    """A visitor who was never here, but whose tor has the descriptor."""
    return [
        in_turns(
            lambda: once(pages.proxy, pages.ours, secrets.token_hex(8)),
            lambda: once(pages.proxy, pages.bare, secrets.token_hex(8)),
        )
        for _ in range(pairs)
    ]


def in_turns(ours: Callable[[], None], other: Callable[[], None]) -> tuple[float, float]:
    """Seconds of both, one after the other, in an order that is drawn."""
    if random.random() < 0.5:
        first = timed(ours)
        return first, timed(other)
    second = timed(other)
    return timed(ours), second


def timed(action: Callable[[], None]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def once(proxy: str, address: str, user: str) -> None:
    with line_to(proxy, address, user) as line:
        fetch(line, address)


@contextlib.contextmanager
def line_to(proxy: str, address: str, user: str = "") -> Iterator[http.client.HTTPConnection]:
    line = http.client.HTTPConnection(address, 80, timeout=60)
    line.sock = socks.connect(proxy, address, 80, user=user or secrets.token_hex(8), timeout=60)
    try:
        yield line
    finally:
        line.close()


def fetch(line: http.client.HTTPConnection, address: str) -> None:
    line.request("GET", "/")
    answer = line.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{address} answered with status {answer.status}")


def row(what: str, pairs: list[tuple[float, float]]) -> dict[str, object]:
    ours, other = ([pair[at] for pair in pairs] for at in (0, 1))
    median = [statistics.median(times) for times in (ours, other)]
    late = [statistics.quantiles(times, n=10)[-1] for times in (ours, other)]
    return {
        "what": what,
        "ours": round(median[0] * 1000, 1),
        "bare": round(median[1] * 1000, 1),
        "ratio": round(median[0] / median[1], 3),
        "p90": round(late[0] * 1000, 1),
        "bare_p90": round(late[1] * 1000, 1),
    }


@contextlib.contextmanager
def published(network: TestNetwork) -> Iterator[Pages]:
    """A fresh intake and the bare page, both behind onions of the network's host."""
    keys = {name: OnionKey.generate() for name in ("reporter", "bare")}
    with tempfile.TemporaryDirectory(prefix="bo-") as folder, contextlib.ExitStack() as stack:
        trial = Trial(Path(folder) / "d", free_base(), Reach({"reporter": keys["reporter"].address}))
        stack.callback(lambda: [stop_agent(trial.home(name)) for name, _ in REVIEWERS])
        prepare(trial)
        door = load(IntakeSettings, trial.config("intake")).reporter
        stack.enter_context(
            running([sys.executable, "-m", "app.cli", "intake", "serve", "--config", str(trial.config("intake"))])
        )
        home = wait_open(trial.ports["reporter"], "/")
        # The desk's port is free here.
        stack.enter_context(running(bare_command(door, trial.ports["desk"], len(home.body))))
        plain = wait_open(trial.ports["desk"], "/")
        control = stack.enter_context(Control.connect(network.host.control))
        for name, port in (("reporter", trial.ports["reporter"]), ("bare", trial.ports["desk"])):
            control.publish(Onion(name, f"127.0.0.1:{port}"), keys[name])
            network.wait_reachable(keys[name].address)
        sizes = tuple(sum(len(name) + len(value) + 4 for name, value in page.headers.items()) for page in (home, plain))
        yield Pages(
            keys["reporter"].address,
            keys["bare"].address,
            network.clients[0].socks,
            len(home.body),
            (sizes[0], sizes[1]),
        )


def bare_command(door: Door, port: int, size: int) -> list[str]:
    """The same server with the same settings, around the bare page."""
    options = ["-k", "gthread", "-w", str(door.workers), "--threads", str(door.threads), "--keep-alive", "5"]
    return [sys.executable, "-m", "gunicorn", *options, "-b", f"127.0.0.1:{port}", f"benchmarks.onion:bare({size})"]


@contextlib.contextmanager
def running(words: list[str]) -> Iterator[None]:
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(timeout=60)


def wait_open(port: int, path: str):  # type: ignore[no-untyped-def]
    end = time.monotonic() + START_SECONDS
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return Visitor("127.0.0.1", port, timeout=20).get(path)
        if time.monotonic() > end:
            raise SystemExit(f"nothing answers on port {port}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
