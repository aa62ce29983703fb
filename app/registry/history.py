"""What happened to an entry, month by month: the history that a visitor reads, newest first. No store, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.entry import Entry
from app.registry import wording
from app.registry.wording import Words
from app.stores.registry_values import Stored


@dataclass(frozen=True)
class Event:
    """One line: the month, what happened in both languages, and the public note beside it, if there is one."""

    month: str
    what: Words
    note: str = ""


def history(stored: Stored) -> tuple[Event, ...]:
    """Everything that the record and the register tell of an entry, newest first."""
    record = stored.record
    if not isinstance(record, Entry):
        return ()
    events = [*_phase(record), *_versions(stored, record), *_steps(record), *_corrections(record)]
    return tuple(sorted(reversed(events), key=lambda event: event.month, reverse=True))


def _phase(entry: Entry) -> Iterator[Event]:
    heard, dates = entry.adversarial, entry.dates
    told = (
        (heard.notified, "La coopérative est prévenue et peut répondre", "The cooperative is told and can reply"),
        (heard.persons_informed, "Les personnes concernées sont informées", "The persons concerned are informed"),
        (dates.published, "Le constat est publié", "The finding is published"),
        (heard.reply_inserted, "La réponse de la coopérative est insérée", "The reply of the cooperative is inserted"),
        (dates.reviewed, "Le constat est revu", "The finding is reviewed"),
        (dates.renewed, "Le constat est renouvelé", "The finding is renewed"),
        (dates.corrected, "Le constat passe à « corrigé »", "The finding becomes “corrected”"),
        *((one.month, "Une observation est ajoutée", "An observation is added") for one in heard.observations),
    )
    return (Event(month, (french, english)) for month, french, english in told if month)


def _versions(stored: Stored, entry: Entry) -> Iterator[Event]:
    for one in stored.versions:
        if (one.version, one.status, one.batch) == (1, "published", entry.dates.published):
            continue  # the line of the publication says so
        french, english = wording.STATUS.get(one.status) or wording.ENDED[one.status]
        yield Event(
            one.batch, (f"Version {one.version} : {french.lower()}", f"Version {one.version}: {english.lower()}")
        )


def _steps(entry: Entry) -> Iterator[Event]:
    return (Event(step.month, wording.STEPS[step.status], step.note) for step in entry.remediation)


def _corrections(entry: Entry) -> Iterator[Event]:
    for one in entry.corrections:
        field, why = wording.field(one.field), wording.CORRECTION[one.reason]
        words = (f"Correction : {field[0]} ({why[0]})", f"Correction: {field[1]} ({why[1]})")
        yield Event(one.month, words, one.note)
