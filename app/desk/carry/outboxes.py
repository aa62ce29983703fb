"""`desk outbox`: the next numbered file for the courier, with what is due.

What it takes is marked as sent in the very commit that records its number, so a crash before it changes nothing and a
crash after it is mended by writing the same bytes again (`--again`). An outbox that never came to the intake is mended
by a later one that takes up its replies once more (`--lost`). After a restore the intake may know outboxes that this
desk forgot: then a person says which one it applied last, and one number is left out (docs/spec/outbox.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app.desk.carry.backups import due_receipts
from app.desk.carry.discards import due_discards, mark_sent
from app.desk.carry.ending import remember_decoys, take_ended
from app.desk.carry.lost import queue_lost, remember
from app.desk.core.bench import Desk
from app.desk.replies.replies import sealed_reply
from app.domain.journal import FIRST
from app.domain.retention import REPLY_DAYS
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import Numbered, Taken
from app.transfer.outbox import write_outbox
from crypto import note
from crypto.outbox import REPLIES_MAX, Outbox, Receipt, sign_outbox, with_decoys

# Well below the format's bound, so that the file stays small enough for any stick and any line.
RECEIPTS_AT_ONCE = 10_000
RESTORE = "restore"


@dataclass(frozen=True)
class Written:
    """What went out; replies are counted with their decoys, as everybody on the way sees them.

    `recovered`: replies of lost outboxes that were queued again for this one.
    """

    number: int
    receipts: int
    replies: int
    discards: int = 0
    ended: int = 0
    recovered: int = 0


def make_outbox(desk: Desk, path: Path, *, after: int | None = None, lost: Sequence[int] = ()) -> Written:
    """Sign the next outbox and write it.

    Args:
        after: the last outbox that the intake applied, as its courier page shows; needed once after a restore.
        lost: outboxes that never came to the intake; what this reviewer may open of their replies goes out again.

    Raises:
        UserError: `after` is missing, a lost one is not remembered; or the place refuses: then the outbox is
            recorded, and `--again` writes it elsewhere.
    """
    _check_place(path)
    with desk.store.writing() as tx:
        last = _following(tx, after)
        recovered = queue_lost(desk, tx, lost)
        taken = Taken(due_receipts(desk, tx, RECEIPTS_AT_ONCE), tx.due_outgoing(REPLIES_MAX))
        desk.log(tx, "outbox", subject=f"outbox {last.number + 1}")
        outbox = _outbox(desk, tx, last, taken)
        data = sign_outbox(outbox, desk.keyring.signing)
        sealed = desk.keyring.seal_common(f"outbox/{outbox.number}", data)
        tx.add_outbox(Numbered(outbox.number, note.digest(data)), desk.today, sealed, taken=taken)
        remember(desk, tx, outbox.number, [row.id for row in taken.replies], outbox.ended)
        mark_sent(tx, outbox.discards)
    desk.store.forget()
    write_outbox(path, data)
    counts = [len(part) for part in (outbox.receipts, outbox.replies, outbox.discards, outbox.ended)]
    return Written(outbox.number, *counts, recovered=recovered)


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
    ended = len(body.get("ended", ()))
    return Written(last.number, len(body["receipts"]), len(body["replies"]), len(body["discards"]), ended)


def _outbox(desk: Desk, tx: Transaction, last: Numbered, taken: Taken) -> Outbox:
    line = tx.last_line()
    ended = take_ended(desk, tx)  # before the decoys of this very outbox are known
    replies = [sealed_reply(desk, row) for row in taken.replies]
    padded = with_decoys(replies, expires=desk.today + timedelta(days=REPLY_DAYS))
    decoys = [one for one in padded if one not in replies]
    remember_decoys(desk, tx, last.number + 1, decoys, [one.id for one in replies])
    return Outbox(
        instance=desk.keyring.instance,
        number=last.number + 1,
        previous=last.digest,
        day=desk.today,
        receipts=tuple(Receipt(row.id, row.sha256, row.pickup) for row in taken.receipts),
        discards=tuple(due_discards(desk, tx)),
        replies=padded,
        journal_head=line.hash if line else "",
        ended=ended,
    )


def _following(tx: Transaction, after: int | None) -> Numbered:
    """What the next outbox follows: the last one made here, or one that was lost with this desk.

    Raises:
        UserError: this desk was restored, and nobody said what the intake applied last.
    """
    last = tx.last_outbox()
    if after is None:
        if tx.last_act(RESTORE) > tx.last_act("outbox"):
            raise UserError(
                "This desk was restored: outboxes that it made after its backup may have reached the intake.",
                "Nothing was changed. Read the number of the last one on the courier's page, and add --after NUMBER.",
            )
        return last
    # One number is left out: of the next one the intake would ask for a digest that nobody here may know.
    return Numbered(max(last.number, after) + 1, last.digest or FIRST)


def _check_place(path: Path) -> None:
    if path.is_dir() or not path.parent.is_dir():
        raise UserError(f"{path} cannot be written.", "Name a file in a folder that exists. Nothing was changed.")
