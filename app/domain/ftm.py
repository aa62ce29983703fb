"""Entries as FollowTheMoney entities, so that the tools of investigators read them (docs/spec/registry-data.md).

A cooperative is an Organization. A finding and the reply to it are Notes of equal rank about it, and an UnknownLink
ties the finding to the cooperative with its period. Nothing here is a Sanction, a Risk or a topic of crime, and there
is never a Person: an entry is a finding, not a conviction, and its names are no part of the record.
"""

from __future__ import annotations

from typing import Any

from app.domain import taxonomy
from app.domain.cooperative_id import cooperative_id
from app.domain.countries import COUNTRIES
from app.domain.entry import Entry

ROLE = "finding of an observatory, not a conviction"
Entity = dict[str, Any]

# The property that each kind of number belongs to; every other one is a registration number.
_NUMBERS = {"lei": "leiCode"}
_ENGLISH = 1
_HALF_STARTS = {"H1": "01", "H2": "07"}
_HALF_ENDS = {"H1": "06", "H2": "12"}
# FollowTheMoney writes the two-letter codes of ISO 3166 in small letters.
_COUNTRY_CODES = {code: code.lower() for code in COUNTRIES}


def entities(entry: Entry, issuer: str, *, publisher: str, base: str = "") -> tuple[Entity, ...]:
    """What one entry becomes: cooperative, finding, reply when there is one, link.

    Two entries of one cooperative give it twice under one id: fragments, which every reader of FollowTheMoney unites.

    Args:
        issuer: the desk that signed it.
        publisher: who publishes the register.
        base: address of the register without a slash at its end, or nothing.
    """
    whose = cooperative_id(entry.cooperative)
    found = [_organization(entry, whose), _finding(entry, whose, publisher, base)]
    if entry.adversarial.reply:
        found.append(_reply(entry, whose))
    return (*found, _link(entry, whose, issuer, publisher))


def _entity(entity_id: str, schema: str, /, **properties: str | list[str]) -> Entity:
    kept = {key: [value] if isinstance(value, str) else value for key, value in properties.items()}
    return {
        "id": entity_id,
        "schema": schema,
        "properties": {key: [item for item in items if item] for key, items in kept.items() if any(items)},
    }


def _organization(entry: Entry, whose: str) -> Entity:
    cooperative = entry.cooperative
    identifier = cooperative.identifier
    number = {_NUMBERS.get(identifier.type, "registrationNumber"): identifier.value} if identifier else {}
    return _entity(
        whose,
        "Organization",
        name=cooperative.name,
        jurisdiction=_COUNTRY_CODES[cooperative.country],
        legalForm=taxonomy.FORMS[cooperative.form][_ENGLISH],
        classification="cooperative",
        sector=cooperative.sector,
        **number,
    )


def _finding(entry: Entry, whose: str, publisher: str, base: str) -> Entity:
    finding = entry.finding
    page = f"{base}/entry/{entry.regc_id}" if base else ""
    return _entity(
        entry.regc_id,
        "Note",
        name=f"{entry.regc_id}: {taxonomy.public_label(finding.category, finding.subcode)[_ENGLISH]}",
        entity=whose,
        description=finding.text,
        summary=ROLE,
        keywords=[finding.category, finding.subcode, finding.harm, *finding.founding_principles],
        sourceUrl=[page, *(reference.url for reference in entry.references)],
        country=_COUNTRY_CODES[entry.cooperative.country],
        createdAt=entry.dates.published,
        modifiedAt=max(entry.dates.published, entry.dates.renewed, entry.dates.corrected),
        publisher=publisher,
    )


def _reply(entry: Entry, whose: str) -> Entity:
    heard = entry.adversarial
    return _entity(
        f"{entry.regc_id}-reply",
        "Note",
        name=f"{entry.regc_id}: reply of the cooperative",
        entity=[whose, entry.regc_id],
        description=heard.reply,
        createdAt=heard.reply_inserted,
        publisher=entry.cooperative.name,
    )


def _link(entry: Entry, whose: str, issuer: str, publisher: str) -> Entity:
    finding = entry.finding
    return _entity(
        f"{entry.regc_id}-link",
        "UnknownLink",
        subject=whose,
        object=entry.regc_id,
        role=ROLE,
        status=entry.status,
        recordId=f"{entry.regc_id} version {entry.version} of {issuer}",
        startDate=_date(finding.period_from, _HALF_STARTS),
        endDate=_date(finding.period_to, _HALF_ENDS),
        publisher=publisher,
    )


def _date(period: str, halves: dict[str, str]) -> str:
    """A year, or the first or last month of a half-year."""
    year, _, half = period.partition("-")
    return f"{year}-{halves[half]}" if half else year
