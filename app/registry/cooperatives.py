"""A cooperative: what is known of the legal person, what is published on it today, and what happened over time."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from app.domain import taxonomy
from app.domain.cooperative_id import COOPERATIVE_ID
from app.domain.countries import COUNTRIES
from app.domain.entry import Entry
from app.domain.legal_person import LegalPerson, parse
from app.domain.record import Cooperative
from app.registry import draw, wording
from app.registry.draw import say, shelf
from app.registry.entries import topics
from app.registry.history import Event, history
from app.registry.wording import Words
from app.stores.registry_values import CooperativePage
from app.web.problem import Refusal
from crypto import canonical

Fact = tuple[Words, str]
# The newest of each: a page stays small whatever a register holds, and the search finds the rest.
ENTRIES = 50
LINES = 60


def cooperative(cooperative_id: str) -> Response:
    """One cooperative; the way to the other one, when both were judged to be one."""
    here = shelf()
    found = here.store.cooperative(cooperative_id, here.today) if COOPERATIVE_ID.fullmatch(cooperative_id) else None
    if found is None:
        raise Refusal(404, "not_found")
    if found.into and found.into != cooperative_id:
        return draw.go(f"/cooperative/{found.into}")
    entries = [stored.record for stored in found.entries if isinstance(stored.record, Entry)]
    person = parse(canonical.loads(found.record.encode())) if found.record else None
    return draw.page(
        "cooperative.html",
        noindex=not entries,
        id=found.id,
        name=_name(found, person, entries),
        facts=list(_facts(person, entries[0].cooperative if entries else None)),
        entries=entries[:ENTRIES],
        more=len(entries) - ENTRIES,
        timeline=timeline(found),
        reporter_onion=here.settings.reporter_onion,
        topics=topics({entry.finding.category for entry in entries}),
    )


def timeline(found: CooperativePage) -> tuple[tuple[str, Event], ...]:
    """What happened to all of its entries, newest first: number of the entry, and event."""
    lines = [(stored.record.regc_id, event) for stored in found.entries for event in history(stored)]
    return tuple(sorted(lines, key=lambda line: line[1].month, reverse=True)[:LINES])


def _name(found: CooperativePage, person: LegalPerson | None, entries: list[Entry]) -> str:
    if person:
        return person.names[0]
    return entries[0].cooperative.name if entries else found.id


def _facts(person: LegalPerson | None, told: Cooperative | None) -> Iterator[Fact]:
    """The directory first; what only the newest entry says, after it."""
    if person:
        yield from _known(person)
    elif told:
        yield ("Pays", "Country"), say(COUNTRIES[told.country])
        yield ("Forme", "Form"), say(taxonomy.FORMS[told.form])
        if told.identifier:
            yield _number(told.identifier.type), told.identifier.value
        if told.sector:
            yield ("Secteur", "Sector"), say(taxonomy.SECTORS[told.sector])
        if told.federation:
            yield ("Fédération", "Federation"), told.federation
    if told:
        yield ("Membres", "Members"), say(taxonomy.MEMBERS[told.members])


def _known(person: LegalPerson) -> Iterator[Fact]:
    if person.names[1:]:
        yield ("Autres noms", "Other names"), ", ".join(person.names[1:])
    yield ("Pays", "Country"), say(COUNTRIES[person.country])
    elf = f" (ISO 20275 {person.elf})" if person.elf else ""
    yield ("Forme", "Form"), say(taxonomy.FORMS[person.form]) + elf
    for number in person.identifiers:
        yield _number(number.type), number.value
    if person.sector:
        yield ("Secteur", "Sector"), say(taxonomy.SECTORS[person.sector])
    if person.federation:
        yield ("Fédération", "Federation"), person.federation
    if person.status == "ended":
        yield ("État", "Status"), say(("radiée de son registre public", "struck off its public register"))
    if person.successor:
        yield ("Continue sous", "Goes on as"), person.successor
    month = wording.month(person.month, draw.lang())
    yield ("Source", "Source"), f"{person.source}, {month}"


def _number(kind: str) -> Words:
    french, english = wording.identifier(kind)
    return f"Numéro ({french})", f"Number ({english})"
