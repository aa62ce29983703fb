"""Outboxes that never reached the intake: what they took is remembered for a while, and can go out once more.

What is remembered are random names that the intake learns anyway, under the common key. The replies themselves lie with
their cases: only a reviewer who may open a case can have its reply sealed again. How many belong to others is not said.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.desk.carry.ending import CARRIED, queue_again
from app.desk.core.bench import Desk, OpenCase
from app.desk.replies.replies import Sent, seal_again, sent_replies
from app.errors import UserError
from app.stores.desk import Transaction

REMEMBERED = 32  # outboxes; a courier who lost more has lost them for longer than a reply is kept


def remember(desk: Desk, tx: Transaction, number: int, replies: Sequence[str], ended: Sequence[str]) -> None:
    """What one outbox took; the oldest ones are forgotten."""
    for row_id in _numbers(desk, tx):
        if row_id <= number - REMEMBERED:
            tx.drop_shared(CARRIED, str(row_id))
    desk.put_shared(tx, CARRIED, str(number), {"replies": list(replies), "ended": list(ended)})


def queue_lost(desk: Desk, tx: Transaction, numbers: Sequence[int]) -> int:
    """Queue again what these outboxes took, as far as this reviewer may open it; returns how many replies.

    The intake takes a reply that it has already as a repeat. One that did arrive, and that the reporter has deleted
    since, comes back: only what the courier's page says is lost is lost.

    Raises:
        UserError: this desk does not remember such an outbox.
    """
    carried = desk.shared(tx, CARRIED)
    for number in numbers:
        if str(number) not in carried:
            raise UserError(
                f"This desk does not remember what outbox {number} took.",
                f"It remembers its last {REMEMBERED}. Read the number on the courier's page. Nothing was changed.",
            )
    names = {name for number in numbers for name in carried[str(number)]["replies"]}
    found = [(case, sent) for case in desk.cases(tx) for sent in sent_replies(case, tx) if sent.queued in names]
    for number in numbers:
        queue_again(desk, tx, carried[str(number)]["ended"])
    waiting = set(tx.waiting_outgoing([sent.queued for _, sent in found]))
    return sum(_again(desk, tx, case, sent) for case, sent in found if sent.queued not in waiting)


def _again(desk: Desk, tx: Transaction, case: OpenCase, sent: Sent) -> bool:
    try:
        seal_again(desk, tx, case, sent)
    except UserError:  # the mailbox, or the time of the reply, went in the meantime: nobody could read it
        return False
    return True


def _numbers(desk: Desk, tx: Transaction) -> list[int]:
    return sorted(int(name) for name in desk.shared(tx, CARRIED))
