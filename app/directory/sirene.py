"""Cooperatives in INSEE's file of legal units (Sirene, StockUniteLegale): CSV, UTF-8, comma, one header.

A line of a natural person (category 1000, or with a given name, a surname or a sex) is dropped before anything else of
it is looked at. The columns are those of INSEE's description of the file, "dessin de fichier", StockUniteLegale.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from app.directory.table import Row, rows
from app.directory.tally import Tally
from app.domain.legal_forms import SOLE_TRADER, french_form
from app.domain.legal_person import LegalPerson, cleaned, id_of, parse
from app.domain.record import Identifier
from app.domain.strict import EntryError

SOURCE = "sirene"
_SIREN, _CATEGORY, _STATE = "siren", "categorieJuridiqueUniteLegale", "etatAdministratifUniteLegale"
_PEOPLE = ("sexeUniteLegale", "prenom1UniteLegale", "nomUniteLegale")
_NAME = "denominationUniteLegale"
_OTHER_NAMES = ("sigleUniteLegale", *(f"denominationUsuelle{n}UniteLegale" for n in (1, 2, 3)))
_NAF, _OPEN = "activitePrincipaleUniteLegale", "statutDiffusionUniteLegale"
NEEDED = (_SIREN, _OPEN, _CATEGORY, _STATE, *_PEOPLE, _NAME)
# "[ND]" and an empty text stand for what may not be shown.
_HIDDEN = frozenset({"", "[ND]"})
# First division of NAF rev. 2 (two digits) → sector, up to the next line.
_SECTORS = (
    (1, "agriculture"), (4, "industry"), (10, "agriculture"), (12, "industry"), (35, "energy"), (36, "services"),
    (41, "building"), (45, "retail"), (49, "transport"), (54, "services"), (58, "culture"), (61, "telecom"),
    (64, "banking"), (68, "housing"), (69, "services"), (85, "education"), (86, "health"), (90, "culture"),
    (94, "services"),
)  # fmt: skip


def read_sirene(stream: BinaryIO, month: str, tally: Tally) -> Iterator[LegalPerson]:
    """The cooperatives of the file; what is left out or malformed is counted.

    Args:
        month: of the file.

    Raises:
        UserError: another layout.
    """
    for number, row in rows(stream, NEEDED, (*_OTHER_NAMES, _NAF), tally):
        if row[_CATEGORY] == SOLE_TRADER or any(row[name] not in _HIDDEN for name in _PEOPLE):
            tally.people += 1
            continue
        form = french_form(row[_CATEGORY], row[_NAME])
        # P and N: the unit asked that it be shown in part only.
        if not form or row[_OPEN] != "O" or row[_NAME] in _HIDDEN:
            tally.others += 1
            continue
        try:
            person = _person(row, form, month)
        except EntryError as error:
            tally.refuse(number, error.message)
            continue
        tally.kept += 1
        yield person


def _person(row: Row, form: str, month: str) -> LegalPerson:
    siren = Identifier("siren", row[_SIREN])
    names = (row[_NAME], *(row.get(name, "") for name in _OTHER_NAMES))
    raw = {
        "id": id_of("FR", siren),
        "names": list(dict.fromkeys(cleaned(name) for name in names if name not in _HIDDEN)),
        "country": "FR",
        "numbers": [vars(siren)],
        "form": form,
        "sector": sector(row.get(_NAF, "")),
        "source": SOURCE,
        "month": month,
        "status": "active" if row[_STATE] == "A" else "ended",
    }
    return parse(raw)


def sector(naf: str) -> str:
    """Our sector of a NAF code such as 35.11Z; empty when it is none."""
    if not naf[:2].isascii() or not naf[:2].isdecimal():
        return ""
    return next((name for first, name in reversed(_SECTORS) if int(naf[:2]) >= first), "")
