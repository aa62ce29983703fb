"""Rows of desk.db about what is carried: pickups and envelopes in, outboxes and registry exports out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from app.stores.desk_tables import ENVELOPES, EXPORTS, OUTBOXES, OUTGOING, PICKUPS

WAITING = "waiting"
OPENED = "opened"
REFUSED = "refused"
# Two reviewers had it deleted unread; should it come back, it is looked at again.
DISCARDED = "discarded"


@dataclass(frozen=True)
class Numbered:
    """The latest pickup, outbox or export: its number and the digest that the next one names."""

    number: int
    digest: str


NOTHING_YET = Numbered(0, "")


@dataclass(frozen=True)
class EnvelopeRow:
    """One envelope: its ciphertext waits, was opened, or was refused. Never linked to a case."""

    id: str
    sha256: str
    size: int
    pickup: int
    imported: date
    status: str = WAITING
    why: str = ""


@dataclass(frozen=True)
class OutgoingRow:
    """A reply that no outbox took yet, under the common key."""

    id: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class Taken:
    """What one outbox carries."""

    receipts: Sequence[EnvelopeRow]
    replies: Sequence[OutgoingRow]


class CarriedRows:
    """The part of a desk transaction that deals with numbered files."""

    connection: Connection

    def last_pickup(self) -> Numbered:
        return self._last(PICKUPS)

    def add_pickup(self, pickup: Numbered, day: date) -> None:
        self.connection.execute(insert(PICKUPS).values(vars(pickup) | {"day": day.isoformat()}))

    def envelope(self, envelope_id: str) -> EnvelopeRow | None:
        row = self.connection.execute(select(ENVELOPES).where(ENVELOPES.c.id == envelope_id)).one_or_none()
        return _envelope(row) if row else None

    def envelopes(self, status: str) -> list[EnvelopeRow]:
        rows = self.connection.execute(select(ENVELOPES).where(ENVELOPES.c.status == status).order_by(ENVELOPES.c.id))
        return [_envelope(row) for row in rows]

    def put_envelope(self, envelope: EnvelopeRow) -> None:
        """Add an envelope, or replace one that was refused."""
        self.connection.execute(delete(ENVELOPES).where(ENVELOPES.c.id == envelope.id))
        values = vars(envelope) | {"imported": envelope.imported.isoformat(), "receipt": None}
        self.connection.execute(insert(ENVELOPES).values(values))

    def seen_again(self, envelope_id: str, pickup: int) -> None:
        """The intake still has it: its receipt, if it was ever sent, did not arrive and is due again."""
        values = {"pickup": pickup, "receipt": None}
        self.connection.execute(update(ENVELOPES).where(ENVELOPES.c.id == envelope_id).values(values))

    def settle_envelope(self, envelope_id: str, status: str, why: str = "") -> None:
        values = {"status": status, "why": why}
        self.connection.execute(update(ENVELOPES).where(ENVELOPES.c.id == envelope_id).values(values))

    def due_receipts(self, limit: int) -> list[EnvelopeRow]:
        """Opened, and in no outbox yet."""
        due = (ENVELOPES.c.status == OPENED) & ENVELOPES.c.receipt.is_(None)
        rows = self.connection.execute(select(ENVELOPES).where(due).order_by(ENVELOPES.c.id).limit(limit))
        return [_envelope(row) for row in rows]

    def add_outgoing(self, outgoing: OutgoingRow) -> None:
        self.connection.execute(insert(OUTGOING).values(vars(outgoing)))

    def due_outgoing(self, limit: int) -> list[OutgoingRow]:
        """In no outbox yet."""
        rows = self.connection.execute(select(OUTGOING).order_by(OUTGOING.c.id).limit(limit))
        return [OutgoingRow(row.id, row.sealed) for row in rows]

    def waiting_outgoing(self, ids: Sequence[str]) -> list[str]:
        """Those of these replies that no outbox took yet."""
        return list(self.connection.execute(select(OUTGOING.c.id).where(OUTGOING.c.id.in_(ids))).scalars())

    def drop_outgoing(self, ids: Sequence[str]) -> None:
        """Replies that must not leave any more: the reporter erased the mailbox."""
        self.connection.execute(delete(OUTGOING).where(OUTGOING.c.id.in_(ids)))

    def last_outbox(self) -> Numbered:
        return self._last(OUTBOXES)

    def last_outbox_file(self) -> bytes | None:
        """Sealed under the common key: it names the locators of those who were answered."""
        rows = select(OUTBOXES.c.sealed).where(OUTBOXES.c.sealed.is_not(None))
        return self.connection.execute(rows).scalar_one_or_none()

    def add_outbox(self, outbox: Numbered, day: date, sealed: bytes, *, taken: Taken) -> None:
        """Number an outbox and mark as sent what it took: the caller built it in this same transaction."""
        self.connection.execute(update(OUTBOXES).values(sealed=None))
        self.connection.execute(insert(OUTBOXES).values(vars(outbox) | {"day": day.isoformat(), "sealed": sealed}))
        receipts = ENVELOPES.c.id.in_([row.id for row in taken.receipts])
        self.connection.execute(update(ENVELOPES).where(receipts).values(receipt=outbox.number))
        # The file of the last outbox is the last copy here: two outboxes on, a reply that left is gone.
        self.drop_outgoing([row.id for row in taken.replies])

    def outboxes_since(self, day: date) -> list[int]:
        """Numbers of the outboxes made on this day or later."""
        return self._since(OUTBOXES, day)

    def exports_since(self, day: date) -> list[int]:
        return self._since(EXPORTS, day)

    def last_export(self) -> Numbered:
        return self._last(EXPORTS)

    def last_export_file(self) -> bytes | None:
        """Sealed under the common key: nothing of it may be read here before the registry shows it."""
        rows = select(EXPORTS.c.sealed).where(EXPORTS.c.sealed.is_not(None))
        return self.connection.execute(rows).scalar_one_or_none()

    def add_export(self, export: Numbered, day: date, sealed: bytes) -> None:
        self.connection.execute(update(EXPORTS).values(sealed=None))
        self.connection.execute(insert(EXPORTS).values(vars(export) | {"day": day.isoformat(), "sealed": sealed}))

    def _since(self, table: Table, day: date) -> list[int]:
        later = select(table.c.number).where(table.c.day >= day.isoformat()).order_by(table.c.number)
        return list(self.connection.execute(later).scalars())

    def _last(self, table: Table) -> Numbered:
        newest = select(table.c.number, table.c.digest).order_by(table.c.number.desc()).limit(1)
        row = self.connection.execute(newest).one_or_none()
        return Numbered(row.number, row.digest) if row else NOTHING_YET


def _envelope(row: Row) -> EnvelopeRow:
    imported = date.fromisoformat(row.imported)
    return EnvelopeRow(row.id, row.sha256, row.size, row.pickup, imported, row.status, row.why)
