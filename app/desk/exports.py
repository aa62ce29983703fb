"""`desk export-registry`: the published entries that two colleges signed and that the registry does not have yet.

The export is checked with the very code of the registry before it is recorded: what would be refused there never
takes a number here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from app.desk.bench import Desk, OpenCase
from app.desk.entry_paper import EntryPaper, load_paper, store_paper
from app.domain.durations import month_of
from app.domain.facts import State
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import Numbered
from app.transfer.files import write_whole
from crypto import note
from crypto.export import Export, SignedEntry, open_export, sign_export
from crypto.openpgp.verify import verify_detached

# The status that a record may have in each state: a correction waits until the case itself is moved.
STATUSES = {
    State.PUBLISHED: frozenset({"published", "contested"}),
    State.CORRECTED: frozenset({"corrected"}),
    State.WITHDRAWN: frozenset({"withdrawn"}),
}


@dataclass(frozen=True)
class Exported:
    sequence: int
    entries: int


@dataclass(frozen=True)
class _Ready:
    case: OpenCase
    paper: EntryPaper


def export_registry(desk: Desk, path: Path) -> Exported:
    """Sign the next export and write it.

    Raises:
        UserError: nothing to export, no registry in the settings, or a place that refuses.
        TrustError: a signature does not hold under the manifest in use.
    """
    if not desk.settings.registry:
        raise UserError("The settings of this desk name no registry.", 'Write registry = "…" in desk.toml.')
    if path.is_dir() or not path.parent.is_dir():
        raise UserError(f"{path} cannot be written.", "Name a file in a folder that exists. Nothing was changed.")
    with desk.store.reading() as tx:
        ready = _ready(desk, tx)
        last = tx.last_export()
    if not ready:
        raise UserError("No published entry waits for an export.", "Use --again to write the last export once more.")
    data = _signed(desk, ready, last)
    open_export(data, desk.keyring.manifest, _check(desk.today), origin=desk.settings.registry)
    this = Numbered(last.number + 1, note.digest(data))
    with desk.store.writing() as tx:
        if tx.last_export() != last:
            raise UserError("Another export was made at the same moment.", "Nothing was changed. Try again.")
        for one in ready:
            _mark(desk, tx, one)
        tx.add_export(this, desk.today, desk.keyring.seal_common(f"export/{this.number}", data))
        desk.log(tx, "export", subject=f"export {this.number}")
    write_whole(path, [data])
    return Exported(this.number, len(ready))


def export_again(desk: Desk, path: Path) -> Exported:
    """The last export once more, byte for byte.

    Raises:
        UserError: there was none yet.
    """
    with desk.store.reading() as tx:
        last, sealed = tx.last_export(), tx.last_export_file()
    if sealed is None:
        raise UserError("This desk has made no export yet.", "Leave out --again.")
    data = desk.keyring.open_common(f"export/{last.number}", sealed)
    write_whole(path, [data])
    return Exported(last.number, len(note.read_unverified("export", data)["entries"]))


def _ready(desk: Desk, tx: Transaction) -> list[_Ready]:
    found = []
    for case in desk.cases(tx):
        paper = load_paper(case, tx) if case.facts.state in STATUSES else None
        if paper and paper.signed and not paper.exported and paper.record.status in STATUSES[case.facts.state]:
            found.append(_Ready(case, paper))
    # By the random name of the entry: the order tells nothing of the cases.
    return sorted(found, key=lambda one: one.paper.record.regc_id)


def _signed(desk: Desk, ready: list[_Ready], last: Numbered) -> bytes:
    entries = tuple(
        SignedEntry(one.paper.record.to_dict(), tuple(signature.for_export for signature in one.paper.signatures))
        for one in ready
    )
    export = Export(
        origin=desk.settings.registry,
        issuer=desk.keyring.instance,
        manifest=desk.keyring.manifest.digest,
        sequence=last.number + 1,
        previous=last.digest,
        day=desk.today,
        batch=month_of(desk.today),
        entries=entries,
    )
    return sign_export(export, desk.keyring.signing)


def _mark(desk: Desk, tx: Transaction, one: _Ready) -> None:
    case = desk.save(tx, one.case, one.case.with_facts(exported=True))
    store_paper(case, tx, replace(one.paper, published=one.paper.record, exported=True))
    desk.log(tx, "export entry", case=case)


def _check(day: date) -> Callable[[bytes, bytes, bytes], str]:
    return lambda cert, data, signature: verify_detached(cert, data, signature, day=day)
