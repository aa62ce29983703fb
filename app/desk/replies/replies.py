"""Replies: sealed here to the keys that came in the envelope, then queued for an outbox under the common key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.texts import messages_of
from app.desk.replies.blocks import Signing, compose, template_named
from app.desk.replies.checks import check_reply, kind_of, usual_kind
from app.desk.replies.phrases import Template
from app.domain.facts import CaseFacts
from app.domain.reply_check import Around, Caution, cautions, first_words
from app.domain.retention import again_expires, reply_expires
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import OutgoingRow
from app.stores.desk_cases import SealedRow
from crypto import canonical
from crypto.derive import MailboxKeys
from crypto.errors import FormatError
from crypto.fields import from_b64, to_b64
from crypto.outbox import SealedReply
from crypto.reply import Reply, seal_reply

KINDS = ("acknowledgement", "question", "reply", "closing")
HANDOVER = "handover"
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Sent:
    """A reply as the case keeps it.

    `queued` names the row that waits for an outbox, and the reply on the intake; `template` where its words come from;
    `state` is the one that the reporter reads (empty: sealed before it was kept).
    """

    seq: int
    day: date
    author: str
    kind: str
    text: str = field(repr=False)
    queued: str = field(default="", repr=False)
    template: str = ""
    state: str = ""

    def to_bytes(self) -> bytes:
        return canonical.dumps(vars(self) | {"day": self.day.isoformat()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Sent:
        value: dict[str, Any] = canonical.loads(data)
        return cls(**value | {"day": date.fromisoformat(value["day"])})


def send(desk: Desk, case_id: str, text: str, *, kind: str = "") -> Sent:
    """Seal a reply and queue it for the next outbox.

    Args:
        kind: one of KINDS; without it, what the state of the case asks for. A text without the four parts of a
            closing reply is then an ordinary one.

    Raises:
        UserError: no mailbox, erased, an empty text, one with markup or invisible characters, or one that is not of
            its kind (`checks.check_reply`).
    """
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        return seal_text(desk, tx, case, text, kind=kind_of(leading(desk, tx, case).facts, text, kind))


def send_template(
    desk: Desk, case_id: str, name: str, *, language: str = "", blocks: Mapping[str, str] = NOTHING
) -> Sent:
    """Put a template together with what a person wrote, seal it and queue it.

    Args:
        name: one of `phrases.TEMPLATES`.
        language: fr or en; without it, the language of the report.
        blocks: what the person wrote, by the name of the block.

    Raises:
        UsageError: there is no such template.
        UserError: it does not fit the state of the case, a block is missing, or nothing can be sent (`send`).
    """
    template = template_named(name)
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        text = _composed(desk, tx, case, template, language=language, blocks=blocks)
        return seal_text(desk, tx, case, text, kind=template.kind, template=name)


def preview(desk: Desk, case_id: str, name: str, *, language: str = "", blocks: Mapping[str, str] = NOTHING) -> str:
    """The text that `send_template` would seal, to be read and echoed first.

    Raises:
        UsageError, UserError: as for `send_template`.
    """
    template = template_named(name)
    with desk.store.reading() as tx:
        return _composed(desk, tx, desk.case(tx, case_id), template, language=language, blocks=blocks)


def seal_text(desk: Desk, tx: Transaction, case: OpenCase, text: str, *, kind: str, template: str = "") -> Sent:
    """Seal, queue, and keep with the case, all in the caller's transaction.

    Raises:
        UserError: as for `send`.
    """
    text = check_plain(text, "The reply")
    keys = check_mailbox(case)
    state = leading(desk, tx, case).facts.state
    check_reply(text, kind, state, composed=bool(template))
    name, row = secrets.token_hex(16), secrets.token_hex(16)
    sent = Sent(case.record.replies + 1, desk.today, desk.keyring.name, kind, text, name, template, str(state))
    _seal(desk, tx, case, sent, keys, expires=reply_expires(kind, desk.today))
    tx.add_reply(case.id, SealedRow(row, case.seal(f"reply/{row}", sent.to_bytes())))
    record = replace(case.record, replies=sent.seq, facts=after_reply(case.facts, kind, desk.today))
    desk.save(tx, case, record)
    desk.log(tx, "reply", case=case, reason=kind)
    return sent


def seal_again(desk: Desk, tx: Transaction, case: OpenCase, sent: Sent) -> None:
    """Queue a reply once more, as it was, because the outbox that took it was lost.

    Raises:
        UserError: its mailbox, or its time, is gone.
    """
    expires = again_expires(sent.kind, sent.day, desk.today)
    if expires <= desk.today:
        raise UserError("The time of this reply is over.", "Write another one. Nothing was changed.")
    _seal(desk, tx, case, sent, check_mailbox(case), expires=expires)


def check_mailbox(case: OpenCase) -> MailboxKeys:
    """The keys of the mailbox that replies of this case go to.

    Raises:
        UserError: there is none, or none any more.
    """
    record = case.record
    if record.purged is not None:
        raise UserError("This case was purged: its mailbox is gone.", "Nothing was changed.")
    if record.split_from:
        raise UserError(
            "This case is without a mailbox of its own: replies go out from the one it was split from.",
            f"Type sourdine desk reply {record.split_from}. Nothing was changed.",
        )
    if record.mailbox_ended is not None:
        raise UserError("The time of this mailbox is over: nobody could read a reply.", "Nothing was changed.")
    if record.keys is None:
        raise UserError("This report came without a mailbox: nobody could read a reply.", "Nothing was changed.")
    if record.erased:
        raise UserError("The reporter erased the mailbox: a reply would reach nobody.", "Nothing was changed.")
    return record.keys


def leading(desk: Desk, tx: Transaction, case: OpenCase) -> OpenCase:
    """The case that this one is decided with, whose state its reporter reads; itself when it is decided alone."""
    while case.record.merged_into:
        found = desk.find(tx, case.record.merged_into)
        if found is None:
            break
        case = found
    return case


def language_of(desk: Desk, tx: Transaction, case: OpenCase) -> str:
    """The language of the report, or nothing."""
    if case.record.language:
        return case.record.language
    return next((message.language for message in messages_of(case, tx, desk) if message.kind == "report"), "")


def last_author(case: OpenCase, tx: Transaction) -> str:
    """Who signed last, or nobody. An acknowledgement says itself that somebody else may follow."""
    signed = [sent for sent in sent_replies(case, tx) if sent.template != "acknowledgement"]
    return signed[-1].author if signed else ""


def needs_handover_message(desk: Desk, tx: Transaction, case: OpenCase) -> bool:
    """Whether the reporter would see another name than before, without having been told (DOMAIN S2.5)."""
    return last_author(case, tx) not in {"", desk.keyring.name}


@dataclass(frozen=True)
class Echo:
    """What is read again before sealing: for whom, and what to look at twice.

    Attributes:
        first_words: of the report, and only once somebody has opened it.
        reply_first_words: of the reply.
    """

    label: str
    kind: str
    first_words: str = field(repr=False)
    reply_first_words: str = field(repr=False)
    warnings: tuple[Caution, ...] = ()

    @property
    def must_confirm(self) -> bool:
        """Sealing waits for a plain yes."""
        return any(caution.confirm for caution in self.warnings)


def echo(desk: Desk, case_id: str, text: str, *, kind: str = "", template: str = "") -> Echo:
    """What a person sees before a reply is sealed. Shows nothing of a report that nobody has opened.

    Args:
        template: where the text comes from, if it does.

    Raises:
        UserError: no such case.
    """
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        facts = leading(desk, tx, case).facts
        messages = messages_of(case, tx, desk)
        others = tuple((one.record.label, one.id) for one in desk.cases(tx) if one.id != case.id)
        new_author = template != HANDOVER and needs_handover_message(desk, tx, case)
    around = Around(
        case.record.label,
        others=others,
        stories=tuple(message.story for message in messages),
        new_author=new_author,
    )
    shown = first_words(messages[0].story) if messages and case.facts.opened else ""
    # What stops short of a closing reply is told so, and goes as an ordinary one.
    seen = cautions(text, kind or usual_kind(facts), around)
    return Echo(case.record.label, kind_of(facts, text, kind), shown, first_words(text), seen)


def check_text(desk: Desk, case_id: str, text: str, *, kind: str = "") -> str:
    """A plain text as it would be sealed.

    Raises:
        UserError: as for `send`.
    """
    text = check_plain(text, "The reply")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        check_mailbox(case)
        facts = leading(desk, tx, case).facts
    check_reply(text, kind_of(facts, text, kind), facts.state, composed=False)
    return text


def after_reply(facts: CaseFacts, kind: str, today: date) -> CaseFacts:
    """The facts of a case once a reply is queued. Every reply but an acknowledgement, which needs no reading, answers a
    flag of retaliation."""
    if kind == "acknowledgement":
        return replace(facts, acknowledged=True, acknowledged_on=facts.acknowledged_on or today)
    facts = replace(facts, retaliation_on=None)
    if kind == "question":
        return replace(facts, question_sent=True)
    return replace(facts, feedback_on=today, closing_reply=facts.closing_reply or kind == "closing")


def sent_replies(case: OpenCase, tx: Transaction) -> list[Sent]:
    """Every reply of a case, in the order of their numbers."""
    rows = [Sent.from_bytes(case.open(f"reply/{row.id}", row.sealed)) for row in tx.replies(case.id)]
    return sorted(rows, key=lambda sent: sent.seq)


def queued(case: OpenCase, tx: Transaction) -> list[str]:
    """The names of this case's replies in the queue, gone or not."""
    return [sent.queued for sent in sent_replies(case, tx)]


