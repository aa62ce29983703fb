"""How pages speak: both languages side by side in the templates, labels from the taxonomy, months in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

LANGUAGES = ("fr", "en")
NAMES = {"fr": "Français", "en": "English"}
# An address without a prefix is French.
PREFIXES = ("", "/fr", "/en")

Words = tuple[str, str]  # French, English

_BEFORE = re.compile(r" (?=[:;?!»])|(?<=«) ")

_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}  # fmt: skip

STATUS: dict[str, Words] = {
    "published": ("Publié", "Published"),
    "contested": ("Contesté par la coopérative", "Contested by the cooperative"),
    "corrected": ("Corrigé", "Corrected"),
}

ENDED: dict[str, Words] = {
    "expired": ("arrivé à son terme", "reached its end"),
    "withdrawn": ("retiré", "withdrawn"),
    "replaced": ("remplacé", "replaced"),
}

CORRECTION: dict[str, Words] = {
    "error": ("erreur de notre part", "error of ours"),
    "remedy": ("mise en conformité", "remedy"),
    "court_order": ("décision de justice", "court order"),
    "objection": ("opposition reçue", "objection upheld"),
    "renewal": ("renouvellement", "renewal"),
}

STEPS: dict[str, Words] = {
    "recommended": ("Recommandation faite", "Recommendation made"),
    "accepted": ("Recommandation acceptée", "Recommendation accepted"),
    "refused": ("Recommandation refusée", "Recommendation refused"),
    "under_way": ("Mise en conformité en cours", "Remedy under way"),
    "done": ("Mise en conformité faite", "Remedy done"),
    "not_done": ("Mise en conformité non faite", "Remedy not done"),
}

RANGES: dict[str, Words] = {
    "3-4": ("3 ou 4 cas indépendants", "3 or 4 independent cases"),
    "5-9": ("de 5 à 9 cas indépendants", "5 to 9 independent cases"),
    "10+": ("10 cas indépendants ou plus", "10 independent cases or more"),
}

REFERENCES: dict[str, Words] = {
    "ecli": ("décision de justice", "court decision"),
    "law": ("texte de loi", "statute"),
    "decision": ("décision publique", "public decision"),
    "report": ("rapport", "report"),
}

BASES: dict[str, Words] = {
    "court_decision": ("une décision de justice définitive et publique", "a final and public court decision"),
    "administrative_decision": (
        "une décision administrative définitive et publique",
        "a final and public administrative decision",
    ),
}

# The published fields whose changes are told (app/domain/succession.py), as a visitor calls them.
FIELDS: dict[str, Words] = {
    "cooperative.name": ("nom de la coopérative", "name of the cooperative"),
    "cooperative.form": ("forme de la coopérative", "form of the cooperative"),
    "cooperative.country": ("pays", "country"),
    "cooperative.identifier": ("numéro de la coopérative", "number of the cooperative"),
    "cooperative.members": ("nombre de membres", "number of members"),
    "cooperative.federation": ("fédération", "federation"),
    "cooperative.sector": ("secteur", "sector"),
    "body": ("organe", "organ"),
    "body.organ": ("organe", "organ"),
    "body.function": ("fonction", "function"),
    "body.mandate_from": ("début du mandat", "start of the term"),
    "body.mandate_to": ("fin du mandat", "end of the term"),
    "body.nominative": ("mention d'un nom", "mention of a name"),
    "finding.category": ("sujet", "subject"),
    "finding.subcode": ("sujet précis", "precise subject"),
    "finding.severity": ("gravité", "severity"),
    "finding.text": ("texte du constat", "text of the finding"),
    "finding.period_from": ("début de la période", "start of the period"),
    "finding.period_to": ("fin de la période", "end of the period"),
    "finding.grade": ("degré de preuve", "grade of evidence"),
    "finding.evidence": ("preuves", "evidence"),
    "finding.founding_principles": ("principes fondateurs", "founding principles"),
    "finding.ica_principles": ("principes de l'ACI", "principles of the ICA"),
    "finding.harm": ("ce qui est touché", "what is affected"),
    "references": ("références", "references"),
    "collective": ("nombre de cas", "number of cases"),
    "collective.cases": ("nombre de cas", "number of cases"),
    "collective.entitled_body": ("organisme habilité", "entitled body"),
}

IDENTIFIERS: dict[str, Words] = {
    "siren": ("SIREN", "SIREN"),
    "bce": ("BCE", "BCE"),
    "codice_fiscale": ("codice fiscale", "codice fiscale"),
    "lei": ("LEI", "LEI"),
    "euid": ("EUID", "EUID"),
    "other": ("autre numéro", "other number"),
}


def speaker(lang: str) -> Callable[[str, str], str]:
    """`t(French, English)` for one page."""
    place = LANGUAGES.index(lang)

    def t(*pair: str) -> str:
        return pair[place] if place else _unbroken(pair[place])

    return t


@lru_cache(maxsize=4096)
def _unbroken(french: str) -> str:
    """No line ends before a colon or after an opening quotation mark: French sets a space there that does not break."""
    return _BEFORE.sub("\N{NO-BREAK SPACE}", french)


def field(path: str) -> Words:
    """A corrected field, in words; its group, or its path, when there is no word for it."""
    return FIELDS.get(path) or FIELDS.get(path.rpartition(".")[0]) or (path, path)


def identifier(kind: str) -> Words:
    """A kind of number; kinds of other countries stand by their own code."""
    name = kind.upper().replace("_", " ")
    return IDENTIFIERS.get(kind, (name, name))


def month(value: str | date, lang: str) -> str:
    """2026-12 or a day, as a month in words."""
    text = value.isoformat() if isinstance(value, date) else value
    year, number = text.split("-")[:2]
    return f"{_MONTHS[lang][int(number) - 1]} {year}"


def period(value: str, lang: str) -> str:
    """2024 or 2024-H1, in words."""
    year, _, half = value.partition("-H")
    if not half:
        return year
    words = {"fr": ("1er semestre", "2e semestre"), "en": ("first half of", "second half of")}
    return f"{words[lang][int(half) - 1]} {year}"


def language_of(path: str) -> str:
    """The language that an address asks for."""
    first = path.split("/")[1] if path.startswith("/") else ""
    return first if first in LANGUAGES else LANGUAGES[0]
