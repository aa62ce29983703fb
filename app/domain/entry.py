"""The registry record: what two colleges sign and everyone may read (docs/spec/entry.md).

What must not be published has no field: no case, no codename, no day, no person, no exact amount, no hash of
evidence. What was once published is never changed in silence: see `succession`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.domain import durations, taxonomy
from app.domain.countries import COUNTRIES
from app.domain.identifiers import ECLI, IDENTIFIERS, REGC_ID
from app.domain.record import (
    Adversarial,
    Body,
    Cooperative,
    Correction,
    Dates,
    Finding,
    Identifier,
    Observation,
    Reference,
)
from app.domain.strict import EntryError, Reader, clean

FINDING_MAX = 600
REPLY_LINES = 200  # décret 2007-1527: no longer than what it answers, 200 lines at most
NAME_MAX = 160
NOTE_MAX = 300
STATUSES = ("published", "contested", "corrected")
ENDS = ("expired", "withdrawn")
REFERENCES = ("ecli", "law", "decision", "report")
REASONS = ("error", "remedy", "court_order", "objection", "renewal")
# Half a year is told only of a cooperative large enough that it names nobody (DOMAIN §4).
_HALVES_FROM = ("250-999", "1000+")
_PERIOD = re.compile(r"((?:19|20)[0-9]{2})(?:-H([12]))?")
_HASH = re.compile(r"[0-9a-f]{64}")
_URL = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(?::[0-9]+)?(?:/[!-~]*)?")


@dataclass(frozen=True)
class Entry:
    """One version of one entry, complete."""

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

    @classmethod
    def parse(cls, raw: object) -> Entry:
        """Read a record; absent optional fields take their default.

        Raises:
            EntryError: a field is unknown, missing, of another type, or breaks a rule of docs/spec/entry.md.
        """
        reader = Reader(raw, "", tuple(cls.__dataclass_fields__))
        cooperative = _cooperative(reader.raw("cooperative"))
        entry = cls(
            regc_id=_regc_id(reader),
            version=reader.integer("version", 1, 9_999, default=1),
            status=reader.choice("status", STATUSES, "published"),
            cooperative=cooperative,
            body=_body(reader.raw("body")),
            finding=_finding(reader.raw("finding"), cooperative.members),
            dates=_dates(reader.raw("dates")),
            adversarial=_adversarial(reader.raw("adversarial")),
            corrections=reader.items("corrections", _correction, 50),
            references=reader.items("references", _reference, 20),
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
    """What is left of an entry that ended: no fact, no name, so that taking down really takes down."""

    regc_id: str
    version: int
    status: str
    month: str

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
        return cls(
            regc_id=_regc_id(reader),
            version=reader.integer("version", 2, 9_999),
            status=reader.choice("status", ENDS),
            month=month,
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


Record = Entry | Tombstone


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


def _cooperative(raw: object) -> Cooperative:
    reader = Reader(raw, "cooperative", tuple(Cooperative.__dataclass_fields__))
    return Cooperative(
        name=reader.text("name", NAME_MAX, required=True),
        form=reader.choice("form", taxonomy.FORMS),
        country=reader.choice("country", COUNTRIES),
        identifier=_identifier(reader.raw("identifier")),
        members=reader.choice("members", taxonomy.MEMBERS),
        federation=reader.text("federation", NAME_MAX),
        sector=reader.choice("sector", taxonomy.SECTORS, ""),
    )


def _identifier(raw: object) -> Identifier | None:
    if raw is None:
        return None
    reader = Reader(raw, "cooperative.identifier", tuple(Identifier.__dataclass_fields__))
    kind = reader.choice("type", IDENTIFIERS)
    value = reader.text("value", 30, required=True)
    if not IDENTIFIERS[kind](value):
        raise EntryError("cooperative.identifier.value", f"not a number of type {kind}: check its digits")
    return Identifier(kind, value)


def _body(raw: object) -> Body | None:
    if raw is None:
        return None
    reader = Reader(raw, "body", tuple(Body.__dataclass_fields__))
    start = reader.integer("mandate_from", 1900, 2100)
    return Body(
        organ=reader.choice("organ", taxonomy.ORGANS),
        function=reader.choice("function", taxonomy.FUNCTIONS, ""),
        mandate_from=start,
        mandate_to=reader.integer("mandate_to", start, 2100),
    )


def _finding(raw: object, members: str) -> Finding:
    reader = Reader(raw, "finding", tuple(Finding.__dataclass_fields__))
    code = reader.choice("category", taxonomy.CATEGORIES)
    category = taxonomy.CATEGORIES[code]
    start = _period(reader, "period_from", members)
    finding = Finding(
        category=code,
        subcode=_subcode(reader, code, members),
        severity=reader.integer("severity", 1, 4, default=category.severity),
        text=reader.text("text", FINDING_MAX, required=True, lines=20),
        period_from=start,
        period_to=_period(reader, "period_to", members, default=start),
        grade=reader.choice("grade", sorted(taxonomy.VERIFYING_GRADES)),
        evidence=reader.choices("evidence", taxonomy.EVIDENCE, ()),
        founding_principles=reader.choices("founding_principles", taxonomy.FOUNDING, category.founding),
        ica_principles=reader.choices("ica_principles", taxonomy.ICA, category.ica),
        harm=reader.choice("harm", taxonomy.HARMS, category.harm),
    )
    if not finding.evidence:
        raise EntryError("finding.evidence", "at least one kind of evidence")
    if not finding.founding_principles:
        raise EntryError("finding.founding_principles", "at least one founding principle")
    if _halves(finding.period_from, 1) > _halves(finding.period_to, 2):
        raise EntryError("finding.period_to", "the period ends before it begins")
    return finding


def _subcode(reader: Reader, category: str, members: str) -> str:
    value = reader.text("subcode", 8)
    if not taxonomy.is_subcode(category, value):
        raise EntryError("finding.subcode", f"a sub-code of {category}, such as {category}-1, or nothing")
    if value and members == "<50":
        raise EntryError("finding.subcode", "below 50 members only the category is published: leave it empty")
    return value


def _period(reader: Reader, name: str, members: str, *, default: str = "") -> str:
    value = reader.text(name, 7) or default
    match = _PERIOD.fullmatch(value)
    if not match:
        raise EntryError(reader.path(name), "a year such as 2024, or a half-year such as 2024-H1")
    if match[2] and members not in _HALVES_FROM:
        raise EntryError(reader.path(name), "below 250 members only a year is published")
    return value


def _halves(period: str, default: int) -> int:
    year, _, half = period.partition("-H")
    return int(year) * 2 + int(half or default)


def _dates(raw: object) -> Dates:
    reader = Reader({} if raw is None else raw, "dates", tuple(Dates.__dataclass_fields__))
    return Dates(**{name: reader.month(name) for name in Dates.__dataclass_fields__})


def _adversarial(raw: object) -> Adversarial:
    reader = Reader({} if raw is None else raw, "adversarial", tuple(Adversarial.__dataclass_fields__))
    adversarial = Adversarial(
        notified=reader.month("notified"),
        persons_informed=reader.month("persons_informed"),
        # The reply has the room that a finding has, so that both can stand at equal size.
        reply=reader.text("reply", FINDING_MAX, lines=REPLY_LINES),
        reply_inserted=reader.month("reply_inserted"),
        reply_refused=reader.text("reply_refused", NOTE_MAX),
        observations=reader.items("observations", _observation, 10),
    )
    if bool(adversarial.reply) != bool(adversarial.reply_inserted):
        raise EntryError("adversarial.reply_inserted", "the month of the reply, and only when there is one")
    if adversarial.reply and adversarial.reply_refused:
        raise EntryError("adversarial.reply_refused", "a reply is inserted or refused, not both")
    return adversarial


def _observation(raw: object, where: str) -> Observation:
    reader = Reader(raw, where, tuple(Observation.__dataclass_fields__))
    return Observation(_needed_month(reader), reader.text("text", FINDING_MAX, required=True, lines=REPLY_LINES))


def _correction(raw: object, where: str) -> Correction:
    reader = Reader(raw, where, tuple(Correction.__dataclass_fields__))
    before = reader.text("before", 64, required=True)
    if not _HASH.fullmatch(before):
        raise EntryError(reader.path("before"), "64 hexadecimal digits")
    return Correction(
        month=_needed_month(reader),
        field=reader.text("field", 40, required=True),
        before=before,
        reason=reader.choice("reason", REASONS),
        note=reader.text("note", NOTE_MAX, required=True),
    )


def _reference(raw: object, where: str) -> Reference:
    reader = Reader(raw, where, tuple(Reference.__dataclass_fields__))
    reference = Reference(
        type=reader.choice("type", REFERENCES),
        id=reader.text("id", 120, required=True),
        url=reader.text("url", 300),
    )
    if reference.type == "ecli" and not ECLI.fullmatch(reference.id):
        raise EntryError(reader.path("id"), "an ECLI such as ECLI:FR:CCASS:2022:C100428")
    if reference.url and not _URL.fullmatch(reference.url):
        raise EntryError(reader.path("url"), "an https address without spaces, or nothing")
    return reference


def _needed_month(reader: Reader) -> str:
    month = reader.month("month")
    if not month:
        raise EntryError(reader.path("month"), "this field is needed")
    return month


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


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


__all__ = ["Entry", "EntryError", "Record", "Tombstone", "clean", "parse", "parse_signed"]
