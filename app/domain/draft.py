"""What an analyst writes for `sourdine desk entry draft`: an entry, and the good-faith sheet that stays on the desk.

French courts accept a publication made in good faith: a debate of general interest, a sufficient factual basis, no
animosity, a measured tone (loi de 1881; Cass. 1re civ. 11 May 2022). The sheet records all four and what they rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from app.domain import taxonomy
from app.domain.durations import month_of
from app.domain.entry import Entry, Record, parse
from app.domain.record import Observation, Step
from app.domain.record_groups import NAME_MAX
from app.domain.strict import EntryError, Reader, clean
from crypto.export import Name, name_digest

SHEET = "good_faith"
NAME = "name"


@dataclass(frozen=True)
class GoodFaith:
    """Four boxes and the list of evidence that carries them."""

    general_interest: bool
    factual_basis: bool
    no_animosity: bool
    measured_tone: bool
    evidence: tuple[str, ...]

    @property
    def complete(self) -> bool:
        boxes = (self.general_interest, self.factual_basis, self.no_animosity, self.measured_tone)
        return all(boxes) and bool(self.evidence)


@dataclass(frozen=True)
class Draft:
    """A draft as read: the record, and beside it the sheet and the person's name when the file holds them."""

    record: Record
    good_faith: GoodFaith | None
    name: Name | None = None


def read_draft(raw: object, *, regc_id: str, kept: Name | None = None, salt: bytes = b"") -> Draft:
    """Read entry.json as a person writes it.

    Args:
        raw: decoded JSON; texts may have other line ends, outer spaces or decomposed accents.
        regc_id: the name the entry receives when the file gives none.
        kept: the person's name that an earlier draft gave, which the same name or none keeps.
        salt: 32 random bytes for another name.

    Raises:
        EntryError: as `entry.parse`.
    """
    if not isinstance(raw, Mapping):
        raise EntryError("entry", "an object with named fields is expected")
    fields = {name: _clean(value) for name, value in raw.items()}
    sheet = fields.pop(SHEET, None)
    fields.setdefault("regc_id", regc_id)
    name = _take_name(fields, kept, salt)
    finding = fields.get("finding")
    if isinstance(finding, dict) and isinstance(finding.get("category"), str):
        code = finding.get("subcode")
        if isinstance(code, str):
            finding["subcode"] = taxonomy.subcode(finding["category"], code)
    return Draft(parse(fields), None if sheet is None else parse_good_faith(sheet), name)


def parse_good_faith(raw: object) -> GoodFaith:
    """Read the sheet.

    Raises:
        EntryError: a field is unknown or malformed.
    """
    reader = Reader(raw, SHEET, tuple(GoodFaith.__dataclass_fields__))
    return GoodFaith(
        general_interest=reader.boolean("general_interest"),
        factual_basis=reader.boolean("factual_basis"),
        no_animosity=reader.boolean("no_animosity"),
        measured_tone=reader.boolean("measured_tone"),
        evidence=reader.items("evidence", _evidence, 50),
    )


def with_notice(entry: Entry, day: date) -> Entry:
    """The entry once the notice to the cooperative is made; the month of an earlier round's signature is none.

    The notice of an entry with a name has a letter to that person.
    """
    told = replace(entry.adversarial, notified=month_of(day))
    if entry.body and entry.body.nominative:
        told = replace(told, persons_informed=month_of(day))
    return replace(entry, adversarial=told, dates=replace(entry.dates, published=""))


def with_reply(entry: Entry, text: str, day: date) -> Entry:
    """The entry with the answer of the cooperative beside the finding.

    Raises:
        EntryError: the answer is empty, or has no room at equal size.
    """
    if not clean(text):
        raise EntryError("adversarial.reply", "the answer is empty")
    reply = replace(entry.adversarial, reply=clean(text), reply_inserted=month_of(day), reply_refused="")
    return Entry.parse(replace(entry, adversarial=reply).to_dict())


def with_observation(entry: Entry, text: str, day: date) -> Entry:
    """The entry with one more observation of the cooperative, of this month, beside the reply that stands.

    Raises:
        EntryError: the observation is empty, too long, or one too many.
    """
    if not clean(text):
        raise EntryError("adversarial.observations", "the observation is empty")
    told = replace(
        entry.adversarial, observations=(*entry.adversarial.observations, Observation(month_of(day), clean(text)))
    )
    return Entry.parse(replace(entry, adversarial=told).to_dict())


def with_refusal(entry: Entry, reason: str) -> Entry:
    """The entry with the reason why an answer of the cooperative is not published.

    Raises:
        EntryError: there is no reason, it is too long, or an answer stands there already.
    """
    if not clean(reason):
        raise EntryError("adversarial.reply_refused", "the reason is empty")
    refused = replace(entry.adversarial, reply_refused=clean(reason))
    return Entry.parse(replace(entry, adversarial=refused).to_dict())


def with_step(entry: Entry, status: str, note: str, day: date) -> Entry:
    """The entry with one more step of what became of the recommendations, of this month.

    Raises:
        EntryError: an unknown step, or a note that is too long.
    """
    step = Step(month_of(day), status, clean(note))
    return Entry.parse(replace(entry, remediation=(*entry.remediation, step)).to_dict())


def for_publication(entry: Entry, day: date) -> Entry:
    """The entry with the month of its first publication, when it has none yet: done at the first signature."""
    published = entry.dates.published or month_of(day)
    return Entry.parse(replace(entry, dates=replace(entry.dates, published=published)).to_dict())


def _take_name(fields: dict[str, Any], kept: Name | None, salt: bytes) -> Name | None:
    """Take the name out of `body` and put its digest there; whoever types the digest is not believed."""
    body = fields.get("body")
    if not isinstance(body, dict):
        return None
    typed = Reader(body, "body", tuple(body)).text(NAME, NAME_MAX) if NAME in body else ""
    body.pop(NAME, None)
    nominative = body.get("nominative")
    if not isinstance(nominative, dict):
        if typed:
            raise EntryError("body.nominative", "a name needs its basis and its expiry")
        return None
    if typed and (kept is None or typed != kept.text):
        kept = Name(salt, typed)
    if kept is None:
        raise EntryError("body.name", "write the name that the basis stands for, or leave body.nominative out")
    nominative["digest"] = name_digest(kept)
    return kept


def _evidence(raw: Any, where: str) -> str:
    return Reader({"item": raw}, where, ("item",)).text("item", 200, required=True)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {name: _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
