"""`desk export-registry`: the published entries that two colleges signed and that the registry does not have yet.

The export is checked with the very code of the registry before it is recorded: what would be refused there never
takes a number here.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from app.desk.carry.outboxes import RESTORE
from app.desk.cases.entries import entry_findings, good_signatures
from app.desk.cases.entry_reading import check_successors
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.entry_paper import EntryPaper, load_paper, store_paper
from app.domain.batch import Head, check_time, is_next
from app.domain.durations import month_of
from app.domain.entry import Tombstone, name_ends, parse_signed
from app.domain.nominative import Naming, name_faults
from app.domain.strict import EntryError
from app.domain.succession import check_successor
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import Numbered
from app.transfer.export import check_export
from app.transfer.files import PartFile, write_whole
from crypto import note
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.export import SALT, Export, SignedEntry, commitment, log_origin, sign_export
from crypto.tlog import Frontier, leaf_hash

# Shared by the reviewers: hashes alone, of what every visitor of the registry may read.
LOG = "log"
# The month in which publications left last.
MONTH = "publication"
LEARNT = "learn export"


@dataclass(frozen=True)
class Exported:
    """What left; `aside` says of each case that had to stay what to do about it."""

    sequence: int
    entries: int
    aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Ready:
    case: OpenCase
    paper: EntryPaper

    @property
    def first(self) -> bool:
        """Whether this is the publication, and no later version."""
        return self.paper.published is None

    @property
    def waits(self) -> bool:
        """Signed, not gone yet, and something to tell: what never left needs no taking down."""
        paper = self.paper
        never = paper.published is None and paper.entry is None
        return paper.signed and paper.fits(self.case.facts.state) and not never


def export_registry(desk: Desk, path: Path, *, after: int | None = None) -> Exported:
    """Sign the next export and write it.

    Args:
        after: once this desk was restored, the last export that the registry loaded.

    Raises:
        UserError: nothing to export, no registry in the settings, a place that refuses, or a restore after which
            nobody said how far the registry is.
        TrustError: a signature does not hold under the manifest in use.
    """
    if not desk.settings.registry:
        raise UserError("The settings of this desk name no registry.", 'Write registry = "…" in desk.toml.')
    if path.is_dir() or not path.parent.is_dir():
        raise UserError(f"{path} cannot be written.", "Name a file in a folder that exists. Nothing was changed.")
    with desk.store.reading() as tx:
        _check_restored(tx, after)
        ready, aside = _ready(desk, tx)
        last, log = tx.last_export(), log_of(desk, tx)
    if not ready:
        hint = " ".join(aside) or "Use --again to write the last export once more."
        raise UserError("No published entry waits for an export.", hint)
    data, log = _signed(desk, ready, last, log)
    _as_the_registry(desk, data, last)
    this = Numbered(last.number + 1, note.digest(data))
    with PartFile(path) as part:
        part.write(data)  # before it is recorded: a full disk must not use up a number
        with desk.store.writing() as tx:
            if tx.last_export() != last:
                raise UserError("Another export was made at the same moment.", "Nothing was changed. Try again.")
            for one in ready:
                _mark(desk, tx, one.case, one.paper)
            keep_log(desk, tx, log)
            if any(one.first for one in ready):
                desk.put_shared(tx, MONTH, desk.settings.registry, month_of(desk.today))
            tx.add_export(this, desk.today, desk.keyring.seal_common(f"export/{this.number}", data))
            desk.log(tx, "export", subject=f"export {this.number}")
        _keep(part, this.number)
    return Exported(this.number, len(ready), aside)


def _keep(part: PartFile, number: int) -> None:
    """Recorded already: what refuses now takes nothing back."""
    try:
        part.keep()
    except UserError as error:
        raise UserError(
            error.message, f"Export {number} is recorded. Write it elsewhere: export-registry --again --to FILE."
        ) from None


def _check_restored(tx: Transaction, after: int | None) -> None:
    """Return only when this desk knows every export that the registry loaded.

    Raises:
        UserError: it was restored from a backup, and others may have left after that backup.
    """
    last = tx.last_export().number
    if after is not None and after > last:
        raise UserError(
            f"The registry loaded export {after}, and the last one that this desk knows is {last}.",
            "Nothing was changed. Bring the files of the exports in between, in their order: "
            "sourdine desk learn-export FILE.",
        )
    if after is None and tx.last_act(RESTORE) > max(tx.last_act("export"), tx.last_act(LEARNT)):
        raise UserError(
            "This desk was restored: exports that it made after its backup may be in the registry.",
            f"Nothing was changed. Ask its operator for the number of the last one (sourdine registry loads), and add "
            f"--after NUMBER. If it is above {last}, bring the lost files first: sourdine desk learn-export FILE.",
        )


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


def _ready(desk: Desk, tx: Transaction) -> tuple[list[_Ready], tuple[str, ...]]:
    """What may leave today, and a sentence about each signed entry that may not."""
    papers = [_Ready(case, paper) for case in desk.cases(tx) if (paper := load_paper(case, tx))]
    names = Counter(one.paper.record.regc_id for one in papers)
    found, aside = [], []
    for one in papers:
        if not one.waits:
            continue
        shared = one.first and names[one.paper.record.regc_id] > 1
        why = "another case has an entry of the same name." if shared else ""
        why = why or (_next_month(desk, tx) if one.first else "") or _held_back(desk, tx, one)
        if why:
            aside.append(f"Case {one.case.id} stays: {why}")
        else:
            found.append(one)
    # By the random name of the entry: the order tells nothing of the cases.
    return sorted(found, key=lambda one: one.paper.record.regc_id), tuple(aside)


def _next_month(desk: Desk, tx: Transaction) -> str:
    """Publications leave together: the day of an entry must not tell on which day a case was decided (DOMAIN T5)."""
    gone = desk.shared(tx, MONTH).get(desk.settings.registry)
    if not desk.settings.monthly or gone != month_of(desk.today):
        return ""
    return "the publications of this month have left. It leaves with those of the next; other changes leave any day."


def _held_back(desk: Desk, tx: Transaction, one: _Ready) -> str:
    """Why the registry, or the reporter's latest word, does not let this entry leave; empty when both do."""
    paper = one.paper
    try:
        check_successor(paper.published, parse_signed(paper.record.to_dict()))
    except EntryError as error:
        return error.message
    entry = paper.entry
    if entry and entry.dates.published > month_of(desk.today):
        return "the month of its publication has not begun."
    if good_signatures(desk, paper) != paper.signatures:
        return "a signature under its entry holds no more. Two reviewers sign it again: sourdine desk entry sign."
    if isinstance(paper.record, Tombstone) and (gone := _gone(desk, tx, paper.record)):
        return gone
    if paper.published is None:
        return " ".join(finding.message for finding in entry_findings(desk, tx, one.case, paper))
    # Whatever was signed, a name leaves only while this desk may publish it.
    naming = Naming(desk.settings.nominative, paper.name.text if paper.name else "")
    return " ".join(name_faults(entry, naming, one.case.facts.state, desk.today)) if entry else ""


