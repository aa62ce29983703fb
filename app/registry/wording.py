"""How pages speak: both languages side by side in the templates, labels from the taxonomy, months in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

LANGUAGES = ("fr", "en")
NAMES = {"fr": "Français", "en": "English"}
# An address without a prefix is French.
PREFIXES = ("", "/fr", "/en")

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

STATUS = {
    "published": ("Publié", "Published"),
    "contested": ("Contesté par la coopérative", "Contested by the cooperative"),
    "corrected": ("Corrigé", "Corrected"),
}

CORRECTION = {
    "error": ("erreur", "error"),
    "remedy": ("mise en conformité", "remedy"),
    "court_order": ("décision de justice", "court order"),
    "objection": ("opposition reçue", "objection upheld"),
    "renewal": ("renouvellement", "renewal"),
}


def speaker(lang: str) -> Callable[[str, str], str]:
    """`t(French, English)` for one page."""
    place = LANGUAGES.index(lang)

    def t(*pair: str) -> str:
        return pair[place]

    return t


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
