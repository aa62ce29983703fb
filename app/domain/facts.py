"""What is known of one case when somebody wants to move it: plain values, no store, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """The states of a case, in the order of the procedure (CONTRACT, "Command line")."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    TRIAGE = "triage"
    QUESTION = "question"
    ASSESSMENT = "assessment"
    VERIFIED = "verified"
    UNFOUNDED = "unfounded"
    UNVERIFIABLE = "unverifiable"
    OUT_OF_SCOPE = "out_of_scope"
    MEDIATION = "mediation"
    REFERRED = "referred"
    REGISTRY_PROPOSED = "registry_proposed"
    RIGHT_OF_REPLY = "right_of_reply"
    PUBLISHED = "published"
    CORRECTED = "corrected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Role(StrEnum):
    """Who acts. `clock` is the desk's own daily tick: it may only note that a duration has ended."""

    ANALYST = "analyst"
    MEDIATOR = "mediator"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    COMMITTEE = "committee"
    CLOCK = "clock"


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """Every fact that a guard or a deadline asks for. An unknown fact has the value that opens no door.

    Attributes:
        state, entered: the present state and the day it was entered.
        mailbox: the reporter can read replies.
        opened: a person opened the report.
        acknowledged, acknowledged_on: the acknowledgement was sealed for the reporter, and when (without a mailbox:
            the day of the move to `acknowledged`).
        question_sent: a question was sealed for the reporter.
        last_reporter_message: the day of the newest message of the reporter, the report included.
        conflict: "" not checked, "none" checked and nobody at work on it is linked to the cooperative.
        reporter_opinion: on publication: "yes", "no", "ask" (wants to be asked), "" (silent).
        cooperative, entry_cooperative: its name as analysts established it, and as the draft of the entry gives it.
        group_size: how many people can know the fact, as attested by the analysts.
        notice_on: the day of the notice to the cooperative, of this round.
        notice_received: the day of its proof of receipt; None: the day of the notice counts.
        answered: the answer of the cooperative to that notice is recorded.
        person_named: the entry would name a person, whose time to be heard no answer of the cooperative ends.
        extended: the cooperative asked for fifteen more days.
        good_faith, gate_passed: of the entry as it stands now.
        entry_signed_colleges: colleges whose reviewer signed the entry as it stands now.
        decision_colleges: colleges whose reviewer signed this very move, the present one included.
        closing_reply: the reply that ends the exchange was sealed.
        entry_expires: computed by `durations` from the signed dates of the published entry.
        exported: the newest signed version of the entry left in an export.
        feedback_on: the day of the last reply on the merits. reopened_on: the day the case came back to assessment.
        reviewed_on: the day of the last yearly review of the published entry.
        severity_on: the day on which the recorded severity was set or changed.
        retaliation_on: the day of a flag of retaliation that no reply has followed yet.
        consent_referral, consent_words: the reporter said yes to a referral; apart from it, to handing on the words.
        legal_reply_on: the day on which a legal reply arrived, until the version that holds it has left.
        hold: no purge while a legal proceeding runs.
        outcome: the state from which the case was closed; "" while it is open.
        reason: of the move that is asked for.
    """

    state: State
    entered: date
    mailbox: bool = False
    opened: bool = False
    acknowledged: bool = False
    acknowledged_on: date | None = None
    question_sent: bool = False
    last_reporter_message: date | None = None
    category: str = ""
    subcode: str = ""
    severity: int | None = None
    grade: str = ""
    owner: str = ""
    deputy: str = ""
    cooperative: str = ""
    entry_cooperative: str = ""
    group_size: int | None = None
    conflict: str = ""
    reporter_opinion: str = ""
    consent_mediation: bool = False
    consent_referral: bool = False
    consent_words: bool = False
    legal_duty: bool = False
    notice_on: date | None = None
    notice_received: date | None = None
    answered: bool = False
    person_named: bool = False
    extended: bool = False
    good_faith: bool = False
    gate_passed: bool = False
    entry_signed_colleges: frozenset[str] = frozenset()
    decision_colleges: frozenset[str] = frozenset()
    closing_reply: bool = False
    entry_expires: date | None = None
    exported: bool = False
    feedback_on: date | None = None
    reopened_on: date | None = None
    reviewed_on: date | None = None
    severity_on: date | None = None
    retaliation_on: date | None = None
    legal_reply_on: date | None = None
    hold: bool = False
    outcome: str = ""
    reason: str = ""
