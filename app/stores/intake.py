"""The mailbox: envelopes until the desk has them, sealed replies until they expire, nothing else.

What makes an accepted report safe, in this order: the ciphertext is complete, synced and renamed; the folder is
synced; then one transaction writes its row and claims its attempt. A crash before the commit leaves a file without a
row, which the next start removes; a crash after it leaves a report that the courier will carry.

The pickups and outboxes of the courier are in `carriage.py`, courier accounts in `couriers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine, delete, func, insert, select

from app.errors import BusyError
from app.settings import IntakeSettings
from app.stores import engine as sqlite
from app.stores.engine import reading, writing
from app.stores.envelope_files import Draft, EnvelopeFiles
from app.stores.intake_tables import ATTEMPTS, COURIER_STEPS, ENVELOPES, MANIFEST_SEEN, REPLIES
from crypto.manifest import Manifest, Pin, accept_successor

_NEWEST = select(MANIFEST_SEEN).order_by(MANIFEST_SEEN.c.version.desc()).limit(1)
ONE_DAY = timedelta(days=1)
NOTHING_STORED = "Nothing was stored. Keep your text and try again later."


@dataclass(frozen=True)
class Claim:
    """Recognises a repeated form: a digest of its attempt and answers, and a MAC of the content under it (ADR 0016)."""

    digest: bytes
    content: bytes


class AlreadyClaimed(Exception):
    """The same attempt was committed before; the first version stays. Holds the MAC of the first content."""

    def __init__(self, content: bytes) -> None:
        super().__init__("this attempt was already received")
        self.content = content


@dataclass(frozen=True)
class StoredReply:
    id: str
    data: bytes


@dataclass(frozen=True)
class Counts:
    """Numbers only. `missing` counts rows whose file is gone from the disk."""

    envelopes: int
    size: int
    replies: int
    missing: int


class IntakeStore:
    """One intake's database and envelope folder. Threads and forked workers may share it."""

    def __init__(self, engine: Engine, files: EnvelopeFiles, *, reserve_bytes: int) -> None:
        self.engine = engine
        self.files = files
        self._reserve = reserve_bytes
        self._ticked: date | None = None

    @classmethod
    def create(cls, settings: IntakeSettings) -> IntakeStore:
        """Make the database and the folder, or bring an older database to the newest schema."""
        sqlite.upgrade(settings.url(settings.database), "intake")
        EnvelopeFiles(settings.path(settings.envelopes)).make()
        return cls.open(settings)

    @classmethod
    def open(cls, settings: IntakeSettings) -> IntakeStore:
        """Open what `create` made.

        Raises:
            UserError: there is no database, or its schema is another version's.
        """
        engine = sqlite.connect(settings.url(settings.database))
        sqlite.require_head(engine, "intake")
        files = EnvelopeFiles(settings.path(settings.envelopes))
        files.make()
        return cls(engine, files, reserve_bytes=settings.reserve_bytes)

    def close(self) -> None:
        self.engine.dispose()

    # -- envelopes -------------------------------------------------------------------------------------------------

    def free_bytes(self) -> int:
        return self.files.free_bytes()

    def check_space(self, expect: int = 0) -> None:
        """Refuse to start or go on when fewer than `reserve_bytes` would remain after `expect` more bytes."""
        if self.free_bytes() - expect < self._reserve:
            raise BusyError("The disk of this server is nearly full.", NOTHING_STORED)

    def new_envelope(self, expect: int = 0) -> Draft:
        """A private file to write one ciphertext into; end it with `commit` or `discard`.

        Raises:
            BusyError: the disk is full or refuses.
        """
        try:
            self.check_space(expect)
            return self.files.draft()
        except OSError:
            raise BusyError("The disk of this server refuses new files.", NOTHING_STORED) from None

    def commit(self, draft: Draft, *, claim: Claim | None, today: date) -> None:
        """Accept the ciphertext: durable file first, then row and claim in one transaction.

        Raises:
            AlreadyClaimed: the attempt was used; the draft is gone.
            BusyError: disk or database refused; the draft is gone and nothing was stored.
        """
        try:
            size = self.files.settle(draft, today)
            with writing(self.engine) as connection:
                if claim is not None:
                    self._claim(connection, claim, today)
                connection.execute(insert(ENVELOPES).values(id=draft.id, size=size, day=today))
        except OSError:
            self._undo(draft)
            raise BusyError("The disk of this server refuses to write.", NOTHING_STORED) from None
        except BaseException:
            self._undo(draft)
            raise
        draft.file.close()

    def discard(self, draft: Draft) -> None:
        """Remove a draft that will not be accepted. Harmless when repeated or after a `commit`, failed or not."""
        self.files.abandon(draft)

    def find_claim(self, digest: bytes) -> bytes | None:
        """The content MAC of an accepted attempt, while it is remembered."""
        with reading(self.engine) as connection:
            return connection.scalar(select(ATTEMPTS.c.content).where(ATTEMPTS.c.digest == digest))

    @staticmethod
    def _claim(connection, claim: Claim, today: date) -> None:
        first = connection.scalar(select(ATTEMPTS.c.content).where(ATTEMPTS.c.digest == claim.digest))
        if first is not None:
            raise AlreadyClaimed(first)
        connection.execute(insert(ATTEMPTS).values(digest=claim.digest, content=claim.content, day=today))

    def _undo(self, draft: Draft) -> None:
        # A COMMIT whose answer was lost may still have happened: the file goes only when the row surely is not
        # there. Otherwise it stays, either as an accepted report or for the sweep.
        try:
            stored = self._has_row(draft.id)
        except BusyError:
            stored = True
        if not stored:
            self.files.remove([draft.id])
        self.files.abandon(draft)

    def _has_row(self, envelope: str) -> bool:
        with reading(self.engine) as connection:
            return connection.scalar(select(ENVELOPES.c.id).where(ENVELOPES.c.id == envelope)) is not None

    # -- replies ---------------------------------------------------------------------------------------------------

    def replies(self, locator: bytes, today: date) -> list[StoredReply]:
        """The sealed replies that may be read today. A locator that nobody used gives the same empty list."""
        wanted = (
            select(REPLIES.c.id, REPLIES.c.data)
            .where(REPLIES.c.locator == locator, REPLIES.c.readable_from <= today, REPLIES.c.expires > today)
            .order_by(REPLIES.c.id)
        )
        with reading(self.engine) as connection:
            return [StoredReply(row.id, row.data) for row in connection.execute(wanted)]

    def delete_reply(self, locator: bytes, reply: str) -> bool:
        """Delete one reply for good. False when there was none."""
        return self._delete(delete(REPLIES).where(REPLIES.c.locator == locator, REPLIES.c.id == reply)) > 0

    def delete_replies(self, locator: bytes) -> int:
        """Delete all replies of one mailbox for good, those not yet readable included."""
        return self._delete(delete(REPLIES).where(REPLIES.c.locator == locator))

    def _delete(self, *statements) -> int:
        with writing(self.engine) as connection:
            gone = sum(connection.execute(statement).rowcount for statement in statements)
        # Also when nothing matched: an empty mailbox takes the same path and time as a full one.
        sqlite.forget(self.engine)
        return gone

    # -- the passing of days ---------------------------------------------------------------------------------------

    def tick(self, today: date) -> int:
        """Forget what is past its day: expired replies and decoys, attempts and login codes older than yesterday.

        Cheap to call at each request: one process does it once a day.

        Returns:
            how many rows went.
        """
        if self._ticked == today:
            return 0
        yesterday = today - ONE_DAY
        statements = (
            delete(REPLIES).where(REPLIES.c.expires <= today),
            delete(ATTEMPTS).where(ATTEMPTS.c.day < yesterday),
            delete(COURIER_STEPS).where(COURIER_STEPS.c.day < yesterday),
        )
        gone = self._delete(*statements)
        self._ticked = today
        return gone

    def sweep(self) -> int:
        """Remove files that a crash left without a row. Safe beside running uploads."""
        return self.files.sweep(self._has_row)

    def counts(self) -> Counts:
        with reading(self.engine) as connection:
            envelopes = connection.execute(select(ENVELOPES.c.id, ENVELOPES.c.size)).all()
            replies = connection.scalar(select(func.count()).select_from(REPLIES)) or 0
        missing = sum(not self.files.path(row.id).exists() for row in envelopes)
        return Counts(len(envelopes), sum(row.size for row in envelopes), replies, missing)

    # -- the manifest this intake last started with ----------------------------------------------------------------

    def manifest_seen(self) -> Pin | None:
        """The highest reviewer manifest ever used here."""
        with reading(self.engine) as connection:
            row = connection.execute(_NEWEST).first()
        return None if row is None else Pin(row.version, row.digest)

    def accept_manifest(self, manifest: Manifest) -> None:
        """Start with this manifest, and from now on never with an older one. Only the newest is remembered.

        Raises:
            TrustError: a rollback, or another manifest of the same version.
        """
        with writing(self.engine) as connection:
            row = connection.execute(_NEWEST).first()
            accept_successor(None if row is None else Pin(row.version, row.digest), manifest)
            connection.execute(delete(MANIFEST_SEEN))
            connection.execute(insert(MANIFEST_SEEN).values(version=manifest.version, digest=manifest.digest))
