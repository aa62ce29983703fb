"""The paper of a case that says which legal person it is about, and what a draft takes from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.desk.core.bench import OpenCase
from app.domain.entry import ENDS
from app.domain.legal_person import LegalPerson, parse
from app.stores.desk import Transaction

PAPER = "match"


@dataclass(frozen=True)
class Match:
    """The judgement in force on a case. `person`: as the directory had it that day."""

    person: LegalPerson
    by: str
    day: str
    reason: str = field(repr=False)


def match_paper(case: OpenCase, tx: Transaction) -> dict[str, Any]:
    """Every judgement on the case, the person of the last one, and what stood there before the first."""
    return case.paper(tx, PAPER) or {"acts": [], "person": None, "before": ""}


def matched(case: OpenCase, tx: Transaction) -> Match | None:
    """The judgement in force, if there is one."""
    paper = match_paper(case, tx)
    if paper["person"] is None:
        return None
    act = paper["acts"][-1]
    return Match(parse(paper["person"]), act["by"], act["day"], act["reason"])


def filled(case: OpenCase, tx: Transaction, raw: object) -> object:
    """A draft of an entry with what the directory says of the cooperative, wherever the draft says nothing."""
    found = matched(case, tx)
    if found is None or not isinstance(raw, Mapping) or raw.get("status") in ENDS:
        return raw
    given = raw.get("cooperative", {})
    return {**raw, "cooperative": {**block(found.person), **given}} if isinstance(given, Mapping) else raw


def block(person: LegalPerson) -> dict[str, Any]:
    """What the directory knows of the group `cooperative` of an entry; the size is for an analyst to say."""
    first = person.identifiers[0]
    known: dict[str, Any] = {
        "name": person.names[0],
        "form": person.form,
        "country": person.country,
        "identifier": {"type": first.type, "value": first.value},
    }
    beside = {"federation": person.federation, "sector": person.sector}
    return known | {name: value for name, value in beside.items() if value}
