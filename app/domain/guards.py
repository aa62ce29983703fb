"""The conditions of the case procedure, each a pure question to the facts, with the sentence that helps.

A guard never looks at who asks: roles and signatures belong to the table in `states`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.domain import taxonomy
from app.domain.durations import add_days
from app.domain.facts import CaseFacts

# Waits in days; the public procedure page and the deadlines use the same numbers.
QUESTION_DAYS = 30
OPINION_DAYS = 30
REPLY_DAYS = 30
REPLY_EXTENSION = 15
REOPEN_DAYS = 60
COLLEGES = 2


class Guard(StrEnum):
    """Names of the conditions, as `case move --json` and the documentation show them."""

    REASON = "reason"
    COLLEGES = "colleges"
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    CONFLICT = "conflict"
    CATEGORY = "category"
    SEVERITY = "severity"
    QUESTION = "question"
    QUESTION_WAIT = "question_wait"
    OWNER = "owner"
    DEPUTY = "deputy"
    GRADE = "grade"
    REOPENABLE = "reopenable"
    MEDIATION_CONSENT = "mediation_consent"
    REFERRAL = "referral"
    GATE = "gate"
    GOOD_FAITH = "good_faith"
    NOTICE = "notice"
    OPINION = "opinion"
    NOT_OPPOSED = "not_opposed"
    REPLY_TIME = "reply_time"
    ENTRY_SIGNED = "entry_signed"
    DURATION = "duration"
    CLOSING_REPLY = "closing_reply"


@dataclass(frozen=True)
class Refusal:
    """One condition that does not hold: which, and what to do."""

    guard: Guard
    message: str


@dataclass(frozen=True)
class Rule:
    """A guard: does it hold on that day, what it asks for in words, and what to do when it does not."""

    holds: Callable[[CaseFacts, date], bool]
    asks: str
    message: str


def refusals(guards: tuple[Guard, ...], facts: CaseFacts, today: date) -> tuple[Refusal, ...]:
    """The guards that do not hold today, in their order."""
    return tuple(Refusal(guard, RULES[guard].message) for guard in guards if not RULES[guard].holds(facts, today))


def reply_ends(facts: CaseFacts) -> date | None:
    """The first day after the time that the cooperative has to answer; None before the notice."""
    if facts.notice_on is None:
        return None
    # A receipt of an earlier letter tells nothing of this one.
    start = max(facts.notice_on, facts.notice_received or facts.notice_on)
    return add_days(start, REPLY_DAYS + (REPLY_EXTENSION if facts.extended else 0))


def _colleges(facts: CaseFacts, _today: date) -> bool:
    return len(facts.decision_colleges) >= COLLEGES


def _category(facts: CaseFacts, _today: date) -> bool:
    return facts.category in taxonomy.CATEGORIES and taxonomy.is_subcode(facts.category, facts.subcode)


def _question_wait(facts: CaseFacts, today: date) -> bool:
    # Days are the finest grain we keep, so a message of the very day of the question counts as its answer.
    answered = facts.last_reporter_message is not None and facts.last_reporter_message >= facts.entered
    return answered or today >= add_days(facts.entered, QUESTION_DAYS)


def _notice(facts: CaseFacts, _today: date) -> bool:
    # A notice of an earlier round told of another text: only one made since this proposal counts.
    return facts.notice_on is not None and facts.notice_on >= facts.entered


def _opinion(facts: CaseFacts, today: date) -> bool:
    if facts.reporter_opinion == "no":
        return False
    return facts.reporter_opinion == "yes" or today >= add_days(facts.entered, OPINION_DAYS)


def _reply_time(facts: CaseFacts, today: date) -> bool:
    ends = reply_ends(facts)
    # A named person is heard apart from the cooperative, which cannot answer in their place.
    answered = facts.answered and not facts.person_named
    return ends is not None and (answered or today >= ends)


def _duration(facts: CaseFacts, today: date) -> bool:
    return facts.entry_expires is not None and today >= facts.entry_expires


RULES: dict[Guard, Rule] = {
    Guard.REASON: Rule(
        lambda f, _: bool(f.reason.strip()),
        "a reason in words",
        "Write the reason of this decision, with --reason.",
    ),
    Guard.COLLEGES: Rule(
        _colleges,
        "reviewers of two colleges signed the decision",
        "A reviewer of another college signs the same decision: type the same command with --as their name.",
    ),
    Guard.OPENED: Rule(
        lambda f, _: f.opened,
        "a person opened the report",
        "Open the report first: sourdine desk case show.",
    ),
    Guard.ACKNOWLEDGED: Rule(
        lambda f, _: f.acknowledged or not f.mailbox,
        "an acknowledgement waits in the mailbox, if there is one",
        "Send the acknowledgement first: sourdine desk reply ID --template acknowledgement, or sourdine desk "
        "acknowledge.",
    ),
    Guard.CONFLICT: Rule(
        lambda f, _: f.conflict == "none",
        "nobody at work on it is linked to the cooperative",
        "Check that nobody at work on this case is linked to the cooperative, then set conflict=none.",
    ),
    Guard.CATEGORY: Rule(
        _category,
        "a category of the list",
        "Set the category to a code of the list, such as category=GOV, and subcode to one of that category or nothing.",
    ),
    Guard.SEVERITY: Rule(
        lambda f, _: f.severity in taxonomy.SEVERITIES,
        "a severity from 1 to 4",
        "Set the severity, from severity=1 to severity=4.",
    ),
    Guard.QUESTION: Rule(
        lambda f, _: f.mailbox and f.question_sent,
        "a question waits in the mailbox",
        "Send the question first: sourdine desk reply. Without a mailbox nobody can answer: decide with what is there.",
    ),
    Guard.QUESTION_WAIT: Rule(
        _question_wait,
        f"the reporter wrote since, or {QUESTION_DAYS} days have passed",
        f"The reporter has {QUESTION_DAYS} days to answer. Wait for the answer or for the last day.",
    ),
    Guard.OWNER: Rule(
        lambda f, _: bool(f.owner),
        "an owner",
        "Set the owner of the case: owner=NAME.",
    ),
    Guard.DEPUTY: Rule(
        lambda f, _: bool(f.deputy) and f.deputy != f.owner,
        "a deputy who is not the owner",
        "Set a deputy who is not the owner: deputy=NAME.",
    ),
    Guard.GRADE: Rule(
        lambda f, _: f.grade in taxonomy.VERIFYING_GRADES,
        "an evidence grade A1, A2 or B",
        "Only evidence of grade A1, A2 or B verifies a case. With C or D: wait for more, or move it to unverifiable.",
    ),
    Guard.REOPENABLE: Rule(
        lambda f, today: today <= add_days(f.entered, REOPEN_DAYS),
        f"no more than {REOPEN_DAYS} days have passed",
        f"A case is reopened within {REOPEN_DAYS} days. After that, new elements are a new report.",
    ),
    Guard.MEDIATION_CONSENT: Rule(
        lambda f, _: f.consent_mediation,
        "the reporter said yes to a mediation",
        "A mediation needs the reporter's yes, given in the mailbox. Ask there, then wait.",
    ),
    Guard.REFERRAL: Rule(
        lambda f, _: f.consent_referral or f.legal_duty,
        "the reporter said yes, or the law obliges us",
        "A referral needs the reporter's yes, or the legal duty that obliges us, recorded.",
    ),
    Guard.GATE: Rule(
        lambda f, _: f.gate_passed,
        "the entry passed the re-identification gate",
        "Draft the entry, then correct what `sourdine desk entry check` finds until it finds nothing.",
    ),
    Guard.GOOD_FAITH: Rule(
        lambda f, _: f.good_faith,
        "the good-faith sheet is complete",
        "Complete the good-faith sheet of the draft: general interest, factual basis, no animosity, measured tone.",
    ),
    Guard.NOTICE: Rule(
        _notice,
        "the notice to the cooperative is made, since the proposal",
        "Make the notice to the cooperative for this proposal: sourdine desk notice.",
    ),
    Guard.OPINION: Rule(
        _opinion,
        f"the reporter said yes, or said nothing for {OPINION_DAYS} days; never after a no",
        f"The reporter has {OPINION_DAYS} days to say whether this may be published. Wait for a yes or for the last "
        "day. After a no, close the case without an entry.",
    ),
    Guard.NOT_OPPOSED: Rule(
        lambda f, _: f.reporter_opinion != "no",
        "the reporter did not say no",
        "The reporter said no to publication. Move the case back to assessment.",
    ),
    Guard.REPLY_TIME: Rule(
        _reply_time,
        f"the cooperative answered and no person is named, or {REPLY_DAYS} days (+{REPLY_EXTENSION} when extended) "
        "have passed since the notice",
        f"The cooperative has {REPLY_DAYS} days to answer, {REPLY_EXTENSION} more when it asked for them. Record its "
        "answer with `sourdine desk answer`, or wait for the last day; when a person is named, wait for it in any "
        "case.",
    ),
    Guard.ENTRY_SIGNED: Rule(
        lambda f, _: len(f.entry_signed_colleges) >= COLLEGES,
        "reviewers of two colleges signed the entry",
        "Reviewers of two colleges sign the entry as it stands: sourdine desk entry sign, --as each of them.",
    ),
    Guard.DURATION: Rule(
        _duration,
        "the duration of the entry has ended",
        "The entry stays until its duration ends. To take it down earlier, correct or withdraw it.",
    ),
    Guard.CLOSING_REPLY: Rule(
        lambda f, _: f.closing_reply or not f.mailbox,
        "the closing reply waits in the mailbox, if there is one",
        "Send the closing reply first, with its four blocks: sourdine desk reply ID --template closing --print shows "
        "them.",
    ),
}
