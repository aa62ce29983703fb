"""Numbers and names that stand for something: each checked for what its own rule allows to check.

Check digits and grammars are those of python-stdnum (ADR 0030), asked only about the one spelling that we keep. The
number of a natural person is never taken: not the Italian code of 16 characters, not the Spanish DNI and NIE, not a
Portuguese number of a person, nor a Swedish one. Where a country numbers sole traders and companies in one row, the
number cannot tell them apart: SIREN, BCE, KVK, CVR, Y-tunnus, organisasjonsnummer, and the eleven digits of Italy,
which an Italian sole trader has as a VAT number. There the directory relies on the legal form, and so must reviewers.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from stdnum import lei
from stdnum.be import nn, vat
from stdnum.ch import uid
from stdnum.de import handelsregisternummer
from stdnum.dk import cvr
from stdnum.es import cif
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus
from stdnum.fr import nir, siren
from stdnum.it import iva
from stdnum.no import orgnr as norwegian
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.se import orgnr as swedish

Check = Callable[[str], bool]

REGC_ID = re.compile(r"REGC-20[0-9]{2}-[A-Z2-7]{16}")
REGC_BYTES = 10  # 80 bits: nobody meets one by chance, and it says nothing of the case it came from
ECLI = re.compile(r"ECLI:[A-Z]{2}:[A-Z0-9]{1,7}:[0-9]{4}:[A-Z0-9.]{1,25}")
ELF = re.compile(r"[A-Z0-9]{4}")  # ISO 20275
# Annex to Implementing Regulation (EU) 2021/1042, structure of the unique identifier: country, register, number, and a
# verification digit where a register has one. Greece is EL there; Iceland, Liechtenstein and Norway take part.
EUID = re.compile(
    r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK)"
    r"[A-Z0-9]{1,16}\.[A-Z0-9](?:[A-Z0-9./-]{0,24}[A-Z0-9])?(?:_[A-Z0-9]{1,2})?"
)
_OTHER = re.compile(r"[A-Z0-9][A-Z0-9./-]{1,29}")
# Codes that only a person has: Italy (16 characters), Spain (DNI; NIE and its like).
_PERSONAL = re.compile(
    r"[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]|[0-9]{8}[A-Z]|[K-MX-Z][0-9]{7}[A-Z]"
)

_POINTS = re.compile(r"[./-]")


def regc_id(year: int, random: bytes) -> str:
    """The permanent name of an entry, from ten random bytes that the caller draws."""
    return f"REGC-{year:04d}-{base64.b32encode(random[:REGC_BYTES]).decode('ascii')}"


def _checked(spelling: str, validate: Callable[[str], str]) -> Check:
    """A check by python-stdnum of numbers that are spelled this way, and no other."""
    shape = re.compile(spelling)

    def check(value: str) -> bool:
        return shape.fullmatch(value) is not None and _valid(validate, value)

    return check


def _valid(validate: Callable[[str], str], value: str) -> bool:
    try:
        return validate(value) == value
    except ValidationError:
        return False


def is_euid(value: str) -> bool:
    """The European unique identifier of a company in the interconnected business registers: its grammar only."""
    return EUID.fullmatch(value) is not None


def euid_country(value: str) -> str:
    """ISO 3166-1 code of the country that an EUID names."""
    return "GR" if value.startswith("EL") else value[:2]


def is_elf(value: str) -> bool:
    """A code of ISO 20275 by its grammar; 9999 and 8888 stand for no legal form there."""
    return ELF.fullmatch(value) is not None and value not in {"9999", "8888"}


def is_personal(value: str) -> bool:
    """Whether this is, or has the very form of, the number of a natural person in Italy, Spain, France, Belgium or
    Poland, however it is punctuated."""
    value = _POINTS.sub("", value)
    if _PERSONAL.fullmatch(value):
        return True
    return any(_valid(validate, value) for validate in (nir.validate, nn.validate, pesel.validate))


def is_other(value: str) -> bool:
    """Any other national number: capital letters, digits, dot, slash, hyphen; never one of a natural person."""
    return _OTHER.fullmatch(value) is not None and not is_personal(value)


IDENTIFIERS: dict[str, Check] = {
    "siren": _checked(r"[0-9]{9}", siren.validate),
    "bce": _checked(r"[01][0-9]{9}", vat.validate),
    "codice_fiscale": _checked(r"[0-9]{11}", iva.validate),
    # Legal persons by their first letter: E and H are communities of goods or owners, K to M and X to Z are persons.
    "nif": _checked(r"[A-DFGJNP-SUVW][0-9]{7}[0-9A-J]", cif.validate),
    # 5 and 6 are legal persons; 1 to 4 and 8 are, or were, natural persons, 7 and 9 mostly none.
    "nipc": _checked(r"[56][0-9]{8}", nif.validate),
    "kvk": _checked(r"[0-9]{8}", str),  # no check digit exists
    # Registers of companies and of cooperatives; HRA holds merchants who are natural persons.
    "handelsregister": _checked(r".+ (?:HRB|GnR) [0-9]{1,7}", handelsregisternummer.validate),
    "cvr": _checked(r"[1-9][0-9]{7}", cvr.validate),
    "ytunnus": _checked(r"[0-9]{8}", ytunnus.validate),
    "orgnr_no": _checked(r"[0-9]{9}", norwegian.validate),
    # A third digit below 2 is the month of a birth: a sole trader's number is the person's own.
    "orgnr_se": _checked(r"[0-9]{2}[2-9][0-9]{7}", swedish.validate),
    "uid": _checked(r"CHE[0-9]{9}", uid.validate),
    "euid": is_euid,
    "lei": _checked(r"[0-9A-Z]{18}[0-9]{2}", lei.validate),
    "other": is_other,
}

# Whose number it is; the others are of no country, or of any.
COUNTRY_OF: dict[str, str] = {
    "siren": "FR",
    "bce": "BE",
    "codice_fiscale": "IT",
    "nif": "ES",
    "nipc": "PT",
    "kvk": "NL",
    "handelsregister": "DE",
    "cvr": "DK",
    "ytunnus": "FI",
    "orgnr_no": "NO",
    "orgnr_se": "SE",
    "uid": "CH",
}

# Codes of the list at org-id.guide, where one names the very number that we keep.
ORG_ID: dict[str, str] = {
    "siren": "FR-RCS",
    "bce": "BE-BCE_KBO",
    "kvk": "NL-KVK",
    "cvr": "DK-CVR",
    "ytunnus": "FI-PRO",
    "orgnr_no": "NO-BRC",
    "lei": "XI-LEI",
}


def org_id(kind: str, value: str) -> str:
    """`FR-RCS-732829320`: the number under its org-id.guide list; empty where we know of no list for it."""
    return f"{ORG_ID[kind]}-{value}" if kind in ORG_ID else ""
