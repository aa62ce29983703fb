"""`python -m benchmarks.desk [--quick] [--json FILE]`: a desk with 10,000 cases, and a pickup of 1,000 envelopes.

Times are absolute, in milliseconds or seconds; the baseline beside each is the same work done the plain way in the
same run: every case opened anew, every text read through, one gpg for each envelope. The issue's limits: list 100 ms,
search 200 ms, unlock with index 30 s, import of 1,000 envelopes 60 s.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from app.desk.carry.receive import Importer
from app.desk.carry.takeup import take_up
from app.desk.cases.search import prepare, search
from app.desk.cases.worklist import Filters, work_list
from app.desk.core import keyring
from app.desk.core.bench import Desk
from app.desk.core.evidence import Evidence
from app.domain.stemming import fold
from crypto.openpgp import gpg
from crypto.openpgp.decrypt import decrypt_bytes
from tests.unit.desk.crowd import crowd
from tests.unit.desk.house import STORY, House, Reporter, open_house

QUERIES = (
    "facture",
    "trésorier facture budget",
    "convocation assemblee generale membres",
    '"procès verbal"',
    "coopér",
    "election board invoices",
)
PASSPHRASE = "neuf mots que personne ne devine jamais ici"
Row = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke: a tenth of everything")
    parser.add_argument("--json", type=Path, default=Path("build/benchmarks-desk.json"))
    args = parser.parse_args()
    cases, envelopes = (1_000, 100) if args.quick else (10_000, 1_000)
    with open_house() as house:
        crowd(house.desk(), cases)
        rows = [*unlocking(house, cases), *listing(house), *searching(house)]
    with open_house() as house:
        rows += importing(house, envelopes)
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps({"load": os.getloadavg()[0], "rows": rows}, indent=1) + "\n")
    print(f"load {os.getloadavg()[0]:.1f}")
    print(f"{'what':58}{'ours':>12}{'baseline':>12}{'ratio':>8}")
    for row in rows:
        print(f"{row['what']:58}{row['ours']:>12}{row.get('baseline', ''):>12}{row.get('ratio', ''):>8}")


def unlocking(house: House, cases: int) -> list[Row]:
    """One OpenPGP operation, every case opened, every text indexed."""
    whole = timed(lambda: prepare(house.desk()))
    opened = timed(lambda: everything(house.desk()))
    desk = house.desk()
    everything(desk)
    again = timed(lambda: everything(desk))
    return [
        {"what": f"unlock with the index of {cases:,} cases, s", "ours": round(whole, 2)},
        row("open all cases once more in a session, ms", again, opened),
    ]


def listing(house: House) -> list[Row]:
    desk = house.desk()
    work_list(desk)
    plain = statistics.median(timed(lambda: work_list(house.desk())) for _ in range(3))
    rows = [row("work list, ms", median(lambda: work_list(desk)), plain)]
    for name, chosen in (
        ("state and severity", Filters(state="triage", severity=3)),
        ("cooperative", Filters(cooperative="facture")),
        ("overdue", Filters(overdue=True)),
    ):
        rows.append(
            {"what": f"work list by {name}, ms", "ours": ms(median(lambda chosen=chosen: work_list(desk, chosen)))}
        )
    return rows


def searching(house: House) -> list[Row]:
    desk = house.desk()
    cases = {case.id: case for case in prepare(desk)}
    index = desk.shelf.index
    texts = [part.text for case_id in cases for part in index.parts(case_id)]
    search(desk, QUERIES[0])
    plain = timed(lambda: [text for text in texts if "facture" in fold(text)])
    return [row(f"search {query}, ms", median(lambda query=query: search(desk, query)), plain) for query in QUERIES]


def importing(house: House, count: int) -> list[Row]:
    """Both halves: ciphertexts into the inbox, then each opened by cypres, whose packet is the last of three."""
    rows = pickup(house, count, "")
    lock(house)
    return rows + pickup(house, count, PASSPHRASE)


def pickup(house: House, count: int, passphrase: str) -> list[Row]:
    with ThreadPoolExecutor(2) as pool:
        sealed = list(pool.map(lambda _: house.seal(STORY * 12, reporter=Reporter.new()), range(count)))
    path = house.pickup(sealed)
    desk = desk_of(house, passphrase or None)
    ring, sample = desk.keyring, sealed[:10]
    plain = timed(lambda: [decrypt_bytes(ring.home, one, ring.passphrase) for one in sample]) * count / len(sample)
    received = timed(lambda: Importer(house.store, house.settings).receive(path))
    taken = timed(lambda: take_up(desk))
    name = "with a passphrase" if passphrase else "without a passphrase"
    return [
        {"what": f"import {count:,} envelopes, s", "ours": round(received, 1)},
        row(f"open them, key {name}, s", taken, plain, scale=1),
        {"what": f"both, key {name}, s", "ours": round(received + taken, 1)},
    ]


def lock(house: House) -> None:
    """Give cypres a passphrase, stretched as long as gpg-agent finds right."""
    home = house.home / "gnupg" / "cypres"
    command = [gpg.binary(), "--homedir", str(home), *gpg.COMMON, "--pinentry-mode", "loopback", "--command-fd", "0"]
    words = f"{PASSPHRASE}\n{PASSPHRASE}\n".encode()
    subprocess.run([*command, "--passwd", house.desk("cypres").keyring.fingerprint], input=words, check=True)
    gpg.stop_agent(home)


def desk_of(house: House, passphrase: str | None) -> Desk:
    ring = keyring.unlock(house.store, house.settings, "cypres", passphrase)
    return Desk(house.store, house.settings, ring, Evidence(house.settings))


def everything(desk: Desk) -> list[Any]:
    with desk.store.reading() as tx:
        return desk.cases(tx)


def row(what: str, ours: float, plain: float, *, scale: int = 1000) -> Row:
    return {
        "what": what,
        "ours": round(ours * scale, 1),
        "baseline": round(plain * scale, 1),
        "ratio": round(ours / plain, 2),
    }


def median(action: Callable[[], object]) -> float:
    return statistics.median(timed(action) for _ in range(7))


def timed(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


if __name__ == "__main__":
    main()
