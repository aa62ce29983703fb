"""One row per entry, for people with a spreadsheet: the columns of entries.csv (docs/spec/registry-data.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from app.domain.cooperative_id import cooperative_id
from app.domain.entry import Entry
from app.domain.statements import leaf_text
from crypto import canonical

# Frozen: a name never changes its place or meaning; new columns come last.
COLUMNS = (
    "regc_id",
    "version",
    "status",
    "issuer",
    "batch",
    "leaf",
    "cooperative_id",
    "cooperative_name",
    "form",
    "country",
    "identifier_type",
    "identifier_value",
    "members",
    "federation",
    "sector",
    "organ",
    "function",
    "mandate_from",
    "mandate_to",
    "category",
    "subcode",
    "severity",
    "finding",
    "period_from",
    "period_to",
    "grade",
    "evidence",
    "founding_principles",
    "ica_principles",
    "harm",
    "reply",
    "reply_inserted",
    "reply_refused",
    "observations",
    "published",
    "reviewed",
    "renewed",
    "corrected",
    "expires",
    "notified",
    "persons_informed",
    "references",
    "remediation",
    "corrections",
    "collective_cases",
    "collective_entitled_body",
)


def entry_row(entry: Entry, issuer: str, batch: str, leaf: int) -> tuple[str, ...]:
    """The values in the order of COLUMNS. Lists of codes are joined by ";", lists of objects are JSON."""
    values = _head(entry) | _cooperative(entry) | _finding(entry) | _heard(entry)
    values |= {"issuer": issuer, "batch": batch, "leaf": leaf_text(leaf)}
    return tuple(values[name] for name in COLUMNS)


def _head(entry: Entry) -> dict[str, str]:
    together = entry.collective
    return {
        "regc_id": entry.regc_id,
        "version": str(entry.version),
        "status": entry.status,
        **asdict(entry.dates),
        "expires": entry.expires.isoformat()[:7] if entry.expires else "",
        "references": _json(entry.references),
        "remediation": _json(entry.remediation),
        "corrections": _json(entry.corrections),
        "collective_cases": together.cases if together else "",
        "collective_entitled_body": together.entitled_body if together else "",
    }


def _cooperative(entry: Entry) -> dict[str, str]:
    cooperative, body = entry.cooperative, entry.body
    return {
        "cooperative_id": cooperative_id(cooperative),
        "cooperative_name": cooperative.name,
        "form": cooperative.form,
        "country": cooperative.country,
        "identifier_type": cooperative.identifier.type if cooperative.identifier else "",
        "identifier_value": cooperative.identifier.value if cooperative.identifier else "",
        "members": cooperative.members,
        "federation": cooperative.federation,
        "sector": cooperative.sector,
        "organ": body.organ if body else "",
        "function": body.function if body else "",
        "mandate_from": str(body.mandate_from) if body else "",
        "mandate_to": str(body.mandate_to) if body else "",
    }


def _finding(entry: Entry) -> dict[str, str]:
    finding = entry.finding
    return {
        "category": finding.category,
        "subcode": finding.subcode,
        "severity": str(finding.severity),
        "finding": finding.text,
        "period_from": finding.period_from,
        "period_to": finding.period_to,
        "grade": finding.grade,
        "evidence": ";".join(finding.evidence),
        "founding_principles": ";".join(finding.founding_principles),
        "ica_principles": ";".join(map(str, finding.ica_principles)),
        "harm": finding.harm,
    }


def _heard(entry: Entry) -> dict[str, str]:
    heard = entry.adversarial
    return {
        "notified": heard.notified,
        "persons_informed": heard.persons_informed,
        "reply": heard.reply,
        "reply_inserted": heard.reply_inserted,
        "reply_refused": heard.reply_refused,
        "observations": _json(heard.observations),
    }


def _json(items: Iterable[Any]) -> str:
    found = [asdict(item) for item in items]
    return canonical.dumps(found).decode() if found else ""
