"""Destroying a case: two reviewers of two colleges sign the same matter, then its key is gone.

What is left is a tombstone under a new key: the quarter, the group of its category, how it ended and how many weeks
its steps took. Lines of the journal stay, their reasons can never be opened again. A message that comes between the
two signatures makes the first one void, and what comes after the end keeps the case for sixty days more.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.desk.carry.backups import numbers_since
from app.desk.carry.ending import queue_ended
from app.desk.cases import followup
from app.desk.core import twofold
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import load_paper
from app.desk.core.keyring import KEY_BYTES
from app.desk.core.mailboxes import remember_ended
from app.desk.core.messages import message_in
from app.desk.core.offspring import forget_child, unseen_children
from app.desk.core.record import CaseRecord
from app.desk.core.signatures import OTHER_COLLEGE
from app.desk.keep.purge_record import PurgeRecord
from app.desk.keep.retention import PURGE, days_of, unread
from app.desk.replies.replies import sent_replies
from app.domain.facts import CaseFacts, State
from app.domain.retention import CLOSING, ENDS, quarter, surely_gone, weeks
from app.domain.taxonomy import CATEGORIES, TOPICS
from app.errors import BusyError, UserError
from app.stores.desk import Transaction
from crypto import canonical

TOMBSTONE = "tombstone"
RECORD = "purge"
NOTHING = "Nothing was changed."
# Lines of the journal that say that something of the case was written outside the desk.
WRITTEN_OUT = frozenset({"save", "dossier", "access extract", "inform person", "recommend letter"})


@dataclass(frozen=True)
class Purged:
    """What a purge came to: whose signature it waits for, or the record to print."""

    waiting_for: str = ""
    dropped: bool = False
    record: PurgeRecord | None = None


def purge(desk: Desk, case_id: str, reason: str) -> Purged:
    """Sign the purge of a case; the second signature destroys it.

    Raises:
        UserError: no such case, not due, on hold, or the same person or college twice.
        BusyError: somebody changed the case meanwhile; it is whole.
    """
    reason = check_plain(reason, "The reason")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        matter = _matter(desk, tx, case)
        proposal = twofold.propose(desk, tx, case, action=PURGE, matter=matter, reason=reason)
    if not proposal.signed_by:
        twofold.sign_first(desk, case, proposal, f"purge: {reason}")
        return Purged(OTHER_COLLEGE, proposal.dropped)
    decision = twofold.sign_second(desk, proposal)
    with desk.evidence.lock():
        with desk.store.writing() as tx:
            if _matter(desk, tx, desk.case(tx, case_id)) != matter:
                raise UserError("Something came while you signed.", f"{NOTHING} Read it, then sign again.")
            files = [row.evidence for row in tx.messages(case.id)]
            record = _destroy(desk, tx, case, decision)
        for name in files:
            desk.evidence.drop(name)
    desk.store.forget()
    with suppress(BusyError):  # the case is gone already; another command has the database, and a later purge compacts
        desk.store.compact()
    return Purged(record=record)


def propose_purge(desk: Desk, case_id: str, reason: str) -> Purged:
    """The first signature; refuses when it would be the second.

    Raises:
        UserError: as `purge`, or another college has signed already.
    """
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        waiting = twofold.pending(case, tx, PURGE)
    if waiting and desk.keyring.college not in {one.college for one in waiting.signatures}:
        raise UserError("Another college has signed this purge: yours destroys the case.", NOTHING)
    return purge(desk, case_id, reason)


def record_of(desk: Desk, case_id: str) -> PurgeRecord:
    """The record of a purge that was done, to print again.

    Raises:
        UserError: this case was not purged.
    """
    with desk.store.reading() as tx:
        return _kept(tx, desk.case(tx, case_id))


def confirm_destroyed(desk: Desk, case_id: str) -> PurgeRecord:
    """The media are destroyed: their numbers, which tell when the case came, go too.

    Raises:
        UserError: this case was not purged.
    """
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        kept = _kept(tx, case)
        bare = replace(kept, pickups=(), outboxes=(), exports=(), backups=(), saved=0, destroyed=desk.today.isoformat())
        case = desk.save(tx, case, case.record)
        case.put_paper(tx, RECORD, bare.to_dict())
        desk.log(tx, "media destroyed", case=case)
    desk.store.forget()
    return bare


def tombstone(case: OpenCase, tx: Transaction) -> Mapping[str, Any]:
    """What is left of a purged case: `quarter`, `group`, `outcome`, `weeks`."""
    return dict(case.paper(tx, TOMBSTONE))


def _kept(tx: Transaction, case: OpenCase) -> PurgeRecord:
    if not case.record.purged:
        raise UserError("This case was not purged: it has no record.", NOTHING)
    return PurgeRecord.from_dict(case.paper(tx, RECORD))


def _matter(desk: Desk, tx: Transaction, case: OpenCase) -> dict[str, Any]:
    """What both sign: the end, its ground, and every message that will be destroyed."""
    ground = _ground(desk, tx, case)
    names = sorted(row.id for row in tx.messages(case.id))
    last = case.facts.last_reporter_message
    return {
        "from": str(case.facts.state),
        "since": case.facts.entered.isoformat(),
        "ground": ground,
        "messages": hashlib.sha256(canonical.dumps(names)).hexdigest(),
        "count": len(names),
        "last": last.isoformat() if last else "",
    }


def _ground(desk: Desk, tx: Transaction, case: OpenCase) -> str:
    """Why this case may be destroyed today.

    Raises:
        UserError: it may not.
    """
    if case.record.purged:
        raise UserError("This case was purged already.", "Print its record again: sourdine desk purge ID --record FILE")
    _check_hold(desk, tx, case)
    days = days_of(desk, tx, case)
    if days is None:
        raise UserError(f"A case in {case.facts.state} is not destroyed.", f"Only one that has ended is. {NOTHING}")
    if days.first > desk.today:
        raise UserError(
            f"This case is kept until {days.first.isoformat()}.",
            f"{_why_kept(case)} {NOTHING}",
        )
    leaning = [one for one in desk.cases(tx) if case.id in {one.record.merged_into, one.record.split_from}]
    alive = [one.id for one in leaning if not one.record.purged]
    if alive:
        raise UserError(
            f"The purge is on hold: another case still rests on this one: {', '.join(alive)}.",
            f"A merged case is destroyed before its target, a split case before its source. {NOTHING}",
        )
    if unseen_children(desk, tx, case):
        raise UserError(
            "The purge is on hold: something that you may not open still rests on this case.",
            f"Whoever may open it destroys it first. {NOTHING}",
        )
    if tx.waiting_outgoing([sent.queued for sent in sent_replies(case, tx)]):
        raise UserError("A reply of this case still waits for an outbox.", f"Write the outbox first. {NOTHING}")
    if unread(case, tx):
        raise UserError(
            "A message of this case was read by nobody yet.",
            f"Read it first: sourdine desk case show {case.id}. {NOTHING}",
        )
    return days.why


def _check_hold(desk: Desk, tx: Transaction, case: OpenCase) -> None:
    """A hold on a case keeps what was merged into it: the reports that it was decided on.

    Raises:
        UserError: there is one, or nobody here may know.
    """
    if case.facts.hold:
        raise UserError("A legal hold keeps this case.", f"Lift it first: case set {case.id} hold=no. {NOTHING}")
    if not case.record.merged_into:
        return
    target = desk.find(tx, case.record.merged_into)
    if target is None:
        raise UserError(
            "The case that this one was merged into is not open to you, and a legal hold may keep both.",
            f"Whoever may open it destroys this one first. {NOTHING}",
        )
    if target.facts.hold:
        raise UserError(
            "A legal hold keeps this case, with the one that it was merged into.",
            f"Lift it there first: case set {target.id} hold=no. {NOTHING}",
        )


def _why_kept(case: OpenCase) -> str:
    last = case.facts.last_reporter_message
    if last and last > case.facts.entered:
        return f"The reporter wrote on {last.isoformat()}, after its end: read it first."
    return f"It ended on {case.facts.entered.isoformat()}."


def _destroy(desk: Desk, tx: Transaction, case: OpenCase, decision: twofold.Decision) -> PurgeRecord:
    """Everything but files: the caller commits, then removes these."""
    record, left = _record(desk, tx, case, decision), _left(case)
    queue_ended(desk, tx, _ending(case, tx, desk.today))
    desk.log(tx, "purge", case=case, reason=str(decision.body["reason"]))
    tx.forget_reasons(case.subject)
    _leave_source(desk, tx, case)
    followed, tags = followup.carried(tx, case), tx.mailbox_tags(case.id)
    tx.drop_content(case.id)
    bare = _bare(desk, case)
    allowed = bare.allowed
    stone = desk.save(tx, replace(case, key=secrets.token_bytes(KEY_BYTES)), bare)
    tx.put_grants(case.id, desk.keyring.grant_case(case.id, stone.key, allowed))
    stone.put_paper(tx, TOMBSTONE, left)
    stone.put_paper(tx, RECORD, record.to_dict())
    remember_ended(desk, tx, stone, tags, case.record.replies)
    if followed:
        stone.put_paper(tx, followup.PAPER, followed)
    return record


def _leave_source(desk: Desk, tx: Transaction, case: OpenCase) -> None:
    """The case whose messages this one shared rests on nothing of it any more. Whoever may not open that one leaves
    it as it is: there, the tombstone tells.
    """
    source = desk.find(tx, case.record.split_from) if case.record.split_from else None
    if source:
        forget_child(tx, source, case.id)


def _bare(desk: Desk, case: OpenCase) -> CaseRecord:
    """What is left of the record: no content, and who was kept out, by the reporter or a link. What the same reporter
    writes later, and whoever comes under another name, is held to it.
    """
    old = case.record
    return CaseRecord(
        label="",
        facts=CaseFacts(state=_final(case), entered=desk.today),
        received=desk.today,
        allowed=tuple(name for name in old.allowed if name not in old.linked),
        excluded=old.excluded,
        linked=old.linked,
        let_in=old.let_in,
        purged=desk.today,
    )


def _ending(case: OpenCase, tx: Transaction, today: date) -> list[str]:
    """Replies that the intake may still have and must delete: the mailbox keeps only the last closing one. One whose
    outbox was lost stays longer than was said at first.
    """
    replies = [sent for sent in sent_replies(case, tx) if sent.queued]
    kept = [sent for sent in replies if sent.kind == CLOSING][-1:]
    return [sent.queued for sent in replies if sent not in kept and surely_gone(sent.kind, sent.day) >= today]


def _record(desk: Desk, tx: Transaction, case: OpenCase, decision: twofold.Decision) -> PurgeRecord:
    since = case.record.received
    paper = load_paper(case, tx)
    return PurgeRecord(
        case_id=case.id,
        day=desk.today.isoformat(),
        ground=str(decision.body["ground"]),
        signers=tuple((one.name, one.college) for one in decision.signatures),
        pickups=tuple(sorted({message_in(case, row).pickup for row in tx.messages(case.id)} - {0})),
        outboxes=tuple(tx.outboxes_since(since)) if tx.replies(case.id) else (),
        exports=tuple(tx.exports_since(since)) if paper and paper.published else (),
        backups=numbers_since(desk, tx, since),
        saved=sum(line.action in WRITTEN_OUT for line, _ in desk.history(tx, case)),
    )


def _left(case: OpenCase) -> dict[str, Any]:
    """DOMAIN §6: quarter, group of categories and durations in weeks; no day, no name, no finding."""
    facts, received = case.facts, case.record.received
    known = CATEGORIES.get(facts.category)
    topic = case.record.fields.get("topic", "")
    return {
        "quarter": quarter(facts.entered),
        "group": known.topics[0] if known else (topic if topic in TOPICS else ""),
        "outcome": facts.outcome or str(_final(case)),
        "weeks": {
            "acknowledge": weeks(received, facts.acknowledged_on),
            "feedback": weeks(facts.acknowledged_on, facts.feedback_on),
            "close": weeks(received, facts.entered),
        },
    }


def _final(case: OpenCase) -> State:
    """A case that ended with the one it was merged into never had an end of its own."""
    return case.facts.state if case.facts.state in ENDS else State.CLOSED
