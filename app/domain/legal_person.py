"""One line of the directory of cooperatives: a legal person, from a public register (docs/spec/directory.md).

Only legal persons fit in here: there is no field for a given name, a birth, an address or a role, an unknown field is
refused, and so is the number of a natural person. At least one checked number stands in each record, and its id is
made of one of them.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.domain import taxonomy
from app.domain.cooperative_id import COOPERATIVE_ID, cooperative_id
from app.domain.countries import COUNTRIES
from app.domain.identifiers import COUNTRY_OF, IDENTIFIERS, euid_country, is_elf
from app.domain.record import Cooperative, Identifier
from app.domain.record_groups import IDENTIFIER_MAX, NAME_MAX
from app.domain.strict import EntryError, Reader, clean

NAMES_MAX = 8
NUMBERS_MAX = 6
STATUSES = ("active", "ended")
SPEC = "See docs/spec/directory.md. Nothing was changed."
_SOURCE = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, kw_only=True)
class LegalPerson:
    """A cooperative as a public register has it.

    Attributes:
        id: its name in addresses and exports (app/domain/cooperative_id.py).
        names: the registered one first.
        lei, euid: or nothing. `numbers`: checked national numbers.
        elf: ISO 20275, or nothing. `form`, `sector`: of our own taxonomy.
        source, month: which register said so, and when.
        status: `active`, or `ended` in that register; `successor`: the id that follows it, or nothing.
    """

    id: str
    names: tuple[str, ...]
    country: str
    lei: str = ""
    euid: str = ""
    numbers: tuple[Identifier, ...] = ()
    elf: str = ""
    form: str = "other"
    sector: str = ""
    federation: str = ""
    source: str
    month: str
    status: str = "active"
    successor: str = ""

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Every number, the one that others use first: national, LEI, EUID."""
        beside = (("lei", self.lei), ("euid", self.euid))
        return self.numbers + tuple(Identifier(kind, value) for kind, value in beside if value)

    def to_dict(self) -> dict[str, Any]:
        """The full record, as canonical JSON takes it."""
        return asdict(self) | {"names": list(self.names), "numbers": [vars(number) for number in self.numbers]}


def parse(raw: object) -> LegalPerson:
    """Read one record.

    Raises:
        EntryError: a field is unknown or breaks its rule.
    """
    try:
        return _parse(raw)
    except EntryError as error:
        raise EntryError(error.field, error.message.removeprefix(f"{error.field}: ").rstrip("."), SPEC) from None


def _parse(raw: object) -> LegalPerson:
    reader = Reader(raw, "", tuple(LegalPerson.__dataclass_fields__))
    person = LegalPerson(
        id=reader.text("id", 64, required=True),
        names=reader.items("names", _name, NAMES_MAX),
        country=reader.choice("country", COUNTRIES),
        lei=_known(reader, "lei"),
        euid=_known(reader, "euid"),
        numbers=reader.items("numbers", _number, NUMBERS_MAX),
        elf=reader.text("elf", 4),
        form=reader.choice("form", taxonomy.FORMS, "other"),
        sector=reader.choice("sector", taxonomy.SECTORS, ""),
        federation=reader.text("federation", NAME_MAX),
        source=reader.text("source", 32, required=True),
        month=reader.month("month"),
        status=reader.choice("status", STATUSES, "active"),
        successor=reader.text("successor", 64),
    )
    _check(person)
    _check_numbers(person)
    return person


def _check(person: LegalPerson) -> None:
    if not person.names:
        raise EntryError("names", "at least one name")
    if len(set(person.names)) != len(person.names):
        raise EntryError("names", "one name stands twice")
    if person.elf and not is_elf(person.elf):
        raise EntryError("elf", "a code of ISO 20275, four capitals or digits, or nothing")
    if not _SOURCE.fullmatch(person.source):
        raise EntryError("source", "a short name such as gleif or sirene")
    if not person.month:
        raise EntryError("month", "this field is needed")
    if person.successor and not (COOPERATIVE_ID.fullmatch(person.successor) and person.successor != person.id):
        raise EntryError("successor", "the id of another legal person, or nothing")


def _check_numbers(person: LegalPerson) -> None:
    if person.euid and euid_country(person.euid) != person.country:
        raise EntryError("euid", "it names another country")
    for number in person.numbers:
        if COUNTRY_OF.get(number.type, person.country) != person.country:
            raise EntryError("numbers", "a number of another country")
    if len({number.type for number in person.numbers}) != len(person.numbers):
        raise EntryError("numbers", "one kind of number stands twice")
    if person.id not in ids_of(person):
        raise EntryError("id", "it is made of one of the record's numbers")


def _name(raw: object, where: str) -> str:
    return Reader({"name": raw}, where, ("name",)).text("name", NAME_MAX, required=True)


def _number(raw: object, where: str) -> Identifier:
    reader = Reader(raw, where, ("type", "value"))
    # LEI and EUID have fields of their own, and a number that nobody can check tells nobody apart.
    kind = reader.choice("type", tuple(COUNTRY_OF))
    value = reader.text("value", IDENTIFIER_MAX, required=True)
    if not IDENTIFIERS[kind](value):
        raise EntryError(f"{where}.value", f"not a number of type {kind}: check its digits")
    return Identifier(kind, value)


def _known(reader: Reader, kind: str) -> str:
    value = reader.text(kind, 50)
    if value and not IDENTIFIERS[kind](value):
        raise EntryError(kind, "check its digits")
    return value


def id_of(country: str, number: Identifier) -> str:
    """The id that a number makes."""
    return cooperative_id(Cooperative("", "other", country, number, "", "", ""))


def ids_of(person: LegalPerson) -> tuple[str, ...]:
    """Every id that its numbers make; the first is the one that others use too."""
    return tuple(id_of(person.country, number) for number in person.identifiers)


def cleaned(text: str) -> str:
    """A name as a register writes it, made into one that a record takes: composed, without runs of spaces, cut."""
    return clean(" ".join(text.split()))[:NAME_MAX].strip()


def combine(known: LegalPerson, news: LegalPerson) -> LegalPerson:
    """What two sources say of one id: the newer one is right, and what it leaves out stays."""
    newer, older = (news, known) if news.month >= known.month else (known, news)
    if newer.country != older.country:  # it moved its seat: the numbers of the old one say nothing here
        return newer
    kinds = {number.type for number in newer.numbers}
    kept = {
        name: getattr(older, name)
        for name in ("lei", "euid", "elf", "sector", "federation")
        if not getattr(newer, name)
    }
    names = tuple(dict.fromkeys((*newer.names, *older.names)))[:NAMES_MAX]
    numbers = newer.numbers + tuple(number for number in older.numbers if number.type not in kinds)
    form = older.form if newer.form == "other" else newer.form
    successor = newer.successor or (older.successor if newer.status == "ended" else "")
    both = replace(newer, **kept, names=names, numbers=numbers, form=form, successor=successor)
    return parse(both.to_dict())
