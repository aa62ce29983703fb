"""What the big exports are made of, line by line, so that neither side ever holds a whole register in memory.

The formats are those of docs/spec/registry-data.md. A signed text is copied as it is, never written anew. Each
function reads the store once, in order, and yields text.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import date

from app.domain import entry_table, ftm, statements, tabular
from app.domain.durations import month_of
from app.domain.entry import Entry, Tombstone
from app.stores.registry import RegistryStore
from app.stores.registry_values import Change, LogHead, Stored
from crypto.fields import to_b64

Lines = Generator[str, None, None]

DOWNLOAD = "sourdine-registry/v1"
DELTA = "sourdine-registry-delta/v1"
DAYS = "sourdine-registry-deltas/v1"
# Raise it when a line of any export is written otherwise: the marks of all of them change.
EDITION = "2"
LEAVES = 256
# A merge of merges of merges: beyond that somebody is playing.
_HOPS = 20


def entry_line(stored: Stored) -> str:
    """One entry with all that is needed to check it: leaf, salt and both signatures."""
    signatures = [{"reviewer": who, "signature": to_b64(data)} for who, data in stored.signatures]
    head = {
        "issuer": stored.issuer,
        "manifest": stored.manifest,
        "leaf": stored.leaf if stored.leaf >= 0 else None,  # loaded before there was a log
        "salt": to_b64(stored.salt),
        "signatures": signatures,
    }
    return f'{_json(head)[:-1]},"entry":{stored.text}}}'


def entries_json(store: RegistryStore, origin: str, today: date) -> Lines:
    """The whole register as `sourdine registry verify` reads it."""
    with closing(shown_of(store, today, tombstones=True)) as shown:
        # The heads are read after the first entry: each entry that comes is then in the logs that are told, whatever
        # is loaded meanwhile.
        first = next(shown, None)
        heads = store.logs()
        yield f'{{"format":{_json(DOWNLOAD)},"origin":{_json(origin)},\n"issuers":[\n'
        yield from _separated(_issuer_line(store, head) for head in heads)
        yield '],\n"entries":[\n'
        yield from _separated(_entry_lines(first, shown))
    yield '],\n"leaves":[\n'
    yield from _separated(line for head in heads for line in _leaf_lines(store, head))
    yield "]}\n"


def entries_csv(store: RegistryStore, today: date) -> Lines:
    """One row per entry that is shown."""
    yield tabular.line(entry_table.COLUMNS)
    for entry, stored in _entries(store, today):
        yield tabular.line(entry_table.entry_row(entry, stored.issuer, stored.batch, stored.leaf))


def statements_csv(store: RegistryStore, origin: str, today: date) -> Lines:
    """One row per claim of whatever stands today."""
    yield tabular.line(statements.COLUMNS)
    with closing(shown_of(store, today, tombstones=True)) as shown:
        for stored in shown:
            became = _became(store, stored)
            for statement in statements.statements(stored, origin, canonical_id=became, month=month_of(today)):
                yield tabular.line(statement.row)


def entities_json(store: RegistryStore, origin: str, publisher: str, today: date) -> Lines:
    """FollowTheMoney entities, one on each line."""
    for entry, stored in _entries(store, today):
        for entity in ftm.entities(entry, stored.issuer, publisher=publisher, base=f"https://{origin}"):
            yield _json(entity) + "\n"


def delta_json(store: RegistryStore, origin: str, day: date, today: date) -> Lines:
    """What changed on one day, in the order in which it was taken."""
    yield f'{{"format":{_json(DELTA)},"origin":{_json(origin)},"day":"{day}",\n"changes":[\n'
    yield from _separated(_change_line(change, today) for change in store.changes(day))
    yield "]}\n"


def days_json(store: RegistryStore, origin: str, today: date) -> Lines:
    """The days that have a delta which is not empty, oldest first."""
    yield f'{{"format":{_json(DAYS)},"origin":{_json(origin)},\n"days":[\n'
    yield from _separated(f'"{day}"' for day in store.change_days(today) if day <= today)
    yield "]}\n"


def is_shown(stored: Stored, today: date) -> bool:
    """Whether an entry may still be told: its text is there and its time is not over. A tombstone holds no fact."""
    record = stored.record
    if isinstance(record, Tombstone):
        return bool(stored.text)
    return bool(stored.text) and record.expires is not None and today < record.expires


def shown_of(store: RegistryStore, today: date, *, tombstones: bool = False) -> Generator[Stored, None, None]:
    """What stands today, by number; whoever stops early closes it."""
    return (stored for stored in store.stream(today, tombstones=tombstones) if is_shown(stored, today))


def _entries(store: RegistryStore, today: date) -> Generator[tuple[Entry, Stored], None, None]:
    with closing(shown_of(store, today)) as shown:
        for stored in shown:
            if isinstance(stored.record, Entry):
                yield stored.record, stored


def _entry_lines(first: Stored | None, others: Iterator[Stored]) -> Iterator[str]:
    if first is not None:
        yield entry_line(first)
        yield from map(entry_line, others)


def _issuer_line(store: RegistryStore, head: LogHead) -> str:
    known = [to_b64(one.note) for one in store.manifests() if one.issuer == head.issuer]
    checkpoint = to_b64(head.checkpoint)
    return _json({"issuer": head.issuer, "manifests": known, "checkpoint": checkpoint, "size": head.size})


def _leaf_lines(store: RegistryStore, head: LogHead) -> Iterator[str]:
    log = store.log(head.issuer)
    for start in range(0, head.size, LEAVES):
        hashes = [leaf.hex() for leaf in log.entries(start, min(LEAVES, head.size - start))]
        yield _json({"issuer": head.issuer, "start": start, "hashes": hashes})


def _change_line(change: Change, today: date) -> str:
    head = {"op": change.op, "regc_id": change.regc_id, "version": change.version}
    if change.op == "DEL":
        return _json(head | {"reason": change.reason, "replaced_by": list(change.replaced_by)})
    told = change.stored is not None and is_shown(change.stored, today)
    return f'{_json(head)[:-1]},"record":{entry_line(change.stored) if told and change.stored else "null"}}}'


def _became(store: RegistryStore, stored: Stored) -> str:
    """Where a merged entry goes on, through later merges too; empty when it stands for itself."""
    name = statements.canonical_of(stored.record)
    for _ in range(_HOPS):
        found = store.find(name) if name != stored.record.regc_id else None
        if found is None or (following := statements.canonical_of(found.record)) == name:
            break
        name = following
    return name


def _separated(lines: Iterator[str]) -> Iterator[str]:
    """The items of a JSON list, each on its own line; the last one has no comma."""
    before = ""
    for line in lines:
        yield f"{before}{line}"
        before = ",\n"
    if before:
        yield "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
