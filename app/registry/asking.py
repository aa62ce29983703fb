"""What a visitor asks for in the address of a search: read whole, refused with a sentence, written again for paging."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.registry import wording
from app.registry.wording import Words
from app.stores.registry import Query

TEXT_MAX = 200
_PAGE = re.compile(r"[1-9][0-9]{0,4}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")

# The fields of the form, with their labels.
FIELDS: dict[str, Words] = {
    "q": ("Coopérative, numéro ou mots du constat", "Cooperative, number or words of the finding"),
    "country": ("Pays", "Country"),
    "category": ("Sujet", "Subject"),
    "principle": ("Principe coopératif", "Cooperative principle"),
    "status": ("État", "Status"),
    "from": ("De l'année", "From year"),
    "to": ("À l'année", "To year"),
}

# What each list of the form offers, in its order. Numbers are the principles of the ICA.
OPTIONS: dict[str, tuple[tuple[str, Words], ...]] = {
    "country": tuple(COUNTRIES.items()),
    "category": tuple((code, taxonomy.public_label(code)) for code in taxonomy.CATEGORIES),
    "principle": (
        *taxonomy.FOUNDING.items(),
        *(
            (str(key), (f"ACI {key} : {french}", f"ICA {key}: {english}"))
            for key, (french, english) in taxonomy.ICA.items()
        ),
    ),
    "status": tuple(wording.STATUS.items()),
}

_UNKNOWN: Words = (
    "Ce choix n'existe pas : prenez-en un dans la liste.",
    "There is no such choice: take one of the list.",
)
_LONG: Words = (
    f"Le texte est trop long : {TEXT_MAX} caractères au plus.",
    f"The text is too long: {TEXT_MAX} characters at most.",
)
_NO_YEAR: Words = ("Une année s'écrit en quatre chiffres, comme 2024.", "A year has four digits, such as 2024.")
_BACKWARDS: Words = (
    "La dernière année vient avant la première : échangez-les.",
    "The last year is before the first: swap them.",
)
_NO_PAGE: Words = (
    "Cette page de résultats n'existe pas : cherchez à nouveau depuis la première.",
    "There is no such page of results: search again from the first.",
)


@dataclass(frozen=True)
class Asked:
    """A search as it was typed.

    Attributes:
        values: by field of the form, as typed; the form shows them again.
        errors: by field, what to change; nothing is searched while there is one.
    """

    values: Mapping[str, str]
    errors: Mapping[str, Words]
    page: int = 1

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    @property
    def filtered(self) -> bool:
        """Whether anything at all was asked."""
        return any(self.values.values()) or self.page > 1

    @property
    def query(self) -> Query:
        value = self.values
        return Query(
            text=value["q"],
            country=value["country"],
            category=value["category"],
            principle=value["principle"],
            status=value["status"],
            since=value["from"],
            until=value["to"],
            page=self.page,
        )

    def at(self, page: int) -> str:
        """The query string of another page of the same results."""
        kept: dict[str, Any] = {name: value for name, value in self.values.items() if value}
        return urlencode({**kept, "page": page})


NOTHING = Asked(dict.fromkeys(FIELDS, ""), {})


def read(arguments: Mapping[str, str]) -> Asked:
    """Every field checked; the first value counts where one comes twice, and other names are nobody's concern."""
    values = {name: arguments.get(name, "").strip() for name in FIELDS}
    page = arguments.get("page", "") or "1"
    errors = {
        name: _UNKNOWN for name, options in OPTIONS.items() if values[name] not in {"", *(key for key, _ in options)}
    }
    errors |= {name: _NO_YEAR for name in ("from", "to") if values[name] and not _YEAR.fullmatch(values[name])}
    if len(values["q"]) > TEXT_MAX:
        errors["q"] = _LONG
    if not errors and "" != values["from"] > values["to"] != "":
        errors["to"] = _BACKWARDS
    if not _PAGE.fullmatch(page):
        errors["page"] = _NO_PAGE
    return Asked(values, errors, 1 if "page" in errors else int(page))


def beyond(asked: Asked) -> Asked:
    """The same search, when it has fewer pages than that."""
    return Asked(asked.values, {"page": _NO_PAGE})
