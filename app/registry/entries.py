"""One entry: shown, ended, or gone on under another number. Every number ever published leads somewhere."""

from __future__ import annotations

from flask import Response

from app.domain import taxonomy
from app.domain.cooperative_id import cooperative_id
from app.domain.durations import DURATIONS, first_day, month_number
from app.domain.entry import Entry, Tombstone
from app.domain.identifiers import REGC_ID
from app.registry import draw
from app.registry.draw import Shelf, shelf
from app.registry.history import history
from app.registry.wording import Words
from app.stores.registry_values import Stored
from app.web.problem import Refusal

_END, _GROUP = 16, 4


def entry(regc_id: str) -> Response:
    """One entry; a neutral page when it has ended; the way to what replaced it."""
    here = shelf()
    stored = here.store.find(regc_id) if REGC_ID.fullmatch(regc_id) else None
    if stored is None:
        raise Refusal(404, "not_found")
    record = stored.record
    if isinstance(record, Tombstone):
        return _ended(record)
    if record.expires is None or record.expires <= here.today:
        return draw.page("ended.html", 410, noindex=True, regc_id=regc_id)
    return _shown(here, stored, record)


def reason(entry: Entry) -> Words:
    """Why an entry ends when it ends: the least of what its severity, the ceiling and a correction leave it."""
    dates, months = entry.dates, DURATIONS.months(entry.finding.severity)
    ceiling = first_day(month_number(dates.published) + DURATIONS.ceiling)
    if dates.corrected and entry.expires == first_day(month_number(dates.corrected) + DURATIONS.corrected):
        return f"{DURATIONS.corrected} mois après la correction", f"{DURATIONS.corrected} months after the correction"
    if dates.renewed and entry.expires == ceiling:
        return f"{DURATIONS.ceiling} mois en tout", f"{DURATIONS.ceiling} months in all"
    since = ("le renouvellement", "the renewal") if dates.renewed else ("la publication", "the publication")
    severity = entry.finding.severity
    return (
        f"gravité {severity}, donc {months} mois après {since[0]}",
        f"severity {severity}, so {months} months after {since[1]}",
    )


def topics(categories: set[str]) -> tuple[str, ...]:
    """What the reporters' form calls these subjects, in the language of the page: words that are the same for all."""
    chosen = {topic for category in categories for topic in taxonomy.CATEGORIES[category].topics}
    return tuple(f"{number}. {draw.say(taxonomy.TOPICS[number])}" for number in sorted(chosen))


def _ended(tombstone: Tombstone) -> Response:
    found = tombstone.replaced_by
    if len(found) == 1:
        return draw.go(f"/entry/{found[0]}")
    if found:
        return draw.page("replaced.html", noindex=True, regc_id=tombstone.regc_id, others_ids=found)
    return draw.page("ended.html", 410, noindex=True, regc_id=tombstone.regc_id)


def _shown(here: Shelf, stored: Stored, record: Entry) -> Response:
    name = _name(here, stored, record)
    nominative = record.body.nominative if record.body else None
    return draw.page(
        "entry.html",
        noindex=bool(name),
        stored=stored,
        entry=record,
        name=name,
        basis=nominative.basis if nominative else None,
        cooperative_id=cooperative_id(record.cooperative),
        history=history(stored),
        reason=reason(record),
        fingerprints=[_short(fingerprint) for fingerprint, _ in stored.signatures],
        proof=_proof(stored),
        reporter_onion=here.settings.reporter_onion,
        topics=topics({record.finding.category}),
    )


def _name(here: Shelf, stored: Stored, record: Entry) -> str:
    """The name, as long as the settings, the record and the clock allow it, whatever the store still has."""
    nominative = record.body.nominative if record.body else None
    if not here.settings.nominative or nominative is None or first_day(month_number(nominative.expires)) <= here.today:
        return ""
    return stored.name


def _short(fingerprint: str) -> str:
    end = fingerprint[-_END:]
    return " ".join(end[place : place + _GROUP] for place in range(0, _END, _GROUP))


def _proof(stored: Stored) -> str:
    """Where the log proves that this entry stands in it; "" for one that was loaded before there was a log."""
    return f"/log/{stored.issuer}/proof/inclusion?leaf={stored.leaf}" if stored.leaf >= 0 else ""