def sealed_reply(desk: Desk, row: OutgoingRow) -> SealedReply:
    """A queued reply, ready for an outbox."""
    value = canonical.loads(desk.keyring.open_common(f"outgoing/{row.id}", row.sealed))
    expires = date.fromisoformat(value["expires"])
    return SealedReply(from_b64(value["locator"]), value["id"], from_b64(value["data"]), expires)


def _composed(
    desk: Desk, tx: Transaction, case: OpenCase, template: Template, *, language: str, blocks: Mapping[str, str]
) -> str:
    check_mailbox(case)
    state = leading(desk, tx, case).facts.state
    if state not in template.states:
        fitting = ", ".join(sorted(template.states))
        raise UserError(
            f"The template {template.name} says nothing true of a case in {state}.",
            f"It is for: {fitting}. Nothing was sealed.",
        )
    signing = Signing(desk.keyring.name, last_author(case, tx))
    language = language or language_of(desk, tx, case)
    return compose(template, language, blocks, signing=signing, today=desk.today)


def _seal(desk: Desk, tx: Transaction, case: OpenCase, sent: Sent, keys: MailboxKeys, *, expires: date) -> None:
    reply = Reply(
        instance=desk.keyring.instance,
        locator=keys.locator,
        reply_id=sent.queued,
        seq=sent.seq,
        day=sent.day,
        author=sent.author,
        state=sent.state or str(leading(desk, tx, case).facts.state),
        kind="acknowledgement" if sent.kind == "acknowledgement" else "reply",
        text=sent.text,
        exclude=case.record.excluded,
    )
    try:
        data = seal_reply(reply, keys, desk.keyring.signing)
    except FormatError:
        raise UserError("The reply is too long.", "Shorten it to about four pages. Nothing was changed.") from None
    body = {
        "locator": to_b64(reply.locator),
        "id": reply.reply_id,
        "data": to_b64(data),
        "expires": expires.isoformat(),
    }
    place = f"outgoing/{sent.queued}"
    tx.add_outgoing(OutgoingRow(sent.queued, desk.keyring.seal_common(place, canonical.dumps(body))))