def _gone(desk: Desk, tx: Transaction, tombstone: Tombstone) -> str:
    """Why whoever follows a replaced entry would arrive nowhere, or nothing."""
    try:
        check_successors(desk, tx, tombstone)
    except EntryError:
        return (
            "an entry that it goes on in has ended, or is not yours to open. To end it plainly, draft "
            '{"status": "withdrawn"}, then sign that.'
        )
    return ""


def _as_the_registry(desk: Desk, data: bytes, last: Numbered) -> None:
    """Return only if the registry would take this export today, by its own code."""
    batch = check_export(data, desk.keyring.manifest, origin=desk.settings.registry, today=desk.today)
    check_time(batch, desk.today)
    is_next(Head(last.number, last.digest) if last.number else None, batch)


def log_of(desk: Desk, tx: Transaction) -> Frontier:
    """Where our log in that registry stands."""
    state = desk.shared(tx, LOG).get(desk.settings.registry, {"size": 0, "peaks": []})
    return Frontier(state["size"], tuple(bytes.fromhex(peak) for peak in state["peaks"]))


def keep_log(desk: Desk, tx: Transaction, log: Frontier) -> None:
    """What the next export appends to."""
    desk.put_shared(tx, LOG, desk.settings.registry, {"size": log.size, "peaks": [peak.hex() for peak in log.peaks]})


def _signed(desk: Desk, ready: list[_Ready], last: Numbered, log: Frontier) -> tuple[bytes, Frontier]:
    """The export, and the log that its checkpoint is the head of."""
    entries = tuple(_leaving(one, month_of(desk.today)) for one in ready)
    for signed in entries:
        log, _ = log.append(leaf_hash(commitment(signed.entry, signed.salt)))
    origin, issuer = desk.settings.registry, desk.keyring.instance
    head = Checkpoint(log_origin(origin, issuer), log.size, log.root)
    export = Export(
        origin=origin,
        issuer=issuer,
        manifest=desk.keyring.manifest.digest,
        sequence=last.number + 1,
        previous=last.digest,
        day=desk.today,
        batch=month_of(desk.today),
        checkpoint=sign_checkpoint(head, desk.keyring.signing),
        entries=entries,
    )
    return sign_export(export, desk.keyring.signing), log


def _leaving(one: _Ready, month: str) -> SignedEntry:
    signatures = tuple(signature.for_export for signature in one.paper.signatures)
    ends = name_ends(one.paper.record)
    name = one.paper.beside if ends > month else None  # of its month on nobody publishes it, signed or not
    return SignedEntry(one.paper.record.to_dict(), signatures, os.urandom(SALT), name)


def _mark(desk: Desk, tx: Transaction, opened: OpenCase, paper: EntryPaper) -> None:
    """This very version left."""
    ends = paper.entry.expires if paper.entry else None
    case = desk.save(tx, opened, opened.with_facts(exported=True, entry_expires=ends))
    store_paper(case, tx, replace(paper, published=paper.record, exported=True, told=None))
    desk.log(tx, "export entry", case=case)
