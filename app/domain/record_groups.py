"""Reading the groups of a registry record, each with its own rules (docs/spec/entry.md, Fields)."""

from __future__ import annotations

import re

from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.domain.identifiers import ECLI, IDENTIFIERS
from app.domain.record import (
    Adversarial,
    Basis,
    Body,
    Collective,
    Cooperative,
    Correction,
    Dates,
    Finding,
    Identifier,
    Nominative,
    Observation,
    Reference,
    Step,
)
from app.domain.strict import EntryError, Reader

FINDING_MAX = 600
REPLY_LINES = 200  # décret 2007-1527: no longer than what it answers, 200 lines at most
NAME_MAX = 160
NOTE_MAX = 300
IDENTIFIER_MAX = 50
REFERENCES = ("ecli", "law", "decision", "report")
BASES = ("court_decision", "administrative_decision")
REASONS = ("error", "remedy", "court_order", "objection", "renewal")
STEPS = ("recommended", "accepted", "refused", "under_way", "done", "not_done")
# INSEE's rule of frequency: no cell below three, and ranges instead of numbers (DOMAIN T5).
RANGES = ("3-4", "5-9", "10+")
# Half a year is told only of a cooperative large enough that it names nobody (DOMAIN §4).
_HALVES_FROM = ("250-999", "1000+")
_PERIOD = re.compile(r"((?:19|20)[0-9]{2})(?:-H([12]))?")
_HASH = re.compile(r"[0-9a-f]{64}")
_URL = re.compile(r"https://[a-z0-9.-]+\.[a-z]{2,}(?::[0-9]+)?(?:/[!-~]*)?")


def read_cooperative(raw: object) -> Cooperative:
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
    value = reader.text("value", IDENTIFIER_MAX, required=True)
    if not IDENTIFIERS[kind](value):
        raise EntryError("cooperative.identifier.value", f"not a number of type {kind}: check its digits")
    return Identifier(kind, value)


def read_body(raw: object) -> Body | None:
    if raw is None:
        return None
    reader = Reader(raw, "body", tuple(Body.__dataclass_fields__))
    start = reader.integer("mandate_from", 1900, 2100)
    return Body(
        organ=reader.choice("organ", taxonomy.ORGANS),
        function=reader.choice("function", taxonomy.FUNCTIONS, ""),
        mandate_from=start,
        mandate_to=reader.integer("mandate_to", start, 2100),
        nominative=_nominative(reader.raw("nominative")),
    )


def _nominative(raw: object) -> Nominative | None:
    if raw is None:
        return None
    where = "body.nominative"
    reader = Reader(raw, where, tuple(Nominative.__dataclass_fields__))
    digest = reader.text("digest", 64, required=True)
    if not _HASH.fullmatch(digest):
        raise EntryError(reader.path("digest"), "64 hexadecimal digits")
    return Nominative(_basis(reader.raw("basis"), f"{where}.basis"), _needed_month(reader, "expires"), digest)


def _basis(raw: object, where: str) -> Basis:
    reader = Reader(raw, where, tuple(Basis.__dataclass_fields__))
    basis = Basis(
        type=reader.choice("type", BASES),
        id=reader.text("id", 120),
        url=reader.text("url", 300),
        verified=_needed_month(reader, "verified"),
        counsel=reader.text("counsel", NOTE_MAX, required=True),
    )
    if basis.id and not ECLI.fullmatch(basis.id):
        raise EntryError(reader.path("id"), "an ECLI such as ECLI:FR:CCASS:2022:C100428, or nothing beside an address")
    if basis.url and not _URL.fullmatch(basis.url):
        raise EntryError(reader.path("url"), "an https address without spaces, or nothing")
    if not basis.id and not basis.url:
        raise EntryError(reader.path("id"), "the decision needs an ECLI or an address where anyone reads it")
    return basis


def read_finding(raw: object, members: str) -> Finding:
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


def read_dates(raw: object) -> Dates:
    reader = Reader({} if raw is None else raw, "dates", tuple(Dates.__dataclass_fields__))
    return Dates(**{name: reader.month(name) for name in Dates.__dataclass_fields__})


def read_adversarial(raw: object) -> Adversarial:
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


def read_correction(raw: object, where: str) -> Correction:
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


def read_reference(raw: object, where: str) -> Reference:
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


def read_step(raw: object, where: str) -> Step:
    reader = Reader(raw, where, tuple(Step.__dataclass_fields__))
    return Step(_needed_month(reader), reader.choice("status", STEPS), reader.text("note", NOTE_MAX))


def read_collective(raw: object, members: str) -> Collective | None:
    if raw is None:
        return None
    reader = Reader(raw, "collective", tuple(Collective.__dataclass_fields__))
    if members == "<50":
        raise EntryError("collective", "below 50 members no number of cases is published: leave it out")
    return Collective(reader.choice("cases", RANGES), reader.text("entitled_body", NAME_MAX))


def _needed_month(reader: Reader, name: str = "month") -> str:
    month = reader.month(name)
    if not month:
        raise EntryError(reader.path(name), "this field is needed")
    return month
