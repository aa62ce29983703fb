"""Replies that end with their case, on their way to the intake, among decoys that this desk sent before.

Only real replies ever end. A list of them alone would tell the intake which locators belong to people, so each list is
filled up with the names of decoys, as far as this desk still remembers any that the intake keeps.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from app.desk.core.bench import Desk
from app.stores.desk import Transaction
from crypto.outbox import ENDED_MAX, REPLIES_STEP, SealedReply

ENDED = "ended"
DECOYS = "decoys"


def queue_ended(desk: Desk, tx: Transaction, names: Sequence[str]) -> None:
    """Have the intake delete these replies with the next outbox."""
    for name in names:
        desk.put_shared(tx, ENDED, name, {"day": desk.today.isoformat()})


def take_ended(desk: Desk, tx: Transaction) -> tuple[str, ...]:
    """What the next outbox ends, marked as sent: the caller records that outbox in this same transaction."""
    names = sorted(desk.shared(tx, ENDED))[:ENDED_MAX]
    if not names:
        return ()
    for name in names:
        tx.drop_shared(ENDED, name)
    return tuple(sorted({*names, *_some_decoys(desk, tx, -len(names) % REPLIES_STEP)}))


def remember_decoys(desk: Desk, tx: Transaction, number: int, decoys: Sequence[SealedReply]) -> None:
    """Names of decoys of one outbox, while the intake keeps them; older ones are forgotten."""
    for row_id, row in desk.shared(tx, DECOYS).items():
        if date.fromisoformat(row["until"]) < desk.today:
            tx.drop_shared(DECOYS, row_id)
    if decoys:
        until = min(one.expires for one in decoys).isoformat()
        desk.put_shared(tx, DECOYS, str(number), {"ids": [one.id for one in decoys], "until": until})


def _some_decoys(desk: Desk, tx: Transaction, count: int) -> list[str]:
    """So many decoys that the intake still keeps, drawn by chance and forgotten here."""
    rows = {row_id: row for row_id, row in desk.shared(tx, DECOYS).items() if row["until"] >= desk.today.isoformat()}
    known = sorted(name for row in rows.values() for name in row["ids"])
    drawn = set(secrets.SystemRandom().sample(known, min(count, len(known))))
    for row_id, row in rows.items():
        if drawn & set(row["ids"]):
            desk.put_shared(tx, DECOYS, row_id, row | {"ids": [name for name in row["ids"] if name not in drawn]})
    return sorted(drawn)
