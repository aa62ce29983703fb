"""Cooperatives in the files of GLEIF: level 1 of the golden copy, as CSV and as JSON, and what its API answers.

All three say the same under other names; they are brought to the columns of the CSV. A company is kept when its legal
form (ISO 20275) is one of a cooperative, never when GLEIF calls it a sole proprietor, a fund or a branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from app.directory.items import items
from app.directory.table import Row, rows
from app.directory.tally import Tally
from app.domain.countries import COUNTRIES
from app.domain.identifiers import IDENTIFIERS
from app.domain.legal_forms import ELF_FORMS
from app.domain.legal_person import LegalPerson, cleaned, id_of, parse
from app.domain.record import Identifier
from app.domain.strict import EntryError

SOURCE = "gleif"
_LEI, _NAME, _PLACE = "LEI", "Entity.LegalName", "Entity.LegalJurisdiction"
_FORM, _STATUS = "Entity.LegalForm.EntityLegalFormCode", "Entity.EntityStatus"
_CATEGORY, _AUTHORITY = "Entity.EntityCategory", "Entity.RegistrationAuthority.RegistrationAuthorityID"
_NUMBER = "Entity.RegistrationAuthority.RegistrationAuthorityEntityID"
_SUCCESSOR = "Entity.SuccessorEntity.1.SuccessorLEI"
_OTHER_NAMES = tuple(f"Entity.OtherEntityNames.OtherEntityName.{n}" for n in range(1, 6))
NEEDED = (_LEI, _NAME, _PLACE, _FORM, _STATUS, _CATEGORY, _AUTHORITY, _NUMBER)
# GLEIF's list of registration authorities → the kind of number that they give.
AUTHORITIES = {"RA000025": "bce", "RA000170": "cvr", "RA000189": "siren", "RA000192": "siren", "RA000463": "kvk"}
_SOLE = "SOLE_PROPRIETOR"
_PASSED = frozenset({"FUND", "BRANCH"})


def read_gleif(stream: BinaryIO, month: str, tally: Tally, *, json: bool) -> Iterator[LegalPerson]:
    """The cooperatives of the file; what is left out or malformed is counted.

    Args:
        month: of the file. `json`: its layout, else CSV.

    Raises:
        UserError: another layout.
    """
    for number, row in _json_rows(stream, tally) if json else rows(stream, NEEDED, (*_OTHER_NAMES, _SUCCESSOR), tally):
        if row[_CATEGORY] == _SOLE:
            tally.people += 1
            continue
        if row[_FORM] not in ELF_FORMS or row[_CATEGORY] in _PASSED or row[_PLACE][:2] not in COUNTRIES:
            tally.others += 1
            continue
        try:
            person = _person(row, month)
        except EntryError as error:
            tally.refuse(number, error.message)
            continue
        tally.kept += 1
        yield person


def _person(row: Row, month: str) -> LegalPerson:
    country, lei = row[_PLACE][:2], Identifier("lei", row[_LEI])
    number = _national(row)
    names = (row[_NAME], *(row.get(name, "") for name in _OTHER_NAMES))
    successor = row.get(_SUCCESSOR, "")
    raw = {
        "id": id_of(country, number or lei),
        "names": list(dict.fromkeys(cleaned(name) for name in names if name)),
        "country": country,
        "lei": lei.value,
        "numbers": [vars(number)] if number else [],
        "elf": row[_FORM],
        "form": ELF_FORMS[row[_FORM]][1],
        "source": SOURCE,
        "month": month,
        "status": "active" if row[_STATUS] == "ACTIVE" else "ended",
        "successor": id_of(country, Identifier("lei", successor)) if IDENTIFIERS["lei"](successor) else "",
    }
    return parse(raw)


def _national(row: Row) -> Identifier | None:
    """The number of the national register, when it is one that we can check and it holds."""
    kind = AUTHORITIES.get(row[_AUTHORITY], "")
    value = re.sub(r"[ .]", "", row[_NUMBER])
    return Identifier(kind, value) if kind and IDENTIFIERS[kind](value) else None


def _json_rows(stream: BinaryIO, tally: Tally) -> Iterator[tuple[int, Row]]:
    for number, item in enumerate(items(stream, ("records", "data")), 1):
        try:
            row = _from_api(item["attributes"]) if "attributes" in item else _from_copy(item)
            if not all(isinstance(value, str) for value in row.values()):
                raise TypeError
        except (KeyError, TypeError, AttributeError):
            tally.refuse(number, "it has other fields than a record of GLEIF")
            continue
        yield number, row


def _from_api(item: Mapping[str, Any]) -> Row:
    entity = item["entity"]
    others = {name: other["name"] for name, other in zip(_OTHER_NAMES, entity.get("otherNames") or [], strict=False)}
    after = (entity.get("successorEntities") or [{}])[0]
    return {
        _LEI: item["lei"],
        _NAME: entity["legalName"]["name"],
        _PLACE: entity["jurisdiction"] or "",
        _FORM: entity["legalForm"]["id"] or "",
        _STATUS: entity["status"],
        _CATEGORY: entity["category"] or "",
        _AUTHORITY: entity["registeredAt"]["id"] or "",
        _NUMBER: entity["registeredAs"] or "",
        _SUCCESSOR: after.get("lei") or "",
        **others,
    }


def _from_copy(item: Mapping[str, Any]) -> Row:
    entity = item["Entity"]
    names = (entity.get("OtherEntityNames") or {}).get("OtherEntityName") or []
    others = {name: other["$"] for name, other in zip(_OTHER_NAMES, names, strict=False)}
    authority = entity.get("RegistrationAuthority") or {}
    return {
        _LEI: item["LEI"]["$"],
        _NAME: entity["LegalName"]["$"],
        _PLACE: _text(entity, "LegalJurisdiction"),
        _FORM: _text(entity.get("LegalForm") or {}, "EntityLegalFormCode"),
        _STATUS: _text(entity, "EntityStatus"),
        _CATEGORY: _text(entity, "EntityCategory"),
        _AUTHORITY: _text(authority, "RegistrationAuthorityID"),
        _NUMBER: _text(authority, "RegistrationAuthorityEntityID"),
        **others,
    }


def _text(parent: Mapping[str, Any], name: str) -> str:
    return (parent.get(name) or {}).get("$") or ""
