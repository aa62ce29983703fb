"""How long anything is kept, as a table and as the rules behind it (DOMAIN §2.1).

`TABLE` is what pages may show; the functions are what the desk acts on. Days are days of the desk: no clock here is
finer, and none of them starts at a visit of a reporter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.domain.durations import add_days, add_months
from app.domain.facts import CaseFacts, State

Words = tuple[str, str]  # French, English
Unit = Literal["hours", "days", "months", "years", ""]

UNCONFIRMED_HOURS = 24
UNOPENED_DAYS = 3
PURGE_DAYS = 60
OUT_OF_SCOPE_DAYS = 7
# Law of 29 July 1881, art. 65: three months from the last change of what was public.
LIMITATION_MONTHS = 3
MAILBOX_MONTHS = 12
AFTER_REPLY_MONTHS = 6
REPLY_DAYS = 180
CLOSING_MONTHS = 6
# A reply that was lost on the way, and is sealed again, stays at least so long, and at most so much longer.
AGAIN_DAYS = 30
# Six months that begin on 31 August or 1 March: no reply is kept longer on the intake, whatever an outbox says.
REPLY_DAYS_MAX = 184
JOURNAL_YEARS = 6
TOMBSTONE_MONTHS = 6

ENDS = frozenset({State.CLOSED, State.EXPIRED, State.WITHDRAWN})
CLOSING = "closing"


@dataclass(frozen=True)
class Rule:
    """One row: what is kept where, for how long, and who says so. `count` 0: until what `until` says happens."""

    what: Words
    where: Literal["intake", "desk", "registry"]
    count: int
    unit: Unit
    until: Words
    source: str


_DOMAIN = "DOMAIN §2.1"
TABLE: dict[str, Rule] = {
    "unconfirmed": Rule(
        ("boîte jamais confirmée", "mailbox never confirmed"),
        "intake",
        UNCONFIRMED_HOURS,
        "hours",
        ("puis le signalement part sans suivi", "then the report goes without follow-up"),
        _DOMAIN,
    ),
    "envelope": Rule(
        ("signalement chiffré", "encrypted report"),
        "intake",
        0,
        "",
        (
            "jusqu'au reçu signé par le bureau ; alerte au bout de 3 jours",
            "until the receipt signed by the desk; an alarm after 3 days",
        ),
        _DOMAIN,
    ),
    "mailbox": Rule(
        ("clés de la boîte", "keys of the mailbox"),
        "desk",
        MAILBOX_MONTHS,
        "months",
        (
            "ou 6 mois après la dernière réponse, si c'est plus tard",
            "or 6 months after the last reply, if that is later",
        ),
        _DOMAIN,
    ),
    "reply": Rule(
        ("réponse", "reply"),
        "intake",
        REPLY_DAYS,
        "days",
        ("ou jusqu'à ce que vous l'effaciez", "or until you erase it"),
        _DOMAIN,
    ),
    "closing": Rule(
        ("réponse de clôture", "closing reply"),
        "intake",
        CLOSING_MONTHS,
        "months",
        ("ou jusqu'à ce que vous l'effaciez", "or until you erase it"),
        "DOMAIN §3.4",
    ),
    "active": Rule(
        ("dossier en cours", "open case"),
        "desk",
        0,
        "",
        ("jusqu'à la décision finale", "until the final decision"),
        _DOMAIN,
    ),
    "out_of_scope": Rule(
        ("dossier hors champ, clos", "case out of scope, closed"),
        "desk",
        OUT_OF_SCOPE_DAYS,
        "days",
        ("après la clôture, au plus", "after closing, at most"),
        _DOMAIN,
    ),
    "closed": Rule(
        ("dossier clos", "closed case"),
        "desk",
        PURGE_DAYS,
        "days",
        (
            "après la clôture ; plus longtemps si une procédure court",
            "after closing; longer while a legal proceeding runs",
        ),
        _DOMAIN,
    ),
    "good_faith": Rule(
        ("dossier d'une inscription expirée ou retirée", "case of an entry that expired or was withdrawn"),
        "desk",
        LIMITATION_MONTHS,
        "months",
        ("après le dernier changement public", "after the last public change"),
        "loi du 29 juillet 1881, art. 65",
    ),
    "journal": Rule(
        ("journal, sans donnée personnelle", "journal, without personal data"),
        "desk",
        JOURNAL_YEARS,
        "years",
        ("puis il peut être effacé", "then it may be erased"),
        _DOMAIN,
    ),
    "tombstone": Rule(
        ("mention qu'une inscription a pris fin", "note that an entry has ended"),
        "registry",
        TOMBSTONE_MONTHS,
        "months",
        ("", ""),
        "DOMAIN §4",
    ),
}


@dataclass(frozen=True)
class PurgeDays:
    """When a case may and must be destroyed: from `first` on, by `last`. `why` is one row of TABLE."""

    first: date
    last: date
    why: str


def purge_days(facts: CaseFacts, material: date | None = None) -> PurgeDays | None:
    """When the content of a case ends; None while it must be kept.

    It must be kept while it is open, under a legal hold, or while a withdrawal has not left for the registry. What a
    reporter sends after the end starts the sixty days anew: somebody has to read it first.

    Args:
        material: the day of the newest message of the reporter that says something.
    """
    if facts.state not in ENDS or facts.hold or (facts.state is State.WITHDRAWN and not facts.exported):
        return None
    new = material if material is not None and material > facts.entered else None
    if new is None and facts.state is State.CLOSED and facts.outcome == State.OUT_OF_SCOPE:
        return PurgeDays(facts.entered, add_days(facts.entered, OUT_OF_SCOPE_DAYS), "out_of_scope")
    day, why = add_days(new or facts.entered, PURGE_DAYS), "closed"
    if facts.state is not State.CLOSED:
        day, why = max(day, add_months(facts.entered, LIMITATION_MONTHS)), "good_faith"
    return PurgeDays(day, day, why)


def mailbox_ends(received: date, last_reply: date | None) -> date:
    """The last day on which the desk can answer: pushed by what the desk does, so no visit is ever stored."""
    first = add_months(received, MAILBOX_MONTHS)
    return max(first, add_months(last_reply, AFTER_REPLY_MONTHS)) if last_reply else first


def reply_expires(kind: str, day: date) -> date:
    """The first day on which the intake has a reply of this kind no more, when it was sealed on `day`."""
    return add_months(day, CLOSING_MONTHS) if kind == CLOSING else add_days(day, REPLY_DAYS)


def again_expires(kind: str, day: date, today: date) -> date:
    """The same when it was sealed on `day` and, as its outbox was lost, again on `today`, once or several times."""
    return min(max(reply_expires(kind, day), add_days(today, AGAIN_DAYS)), surely_gone(kind, day))


def surely_gone(kind: str, day: date) -> date:
    """The first day on which the intake certainly has it no more, however often it was sealed again."""
    return add_days(reply_expires(kind, day), AGAIN_DAYS)


def journal_ends(day: date) -> date:
    """The day from which a line of the journal may go. In this version no line ever goes: the chain stays whole."""
    return add_months(day, 12 * JOURNAL_YEARS)


def weeks(begin: date | None, end: date | None) -> int | None:
    """Whole weeks that something took, begun ones counted: all that a tombstone keeps of two days."""
    if begin is None or end is None or end < begin:
        return None
    return ((end - begin).days + 6) // 7


def quarter(day: date) -> str:
    """The quarter of a day, as 2026-Q4."""
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"
