"""`python -m benchmarks.registry [--quick] [--count N] [--only sqlite|postgresql] [--json FILE]`: a large register.

Entries are synthetic and of plausible variety (tests/fakes/register.py); batches hold 1,000. The issue's limits, for
one million: search p95 100 ms over the mix below, an entry 20 ms, 2,000 statements a second, a stream in flat memory.
Loading is measured without signatures. Above 40,000 entries most rows are copies of the first 20,000 under names,
numbers and words of their own, written past the loader (`Loader.multiply`): so a million is there within minutes, and
the last 5,000 are loaded again. Each look-up counts with the best of three runs: the machine may be shared.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, text

from app.domain.entry import Entry
from app.domain.identifiers import regc_id
from app.domain.statements import claims
from app.domain.succession import amend
from app.settings import RegistrySettings
from app.stores import registry_search
from app.stores.engine import reading, writing
from app.stores.registry import Query, RegistryStore
from app.stores.registry_tables import CHANGES, ENTRIES, VERSIONS
from tests.fakes.issuer import ORIGIN, Issuer, forget_keys
from tests.fakes.postgres import Cluster
from tests.fakes.register import DAY, batches, synthetic

BASE, MEASURED = 20_000, 5_000
DATABASES = ("sqlite", "postgresql")
SERVER = ("-c", "shared_buffers=512MB", "-c", "max_wal_size=4GB", "-c", "autovacuum_naptime=20s")
# The same copies made by the server: names of sixteen letters that a hash gives, no leaf, words of their own.
MULTIPLY = (
    "DROP INDEX words_words",
    """CREATE TEMPORARY TABLE copies ON COMMIT DROP AS SELECT n, (n - 1) % :base + 1 AS old, 'REGC-2026-'
        || upper(translate(substr(md5(CAST(n AS text)), 1, 16), '0189', 'wxyz')) AS name
        FROM generate_series(:base + 1, :last) AS n""",
    """INSERT INTO entries (number, regc_id, version, issuer, status, month, record, signatures, salt, manifest, batch,
            since, cooperative, severity, published, base, corrected)
        SELECT n, name, version, issuer, status, month, replace(record, regc_id, name), signatures, salt, manifest,
            batch, since, cooperative, severity, published, base, corrected
        FROM copies JOIN entries ON entries.number = old""",
    "INSERT INTO versions (entry, version, status, batch) SELECT n, 1, 'published', '2026-12' FROM copies",
    "INSERT INTO changes (number, day, op, entry, version) SELECT n, '2026-12-01', 'ADD', n, 1 FROM copies",
    """INSERT INTO words (number, words) SELECT n, ts_delete(words, CAST(:near AS text[]))
        || array_to_tsvector(ARRAY['b11\\:' || (n >> 11), 'b14\\:' || (n >> 14), 'b17\\:' || (n >> 17),
            CAST(n AS text), lower(substr(name, 11))])
        FROM copies JOIN words ON words.number = old""",
    "SET LOCAL maintenance_work_mem = '512MB'",
    "CREATE INDEX words_words ON words USING GIN (words) WITH (fastupdate = off)",
)
Row = dict[str, object]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.registry", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke: 5,000 entries")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--only", choices=DATABASES)
    parser.add_argument("--stream", type=int, default=1_000_000, help="stop streaming after so many entries")
    parser.add_argument("--json", type=Path, default=Path("build/benchmarks-registry.json"))
    args = parser.parse_args()
    count, rows = 5_000 if args.quick else args.count, list[Row]()
    for name in (args.only,) if args.only else DATABASES:
        with register(name) as store:
            rows += measure(store, name, count, args.stream)
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps({"load": os.getloadavg()[0], "rows": rows}, indent=1) + "\n")


@contextmanager
def register(name: str) -> Iterator[RegistryStore]:
    """An empty one below the temporary folder."""
    with tempfile.TemporaryDirectory(prefix="sbr-") as folder:
        server = Cluster(SERVER) if name == "postgresql" else None
        url = server.url() if server else "sqlite:///registry.db"
        store = RegistryStore.create(RegistrySettings(home=Path(folder), origin=ORIGIN, database=url))
        try:
            yield store
        finally:
            store.close()
            if server:
                server.stop()
            forget_keys()


def measure(store: RegistryStore, name: str, count: int, stream: int) -> list[Row]:
    """Load that many, then ask."""
    loader = Loader(store)
    loader.upto(count)
    return [told(name, count, what, value) for what, value in figures(store, loader, count, stream)]


def told(name: str, size: int, what: str, value: float) -> Row:
    print(f"{name:12}{size:>10,}  {what:48}{value:>12,.1f}", flush=True)
    return {"database": name, "entries": size, "what": what, "value": round(value, 2)}


class Loader:
    """Loads on, batch by batch; counts only the time inside the store."""

    def __init__(self, store: RegistryStore) -> None:
        self.store, self.issuer, self.done = store, Issuer(), 0
        self.names: list[str] = []
        self.rates: list[float] = []
        self.last: list[dict[str, Any]] = []

    def upto(self, size: int) -> None:
        """Load until there are that many entries."""
        if size > 2 * BASE:
            self.upto(BASE)
            self.multiply(size - BASE - MEASURED)
        self.rates = []
        for entries in batches(synthetic(size - self.done, start=self.done)):
            batch = self.issuer.batch(*entries)
            claimed = statistics.mean(len(list(claims(one.record))) for one in batch.records[:20])
            start = time.perf_counter()
            self.store.load(batch, self.issuer.manifest, DAY, note=self.issuer.manifest_bytes)
            self.rates.append(claimed * len(entries) / (time.perf_counter() - start))
            self.names += [entry["regc_id"] for entry in entries]
            self.last = entries
        self.done = size

    def multiply(self, more: int) -> None:
        """Copies of the first entries; history and search index grow as if each had been loaded, the log does not."""
        if self.store.engine.dialect.name == "postgresql":
            near = sorted({token for number in range(BASE + 1) for token in registry_search.blocks(number)})
            with writing(self.store.engine) as connection:
                for statement in MULTIPLY:
                    values = {"base": BASE, "last": self.done + more, "near": near}
                    used = {name: value for name, value in values.items() if f":{name}" in statement}
                    connection.execute(text(statement), used)
                self.names += connection.scalars(text("SELECT regc_id FROM entries WHERE leaf IS NULL")).all()
            self.done += more
            return
        with reading(self.store.engine) as connection:
            rows = [row._asdict() for row in connection.execute(select(ENTRIES).limit(BASE))]
        first = [(row["regc_id"], known_words(row)) for row in rows]
        for start in range(self.done, self.done + more, BASE // 4):
            with writing(self.store.engine) as connection:
                numbers = range(start + 1, min(start + BASE // 4, self.done + more) + 1)
                self._copy(connection, [(number, rows[number % BASE], *first[number % BASE]) for number in numbers])
        self.done += more

    def _copy(self, connection: Connection, wanted: list[tuple[int, dict[str, Any], str, set[str]]]) -> None:
        entries, words = [], []
        for number, row, old, known in wanted:
            name = regc_id(2026, (2 << 64 | number).to_bytes(10, "big"))
            words.append((number, {*known, *registry_search.blocks(number), str(number), name[10:].lower()}))
            copied = {"number": number, "regc_id": name, "record": row["record"].replace(old, name), "leaf": None}
            entries.append({**row, **copied})
            self.names.append(name)
        for row in entries:
            row.pop("ends", None)
        connection.execute(insert(ENTRIES), entries)
        told = [{"version": 1, "entry": row["number"]} for row in entries]
        connection.execute(insert(VERSIONS), [row | {"status": "published", "batch": "2026-12"} for row in told])
        connection.execute(
            insert(CHANGES), [row | {"number": row["entry"], "day": "2026-12-01", "op": "ADD"} for row in told]
        )
        registry_search.write(connection, words)

    def correct(self) -> float:
        """Seconds for one batch that corrects a hundred entries: their former words leave the index for good."""
        entries = []
        for raw in self.last[:100]:
            old = Entry.parse(raw)
            new = replace(old, finding=replace(old.finding, text=f"{old.finding.text} Précision."))
            entries.append(amend(old, new, month="2026-12", reason="error", note="Précision.").to_dict())
        batch = self.issuer.batch(*entries)
        start = time.perf_counter()
        self.store.load(batch, self.issuer.manifest, DAY, note=self.issuer.manifest_bytes)
        return time.perf_counter() - start


def known_words(row: dict[str, Any]) -> set[str]:
    """The words of an entry without those that are its own."""
    entry = Entry.parse(json.loads(row["record"]))
    own = {*registry_search.blocks(row["number"]), row["regc_id"][10:].lower()}
    return {token for token in registry_search.tokens(row["number"], entry) if token not in own}


def figures(store: RegistryStore, loader: Loader, size: int, stream: int) -> Iterator[tuple[str, float]]:
    draw = random.Random(size)
    settle(store)
    yield "load, statements a second (median batch)", statistics.median(loader.rates)
    yield "load, statements a second (slowest twentieth)", sorted(loader.rates)[len(loader.rates) // 20]
    names = draw.sample(loader.names, min(300, size))
    yield "entry, p95 ms", p95([timed(lambda name=name: store.find(name)) for name in names])  # type: ignore[misc]
    mixed = []
    for kind, queries in mix(draw, size).items():
        times = [timed(lambda query=query: store.search(query, DAY)) for query in queries]  # type: ignore[misc]
        mixed += times
        yield f"search, {kind}, p95 ms", p95(times)
    yield "search, whole mix, p95 ms", p95(mixed)
    yield "front page (newest 20), ms", timed(lambda: store.newest(DAY, 20))
    yield "a batch of 100 corrections, s", loader.correct()
    seconds, grown = streamed(store, stream)
    yield "stream, entries a second", min(stream, size) / seconds
    yield "stream, memory grown after the first tenth, MB", grown


def mix(draw: random.Random, size: int) -> dict[str, list[Query]]:
    """What visitors ask for, twenty of each kind."""
    words = ("conseil", "assemblée", "comptes", "documents", "coopérative", "mandats", "révision", "scrutin")
    places = ("rivières", "orge", "lyonnais", "émeraude", "marais", "chêne", "ponts", "bois")
    rare = [str(draw.randrange(size)) for _ in range(20)]
    pairs = [Query(f"{draw.choice(words)} {draw.choice(words)}") for _ in range(20)]
    countries = ("FR", "BE", "IT", "DE", "AT", "PL")
    filters = [
        Query(country=draw.choice(countries), category=draw.choice(("GOV", "INF", "FIN", "ENV"))) for _ in range(20)
    ]
    alone = [
        *(Query(country=one) for one in countries),
        *(Query(category=one) for one in ("GOV", "INF", "FIN", "ENV")),
        *(Query(principle=one) for one in ("democracy", "transparency", "2", "7")),
        *(Query(status=one) for one in ("published", "contested", "corrected")),
        Query(since="2016", until="2018"),
        Query(since="2024"),
        Query(until="2001"),
    ]
    both = [replace(one, text=draw.choice(words), since=str(draw.randint(2014, 2026))) for one in filters]
    return {
        "nothing asked": [Query(page=draw.randint(1, 50)) for _ in range(20)],
        "common word": [Query(draw.choice(words)) for _ in range(20)],
        "two common words": pairs,
        "name of a place": [Query(draw.choice(places)) for _ in range(20)],
        "rare word": [Query(word) for word in rare],
        "rare and common": [Query(f"{word} conseil") for word in rare],
        "number": [Query(f"{draw.randrange(10**9):09d}") for _ in range(20)],
        "no such word": [Query("xylophone conseil") for _ in range(20)],
        "one filter": alone,
        "two filters": filters,
        "words and filters": both,
        "deep pages": [replace(one, page=draw.randint(20, 50)) for one in both],
    }


def streamed(store: RegistryStore, limit: int) -> tuple[float, float]:
    """Seconds for reading everything, and by how many MB memory grew from the first tenth to the end."""
    start, seen, early, most = time.perf_counter(), 0, 0.0, 0.0
    for seen, _ in enumerate(islice(store.stream(DAY), limit), 1):
        if seen % 1_000 == 0:
            most = max(most, resident())
            early = early if seen > max(limit // 10, 1_000) else most
    return time.perf_counter() - start, most - early if seen else 0.0


def resident() -> float:
    """Memory of this process, MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def settle(store: RegistryStore) -> None:
    """What autovacuum does within minutes."""
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def timed(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1_000)
    return min(times)


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


if __name__ == "__main__":
    main()
