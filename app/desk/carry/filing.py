"""What an opened envelope becomes, inside the transaction that commits it: a case, or one more message of a case."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from app.desk.carry.admission import NotYet, Rejected, Terms, after_message
from app.desk.carry.opening import Opened
from app.desk.circle import links, register
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.keyring import KEY_BYTES
from app.desk.core.labels import draw
from app.desk.core.mailboxes import ended_mailbox, forget_ended, stone_of
from app.desk.core.messages import Message, message_in
from app.desk.core.record import CaseRecord, new_id
from app.desk.core.twofold import drop_pending
from app.desk.replies.replies import queued
from app.domain import journal
from app.domain.facts import CaseFacts, State
from app.stores.desk import Transaction
from app.stores.desk_carried import OPENED
from app.stores.desk_cases import MessageRow
from crypto.errors import NoKeyError


class Labels:
    """Labels for new cases, none of which a case of this reviewer has. The others' are not looked at."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._taken: set[str] | None = None

    def draw(self, tx: Transaction) -> str:
        if self._taken is None:  # once for a whole pickup: opening every case takes a while
            self._taken = {case.record.label for case in self._desk.cases(tx)}
        label = draw(self._taken)
        self._taken.add(label)
        return label


@dataclass(frozen=True)
class Filed:
    """Where an envelope went. No case: nothing of it is kept, as a mailbox was erased whose case is destroyed."""

    case: OpenCase | None
    new: bool = False


def file_envelope(desk: Desk, tx: Transaction, opened: Opened, labels: Labels) -> OpenCase:
    """The same as `file_one`, for what has a case.

    Raises:
        Rejected: it has none, beside what `file_one` raises.
    """
    filed = file_one(desk, tx, opened, labels)
    if filed.case is None:
        raise Rejected("an erasure of a mailbox whose case is destroyed")
    return filed.case


def file_one(desk: Desk, tx: Transaction, opened: Opened, labels: Labels) -> Filed:
    """Put an opened envelope where it belongs; its receipt is due once this transaction is committed.

    Raises:
        Rejected: it breaks a rule for good.
        NotYet: its report was not opened by anybody yet.
        NoKeyError: this reviewer may not open its case, or is linked to its cooperative and others can take it up.
    """
    message = opened.message
    if not tx.claim_tag(desk.keyring.tag("report", bytes.fromhex(message.report_id))):
        raise Rejected("a report that this desk already has")
    ended = ended_mailbox(desk, tx, message)
    if ended is not None and message.kind == "erase":
        tx.settle_envelope(opened.row.id, OPENED)
        return Filed(None)
    starts = message.kind == "report" or ended is not None
    if ended is not None:
        opened = replace(opened, terms=_held_to_the_old(desk, tx, opened))
    case = _new_case(desk, tx, opened, labels) if starts else _join(desk, tx, opened)
    if ended is not None:
        case = _begin_again(desk, tx, case, message, ended)
    sealed = case.seal(f"message/{opened.name}", message.to_bytes())
    tx.add_message(case.id, MessageRow(opened.name, opened.name, sealed))
    tx.settle_envelope(opened.row.id, OPENED)
    desk.log(tx, "receive" if starts else "join", case=case)
    return Filed(case, starts)


def _held_to_the_old(desk: Desk, tx: Transaction, opened: Opened) -> Terms:
    """Who was out of the case that was destroyed is out of the one that begins again, whatever this message says.

    Raises:
        NoKeyError: this reviewer was.
    """
    stone, terms = stone_of(desk, tx, opened.message), opened.terms
    if stone is None:
        raise NoKeyError("a reviewer of the case that was destroyed takes this up")
    old = stone.record
    return replace(
        terms,
        allowed=tuple(name for name in terms.allowed if name in old.allowed),
        excluded=tuple(sorted({*terms.excluded, *old.excluded})),
        linked=tuple(sorted(set(old.linked) - set(terms.excluded))),
        let_in=old.let_in,
    )


def _begin_again(desk: Desk, tx: Transaction, case: OpenCase, message: Message, replies: int) -> OpenCase:
    """What comes after a purge is a new case (DOMAIN §3.4); replies are numbered on, or the mailbox refuses them."""
    forget_ended(desk, tx, message)
    return desk.enforce(tx, case, after_message(replace(case.record, replies=replies), message))


def _new_case(desk: Desk, tx: Transaction, opened: Opened, labels: Labels) -> OpenCase:
    message, ring = opened.message, desk.keyring
    allowed, away = _admitted(desk, tx, opened)
    opinion = message.fields.get("publish", "")
    record = CaseRecord(
        label=labels.draw(tx),
        facts=CaseFacts(
            state=State.RECEIVED,
            entered=message.day,
            mailbox=message.keys is not None,
            last_reporter_message=message.day,
            reporter_opinion=opinion if opinion in {"yes", "no", "ask"} else "",
        ),
        received=message.day,
        allowed=allowed,
        excluded=opened.terms.excluded,
        linked=tuple(sorted({*away, *opened.terms.linked})),
        let_in=opened.terms.let_in,
        fields=message.fields,
        keys=message.keys,
        opinion_given=opinion in {"yes", "no"},
        language=message.language,
    )
    case = OpenCase(new_id(), 1, secrets.token_bytes(KEY_BYTES), record)
    desk.check_circle(tx)
    grants = links.grants(desk, tx, case, [reviewer.name for reviewer in ring.reviewers])
    tx.add_case(case.id, case.seal("case", record.to_bytes()), grants)
    links.note_alone(desk, tx)
    if message.keys is not None:
        tag = ring.tag("mailbox", message.keys.locator)
        if tx.case_of_mailbox(tag) is not None:
            raise Rejected("a second report for one mailbox")
        tx.add_mailbox(tag, case.id)
    return case


def _admitted(desk: Desk, tx: Transaction, opened: Opened) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who may open the new case, and who is kept out by a link. Without anybody else, whoever is here takes it in."""
    away = register.linked(desk, tx, opened.message.fields.get("cooperative", "")) - set(opened.terms.let_in)
    allowed = tuple(name for name in opened.terms.allowed if name not in away)
    if desk.keyring.name in away and set(allowed) - links.lost(desk, tx):
        raise NoKeyError("a reviewer without a link to the cooperative takes this up")
    return allowed, tuple(name for name in opened.terms.allowed if name in away)


def _join(desk: Desk, tx: Transaction, opened: Opened) -> OpenCase:
    message = opened.message
    keys = message.keys
    case_id = tx.case_of_mailbox(desk.keyring.tag("mailbox", keys.locator)) if keys else None
    if case_id is None:
        raise NotYet("a message for a mailbox that no case has")
    case = desk.find(tx, case_id) or next(iter(links.custody(desk, tx, case_id)), None)
    if case is None:
        raise NoKeyError("this reviewer may not open that case")
    earlier = [message_in(case, row) for row in tx.messages(case.id)]
    if case.record.mailbox_ended and keys:  # somebody is there again: the locator, found above, binds both keys
        case = replace(case, record=replace(case.with_facts(mailbox=True), keys=keys, mailbox_ended=None))
    if keys != case.record.keys or message.seq in {one.seq for one in earlier}:
        raise Rejected("a message whose number was used before")
    drop_pending(tx, case, journal.PURGE)  # it was signed without knowing of this message
    if message.kind == "erase":
        tx.drop_outgoing(queued(case, tx))
    return desk.enforce(tx, case, after_message(case.record, message, earlier))
