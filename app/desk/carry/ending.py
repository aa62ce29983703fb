"""Replies that end with their case, on their way to the intake, among decoys that this desk sent before.

Only real replies ever end. A list of them alone would tell the intake which locators belong to people, so names of
decoys wait beside them, at least as many, as far as this desk still remembers any that the intake keeps. What an outbox
brought and no list names is just as telling: in each outbox as many decoys stay as replies do. Decoys are drawn when
the real ones are queued and not when the list leaves: a desk that was restored sends the same list again, where another
draw would leave the real ones as what both lists have in common.
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
# What each of the last outboxes took (app/desk/carry/lost.py).
CARRIED = "carried"


def queue_ended(desk: Desk, tx: Transaction, names: Sequence[str]) -> None:
    """Have the intake delete these replies with the next outbox; one that never left is no business of its."""
    left = sorted(set(names) - set(tx.waiting_outgoing(names)))
    wanted = 2 * len(left) + (-2 * len(left) % REPLIES_STEP)
    queue_again(desk, tx, [*left, *_some_decoys(desk, tx, left, wanted - len(left))])


def queue_again(desk: Desk, tx: Transaction, names: Sequence[str]) -> None:
    """The same for a list that has its decoys already."""
    for name in names:
        desk.put_shared(tx, ENDED, name, {"day": desk.today.isoformat()})


def take_ended(desk: Desk, tx: Transaction) -> tuple[str, ...]:
    """What the next outbox ends, marked as sent: the caller records that outbox in this same transaction."""
    names = sorted(desk.shared(tx, ENDED))[:ENDED_MAX]
    for name in names:
        tx.drop_shared(ENDED, name)
    return tuple(names)


def remember_decoys(
    desk: Desk, tx: Transaction, number: int, decoys: Sequence[SealedReply], real: Sequence[str]
) -> None:
    """Names of decoys of one outbox, while the intake keeps them, and of the replies that they stand beside; older ones
    are forgotten.
    """
    for row_id, row in desk.shared(tx, DECOYS).items():
        if date.fromisoformat(row["until"]) < desk.today:
            tx.drop_shared(DECOYS, row_id)
    if decoys:
        until = min(one.expires for one in decoys).isoformat()
        row = {"ids": [one.id for one in decoys], "until": until, "real": sorted(real)}
        desk.put_shared(tx, DECOYS, str(number), row)


def _some_decoys(desk: Desk, tx: Transaction, names: Sequence[str], count: int) -> list[str]:
    """So many decoys that the intake still keeps, drawn by chance and forgotten here: first of the outboxes that took
    these names, so that the ages of both are alike.
    """
    rows = {row_id: row for row_id, row in desk.shared(tx, DECOYS).items() if row["until"] >= desk.today.isoformat()}
    carried, chance = desk.shared(tx, CARRIED), secrets.SystemRandom()
    near: list[str] = []
    others: list[str] = []
    for row_id, row in rows.items():
        # An earlier version did not keep them here; where nobody knows any more what these decoys hide, all stay.
        real = set(row.get("real", carried.get(row_id, {}).get("replies", row["ids"])))
        row["real"] = sorted(real - set(names))
        spare = chance.sample(row["ids"], max(0, len(row["ids"]) - len(row["real"])))
        (near if real & set(names) else others).extend(spare)
    drawn = set([*chance.sample(near, len(near)), *chance.sample(others, len(others))][:count])
    for row_id, row in rows.items():
        desk.put_shared(tx, DECOYS, row_id, row | {"ids": [name for name in row["ids"] if name not in drawn]})
    return sorted(drawn)
