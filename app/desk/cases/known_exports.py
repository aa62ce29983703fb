"""After a restore: an export that this desk made after its backup comes back from the stick, and counts again.

Its number, its leaves and what left in it are taken from the file, which this desk itself signed; nothing is signed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from app.desk.cases.exports import KNOWN, Exported, keep_log, log_of, mark_gone
from app.desk.core.bench import Desk
from app.desk.core.entry_paper import load_paper
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import Numbered
from app.transfer.export import read_export
from crypto import note
from crypto.checkpoint import open_checkpoint
from crypto.errors import TrustError
from crypto.export import Export, commitment, log_origin, open_export_at_once
from crypto.manifest import Manifest, UntrustedManifest
from crypto.openpgp.verify import verify_all
from crypto.tlog import Frontier, leaf_hash


def take_known(desk: Desk, path: Path) -> Exported:
    """Count an export of this desk that its database forgot. The last one again marks this reviewer's own cases.

    Raises:
        FormatError, TrustError: not an export that this desk signed, under a manifest that it knows.
        UserError: not the next one, or it continues another history.
    """
    data = read_export(path)
    with desk.store.reading() as tx:
        export, manifest = _opened(desk, tx, data)
        last, log = tx.last_export(), log_of(desk, tx)
    this = Numbered(export.sequence, note.digest(data))
    if this == last:
        return Exported(this.number, _mark(desk, export, this, b"", log))
    if (export.sequence, export.previous) != (last.number + 1, last.digest):
        raise UserError(
            f"That is export {export.sequence}, and the next one that this desk can take up is {last.number + 1}.",
            "Nothing was changed. Bring the exports in their order.",
        )
    for signed in export.entries:
        log, _ = log.append(leaf_hash(commitment(signed.entry, signed.salt)))
    head = open_checkpoint(export.checkpoint, manifest.desk_key, origin=log_origin(export.origin, export.issuer))
    if (head.size, head.root) != (log.size, log.root):
        raise UserError("This export continues another log than this desk has.", "Nothing was changed.")
    return Exported(this.number, _mark(desk, export, this, data, log))


def _opened(desk: Desk, tx: Transaction, data: bytes) -> tuple[Export, Manifest]:
    """The export under whichever manifest this desk ever pinned: the one in use may be newer."""
    named = note.read_unverified("export", data).get("manifest")
    for row in tx.manifests():
        if note.digest(row.data) == named:
            root = bytes.fromhex(desk.settings.root)
            manifest = UntrustedManifest.parse(row.data).verify(root)
            check = partial(verify_all, day=desk.today)
            return open_export_at_once(data, manifest, check, origin=desk.settings.registry), manifest
    raise TrustError("export: made under a reviewer manifest that this desk does not know")


def _mark(desk: Desk, export: Export, this: Numbered, data: bytes, log: Frontier) -> int:
    left = {signed.entry["regc_id"]: signed.entry for signed in export.entries}
    marked = 0
    with desk.store.writing() as tx:
        for case in desk.cases(tx):
            paper = load_paper(case, tx)
            if paper and not paper.exported and left.get(paper.record.regc_id) == paper.record.to_dict():
                mark_gone(desk, tx, case, paper)
                marked += 1
        if data:
            keep_log(desk, tx, log)
            tx.add_export(this, export.day, desk.keyring.seal_common(f"export/{this.number}", data))
            desk.log(tx, KNOWN, subject=f"export {this.number}")
    return marked
