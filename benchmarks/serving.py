"""`python -m benchmarks.serving [--uploads N] [--json FILE]`: the reporter door under slow uploads, and both ways of
keeping plaintext processes short (ADR 0020), one after the other on the same house."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.cli.demo_layout import Trial, prepare
from app.reporter.attempt import Attempts
from benchmarks.house import House
from benchmarks.visits import Latencies, Pages, ask, trickle, upload

STORY = "Le conseil décide seul, et l'assemblée générale n'a pas été convoquée depuis deux ans. "
RATE = 2048
SIZE = 60_000
POSTS = 40


@dataclass(frozen=True)
class Door:
    """A running door."""

    path: str
    host: str
    pid: int
    attempts: Attempts

    def fields(self) -> dict[str, str]:
        return {"story": STORY * 3, "topic": "1", "follow_up": "codename", "attempt": self.attempts.draw()}

    def processes(self) -> tuple[list[int], list[int]]:
        """Of Python, and of gpg."""
        ours, gpg = [], []
        for pid in House(Path(), 0, self.pid).processes():
            try:
                name = Path(f"/proc/{pid}/comm").read_text().strip()
            except OSError:
                continue
            (gpg if name == "gpg" else ours).append(pid)
        return ours, gpg

    def memory(self) -> dict[str, float]:
        """Proportional set sizes in MB, what is shared counted once."""
        ours, gpg = self.processes()
        return {
            "python": pss(ours),
            "gpg": pss(gpg),
            "processes": len(ours),
            "gpgs": len(gpg),
            "heaviest, without what is shared by file": max((anonymous(pid) for pid in ours), default=0.0),
        }


def pss(pids: list[int]) -> float:
    return round(sum(field(pid, "Pss:") for pid in pids) / 1000, 1)


def anonymous(pid: int) -> float:
    return round(field(pid, "Pss_Anon:") / 1000, 1)


def field(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith(name)), 0.0)


@contextmanager
def door(trial: Trial, module: str) -> Iterator[Door]:
    with tempfile.TemporaryDirectory(prefix="sb-") as folder:
        path = f"{folder}/door.sock"
        config = trial.config("intake")
        program = subprocess.Popen([sys.executable, "-m", module, path, str(config)])
        try:
            host = trial.hosts("reporter")[0]
            while True:
                try:
                    ask(path, host, "GET", "/")
                    break
                except OSError:
                    time.sleep(0.1)
            yield Door(path, host, program.pid, Attempts.load(config.parent / "attempt.key"))
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(timeout=120)


def posts(made: Door, page: str) -> Latencies:
    found = Latencies()
    for _ in range(POSTS):
        fields = made.fields()
        begin = time.perf_counter()
        status, _ = ask(made.path, made.host, "POST", page, fields)
        found.seconds.append(time.perf_counter() - begin)
        if status != 200:
            found.refused.append(status)
    return found


def forks(made: Door, seconds: float = 10) -> dict[str, float]:
    """Small forms one after the other: how many processes they used, and what everything cost."""
    seen, begin, count = set(made.processes()[0]), time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        ask(made.path, made.host, "POST", "/report/review", made.fields())
        count += 1
        if count % 10 == 0:
            seen |= set(made.processes()[0])
    lasted = time.perf_counter() - begin
    return {"posts a second": round(count / lasted, 1), "processes seen": len(seen)}


def slow(made: Door, count: int) -> dict[str, object]:
    """So many uploads that trickle, and pages meanwhile."""
    peak: dict[str, float] = {}

    def look(_seconds: float) -> None:
        for name, value in made.memory().items():
            peak[name] = max(peak.get(name, 0), value)

    requests = [upload(made.fields(), SIZE, made.host) for _ in range(count)]
    with Pages(made.path, made.host) as pages:
        done = trickle(made.path, requests, RATE, look)
    statuses = [status for status, _ in done]
    return {
        "receipts": statuses.count(200),
        "statuses": sorted(set(statuses)),
        "seconds": round(max(at for _, at in done), 1),
        "pages": pages.line,
        "peak MB": peak,
    }


def measure(made: Door, uploads: list[int]) -> dict[str, object]:
    time.sleep(1)
    found: dict[str, object] = {"idle MB": made.memory()}
    with Pages(made.path, made.host, pause=0) as pages:
        time.sleep(5)
    found["pages, idle"] = pages.line
    found["small form"] = posts(made, "/report/review").line
    found["report without files"] = posts(made, "/report").line
    found["forms in a row"] = forks(made)
    for count in uploads:
        found[f"{count} slow uploads"] = slow(made, count)
    time.sleep(12)
    found["afterwards MB"] = made.memory()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--uploads", type=int, nargs="*", default=[50, 200])
    parser.add_argument("--json", type=Path, default=Path("build/serving.json"))
    parser.add_argument("--only", choices=["door", "one_process"], nargs="*", default=["door", "one_process"])
    args = parser.parse_args()
    found: dict[str, object] = {"load": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(prefix="sb-", dir=Path.cwd()) as folder:
        trial = Trial(Path(folder) / "d", 20480)
        prepare(trial)
        for module in args.only:
            with door(trial, f"benchmarks.{module}") as made:
                found[module] = measure(made, args.uploads)
                print(json.dumps({module: found[module]}, indent=1))
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
