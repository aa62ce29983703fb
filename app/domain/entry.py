"""The registry record: what two colleges sign and everyone may read (docs/spec/entry.md).

What must not be published has no field: no case, no codename, no day, no person, no exact amount, no hash of
evidence. What was once published is never changed in silence: see `succession`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.domain import durations
from app.domain.durations import month_number
from app.domain.identifiers import REGC_ID
from app.domain.record import (
    Adversarial,
    Body,
    Collective,
    Cooperative,
    Correction,
    Dates,
    Finding,
    Reference,
    Step,
)
from app.domain.record_groups import (
    FINDING_MAX,
    REPLY_LINES,
    read_adversarial,
    read_body,
    read_collective,
    read_cooperative,
    read_correction,
    read_dates,
    read_finding,
    read_reference,
    read_step,
)
from app.domain.strict import EntryError, Reader, clean

SCHEMA = 2
STATUSES = ("published", "contested", "corrected")
ENDS = ("expired", "withdrawn", "replaced")
# A name stays a year at most, and never longer than its entry (DOMAIN T2).
NAME_MONTHS = 12
SUCCESSORS_MAX = 10


@dataclass(frozen=True)
class Entry:
    """One version of one entry, complete."""

    schema: int
    regc_id: str
    version: int
    status: str
    cooperative: Cooperative
    body: Body | None
    finding: Finding
    dates: Dates
    adversarial: Adversarial
    corrections: tuple[Correction, ...]
    references: tuple[Reference, ...]
    remediation: tuple[Step, ...]
    collective: Collective | None

    @classmethod
    def parse(cls, raw: object) -> Entry:
        """Read a record; absent optional fields take their default.

        Raises:
            EntryError: a field is unknown, missing, of another type, or breaks a rule of docs/spec/entry.md.
        """
        reader = Reader(raw, "", tuple(cls.__dataclass_fields__))
        cooperative = read_cooperative(reader.raw("cooperative"))
        entry = cls(
            schema=_schema(reader),
            regc_id=_regc_id(reader),
            version=reader.integer("version", 1, 9_999, default=1),
            status=reader.choice("status", STATUSES, "published"),
            cooperative=cooperative,
            body=read_body(reader.raw("body")),
            finding=read_finding(reader.raw("finding"), cooperative.members),
            dates=read_dates(reader.raw("dates")),
            adversarial=read_adversarial(reader.raw("adversarial")),
            corrections=reader.items("corrections", read_correction, 50),
            references=reader.items("references", read_reference, 20),
            remediation=reader.items("remediation", read_step, 50),
            collective=read_collective(reader.raw("collective"), cooperative.members),
        )
        _check_whole(entry)
        return entry

    def to_dict(self) -> dict[str, Any]:
        """The one full form: every field present, ready for canonical JSON."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @property
    def expires(self) -> date | None:
        """The first day on which the entry is no longer shown; None before publication."""
        if not self.dates.published:
            return None
        renewed, corrected = self.dates.renewed, self.dates.corrected
        return durations.expires(self.finding.severity, self.dates.published, renewed=renewed, corrected=corrected)

    @property
    def missing(self) -> tuple[str, ...]:
        """What must still be filled in before the entry may be signed."""
        needed = {"dates.published": self.dates.published, "adversarial.notified": self.adversarial.notified}
        return tuple(name for name, value in needed.items() if not value)


@dataclass(frozen=True)
class Tombstone:
    """What is left of an entry that ended: no fact, no name, so that taking down really takes down.

    A `replaced` entry was merged into another or split into several: `replaced_by` says where it went on.
    """

    regc_id: str
    version: int
    status: str
    month: str
    replaced_by: tuple[str, ...] = ()
    schema: int = SCHEMA

    @classmethod
    def parse(cls, raw: object) -> Tombstone:
        """Read a tombstone.

        Raises:
            EntryError: a field is unknown, missing or malformed.
        """
        reader = Reader(raw, "", tuple(cls.__dataclass_fields__))
        month = reader.month("month")
        if not month:
            raise EntryError("month", "this field is needed")
        tombstone = cls(
            regc_id=_regc_id(reader),
            version=reader.integer("version", 2, 9_999),
            status=reader.choice("status", ENDS),
            month=month,
            replaced_by=reader.items("replaced_by", _successor, SUCCESSORS_MAX),
            schema=_schema(reader),
        )
        _check_successors(tombstone)
        return tombstone

    def to_dict(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in asdict(self).items()}


