"""`python -m benchmarks [--quick] [--json FILE]`: prints a table of ratios, writes the same as JSON."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.cli.visitor import Upload, Visitor
from benchmarks.house import House, Peak, running
from crypto.derive import Kdf, root

STORY = "Le conseil décide seul, et l'assemblée générale n'a pas été convoquée depuis deux ans. " * 20
PAGES = (
    "/",
    "/before",
    "/report",
    "/how",
    "/rights",
    "/privacy",
    "/commitments",
    "/keys",
    "/accessibility",
    "/replies",
)
GPG = ("gpg", "--batch", "--yes", "--quiet", "--no-options", "--trust-model", "always", "--no-auto-check-trustdb",
       "--compress-algo", "none", "--cipher-algo", "AES256")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke: 20 MB, one run of each")
    parser.add_argument("--json", type=Path, default=Path("build/benchmarks.json"))
    args = parser.parse_args()
    runs, size = (1, 20_000_000) if args.quick else (5, 500_000_000)
    with running() as house:
        rows = [*page_weights(house), *text_report(house, runs), *large_report(house, runs, size)]
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps({"load": os.getloadavg()[0], "runs": runs, "rows": rows}, indent=1) + "\n")
    print(f"{'what':44}{'ours':>14}{'baseline':>14}{'ratio':>8}")
    for row in rows:
        print(f"{row['what']:44}{row['ours']:>14}{row.get('baseline', ''):>14}{row.get('ratio', ''):>8}")


def page_weights(house: House) -> list[dict[str, object]]:
    visitor = Visitor("127.0.0.1", house.base)
    heaviest = max(PAGES, key=lambda path: len(visitor.get(path).body))
    return [{"what": f"heaviest page, bytes ({heaviest})", "ours": len(visitor.get(heaviest).body)}]


def text_report(house: House, runs: int) -> list[dict[str, object]]:
    """A report without files, less one Argon2, beside one gpg process that encrypts 2 KB."""
    ours, gpg, argon = [], [], []
    with tempfile.NamedTemporaryFile(dir=house.data) as sample:
        sample.write(secrets.token_bytes(2048))
        sample.flush()
        for _ in range(runs):
            fields = house.prepare(STORY)
            ours.append(timed(lambda fields=fields: house.send(fields, [])))
            argon.append(timed(lambda: root(bytes(10), bytes(16), Kdf())))
            gpg.append(timed(lambda: encrypt(house, Path(sample.name))))
    less = statistics.median(ours) - statistics.median(argon)
    return [
        {"what": "text report, ms", "ours": ms(statistics.median(ours)), "baseline": ms(statistics.median(argon))},
        # The derivation runs beside the report, so this is not the cost of the report alone and may be below nothing.
        {"what": "beyond one Argon2 alone; one gpg -e, ms", "ours": ms(less), "baseline": ms(statistics.median(gpg))},
    ]


def large_report(house: House, runs: int, size: int) -> list[dict[str, object]]:
    """A large file over HTTP, beside gpg on the same file to the same disk; resident memory meanwhile."""
    ours, gpg, growth = [], [], []
    source = house.data / "source.bin"
    with source.open("wb") as stream:
        for _ in range(size // 1_000_000):
            stream.write(secrets.token_bytes(1_000_000))
    with Peak(house) as small:
        house.report(STORY, [])
        time.sleep(0.2)
    for _ in range(runs):
        fields = house.prepare(STORY)
        with Peak(house) as peak:
            ours.append(timed(lambda fields=fields: house.send(fields, [Upload("source.bin", source)])))
        growth.append(peak.bytes - small.bytes)
        house.newest_envelope().unlink()
        gpg.append(timed(lambda: encrypt(house, source)))
    base, mine = statistics.median(gpg), statistics.median(ours)
    return [
        {
            "what": f"{size // 1_000_000} MB report, MB/s",
            "ours": round(size / mine / 1e6),
            "baseline": round(size / base / 1e6),
            "ratio": round(base / mine, 2),
        },
        {"what": "resident growth over a text report, MiB", "ours": round(statistics.median(growth) / 2**20, 1)},
    ]


def encrypt(house: House, source: Path) -> None:
    home = house.data / "intake" / "gnupg"
    listed = subprocess.run([*GPG, "--homedir", str(home), "--with-colons", "-k"], capture_output=True, check=True)
    keys = [line.split(":")[9] for line in listed.stdout.decode().splitlines() if line.startswith("fpr")][:6:2]
    words = [word for key in keys for word in ("-R", key)]
    target = house.data / "baseline.gpg"
    command = [*GPG, "--homedir", str(home), *words, "--output", str(target), "--encrypt", str(source)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    target.unlink()


def timed(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


main()
