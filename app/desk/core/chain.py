"""Whether the journal is still what was written.

The chain shows what was edited, taken out or moved inside it; the head that left with the last outbox shows when its
end was cut off or all of it written anew. What is found is told, and nothing is signed until people have looked.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.desk.core.keyring import Keyring
from app.domain import journal
from app.errors import UserError
from app.stores.desk import Transaction
from crypto import note
from crypto.errors import SealingError

# Acts that leave the desk under its signature.
SIGNED = frozenset({"outbox", "export"})
HINT = "Nothing was signed. Tell the other reviewers, and compare this desk with its backup."


def journal_fault(ring: Keyring, tx: Transaction) -> str:
    """What is wrong with the journal, with the number of the line; empty when it is whole."""
    try:
        lines = lines_of(tx)
        faults = (*emptied(tx, lines), *journal.verify(lines, carried_head(ring, tx)))
    except (SealingError, ValueError):
        return "The journal of this desk, or its last outbox, cannot be read."
    return f"The journal of this desk was changed. {faults[0].message}" if faults else ""


def check_journal(ring: Keyring, tx: Transaction) -> None:
    """Refuse to sign over a journal that was changed.

    Raises:
        UserError: it was.
    """
    fault = journal_fault(ring, tx)
    if fault:
        raise UserError(fault, HINT)


def emptied(tx: Transaction, lines: Sequence[journal.Line]) -> list[journal.Fault]:
    """Every line is gone, and what they told of is still here."""
    if lines or not tx.worked():
        return []
    return [journal.Fault(1, "cut", "No line is left, although this desk has taken in or sent something.")]


def check_reasons(tx: Transaction, changed: Sequence[int]) -> None:
    """Refuse to sign over reasons that were changed or taken away.

    Args:
        changed: lines whose reason the key of their case does not confirm.

    Raises:
        UserError: there are some.
    """
    beside = [(journal.from_row(row), row["sealed"] is not None) for row in tx.raw_journal()]
    wrong = sorted({fault.n for fault in journal.reason_faults(beside)} | set(changed))
    if wrong:
        raise UserError(f"The reason of line {wrong[0]} of the journal was changed or taken away.", HINT)


def lines_of(tx: Transaction) -> list[journal.Line]:
    """The chain as it stands on the disk."""
    return [journal.from_row(row) for row in tx.raw_journal()]


def carried_head(ring: Keyring, tx: Transaction) -> str | None:
    """The head that the last outbox carried away; None before the first one.

    Raises:
        ValueError, SealingError: that outbox is gone, or cannot be opened.
    """
    last, kept = tx.last_outbox(), tx.last_outbox_file()
    if last.number == 0:
        return None
    if kept is None:
        raise ValueError("the last outbox is gone")
    head: str = note.read_unverified("outbox", ring.open_common(f"outbox/{last.number}", kept))["journal_head"]
    return head
