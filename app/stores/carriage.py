"""What the courier carries: pickups out, outboxes in.

A pickup gets a new number only when the set of waiting envelopes changed; until then the same number gives the same
bytes, so an interrupted fetch can go on. An outbox is applied whole, in one transaction, or not at all. Only two
things delete an envelope: a receipt for exactly this ciphertext, from a pickup that was really issued, or a discard
that two reviewers signed (checked before, in `app/transfer/outbox.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from app.stores.engine import forget, reading, writing
from app.stores.intake import IntakeStore
from app.stores.intake_tables import ENVELOPES, OUTBOXES, PICKUPS, REPLIES
from crypto import note
from crypto.errors import SealingError, TrustError
from crypto.outbox import Outbox
from crypto.pickup import ENTRIES_MAX, PickupEntry, PickupHeader, open_header, sign_header
from crypto.signing import SigningKey

# One pickup fits on a stick formatted as FAT32, whose largest file is 4 GiB, with room for its header; what remains
# comes with the next one.
PICKUP_BYTES = 4_000_000_000


@dataclass(frozen=True)
class Issued:
    """One pickup, as bytes to send: the signed header, then these files in this order."""

    number: int
    digest: str
    header: bytes
    files: tuple[tuple[Path, int], ...]


@dataclass(frozen=True)
class Applied:
    """What an outbox did, in numbers. `missed` outboxes never came; `kept` receipts or discards matched nothing."""

    number: int
    missed: int
    deleted: int
    kept: int
    replies: int


@dataclass(frozen=True)
class Terms:
    """When replies open, and how long this intake keeps any reply at most."""

    today: date
    release_days: int
    reply_days: int


class Carriage:
    """Pickups and outboxes of one intake."""

    def __init__(self, store: IntakeStore, *, instance: str, key: SigningKey) -> None:
        self._engine = store.engine
        self._files = store.files
        self._instance = instance
        self._key = key

    # -- pickups ---------------------------------------------------------------------------------------------------

    def issue(self, today: date) -> Issued | None:
        """The current pickup: the last one again, or a new number when other envelopes wait. None when none waits."""
        entries = self._waiting()
        if not entries:
            return None
        with writing(self._engine) as connection:
            last = connection.execute(select(PICKUPS).order_by(PICKUPS.c.number.desc()).limit(1)).first()
            if last is not None and self._entries(last) == entries:
                return self._issued(last.number, last.digest, last.header, entries)
            number, previous = (1, "") if last is None else (last.number + 1, last.digest)
            header = sign_header(PickupHeader(self._instance, number, previous, today, entries), self._key)
            digest = note.digest(header)
            connection.execute(insert(PICKUPS).values(number=number, digest=digest, header=header, day=today))
        return self._issued(number, digest, header, entries)

    def issued(self, digest: str) -> Issued | None:
        """An earlier pickup, to go on fetching it; None unless all its envelopes are still here."""
        with reading(self._engine) as connection:
            row = connection.execute(select(PICKUPS).where(PICKUPS.c.digest == digest)).first()
        entries = () if row is None else self._entries(row)
        if row is None or not entries or not all(self._whole(entry.id, entry.size) for entry in entries):
            return None
        return self._issued(row.number, row.digest, row.header, entries)

    def numbers(self) -> tuple[int, int]:
        """The last pickup issued and the last outbox applied; 0 when there was none."""
        with reading(self._engine) as connection:
            pickup = connection.scalar(select(func.max(PICKUPS.c.number)))
            outbox = connection.scalar(select(func.max(OUTBOXES.c.number)))
        return pickup or 0, outbox or 0

    def _waiting(self) -> tuple[PickupEntry, ...]:
        # What no pickup ever carried goes first (its digest is not known yet), so that a few large envelopes that the
        # desk does not confirm cannot keep the others here. Then by random id, which tells nothing of arrival.
        order = (ENVELOPES.c.sha256.is_not(None), ENVELOPES.c.id)
        with reading(self._engine) as connection:
            rows = connection.execute(select(ENVELOPES).order_by(*order)).all()
        chosen, size = [], 0
        for row in rows:
            if not self._whole(row.id, row.size):
                continue  # `intake status` and `check` count it as missing; the others must still leave
            size += row.size
            if chosen and (size > PICKUP_BYTES or len(chosen) == ENTRIES_MAX):
                break
            chosen.append(row)
        digests = self._digests(chosen)
        return tuple(PickupEntry(row.id, row.size, digests[row.id]) for row in sorted(chosen, key=lambda row: row.id))

    def _digests(self, rows: Iterable[Row]) -> dict[str, str]:
        known = {row.id: row.sha256 for row in rows}
        fresh = {envelope: _sha256(self._files.path(envelope)) for envelope, found in known.items() if found is None}
        if fresh:
            change = update(ENVELOPES).where(ENVELOPES.c.id == bindparam("which")).values(sha256=bindparam("found"))
            with writing(self._engine) as connection:
                connection.execute(change, [{"which": which, "found": found} for which, found in fresh.items()])
        return known | fresh

    def _whole(self, envelope: str, size: int) -> bool:
        try:
            return self._files.path(envelope).stat().st_size == size
        except FileNotFoundError:
            return False

    def _entries(self, row: Row) -> tuple[PickupEntry, ...]:
        try:
            return open_header(row.header, self._key.public).entries
        except SealingError:  # emptied once its envelopes had gone, or signed with an earlier pickup key
            return ()

    def _issued(self, number: int, digest: str, header: bytes, entries: tuple[PickupEntry, ...]) -> Issued:
        return Issued(number, digest, header, tuple((self._files.path(entry.id), entry.size) for entry in entries))

    # -- outboxes --------------------------------------------------------------------------------------------------

    def apply_outbox(self, outbox: Outbox, digest: str, terms: Terms) -> Applied:
        """Apply an outbox whose signatures were checked, in one transaction; files go after the commit.

        Raises:
            TrustError: another instance's, already applied, older than the last, or not following the last.
        """
        with writing(self._engine) as connection:
            missed = self._check_place(connection, outbox, digest)
            gone = self._delete_confirmed(connection, outbox)
            # Before the new ones come, so that nothing of this very outbox is meant.
            connection.execute(delete(REPLIES).where(REPLIES.c.id.in_(outbox.ended)))
            replies = _store_replies(connection, outbox, terms)
            self._forget_pickups(connection)
            connection.execute(delete(OUTBOXES))  # only the last number matters
            connection.execute(insert(OUTBOXES).values(number=outbox.number, digest=digest, day=terms.today))
        self._files.remove(gone)
        self._files.sync(terms.today)
        forget(self._engine)
        kept = len(outbox.receipts) + len(outbox.discards) - len(gone)
        return Applied(outbox.number, missed, len(gone), kept, replies)

    def _check_place(self, connection: Connection, outbox: Outbox, digest: str) -> int:
        """How many outboxes are missing before this one."""
        if outbox.instance != self._instance:
            raise TrustError("this outbox is for another instance")
        last = connection.execute(select(OUTBOXES).order_by(OUTBOXES.c.number.desc()).limit(1)).first()
        number, previous = (0, "") if last is None else (last.number, last.digest)
        if outbox.number == number and digest == previous:
            raise TrustError(f"outbox {number} was already applied")
        if outbox.number <= number:
            raise TrustError(f"outbox {outbox.number} is not newer than the last one applied, {number}")
        if outbox.number == number + 1 and outbox.previous != previous:
            raise TrustError(f"outbox {outbox.number} does not follow the outbox {number} that was applied here")
        return outbox.number - number - 1

    @staticmethod
    def _delete_confirmed(connection: Connection, outbox: Outbox) -> list[str]:
        issued = set(connection.scalars(select(PICKUPS.c.number)))
        named = {receipt.envelope: receipt.sha256 for receipt in outbox.receipts if receipt.pickup in issued}
        named |= {discard.envelope: discard.sha256 for discard in outbox.discards}
        gone = []
        for envelope, sha256 in named.items():
            this = delete(ENVELOPES).where(ENVELOPES.c.id == envelope, ENVELOPES.c.sha256 == sha256)
            if connection.execute(this).rowcount:
                gone.append(envelope)
        return gone

    def _forget_pickups(self, connection: Connection) -> None:
        """A header lists ids and sizes: it goes with the last of its envelopes. The last number and digest stay."""
        here = set(connection.scalars(select(ENVELOPES.c.id)))
        rows = connection.execute(select(PICKUPS).order_by(PICKUPS.c.number)).all()
        for row in rows[:-1]:
            if not self._any_here(row, here):
                connection.execute(delete(PICKUPS).where(PICKUPS.c.number == row.number))
        if rows and not self._any_here(rows[-1], here):
            connection.execute(update(PICKUPS).where(PICKUPS.c.number == rows[-1].number).values(header=b""))

    def _any_here(self, row: Row, here: Collection[str]) -> bool:
        return any(entry.id in here for entry in self._entries(row))


def _store_replies(connection: Connection, outbox: Outbox, terms: Terms) -> int:
    """Replies and decoys alike. One already here under the same id stays as it is."""
    latest = terms.today + timedelta(days=terms.reply_days)
    rows = [
        {
            "locator": reply.locator,
            "id": reply.id,
            "data": reply.data,
            "readable_from": terms.today + timedelta(days=terms.release_days),
            "expires": min(reply.expires, latest),
        }
        for reply in outbox.replies
    ]
    connection.execute(insert_or(REPLIES).on_conflict_do_nothing(), rows)  # never empty: decoys make it eight
    return len(rows)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
