"""Everything that reporters of a case wrote, in their order."""

from __future__ import annotations

from app.desk import inner
from app.desk.bench import Desk, OpenCase
from app.desk.messages import Message, message_in
from app.stores.desk import Transaction


def messages_of(case: OpenCase, tx: Transaction) -> list[Message]:
    """Every message of a case, the report first, then by day and pickup; within these the order is not known."""
    return sorted((message_in(case, row) for row in tx.messages(case.id)), key=lambda one: (one.moment, one.seq))


def reporter_texts(desk: Desk, case: OpenCase, tx: Transaction) -> list[str]:
    """Every word that came from the reporter, inner layers included: the gate compares an entry with them."""
    texts = []
    for message in messages_of(case, tx):
        found = inner.open_text(desk, message.story)
        texts += [message.story, *message.fields.values(), *([found.text] if found else [])]
    return texts
