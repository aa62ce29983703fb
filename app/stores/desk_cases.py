"""Rows of desk.db about cases. Whatever could be read is sealed before it comes here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, insert, select, update

from app.errors import BusyError
from app.stores.desk_tables import CASES, GRANTS, MAILBOXES, MESSAGES, PAPERS, REPLIES, SEEN, SHARED


@dataclass(frozen=True)
class CaseRow:
    """A case with one reviewer's grant. `version` counts changes: two reviewers never overwrite one another."""

    id: str
    version: int
    sealed: bytes = field(repr=False)
    grant: bytes = field(repr=False)


@dataclass(frozen=True)
class MessageRow:
    """A message of a case; its content is the sealed file named `evidence`."""

    id: str
    evidence: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class SealedRow:
    id: str
    sealed: bytes = field(repr=False)


# The most ids that one statement names.
BATCH = 500
# Where a sealed value has its salt (docs/spec/README.md, "Sealing at rest").
SALT = slice(1, 17)


class CaseRows:
    """The part of a desk transaction that deals with cases."""

    connection: Connection

    def cases_for(self, reviewer: str) -> list[CaseRow]:
        """Every case with this reviewer's grant; a grant that was never meant for them does not open."""
        joined = select(CASES, GRANTS.c.sealed.label("grant")).join(GRANTS, GRANTS.c.case_id == CASES.c.id)
        rows = self.connection.execute(joined.where(GRANTS.c.reviewer == reviewer).order_by(CASES.c.id))
        return [CaseRow(row.id, row.version, row.sealed, row.grant) for row in rows]

    def case_for(self, case_id: str, reviewer: str) -> CaseRow | None:
        joined = select(CASES, GRANTS.c.sealed.label("grant")).join(GRANTS, GRANTS.c.case_id == CASES.c.id)
        wanted = (CASES.c.id == case_id) & (GRANTS.c.reviewer == reviewer)
        row = self.connection.execute(joined.where(wanted)).one_or_none()
        return CaseRow(row.id, row.version, row.sealed, row.grant) if row else None

    def add_case(self, case_id: str, sealed: bytes, grants: dict[str, bytes]) -> None:
        """A new case and one grant for each reviewer of the desk."""
        self.connection.execute(insert(CASES).values(id=case_id, version=1, sealed=sealed))
        rows = [{"case_id": case_id, "reviewer": name, "sealed": grant} for name, grant in grants.items()]
        self.connection.execute(insert(GRANTS), rows)

    def update_case(self, case_id: str, version: int, sealed: bytes) -> None:
        """Replace what a case says, if nobody changed it since `version` was read.

        Raises:
            BusyError: somebody did.
        """
        unchanged = (CASES.c.id == case_id) & (CASES.c.version == version)
        done = self.connection.execute(update(CASES).where(unchanged).values(version=version + 1, sealed=sealed))
        if done.rowcount != 1:
            raise BusyError(
                "Another reviewer changed this case at the same moment.", "Nothing was changed. Look at it again."
            )

    def versions_for(self, reviewer: str) -> dict[str, int]:
        """The version of every case that has a grant for this reviewer, opened or not: tells what changed."""
        joined = select(CASES.c.id, CASES.c.version).join(GRANTS, GRANTS.c.case_id == CASES.c.id)
        rows = self.connection.execute(joined.where(GRANTS.c.reviewer == reviewer))
        return {row.id: row.version for row in rows}

    def stamps_for(self, reviewer: str) -> dict[str, bytes]:
        """For every case that has a grant for this reviewer, opened or not, what tells one sealing from another.

        That is the random salt of the sealed row: unlike `version` it also changes when a transaction that was rolled
        back is followed by another one, or when a backup comes back.
        """
        # Two plain scans: joining in the database takes twice as long.
        granted = self.connection.execute(select(GRANTS.c.case_id).where(GRANTS.c.reviewer == reviewer)).scalars()
        salt = func.substr(CASES.c.sealed, SALT.start + 1, SALT.stop - SALT.start)
        known = {row[0]: row[1] for row in self.connection.execute(select(CASES.c.id, salt))}
        return {case_id: known[case_id] for case_id in sorted(granted) if case_id in known}

    def cases_of(self, reviewer: str, case_ids: Sequence[str]) -> list[CaseRow]:
        """These cases, with this reviewer's grants: at most BATCH of them."""
        joined = select(CASES, GRANTS.c.sealed.label("grant")).join(GRANTS, GRANTS.c.case_id == CASES.c.id)
        rows = self.connection.execute(joined.where((GRANTS.c.reviewer == reviewer) & CASES.c.id.in_(case_ids)))
        return [CaseRow(row.id, row.version, row.sealed, row.grant) for row in rows]

    def messages_of(self, case_ids: Sequence[str]) -> list[tuple[str, MessageRow]]:
        """Case and message, for at most BATCH cases."""
        rows = self.connection.execute(select(MESSAGES).where(MESSAGES.c.case_id.in_(case_ids)))
        return [(row.case_id, MessageRow(row.id, row.evidence, row.sealed)) for row in rows]

    def message_counts(self, case_id: str = "") -> dict[str, int]:
        """How many messages each case has, or this one; those without any are left out."""
        rows = select(MESSAGES.c.case_id, func.count()).group_by(MESSAGES.c.case_id)
        wanted = rows.where(MESSAGES.c.case_id == case_id) if case_id else rows
        return {row[0]: row[1] for row in self.connection.execute(wanted)}

    def replies_of(self, case_ids: Sequence[str]) -> list[tuple[str, SealedRow]]:
        """Case and reply, for at most BATCH cases."""
        rows = self.connection.execute(select(REPLIES).where(REPLIES.c.case_id.in_(case_ids)))
        return [(row.case_id, SealedRow(row.id, row.sealed)) for row in rows]

    def waiting_papers(self, kind: str) -> set[str]:
        """The cases with a paper of this kind or below it (`kind/…`); nothing is opened for that."""
        wanted = (PAPERS.c.kind == kind) | PAPERS.c.kind.startswith(f"{kind}/", autoescape=True)
        return set(self.connection.execute(select(PAPERS.c.case_id).where(wanted)).scalars())

    def put_grants(self, case_id: str, grants: dict[str, bytes]) -> None:
        """Replace the grants of these reviewers; the caller saves the case as well, so that its version grows."""
        named = (GRANTS.c.case_id == case_id) & GRANTS.c.reviewer.in_(list(grants))
        self.connection.execute(delete(GRANTS).where(named))
        rows = [{"case_id": case_id, "reviewer": name, "sealed": grant} for name, grant in grants.items()]
        self.connection.execute(insert(GRANTS), rows)

    def drop_reviewer_grants(self, reviewer: str) -> None:
        """Every seal for a reviewer who is gone."""
        self.connection.execute(delete(GRANTS).where(GRANTS.c.reviewer == reviewer))

    def drop_case(self, case_id: str) -> None:
        """A case and everything that names it; the caller calls `forget` after the commit."""
        self.connection.execute(delete(CASES).where(CASES.c.id == case_id))

    def drop_content(self, case_id: str) -> None:
        """Everything of a case but its row and its grants: messages, replies, papers, and the way to its mailbox."""
        for table in (MESSAGES, REPLIES, PAPERS, MAILBOXES):
            self.connection.execute(delete(table).where(table.c.case_id == case_id))

    def claim_tag(self, tag: bytes) -> bool:
        """Remember a report id by its tag; False when it was known."""
        if self.connection.execute(select(SEEN.c.tag).where(SEEN.c.tag == tag)).one_or_none() is not None:
            return False
        self.connection.execute(insert(SEEN).values(tag=tag))
        return True

    def case_of_mailbox(self, tag: bytes) -> str | None:
        rows = select(MAILBOXES.c.case_id).where(MAILBOXES.c.tag == tag)
        return self.connection.execute(rows).scalar_one_or_none()

    def mailbox_tags(self, case_id: str) -> list[bytes]:
        return list(self.connection.execute(select(MAILBOXES.c.tag).where(MAILBOXES.c.case_id == case_id)).scalars())

    def mailbox_count(self) -> int:
        return self.connection.execute(select(func.count()).select_from(MAILBOXES)).scalar_one()

    def add_mailbox(self, tag: bytes, case_id: str) -> None:
        self.connection.execute(insert(MAILBOXES).values(tag=tag, case_id=case_id))

    def messages(self, case_id: str) -> list[MessageRow]:
        rows = self.connection.execute(select(MESSAGES).where(MESSAGES.c.case_id == case_id).order_by(MESSAGES.c.id))
        return [MessageRow(row.id, row.evidence, row.sealed) for row in rows]

    def add_message(self, case_id: str, message: MessageRow) -> None:
        self.connection.execute(insert(MESSAGES).values(vars(message) | {"case_id": case_id}))

    def evidence_names(self) -> set[str]:
        """Every sealed file that a message names; others in the folder are remains of a crash."""
        return set(self.connection.execute(select(MESSAGES.c.evidence)).scalars())

    def replies(self, case_id: str) -> list[SealedRow]:
        rows = self.connection.execute(select(REPLIES).where(REPLIES.c.case_id == case_id).order_by(REPLIES.c.id))
        return [SealedRow(row.id, row.sealed) for row in rows]

    def add_reply(self, case_id: str, reply: SealedRow) -> None:
        self.connection.execute(insert(REPLIES).values(vars(reply) | {"case_id": case_id}))

    def paper(self, case_id: str, kind: str) -> bytes | None:
        wanted = (PAPERS.c.case_id == case_id) & (PAPERS.c.kind == kind)
        return self.connection.execute(select(PAPERS.c.sealed).where(wanted)).scalar_one_or_none()

    def put_paper(self, case_id: str, kind: str, sealed: bytes) -> None:
        self.drop_paper(case_id, kind)
        self.connection.execute(insert(PAPERS).values(case_id=case_id, kind=kind, sealed=sealed))

    def drop_paper(self, case_id: str, kind: str) -> None:
        wanted = (PAPERS.c.case_id == case_id) & (PAPERS.c.kind == kind)
        self.connection.execute(delete(PAPERS).where(wanted))

    def papers(self, case_id: str) -> dict[str, bytes]:
        """Every paper of a case by its kind."""
        rows = self.connection.execute(select(PAPERS).where(PAPERS.c.case_id == case_id))
        return {row.kind: row.sealed for row in rows}

    def cases_with(self, kind: str) -> set[str]:
        """Every case that has a paper of this kind, so that those without are not asked; never shown as it is."""
        return set(self.connection.execute(select(PAPERS.c.case_id).where(PAPERS.c.kind == kind)).scalars())

    def shared(self, kind: str) -> list[SealedRow]:
        """What the reviewers share of one kind."""
        rows = self.connection.execute(select(SHARED).where(SHARED.c.kind == kind).order_by(SHARED.c.id))
        return [SealedRow(row.id, row.sealed) for row in rows]

    def shared_one(self, kind: str, row_id: str) -> bytes | None:
        wanted = (SHARED.c.kind == kind) & (SHARED.c.id == row_id)
        return self.connection.execute(select(SHARED.c.sealed).where(wanted)).scalar_one_or_none()

    def put_shared(self, kind: str, row: SealedRow) -> None:
        """Add a row, or replace the one of that id."""
        self.drop_shared(kind, row.id)
        self.connection.execute(insert(SHARED).values(vars(row) | {"kind": kind}))

    def drop_shared(self, kind: str, row_id: str) -> None:
        self.connection.execute(delete(SHARED).where((SHARED.c.kind == kind) & (SHARED.c.id == row_id)))
