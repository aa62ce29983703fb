"""Whether an opened envelope is what it says, and what it changes about its case. No store, no gpg."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.desk.core.keyring import Keyring
from app.desk.core.messages import Message
from app.desk.core.record import CaseRecord
from app.domain.severity import RETALIATION_SEVERITY
from crypto.envelope_report import ReportHead
from crypto.errors import FormatError
from crypto.manifest import ExclusionError, Manifest


class Rejected(Exception):
    """A rule that this envelope breaks for good: it is set aside."""


class NotYet(Exception):
    """Right in itself, but something is missing here: it goes on waiting."""


@dataclass(frozen=True)
class Terms:
    """Who may open what this envelope becomes. `linked` and `let_in`: of the destroyed case that it goes on from."""

    allowed: tuple[str, ...]
    excluded: tuple[str, ...]
    linked: tuple[str, ...] = ()
    let_in: tuple[str, ...] = ()


def check(ring: Keyring, head: ReportHead, *, opened_by: str, packets: int) -> Terms:
    """Compare what the report declares with the manifest and with the key that really opened it.

    Raises:
        NotYet: sealed under a manifest that this desk has not pinned yet.
        FormatError: another instance, other recipients than the manifest allows, or another key.
    """
    if head.instance != ring.instance:
        raise FormatError("the report is for another instance")
    manifest = ring.manifest_of(head.manifest_version, head.manifest_digest)
    if manifest is None:
        if head.manifest_version > ring.manifest.version:
            raise NotYet("sealed under a newer manifest: pin it with `sourdine desk init --manifest FILE`")
        raise FormatError("the report names a manifest that this desk never had")
    excluded = _excluded(manifest, head.recipients)
    if packets != len(head.recipients):
        raise FormatError("the envelope has another number of recipients than the report declares")
    # An intake in wrong hands could seal to fewer people than the reporter chose: the key that opened tells.
    if opened_by != ring.fingerprint or opened_by not in head.recipients:
        raise FormatError("the envelope was opened by a key that the report does not declare")
    active = {reviewer.name for reviewer in ring.manifest.reviewers}
    allowed = [reviewer.name for reviewer in manifest.reviewers if reviewer.name not in excluded]
    return Terms(tuple(name for name in allowed if name in active), excluded)


def _excluded(manifest: Manifest, recipients: tuple[str, ...]) -> tuple[str, ...]:
    """The reviewers whose place a nobody takes; everything else about the list must be the manifest's."""
    pairs = zip(manifest.reviewers, manifest.nobodies, strict=True)
    excluded = tuple(reviewer.name for reviewer, nobody in pairs if nobody.fingerprint in recipients)
    try:
        expected = manifest.recipients(excluded)
    except ExclusionError:
        raise FormatError("too few reviewers remain among the declared recipients") from None
    if recipients != expected:
        raise FormatError("the declared recipients are not those of the manifest")
    return excluded


def after_message(record: CaseRecord, message: Message, earlier: Sequence[Message] = ()) -> CaseRecord:
    """The record of a case once a follow-up has joined it. Of two answers to one question the later one holds."""
    facts = record.facts
    latest = max(message.day, facts.last_reporter_message or message.day)
    facts = replace(facts, last_reporter_message=latest)
    fields = message.fields
    if message.kind == "retaliation":
        severity = max(facts.severity or 0, RETALIATION_SEVERITY)
        since = facts.severity_on if severity == facts.severity else message.day
        facts = replace(facts, severity=severity, severity_on=since, retaliation_on=message.day)
        return replace(record, facts=facts, retaliation=True)
    if message.kind == "erase":
        return replace(record, facts=replace(facts, mailbox=False), erased=True)
    if message.kind == "mediation" and _counts(message, "consent", earlier):
        facts = replace(facts, consent_mediation=fields["consent"] == "yes")
    if message.kind == "publish" and _counts(message, "opinion", earlier):
        record = replace(record, opinion_given=True)
        facts = replace(facts, reporter_opinion=fields["opinion"])
    return replace(record, facts=facts)


def _counts(message: Message, field: str, earlier: Sequence[Message]) -> bool:
    """Whether this answer is the one that holds. Days are the finest grain we keep: of two on one day, no holds."""
    answer = message.fields.get(field)
    if answer not in {"yes", "no"}:
        return False
    others = [one.moment for one in earlier if one.kind == message.kind]
    latest = max(others, default=(0, 0))
    return message.moment > latest or (message.moment == latest and answer == "no")
