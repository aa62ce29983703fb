"""`desk audit`: whether the journal is still what was written, told line by line.

Without a key: numbers, order, every hash, reasons that are missing or too many, and a cut tail against a head that
was written down. With a reviewer's key also the head that left in the last outbox, and each reason of their cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.desk.core.bench import Desk
from app.desk.core.chain import carried_head, emptied
from app.domain import journal
from app.domain.journal import Fault, Line
from app.errors import BusyError, UsageError, UserError
from app.stores.desk import DeskStore
from crypto.errors import SealingError

GROUP = 4
GROUPS_A_LINE = 8


@dataclass(frozen=True)
class Audit:
    """`lines` of the journal, the `head` after the last of them, and everything that is wrong."""

    lines: int
    head: str
    faults: tuple[Fault, ...] = ()


UNREADABLE = Audit(0, "", (Fault(0, "unreadable", "The journal of this desk cannot be read."),))


def audit(desk: Desk, head: str | None = None) -> Audit:
    """Everything that can be checked with this reviewer's key.

    Args:
        head: one that was printed or carried away before.
    """
    found = audit_store(desk.store, head)
    if found == UNREADABLE:
        return found
    faults = list(found.faults)
    with desk.store.reading() as tx:
        try:
            carried = carried_head(desk.keyring, tx)
        except (SealingError, ValueError):
            faults.append(Fault(found.lines, "unreadable", "The last outbox of this desk is gone or cannot be read."))
            carried = None
        if carried is not None:
            faults += [one for one in journal.verify(_lines(tx.raw_journal()), carried) if one.kind == "cut"]
        if not any(one.kind in _OF_THE_CHAIN for one in faults):
            faults += [
                Fault(n, "reason", f"The reason of line {n} was changed or taken away.")
                for _, n in desk.changed_reasons(tx)
            ]
    return Audit(found.lines, found.head, _once(faults))


def audit_store(store: DeskStore, head: str | None = None) -> Audit:
    """The same without anybody's key."""
    try:
        with store.reading() as tx:
            rows = tx.raw_journal()
            lines = _lines(rows)
            gone = emptied(tx, lines)
    except BusyError:
        return UNREADABLE
    beside = ((line, row["sealed"] is not None) for line, row in zip(lines, rows, strict=True))
    faults = (*gone, *journal.verify(lines, head), *_strange(lines, rows), *journal.reason_faults(beside))
    return Audit(len(lines), journal.head(lines), faults)


def parse_head(text: str) -> str:
    """A head as somebody copied it, in groups or not.

    Raises:
        UsageError: it has another number of digits, or is the head of no line: nothing could be cut after that one.
    """
    plain = "".join(text.replace("-", " ").split()).lower()
    if len(plain) != len(journal.FIRST) or not set(plain) <= set("0123456789abcdef"):
        raise UsageError("A head has 64 hexadecimal digits.", "Copy it again: 16 groups of four.")
    if plain == journal.FIRST:
        raise UsageError("That is the head of no line: every journal passes through it.", "Copy a head that was shown.")
    return plain


@dataclass(frozen=True)
class Head:
    """What to write down each day."""

    instance: str
    n: int
    day: str
    hash: str

    def to_text(self) -> str:
        """To print, or to copy by hand."""
        groups = [self.hash[at : at + GROUP] for at in range(0, len(self.hash), GROUP)]
        rows = [" ".join(groups[at : at + GROUPS_A_LINE]) for at in range(0, len(groups), GROUPS_A_LINE)]
        return "\n".join([f"{self.instance}, journal, {self.day}, {self.n}", *rows, ""])


def head_of(store: DeskStore) -> Head:
    """The head of a journal that is whole.

    Raises:
        UserError: there is no line yet, or the journal was changed.
    """
    instance = store.identity().instance
    found = audit_store(store)
    if found.faults:
        raise UserError(found.faults[0].message, "See all of it with: sourdine desk audit verify")
    if found.lines == 0:
        raise UserError("The journal has no line yet.", "Import a pickup first.")
    with store.reading() as tx:
        last = tx.journal()[-1].line
    return Head(instance, last.n, last.day.isoformat(), last.hash)


# After one of these a line cannot be tied to its reason any more.
_OF_THE_CHAIN = frozenset({"edited", "missing", "reordered", "unreadable"})


def _lines(rows: Iterable[dict[str, object]]) -> list[Line]:
    return [journal.from_row(row) for row in rows]


def _strange(lines: Iterable[Line], rows: Iterable[dict[str, object]]) -> Iterator[Fault]:
    """Something that is no sealed reason in the place of one."""
    for line, row in zip(lines, rows, strict=True):
        if not isinstance(row["sealed"], bytes | None):
            yield Fault(line.n, "unreadable", f"The reason of line {line.n} is not one that was written.")


def _once(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Each fault once, by its line."""
    return tuple(sorted({(one.n, one.kind): one for one in reversed(list(faults))}.values(), key=lambda one: one.n))
