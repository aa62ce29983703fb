"""What is due beside the deadlines of a case: notices to persons, requests of access, follow-up, second-line review.

Days only, each computed from a day that somebody recorded; nothing here is set by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import date

from app.domain.durations import MONTH, add_days, add_months, first_day, month_number

Words = tuple[str, str]  # French, English

# GDPR art. 14(3)(a): one month at most; a reason to wait is looked at again every 30 days (DOMAIN §2).
INFORM_MONTHS = 1
DEFERRAL_DAYS = 30
# GDPR art. 12(3): one month, two more when the request is complex and the person was told so.
ANSWER_MONTHS = 1
MORE_MONTHS = 2
# DOMAIN S1.24: whether what was recommended was really done.
CHECKS = (6, 12)
# DOMAIN S2.15: one closed case in twenty is read again by somebody else, one at least. Drawn month by month: after 60
# days a closed case is destroyed, and a quarter would end too late for the first of its cases.
SAMPLE = 20

REQUESTS: dict[str, Words] = {
    "access": ("accès (RGPD, art. 15)", "access (GDPR art. 15)"),
    "rectification": ("rectification (RGPD, art. 16)", "rectification (GDPR art. 16)"),
    "erasure": ("effacement (RGPD, art. 17)", "erasure (GDPR art. 17)"),
    "objection": ("opposition (RGPD, art. 21)", "objection (GDPR art. 21)"),
}
OUTCOMES: dict[str, Words] = {
    "granted": ("accordée", "granted"),
    "partial": ("accordée en partie", "granted in part"),
    "refused": ("refusée", "refused"),
}
GROUNDS: dict[str, Words] = {
    "source": (
        "La réponse révélerait l'identité d'une personne qui a signalé des faits, ou permettrait de la déduire "
        "(RGPD, art. 15, § 4 ; directive (UE) 2019/1937, art. 16).",
        "The answer would reveal who reported, or let it be deduced (GDPR art. 15(4); Directive (EU) 2019/1937 "
        "art. 16).",
    ),
    "others": (
        "La réponse porterait atteinte aux droits et libertés d'autres personnes (RGPD, art. 15, § 4).",
        "The answer would adversely affect the rights and freedoms of others (GDPR art. 15(4)).",
    ),
    "inquiry": (
        "La réponse compromettrait la vérification en cours (RGPD, art. 23 ; directive (UE) 2019/1937, art. 16 et "
        "considérant 84). La demande sera examinée de nouveau dès que ce risque aura cessé.",
        "The answer would defeat the inquiry (GDPR art. 23; Directive (EU) 2019/1937 art. 16 and recital 84). The "
        "request is looked at again as soon as that risk has ended.",
    ),
    "expression": (
        "Le traitement est nécessaire à la liberté d'expression et d'information (RGPD, art. 17, § 3, a).",
        "The processing is necessary for the freedom of expression and information (GDPR art. 17(3)(a)).",
    ),
    "claims": (
        "Les données sont nécessaires à la constatation, à l'exercice ou à la défense de droits en justice (RGPD, "
        "art. 17, § 3, e, et art. 21, § 1).",
        "The data are necessary for legal claims (GDPR art. 17(3)(e) and art. 21(1)).",
    ),
    "unidentified": (
        "Rien ne permet de vérifier que la demande vient de la personne concernée (RGPD, art. 12, § 6).",
        "Nothing shows that the request comes from the person concerned (GDPR art. 12(6)).",
    ),
    "excessive": (
        "La demande est manifestement infondée ou excessive (RGPD, art. 12, § 5).",
        "The request is manifestly unfounded or excessive (GDPR art. 12(5)).",
    ),
}


def inform_by(named: date) -> date:
    """The last day to tell a person, from the day the case named them."""
    return add_months(named, INFORM_MONTHS)


def review_by(deferred: date) -> date:
    """The day to look again at a reason to wait."""
    return add_days(deferred, DEFERRAL_DAYS)


def answer_by(received: date, *, extended: bool = False) -> date:
    """The last day to answer a request."""
    return add_months(received, ANSWER_MONTHS + (MORE_MONTHS if extended else 0))


def checks_of(made: date) -> tuple[date, ...]:
    """The days on which to look whether a recommendation was followed."""
    return tuple(add_months(made, months) for months in CHECKS)


def month_end(month: str) -> date:
    """The first day after a month such as 2026-11.

    Raises:
        ValueError: not such a month.
    """
    if not MONTH.fullmatch(month):
        raise ValueError("not a month")
    return first_day(month_number(month) + 1)


def sample(ids: Collection[str], seed: str) -> Sequence[str]:
    """One in twenty, one at least, in an order that nobody picks: by a digest of the seed and the id.

    Args:
        seed: something nobody could choose, such as the head of the journal at the end of a month.
    """
    drawn = sorted(ids, key=lambda one: hashlib.sha256(f"{seed}/{one}".encode()).digest())
    return tuple(drawn[: -(-len(drawn) // SAMPLE)])
