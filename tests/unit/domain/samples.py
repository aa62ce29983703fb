"""One good case and one good entry; each test changes what it is about."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

from app.domain.states import CaseFacts, State

TODAY = date(2026, 11, 21)
REGC_ID = "REGC-2026-ABCDEFGHIJKLMNOP"

_ENTRY: dict[str, Any] = {
    "schema": 2,
    "regc_id": REGC_ID,
    "version": 1,
    "status": "published",
    "cooperative": {
        "name": "Coopérative des Trois Rivières",
        "form": "scic",
        "country": "FR",
        "identifier": {"type": "siren", "value": "732829320"},
        "members": "250-999",
        "federation": "",
        "sector": "housing",
    },
    "body": {"organ": "board", "function": "", "mandate_from": 2022, "mandate_to": 2025, "nominative": None},
    "finding": {
        "category": "GOV",
        "subcode": "GOV-2",
        "severity": 2,
        "text": "Manquement constaté à l'obligation de convoquer l'assemblée générale.",
        "period_from": "2024",
        "period_to": "2024",
        "grade": "A2",
        "evidence": ["authenticated_internal_document"],
        "founding_principles": ["democracy"],
        "ica_principles": [2],
        "harm": "political_rights",
    },
    "dates": {"published": "2026-12", "reviewed": "", "renewed": "", "corrected": ""},
    "adversarial": {
        "notified": "2026-10",
        "persons_informed": "",
        "reply": "",
        "reply_inserted": "",
        "reply_refused": "",
        "observations": [],
    },
    "corrections": [],
    "references": [],
    "remediation": [],
    "collective": None,
}


def raw_entry(**changes: Any) -> dict[str, Any]:
    """A full record; `finding__text="…"` changes one field of one group."""
    raw = copy.deepcopy(_ENTRY)
    for name, value in changes.items():
        group, _, field = name.partition("__")
        if field:
            raw[group][field] = value
        else:
            raw[group] = value
    return raw


def facts(state: State = State.RIGHT_OF_REPLY, **changes: Any) -> CaseFacts:
    """A case for which every guard holds, entered long enough ago; one change breaks one guard."""
    good: dict[str, Any] = {
        "entered": date(2026, 10, 1),
        "mailbox": True,
        "opened": True,
        "acknowledged": True,
        "acknowledged_on": date(2026, 9, 1),
        "question_sent": True,
        "last_reporter_message": date(2026, 10, 2),
        "category": "GOV",
        "subcode": "GOV-2",
        "severity": 2,
        "grade": "A2",
        "owner": "alize",
        "deputy": "brume",
        "cooperative": "Trois Rivières",
        "group_size": 40,
        "conflict": "none",
        "reporter_opinion": "yes",
        "consent_mediation": True,
        "consent_referral": True,
        "notice_on": date(2026, 10, 2),
        "answered": True,
        "good_faith": True,
        "gate_passed": True,
        "entry_signed_colleges": frozenset({"members", "jurists"}),
        "decision_colleges": frozenset({"members", "jurists"}),
        "closing_reply": True,
        "entry_expires": date(2026, 11, 1),
        "reason": "Les éléments concordent.",
    }
    return CaseFacts(state=state, **{**good, **changes})