Record = Entry | Tombstone


def name_ends(record: Record | None) -> str:
    """The month in which the name that a record stands for is destroyed; empty when it stands for none."""
    nominative = record.body.nominative if isinstance(record, Entry) and record.body else None
    return nominative.expires if nominative else ""


def parse(raw: object) -> Record:
    """An entry, or a tombstone when its status says that it ended.

    Raises:
        EntryError: see `Entry.parse` and `Tombstone.parse`.
    """
    ended = isinstance(raw, dict) and raw.get("status") in ENDS
    return Tombstone.parse(raw) if ended else Entry.parse(raw)


def parse_signed(raw: object) -> Record:
    """A record as two reviewers signed it: in its full form, with nothing left to fill in.

    Raises:
        EntryError: a rule is broken, a field is left out, or a date that signing needs is empty.
    """
    record = parse(raw)
    if record.to_dict() != raw:
        raise EntryError("entry", "a field is left out: a signed entry stands in its full form")
    if isinstance(record, Entry) and record.missing:
        raise EntryError(record.missing[0], "this field is needed before the entry is signed")
    return record


def _regc_id(reader: Reader) -> str:
    value = reader.text("regc_id", 26, required=True)
    if not REGC_ID.fullmatch(value):
        raise EntryError("regc_id", "REGC-, the year, and sixteen characters of A-Z and 2-7")
    return value


def _schema(reader: Reader) -> int:
    """A record of the first schema has no such field; it is read as it is, and written as one of this schema."""
    return reader.integer("schema", SCHEMA, SCHEMA, default=SCHEMA)


def _successor(raw: object, where: str) -> str:
    if not isinstance(raw, str) or not REGC_ID.fullmatch(raw):
        raise EntryError(where, "the name of another entry, such as REGC-2026-ABCDEFGHIJKLMNOP")
    return raw


def _check_successors(tombstone: Tombstone) -> None:
    found = tombstone.replaced_by
    if (tombstone.status == "replaced") != bool(found):
        raise EntryError("replaced_by", "the entries that go on, for the status replaced and for no other")
    if len({*found, tombstone.regc_id}) != len(found) + 1:
        raise EntryError("replaced_by", "other entries, each of them once")


def _check_whole(entry: Entry) -> None:
    """The rules that join two groups."""
    dates = entry.dates
    if (entry.status == "corrected") != bool(dates.corrected):
        raise EntryError("dates.corrected", "set for the status corrected, and for no other")
    if entry.version == 1 and entry.corrections:
        raise EntryError("corrections", "a first version has none")
    if entry.finding.grade == "A1" and not entry.references:
        raise EntryError("references", "grade A1 is a public decision: name it")
    later = (dates.reviewed, dates.renewed, dates.corrected)
    if any(month and not dates.published <= month for month in later) or (any(later) and not dates.published):
        raise EntryError("dates", "a review, a renewal or a correction is not before the publication")
    if dates.published and entry.adversarial.notified > dates.published:
        raise EntryError("adversarial.notified", "the notice is not after the publication")
    months = [step.month for step in entry.remediation]
    if months != sorted(months):
        raise EntryError("remediation", "the steps stand in the order of their months")
    if entry.body and entry.body.nominative:
        _check_nominative(entry, entry.body.nominative.expires)


def _check_nominative(entry: Entry, expires: str) -> None:
    """A name needs the adversarial phase done and the person told, and goes a year after the publication at most."""
    heard, published = entry.adversarial, entry.dates.published
    if not published:
        return
    if not heard.notified or not heard.persons_informed:
        raise EntryError("adversarial.persons_informed", "a name needs the notice and the month the person was told")
    last = month_number(entry.dates.renewed or published) + NAME_MONTHS
    if month_number(expires) > last or (entry.expires and durations.first_day(month_number(expires)) > entry.expires):
        raise EntryError(
            "body.nominative.expires", f"at most {NAME_MONTHS} months after the publication, and not after the entry"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


__all__ = [
    "FINDING_MAX",
    "REPLY_LINES",
    "Entry",
    "EntryError",
    "Record",
    "Tombstone",
    "clean",
    "name_ends",
    "parse",
    "parse_signed",
]
