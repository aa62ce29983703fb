"""When the next step of a case is due, and why. Clocks count from days, never finer (DOMAIN §3.4).

`DEADLINES` is the table: one row for each state, with the words that the desk, the documentation and the public
procedure page show, and the rule that finds the day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.domain.durations import DURATIONS, add_days, add_months, add_working_days, working_day
from app.domain.facts import CaseFacts, State
from app.domain.guards import OPINION_DAYS, QUESTION_DAYS, REOPEN_DAYS, reply_ends
from app.domain.retention import LIMITATION_MONTHS, OUT_OF_SCOPE_DAYS, PURGE_DAYS, purge_days

Words = tuple[str, str]  # French, English

ACKNOWLEDGE_WORKING_DAYS = 3
ACKNOWLEDGE_DAYS = 7  # Directive 2019/1937 art. 9(1)(b): never later, holidays or not
RETALIATION_WORKING_DAYS = 2
TRIAGE_DAYS = 15
FEEDBACK_MONTHS = 3  # idem art. 9(1)(f)
FEEDBACK_DAYS = 60
CLOSE_DAYS = 7
SET_ASIDE_DAYS = 15
MEDIATION_DAYS = 90
REVIEW_MONTHS = 12
WITHDRAW_DAYS = 3
LEGAL_REPLY_DAYS = 3  # LCEN art. 1-1 III and décret 2007-1527: inserted within three days of its receipt
URGENT = 4

RETALIATION: Words = (
    "représailles : répondre sous 48 heures, en jours ouvrés",
    "retaliation: answer within 48 hours, in working days",
)
LEGAL_REPLY: Words = (
    "droit de réponse : faire partir la version qui la contient, sous 72 heures",
    "right of reply: have the version that holds it leave within 72 hours",
)
READ: Words = (
    "accusé de réception envoyé : lire et trier sous 15 jours",
    "acknowledgement sent: read and triage within 15 days",
)
DECIDE: Words = (
    "décider sous 3 mois : sans boîte, personne n'attend de retour ici",
    "decide within 3 months: without a mailbox nobody waits for feedback here",
)
SAME_DAY: Words = ("gravité 4 : décider le même jour ouvré", "severity 4: decide on the same working day")
GO_ON: Words = ("le signaleur a répondu : reprendre sous 15 jours", "the reporter answered: go on within 15 days")
AGAIN: Words = (
    "dire au signaleur où nous en sommes, tous les 60 jours",
    "tell the reporter where we are, every 60 days",
)
ANSWERED: Words = ("la coopérative a répondu : décider", "the cooperative has answered: decide")
ENDS: Words = ("l'entrée prend fin", "the entry ends")
PURGE_SET_ASIDE: Words = (
    f"hors champ : détruire {OUT_OF_SCOPE_DAYS} jours après la clôture",
    f"out of scope: purge {OUT_OF_SCOPE_DAYS} days after closing",
)
PURGE_ENTRY: Words = (
    f"détruire {LIMITATION_MONTHS} mois après le dernier changement public",
    f"purge {LIMITATION_MONTHS} months after the last public change",
)
HOLD: Words = ("conservation légale : pas de destruction", "legal hold: no purge")


@dataclass(frozen=True)
class Due:
    """The next deadline of a case.

    Attributes:
        day: the last good day; None when nothing is due.
        why: what is to be done, in words; `why_fr`: the same in French.
        overdue: that day has passed.
        limit: the day that no target may exceed, where the law sets one beside our own target.
    """

    day: date | None
    why: str
    overdue: bool = False
    limit: date | None = None
    why_fr: str = ""

    @property
    def sort_key(self) -> tuple[bool, date]:
        """What is due first comes first; what is never due comes last."""
        return (self.day is None, self.day or date.max)


@dataclass(frozen=True)
class Answer:
    """What a rule says: the day, and words when they are not those of the table."""

    day: date | None
    words: Words | None = None
    limit: date | None = None


@dataclass(frozen=True)
class Deadline:
    """One row: the words that everybody reads, and the rule."""

    words: Words
    rule: Callable[[CaseFacts], Answer]


def due(facts: CaseFacts, today: date) -> Due:
    """The deadline of a case as it is."""
    row = DEADLINES[facts.state]
    answer = row.rule(facts)
    day, words = answer.day, answer.words or row.words
    legal = _feedback_limit(facts) if facts.state in _BEFORE_DECISION else None
    if legal is not None and day is not None and legal < day:
        day, words = legal, DEADLINES[State.ASSESSMENT].words
    if facts.retaliation_on is not None and facts.mailbox:
        urgent = add_working_days(facts.retaliation_on, RETALIATION_WORKING_DAYS)
        if day is None or urgent < day:
            day, words = urgent, RETALIATION
    if facts.legal_reply_on is not None and not facts.exported and facts.state in _SHOWN:
        # Three days of the calendar: a weekend does not lengthen what the law gives.
        urgent = add_days(facts.legal_reply_on, LEGAL_REPLY_DAYS)
        if day is None or urgent < day:
            day, words = urgent, LEGAL_REPLY
    return Due(day, words[1], day is not None and today > day, answer.limit, words[0])


def _received(facts: CaseFacts) -> Answer:
    if facts.acknowledged:  # without its story having been shown to anybody
        return Answer(add_days(facts.entered, TRIAGE_DAYS), READ)
    limit = add_days(facts.entered, ACKNOWLEDGE_DAYS)
    target = min(add_working_days(facts.entered, ACKNOWLEDGE_WORKING_DAYS), limit)
    return Answer(target, limit=limit)


def _triage(facts: CaseFacts) -> Answer:
    if facts.severity == URGENT:
        return Answer(working_day(max(facts.entered, facts.severity_on or facts.entered)), SAME_DAY)
    return Answer(add_days(facts.entered, TRIAGE_DAYS))


def _question(facts: CaseFacts) -> Answer:
    answered = facts.last_reporter_message
    if answered is not None and answered >= facts.entered:
        return Answer(add_days(answered, TRIAGE_DAYS), GO_ON)
    return Answer(add_days(facts.entered, QUESTION_DAYS))


def _feedback_limit(facts: CaseFacts) -> date | None:
    """Directive 2019/1937 art. 9(1)(f): whatever the state, a word on the merits within three months."""
    # Reopening restarts the clock of the feedback, never the clock of the acknowledgement.
    start = facts.reopened_on or facts.acknowledged_on
    if start is None or not facts.mailbox or (facts.feedback_on is not None and facts.feedback_on >= start):
        return None
    return add_months(start, FEEDBACK_MONTHS)


def _assessment(facts: CaseFacts) -> Answer:
    start = facts.reopened_on or facts.acknowledged_on or facts.entered
    if facts.feedback_on is not None and facts.feedback_on >= start:
        return Answer(add_days(facts.feedback_on, FEEDBACK_DAYS), AGAIN)
    return Answer(add_months(start, FEEDBACK_MONTHS), None if facts.mailbox else DECIDE)


def _decided(facts: CaseFacts) -> Answer:
    """The next step has no day of its own; whoever has a mailbox hears of it every sixty days."""
    if not facts.mailbox:
        return Answer(None)
    return Answer(add_days(max(facts.entered, facts.feedback_on or facts.entered), FEEDBACK_DAYS))


def _right_of_reply(facts: CaseFacts) -> Answer:
    return Answer(reply_ends(facts), ANSWERED if facts.answered and not facts.person_named else None)


def _published(facts: CaseFacts) -> Answer:
    review = add_months(facts.reviewed_on or facts.entered, REVIEW_MONTHS)
    if facts.entry_expires is not None and facts.entry_expires <= review:
        return Answer(facts.entry_expires, ENDS)
    return Answer(review)


def _corrected(facts: CaseFacts) -> Answer:
    return Answer(facts.entry_expires or add_months(facts.entered, DURATIONS.corrected))


def _withdrawn(facts: CaseFacts) -> Answer:
    return _ended(facts) if facts.exported else Answer(add_days(facts.entered, WITHDRAW_DAYS))


def _ended(facts: CaseFacts) -> Answer:
    days = purge_days(facts, facts.last_reporter_message)
    if days is None:
        return Answer(None, HOLD)
    return Answer(days.last, {"good_faith": PURGE_ENTRY, "out_of_scope": PURGE_SET_ASIDE}.get(days.why))


def _after(days: int) -> Callable[[CaseFacts], Answer]:
    return lambda facts: Answer(add_days(facts.entered, days))


_SHOWN = frozenset({State.PUBLISHED, State.CORRECTED})
_BEFORE_DECISION = frozenset({State.ACKNOWLEDGED, State.TRIAGE, State.QUESTION, State.MEDIATION})
_TRIAGE = Deadline((f"trier sous {TRIAGE_DAYS} jours", f"triage within {TRIAGE_DAYS} days"), _triage)
DEADLINES: dict[State, Deadline] = {
    State.RECEIVED: Deadline(
        (
            f"accuser réception sous {ACKNOWLEDGE_WORKING_DAYS} jours ouvrés, {ACKNOWLEDGE_DAYS} jours au plus",
            f"acknowledge within {ACKNOWLEDGE_WORKING_DAYS} working days, {ACKNOWLEDGE_DAYS} days at most",
        ),
        _received,
    ),
    State.ACKNOWLEDGED: _TRIAGE,
    State.TRIAGE: _TRIAGE,
    State.QUESTION: Deadline(
        (
            "le signaleur peut répondre jusqu'à ce jour ; ensuite, décider sans",
            "the reporter may answer until this day; then decide without",
        ),
        _question,
    ),
    State.ASSESSMENT: Deadline(
        (
            f"retour sous {FEEDBACK_MONTHS} mois après l'accusé de réception",
            f"feedback within {FEEDBACK_MONTHS} months of the acknowledgement",
        ),
        _assessment,
    ),
    State.VERIFIED: Deadline(
        (
            "proposer une inscription, ou clore ; donner des nouvelles tous les 60 jours",
            "propose an entry or close; tell the reporter where we are every 60 days",
        ),
        _decided,
    ),
    State.UNFOUNDED: Deadline(
        (f"clore sous {CLOSE_DAYS} jours", f"close within {CLOSE_DAYS} days"), _after(CLOSE_DAYS)
    ),
    State.UNVERIFIABLE: Deadline(
        ("peut être rouvert jusqu'à ce jour ; ensuite, clore", "can be reopened until this day; then close"),
        _after(REOPEN_DAYS),
    ),
    State.OUT_OF_SCOPE: Deadline(
        (
            f"dire qui peut agir, et clore sous {SET_ASIDE_DAYS} jours",
            f"say who can act and close within {SET_ASIDE_DAYS} days",
        ),
        _after(SET_ASIDE_DAYS),
    ),
    State.MEDIATION: Deadline(
        (
            f"médiation sous {MEDIATION_DAYS} jours après le dossier complet",
            f"mediation within {MEDIATION_DAYS} days of the complete file",
        ),
        _after(MEDIATION_DAYS),
    ),
    State.REFERRED: Deadline(
        (
            "clore une fois le dossier transmis ; donner des nouvelles tous les 60 jours",
            "close once the referral is made; tell the reporter where we are every 60 days",
        ),
        _decided,
    ),
    State.REGISTRY_PROPOSED: Deadline(
        (
            "le signaleur peut donner son avis jusqu'à ce jour",
            "the reporter may give an opinion until this day",
        ),
        _after(OPINION_DAYS),
    ),
    State.RIGHT_OF_REPLY: Deadline(
        ("la coopérative peut répondre jusqu'à ce jour", "the cooperative may answer until this day"),
        _right_of_reply,
    ),
    State.PUBLISHED: Deadline(("revue annuelle de l'entrée", "yearly review of the entry"), _published),
    State.CORRECTED: Deadline(("l'entrée corrigée prend fin", "the corrected entry ends"), _corrected),
    State.EXPIRED: Deadline(PURGE_ENTRY, _ended),
    State.WITHDRAWN: Deadline(
        ("le retrait atteint le registre sous 72 heures", "the withdrawal reaches the registry within 72 hours"),
        _withdrawn,
    ),
    State.CLOSED: Deadline(
        (f"détruire {PURGE_DAYS} jours après la clôture", f"purge {PURGE_DAYS} days after closing"), _ended
    ),
}
