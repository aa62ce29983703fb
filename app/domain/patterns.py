"""What could name, date or reach somebody in a text that is to be published: places, never the words themselves.

These are nets with small holes on purpose: a false alarm costs an analyst one other wording, a miss may cost a person
their peace. They do not replace the two readers who sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.domain.words import GIVEN, INSTITUTIONS, ROLES, TITLES, fold

_MONTHS = (
    "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre|"
    "january|february|march|april|may|june|july|august|september|october|november|december"
)
_DAYS = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_FILES = "pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|txt|csv|eml|msg|jpe?g|png|gif|heic|tiff?|mp[34]|wav|zip|7z|rar"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


# code → what to look for. Order is the order of the findings.
PATTERNS: dict[str, re.Pattern[str]] = {
    "email": _pattern(r"[\w.+-]+\s*(?:@|[(\[]\s*(?:at|arobase|a)\s*[)\]])\s*[\w-]+(?:\s*[.(\[]\s*[\w-]+)+"),
    "phone": re.compile(
        r"(?<![\w.])(?:(?:\+|00)[1-9](?:[\s./()-]{0,2}\d){7,13}|0\d(?:[\s./()-]{0,2}\d){7,9}"
        r"|[6-9]\d{2}(?:[\s.-]?\d{3}){2}|[6-9]\d{2}(?:[\s.-]?\d{2}){3})(?!\w)"
    ),
    "iban": _pattern(r"\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,4})?\b"),
    "date": _pattern(
        rf"\b\d{{1,2}}\s*[/.-]\s*\d{{1,2}}\s*[/.-]\s*\d{{2,4}}\b|\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b"
        rf"|\b\d{{1,2}}(?:er|st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\b|\b(?:{_MONTHS})\s+(?:\d{{1,2}}\b|(?:19|20)\d\d\b)"
        rf"|\b(?:{_DAYS})\b|\b\d{{1,2}}(?:\s?h\s?|:)\d{{2}}\b"
    ),
    "amount": _pattern(
        r"\d[\d\s.,]*\s*(?:k|m|mille|millions?\s+d['’]|thousand|million)?\s*(?:€|euros?\b|eur\b|£|\$|chf\b)|[€£$]\s*\d"
    ),
    "file": _pattern(rf"\b[\w-]+\.(?:{_FILES})\b"),
    "link": _pattern(r"\b(?:https?://|www\.)\S+|\b[a-z2-7]{16,56}\.onion\b|(?<!\w)@\w{3,}"),
    "case": re.compile(r"\b(?=[a-z]*[2-7])(?=[2-7]*[a-z])[a-z2-7]{12}\b"),
}


@dataclass(frozen=True)
class Place:
    """Words `first` to `last` of a text, counted from 1."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"word {self.first}" if self.first == self.last else f"words {self.first} to {self.last}"


def scan(text: str) -> Iterator[tuple[str, Place]]:
    """Every pattern that occurs, once each: its code and its first place."""
    for code, pattern in PATTERNS.items():
        match = pattern.search(text)
        if match:
            yield code, _place(text, match.start(), match.end())


# A word with its inner hyphens and apostrophes, or one mark that ends a phrase.
_TOKEN = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*|[^\w\s]")
_ELISION = re.compile(r"(?:[cdjlmnst]|qu)[’']", re.IGNORECASE)


def find_name(text: str, known: Iterable[str]) -> Place | None:
    """The first place that looks like the name of a person.

    Args:
        known: names that may stand in the text, such as the cooperative's own.
    """
    allowed = INSTITUTIONS.union(*(fold(name) for name in known))
    tokens = list(_TOKEN.finditer(text))
    for index, token in enumerate(tokens):
        word = _bare(token[0])
        following = _following(tokens, index)
        if _names(word, _bare(following[0]) if following else "", allowed):
            return _place(text, token.start(), (following or token).end())
    return None


def _names(word: str, following: str, allowed: frozenset[str]) -> bool:
    key = "".join(fold(word))
    capital = bool(following) and following[0].isupper()
    if key in TITLES and word[0].isupper():
        return capital  # also « Mme Le … », whose second word is an article elsewhere
    unknown = capital and not set(fold(following)) <= allowed
    if len(word) == 1:
        return word.isupper() and len(following) > 1 and unknown  # an initial
    if word[0].isupper() and not set(fold(word)) <= allowed:
        # A given name alone, or a capitalised word before another one that is no institution.
        return unknown or not GIVEN.isdisjoint(fold(word))
    return key in ROLES and unknown


def _following(tokens: list[re.Match[str]], index: int) -> re.Match[str] | None:
    """The next word of the same phrase; the dot of an abbreviation or of an initial is passed over."""
    after = index + 1
    short = len(_bare(tokens[index][0])) == 1 or "".join(fold(tokens[index][0])) in TITLES
    if short and after < len(tokens) and tokens[after][0] == ".":
        after += 1
    return tokens[after] if after < len(tokens) and tokens[after][0][0].isalpha() else None


def _bare(word: str) -> str:
    return _ELISION.sub("", word, count=1) or word


def _place(text: str, start: int, end: int) -> Place:
    first = len(text[:start].split()) + (1 if start == 0 or text[start - 1].isspace() else 0)
    return Place(first, first + max(0, len(text[start:end].split()) - 1))
