"""Words of the page, French then English. Identifiers stay English everywhere else."""

from __future__ import annotations

from app.domain.facts import State

Label = tuple[str, str]

STATES: dict[str, Label] = {
    State.RECEIVED: ("reçu", "received"),
    State.ACKNOWLEDGED: ("accusé de réception", "acknowledged"),
    State.TRIAGE: ("tri", "triage"),
    State.QUESTION: ("complément demandé", "question"),
    State.ASSESSMENT: ("évaluation", "assessment"),
    State.VERIFIED: ("vérifié", "verified"),
    State.UNFOUNDED: ("infondé", "unfounded"),
    State.UNVERIFIABLE: ("non vérifiable", "unverifiable"),
    State.OUT_OF_SCOPE: ("hors champ", "out of scope"),
    State.MEDIATION: ("médiation", "mediation"),
    State.REFERRED: ("transmis à une autorité", "referred"),
    State.REGISTRY_PROPOSED: ("inscription proposée", "registry proposed"),
    State.RIGHT_OF_REPLY: ("contradictoire", "right of reply"),
    State.PUBLISHED: ("publié", "published"),
    State.CORRECTED: ("corrigé", "corrected"),
    State.EXPIRED: ("expiré", "expired"),
    State.WITHDRAWN: ("retiré", "withdrawn"),
    State.CLOSED: ("clos", "closed"),
}

KINDS: dict[str, Label] = {
    "report": ("signalement", "report"),
    "message": ("message", "message"),
    "survey": ("avis sur le service", "survey"),
    "mediation": ("médiation", "mediation"),
    "retaliation": ("représailles", "retaliation"),
    "publish": ("publication", "publication"),
    "erase": ("boîte effacée", "mailbox erased"),
}

FIELDS: dict[str, Label] = {
    "cooperative": ("Coopérative", "Cooperative"),
    "topic": ("Sujet", "Topic"),
    "period": ("Période", "Period"),
    "others": ("Autres membres touchés", "Other members affected"),
    "asked_internally": ("Déjà demandé en interne", "Already asked internally"),
    "publish": ("Publication", "Publication"),
}
