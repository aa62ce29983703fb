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
from app.domain.strict import EntryError, Reader, clean

SHEET = "good_faith"


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
    """A draft as read: the record, and the sheet when the file holds one."""

    record: Record
    good_faith: GoodFaith | None


def read_draft(raw: object, *, regc_id: str) -> Draft:
    """Read entry.json as a person writes it.

    Args:
        raw: decoded JSON; texts may have other line ends, outer spaces or decomposed accents.
        regc_id: the name the entry receives when the file gives none.

    Raises:
        EntryError: as `entry.parse`.
    """
    if not isinstance(raw, Mapping):
        raise EntryError("entry", "an object with named fields is expected")
    fields = {name: _clean(value) for name, value in raw.items()}
    sheet = fields.pop(SHEET, None)
    fields.setdefault("regc_id", regc_id)
    finding = fields.get("finding")
    if isinstance(finding, dict) and isinstance(finding.get("category"), str):
        code = finding.get("subcode")
        if isinstance(code, str):
            finding["subcode"] = taxonomy.subcode(finding["category"], code)
    return Draft(parse(fields), None if sheet is None else parse_good_faith(sheet))


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
    """The entry once the notice to the cooperative is made; the month of an earlier round's signature is none."""
    told = replace(entry.adversarial, notified=month_of(day))
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


def for_publication(entry: Entry, day: date) -> Entry:
    """The entry with the month of its first publication, when it has none yet: done at the first signature."""
    published = entry.dates.published or month_of(day)
    return Entry.parse(replace(entry, dates=replace(entry.dates, published=published)).to_dict())


def _evidence(raw: Any, where: str) -> str:
    return Reader({"item": raw}, where, ("item",)).text("item", 200, required=True)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {name: _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
