"""`desk outbox`: the next numbered file for the courier, with what is due.

What it takes is marked as sent in the very commit that records its number, so a crash before it changes nothing and a
crash after it is mended by writing the same bytes again (`--again`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.desk.bench import Desk
from app.desk.replies import sealed_reply
from app.domain.retention import REPLY_DAYS
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import Numbered, Taken
from app.transfer.outbox import write_outbox
from crypto import note
from crypto.outbox import REPLIES_MAX, Outbox, Receipt, sign_outbox, with_decoys

# Well below the format's bound, so that the file stays small enough for any stick and any line.
RECEIPTS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Written:
    """What went out; replies are counted with their decoys, as everybody on the way sees them."""

    number: int
    receipts: int
    replies: int


def make_outbox(desk: Desk, path: Path) -> Written:
    """Sign the next outbox and write it.

    Raises:
        UserError: the place refuses; the outbox is recorded, `--again` writes it elsewhere.
    """
    _check_place(path)
    with desk.store.writing() as tx:
        last = tx.last_outbox()
        taken = Taken(tx.due_receipts(RECEIPTS_AT_ONCE), tx.due_outgoing(REPLIES_MAX))
        desk.log(tx, "outbox", subject=f"outbox {last.number + 1}")
        outbox = _outbox(desk, tx, last, taken)
        data = sign_outbox(outbox, desk.keyring.signing)
        sealed = desk.keyring.seal_common(f"outbox/{outbox.number}", data)
        tx.add_outbox(Numbered(outbox.number, note.digest(data)), desk.today, sealed, taken=taken)
    desk.store.forget()
    write_outbox(path, data)
    return Written(outbox.number, len(outbox.receipts), len(outbox.replies))


def write_again(desk: Desk, path: Path) -> Written:
    """The last outbox once more, byte for byte.

    Raises:
        UserError: there was none yet.
    """
    with desk.store.reading() as tx:
        last, sealed = tx.last_outbox(), tx.last_outbox_file()
    if sealed is None:
        raise UserError("This desk has made no outbox yet.", "Leave out --again.")
    data = desk.keyring.open_common(f"outbox/{last.number}", sealed)
    write_outbox(path, data)
    body = note.read_unverified("outbox", data)
    return Written(last.number, len(body["receipts"]), len(body["replies"]))


def _outbox(desk: Desk, tx: Transaction, last: Numbered, taken: Taken) -> Outbox:
    line = tx.last_line()
    replies = [sealed_reply(desk, row) for row in taken.replies]
    return Outbox(
        instance=desk.keyring.instance,
        number=last.number + 1,
        previous=last.digest,
        day=desk.today,
        receipts=tuple(Receipt(row.id, row.sha256, row.pickup) for row in taken.receipts),
        discards=(),
        replies=with_decoys(replies, expires=desk.today + timedelta(days=REPLY_DAYS)),
        journal_head=line.hash if line else "",
    )


def _check_place(path: Path) -> None:
    if path.is_dir() or not path.parent.is_dir():
        raise UserError(f"{path} cannot be written.", "Name a file in a folder that exists. Nothing was changed.")
