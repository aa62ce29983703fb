"""`python -m benchmarks.registry_signatures [--count N] [--json FILE]`: a signed export from file to register.

Every record bears two real OpenPGP signatures. Signing them is not measured; checking and loading is, and then the
check of the whole download. The issue's limit: 2,000 statements a second, a record has about 27.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path

from app.domain.entry import Entry
from app.domain.statements import claims as claims_of
from app.registry.lines import entries_json
from app.settings import RegistrySettings
from app.stores.registry import RegistryStore
from app.transfer.export import check_export
from app.transfer.registry_check import check_copy
from crypto.export import ENTRIES_MAX, SignedEntry, entry_bytes
from crypto.openpgp.verify import verify_all, verify_detached
from crypto.quorum import claims
from tests.fakes.issuer import ORIGIN, Issuer, forget_keys
from tests.fakes.register import DAY, synthetic

Row = dict[str, object]
SINGLE = 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry_signatures", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help=f"records, at most {ENTRIES_MAX} in one export")
    parser.add_argument("--json", type=Path, default=Path("build/benchmarks-signatures.json"))
    args = parser.parse_args()
    issuer = Issuer()
    try:
        with tempfile.TemporaryDirectory() as folder:
            rows = measure(issuer, min(args.count, ENTRIES_MAX), Path(folder))
    finally:
        forget_keys()
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps({"load": os.getloadavg()[0], "rows": rows}, indent=1) + "\n")
    for row in rows:
        print(f"{row['what']:52}{row['value']:>12}")


def measure(issuer: Issuer, count: int, folder: Path) -> list[Row]:
    signed = tuple(map(issuer.sign, synthetic(count)))
    data = issuer.export(signed=signed, day=DAY, batch=f"{DAY:%Y-%m}")
    statements = sum(sum(1 for _ in claims_of(Entry.parse(one.entry))) for one in signed)
    rows = signatures(issuer, signed)
    store = RegistryStore.create(RegistrySettings(home=folder, origin=ORIGIN))
    try:
        begin = time.perf_counter()
        batch = check_export(data, issuer.manifest, origin=ORIGIN, today=DAY)
        checked = time.perf_counter()
        store.load(batch, issuer.manifest, DAY, note=issuer.manifest_bytes)
        loaded = time.perf_counter()
        copy = folder / "entries.json"
        copy.write_text("".join(entries_json(store, ORIGIN, DAY)), "utf-8")
    finally:
        store.close()
    rows += [
        {"what": "statements in a record", "value": round(statements / count, 1)},
        {"what": "records in the export", "value": count},
        {"what": "export checked, s", "value": round(checked - begin, 2)},
        {"what": "export loaded, s", "value": round(loaded - checked, 2)},
        {"what": "statements a second, from file to register", "value": round(statements / (loaded - begin))},
    ]
    return [*rows, *whole_copy(issuer, copy, count)]


def signatures(issuer: Issuer, signed: tuple[SignedEntry, ...]) -> list[Row]:
    given = [
        claim
        for one in signed
        for claim in claims(one.signatures, entry_bytes(one.entry, ORIGIN, issuer.instance), issuer.manifest)
    ]
    begin = time.perf_counter()
    for claim in given[:SINGLE]:
        verify_detached(claim.cert, claim.data, claim.signature, day=DAY)
    single = time.perf_counter()
    verify_all(given, day=DAY)
    together = time.perf_counter() - single
    return [
        {"what": "a signature, one run of gpg each, ms", "value": round((single - begin) / SINGLE * 1000, 2)},
        {"what": "a signature, many in one run, ms", "value": round(together / len(given) * 1000, 2)},
    ]


def whole_copy(issuer: Issuer, copy: Path, count: int) -> list[Row]:
    begin = time.perf_counter()
    report, files = check_copy(copy, [issuer.root.public])
    with files:
        took = time.perf_counter() - begin
        if report.faults or report.entries != count:
            raise SystemExit(f"the copy does not hold: {report.faults[:3]}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [
        {"what": "registry verify, records a second", "value": round(count / took)},
        {"what": "peak memory of it all, MiB", "value": peak},
    ]


if __name__ == "__main__":
    main()
