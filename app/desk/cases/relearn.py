"""After a restore: an export that this desk made and forgot is taken back from its stick.

The registry takes exports in their order only, so the next one has to follow the last one that it has. What left stands
in its case again as published, with the two signatures under which it left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.desk.cases.exports import LEARNT, keep_log, log_of
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.entry_paper import EntryPaper, load_paper, store_paper
from app.desk.core.signatures import Signature
from app.domain.batch import Batch, Head, SignedRecord, is_next
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import Numbered
from app.transfer.export import check_export, read_export
from crypto.checkpoint import open_checkpoint
from crypto.export import commitment, log_origin
from crypto.tlog import Frontier, leaf_hash


@dataclass(frozen=True)
class Learned:
    """`homeless`: entries whose case this desk does not have, or this reviewer may not open."""

    sequence: int
    entries: int
    homeless: tuple[str, ...] = ()


def learn_export(desk: Desk, path: Path) -> Learned:
    """Take back one of this desk's own exports, the next one after the last that it knows.

    Raises:
        UserError: known already, or another one has to come first.
            It continues another log than this desk has.
        FormatError, TrustError: not an export of this desk under the manifest in use.
    """
    data = read_export(path)
    batch = check_export(data, desk.keyring.manifest, origin=desk.settings.registry, today=desk.today)
    with desk.store.writing() as tx:
        last = tx.last_export()
        if not is_next(Head(last.number, last.digest) if last.number else None, batch):
            raise UserError("This desk knows that export already.", "Nothing was changed.")
        papers = {paper.record.regc_id: (case, paper) for case in desk.cases(tx) if (paper := load_paper(case, tx))}
        homeless = []
        for signed in batch.records:
            found = papers.get(signed.record.regc_id)
            if found:
                _put_back(desk, tx, found, _as_left(desk, batch, signed, found[1]))
            else:
                homeless.append(signed.record.regc_id)
        keep_log(desk, tx, _continued(desk, log_of(desk, tx), batch))
        this = Numbered(batch.sequence, batch.digest)
        tx.add_export(this, batch.day, desk.keyring.seal_common(f"export/{this.number}", data))
        desk.log(tx, LEARNT, subject=f"export {this.number}")
    return Learned(batch.sequence, len(batch.records) - len(homeless), tuple(homeless))


def _continued(desk: Desk, log: Frontier, batch: Batch) -> Frontier:
    """Our log with what left in that export: the very one whose head this desk signed then."""
    for signed in batch.records:
        log, _ = log.append(leaf_hash(commitment(signed.record.to_dict(), signed.salt)))
    origin = log_origin(desk.settings.registry, batch.issuer)
    head = open_checkpoint(batch.checkpoint, desk.keyring.manifest.desk_key, origin=origin)
    if (head.size, head.root) != (log.size, log.root):
        raise UserError("This export continues another log than this desk has.", "Nothing was changed.")
    return log


def _as_left(desk: Desk, batch: Batch, signed: SignedRecord, paper: EntryPaper) -> EntryPaper:
    signatures = []
    for fingerprint, signature in signed.signatures:
        reviewer = desk.keyring.manifest.reviewer(fingerprint)
        if reviewer:  # checked with the export
            signatures.append(Signature(fingerprint, reviewer.name, reviewer.college, batch.day.isoformat(), signature))
    return replace(paper, record=signed.record, published=signed.record, exported=True, signatures=tuple(signatures))


def _put_back(desk: Desk, tx: Transaction, found: tuple[OpenCase, EntryPaper], paper: EntryPaper) -> None:
    ends = paper.entry.expires if paper.entry else None
    case = desk.save(tx, found[0], found[0].with_facts(exported=True, entry_expires=ends))
    store_paper(case, tx, paper)
    desk.log(tx, "export entry", case=case)
