"""A desk with one reviewer at it: what every service works with."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.desk.core.chain import SIGNED, check_journal, check_reasons
from app.desk.core.evidence import Evidence
from app.desk.core.keyring import Keyring, subkey
from app.desk.core.record import ID_ALPHABET, ID_LENGTH, CaseRecord
from app.desk.core.shelf import Progress, Shelf, unseen
from app.domain import journal
from app.domain.facts import CaseFacts, Role
from app.errors import UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore, JournalRow, Transaction
from app.stores.desk_cases import SALT, CaseRow, SealedRow
from crypto import canonical, sealed
from crypto.errors import SealingError
from crypto.fields import from_b64, to_b64

CASE_ID = re.compile(rf"[{ID_ALPHABET}]{{{ID_LENGTH}}}")
SALT_BYTES = 16
CHANGED = "(this reason is not the one that was written)"
LOST = "(this reason was taken away)"


@dataclass(frozen=True)
class OpenCase:
    """A case that this reviewer may read, with its key."""

    id: str
    version: int
    key: bytes = field(repr=False)
    record: CaseRecord = field(repr=False)

    @property
    def facts(self) -> CaseFacts:
        return self.record.facts

    @property
    def subject(self) -> str:
        """How the journal names this case: a token that nobody can tie to it without its key."""
        return subkey(self.key, "journal/v1").hex()[:32]

    def seal(self, place: str, plaintext: bytes) -> bytes:
        """Seal something of this case; `place` says where it belongs."""
        return sealed.seal(self.key, f"{self.id}/{place}".encode(), plaintext)

    def open(self, place: str, data: bytes) -> bytes:
        return sealed.open_box(self.key, f"{self.id}/{place}".encode(), data)

    def paper(self, tx: Transaction, kind: str) -> Any:
        """The decoded paper of this kind, or None."""
        data = tx.paper(self.id, kind)
        return canonical.loads(self.open(kind, data)) if data else None

    def put_paper(self, tx: Transaction, kind: str, value: Any) -> None:
        """Keep a JSON value with this case, in place of the one of this kind."""
        tx.put_paper(self.id, kind, self.seal(kind, canonical.dumps(value)))

    def with_facts(self, **changes: object) -> CaseRecord:
        """The record with other facts."""
        return replace(self.record, facts=replace(self.facts, **changes))


@dataclass(frozen=True)
class Desk:
    """Store, folder and keys, for one command or one session."""

    store: DeskStore
    settings: DeskSettings
    keyring: Keyring
    evidence: Evidence
    shelf: Shelf[OpenCase] = field(default_factory=Shelf, repr=False, compare=False)

    @property
    def today(self) -> date:
        return self.settings.clock.today()

    def cases(self, tx: Transaction, progress: Progress = unseen) -> list[OpenCase]:
        """Every case that this reviewer may read; the others leave no trace here. Each is opened once in a session.

        Args:
            progress: called with how many are open, and of how many that had to be opened.
        """
        self.check_circle(tx)
        name = self.keyring.name

        def fetch(case_ids: Sequence[str]) -> dict[str, OpenCase | None]:
            return {row.id: self._open(row) for row in tx.cases_of(name, case_ids)}

        return self.shelf.all(tx.stamps_for(name), fetch, progress)

    def find(self, tx: Transaction, case_id: str) -> OpenCase | None:
        """One case, or None; see `case`."""
        if not CASE_ID.fullmatch(case_id):
            return None
        self.check_circle(tx)
        row = tx.case_for(case_id, self.keyring.name)
        return self.shelf.one(row.id, row.sealed[SALT], lambda: self._open(row)) if row else None

    def case(self, tx: Transaction, case_id: str) -> OpenCase:
        """One case.

        Raises:
            UserError: there is none that this reviewer may read; which of the two is not said.
        """
        found = self.find(tx, case_id)
        if found is None:
            raise UserError("You have no case of that number.", "See yours with: sourdine desk case list")
        return found

    def save(self, tx: Transaction, case: OpenCase, record: CaseRecord) -> OpenCase:
        """Store what changed about a case.

        Raises:
            BusyError: another reviewer changed it meanwhile.
            UserError: the circle of reviewers is not the one of this unlocking, or the role is another.
        """
        self.check_analyst()
        return self.enforce(tx, case, record)

    def enforce(self, tx: Transaction, case: OpenCase, record: CaseRecord) -> OpenCase:
        """Store what follows by itself from what came, or from the register of links: nobody decides, in any role.

        Raises:
            BusyError, UserError: as `save`.
        """
        self.check_circle(tx)  # before the row, not after: a stale grant must not be written
        tx.update_case(case.id, case.version, case.seal("case", record.to_bytes()))
        return replace(case, version=case.version + 1, record=record)

    def check_analyst(self) -> None:
        """Return only for an analyst of the manifest in use (DOMAIN §3.3). Moves have their roles in the table.

        Raises:
            UserError: another role.
        """
        if self.keyring.role != Role.ANALYST:
            raise UserError("Your role does not decide about cases.", "Nothing was changed. Ask an analyst.")

    def check_circle(self, tx: Transaction) -> None:
        """Return only if reviewers and manifest are those of this unlocking: a session may outlive them.

        Raises:
            UserError: somebody came, left or was retired meanwhile.
        """
        known = frozenset(one.name for one in self.keyring.reviewers), self.keyring.manifest.version
        if tx.circle() != known:
            raise UserError(
                "The circle of reviewers changed since you unlocked.",
                "Nothing was changed. Lock, unlock again, and go on.",
            )

    def shared(self, tx: Transaction, kind: str) -> dict[str, Any]:
        """What the reviewers share of one kind, decoded, by id."""
        rows = tx.shared(kind)
        return {
            row.id: canonical.loads(self.keyring.open_common(f"shared/{kind}/{row.id}", row.sealed)) for row in rows
        }

    def put_shared(self, tx: Transaction, kind: str, row_id: str, value: Any) -> None:
        """Share a JSON value with every reviewer of this desk."""
        sealed_value = self.keyring.seal_common(f"shared/{kind}/{row_id}", canonical.dumps(value))
        tx.put_shared(kind, SealedRow(row_id, sealed_value))

    def log(
        self, tx: Transaction, action: str, *, case: OpenCase | None = None, subject: str = "", reason: str = ""
    ) -> None:
        """Add a line to the journal; its reason is sealed under the key of the case.

        Raises:
            UserError: the circle of reviewers is not the one of this unlocking, or the act leaves the desk signed and
                the journal, or a reason in it, was changed.
        """
        self.check_circle(tx)
        if action in SIGNED:
            check_journal(self.keyring, tx)
            check_reasons(tx, [n for _, n in self.changed_reasons(tx)])
        salt = secrets.token_bytes(SALT_BYTES)
        line = journal.append(
            tx.last_line(),
            day=self.today,
            actor=self.keyring.name,
            action=action,
            subject=case.subject if case else subject,
            reason_hash=journal.reason_hash(salt, reason) if reason else "",
        )
        note = None
        if case and reason:
            note = case.seal(f"journal/{line.n}", canonical.dumps({"salt": to_b64(salt), "reason": reason}))
        tx.add_line(JournalRow(line, note))

    def history(self, tx: Transaction, case: OpenCase) -> list[tuple[journal.Line, str]]:
        """The lines about one case, each with its reason."""
        return [(row.line, self._reason(case, row)) for row in tx.journal() if row.line.subject == case.subject]

    def changed_reasons(self, tx: Transaction) -> list[tuple[OpenCase, int]]:
        """Lines about the cases of this reviewer whose reason is not the one that was written."""
        cases = {case.subject: case for case in self.cases(tx)}
        rows = [(cases[row.line.subject], row) for row in tx.journal() if row.line.subject in cases]
        return [(case, row.line.n) for case, row in rows if self._reason(case, row) in {CHANGED, LOST}]

    def _reason(self, case: OpenCase, row: JournalRow) -> str:
        if row.sealed is None:
            return LOST if row.line.reason_hash else ""
        # The line keeps the salted hash: a reason that was exchanged on the disk shows here.
        try:
            note = canonical.loads(case.open(f"journal/{row.line.n}", row.sealed))
            whole = journal.reason_hash(from_b64(note["salt"]), note["reason"]) == row.line.reason_hash
        except (SealingError, TypeError):  # whoever has the disk may also have put another type there
            return CHANGED
        return str(note["reason"]) if whole else CHANGED

    def _open(self, row: CaseRow) -> OpenCase | None:
        key = self.keyring.open_grant(row.id, row.grant)
        if key is None:
            return None
        record = CaseRecord.from_bytes(sealed.open_box(key, f"{row.id}/case".encode(), row.sealed))
        return OpenCase(row.id, row.version, key, record)
