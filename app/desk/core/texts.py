"""Everything that reporters of a case wrote, in their order."""

from __future__ import annotations

from app.desk.core import inner
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.family import CHOSEN, kin, source_of
from app.desk.core.messages import Message, message_in
from app.stores.desk import Transaction


def messages_of(case: OpenCase, tx: Transaction, desk: Desk | None = None) -> list[Message]:
    """Every message of a case, the report first, then by day and pickup; within these the order is not known.

    Args:
        desk: opens the case that a split one shares messages with; without it a split case has none.

    Raises:
        UserError: this reviewer may not open that case.
    """
    return [message for _, message in named_messages(case, tx, desk)]


def named_messages(case: OpenCase, tx: Transaction, desk: Desk | None = None) -> list[tuple[str, Message]]:
    """The same with the names of their rows."""
    rows = [(row.id, message_in(case, row)) for row in tx.messages(case.id)]
    source = source_of(desk, tx, case) if desk else None
    if source:
        chosen = set(case.paper(tx, CHOSEN) or ())
        rows += [(row.id, message_in(source, row)) for row in tx.messages(source.id) if row.id in chosen]
    return sorted(rows, key=lambda one: (one[1].moment, one[1].seq))


def reporter_texts(desk: Desk, case: OpenCase, tx: Transaction) -> list[str]:
    """Every word that came from a reporter, inner layers included: the gate compares an entry with them.

    Words of the cases merged into this one, and all those of the case it was split from, count like its own.

    Raises:
        UserError: this reviewer may not open the case it was split from.
    """
    texts = []
    for one in kin(desk, tx, case):
        for message in messages_of(one, tx):
            found = inner.open_text(desk, message.story)
            texts += [message.story, *message.fields.values(), *([found.text] if found else [])]
    return texts
