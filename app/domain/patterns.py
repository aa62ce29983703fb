"""What could name, date or reach somebody in a text that is to be published: places, never the words themselves.

These are nets with small holes on purpose: a false alarm costs an analyst one other wording, a miss may cost a person
their peace. They do not replace the two readers who sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.domain.words import (
    ADJECTIVES,
    BEFORE_NAMES,
    CIVIL,
    GIVEN,
    INSTITUTIONS,
    PARTICLES,
    PLACES,
    ROLES,
    TITLES,
    fold,
)

# Any month is finer than a half-year. « may » and « march » are verbs too: only where a date stands.
_MONTHS = (
    "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre|"
    "january|february|april|june|july|august|september|october|november|december"
)
_VERBS = "march|may"
_NTH = (
    r"(?:(?:twenty|thirty)-)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    r"[a-z]+teenth|twentieth|thirtieth)"
)
_DAYS = "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_FEASTS = "noël|noel|pâques|toussaint|pentecôte|christmas|easter"
_ORDINALS = r"(?:\d\s?(?:ers?|re|e|ème|eme|nd|rd|st|th)|premier|deuxième|second|troisième|quatrième|first|third|fourth)"
_FILES = "pdf|docx?|xlsx?|pptx?|od[tsp]|rtf|txt|csv|eml|msg|jpe?g|png|gif|heic|tiff?|mp[34]|wav|zip|7z|rar"
_CURRENCIES = "euros?|eur|chf|gbp|usd|sek|dkk|nok|pln|czk|huf|dollars?|pounds?|francs|livres?\\s+sterling|zlotys?"
# Between the groups of a number: a space, a dot, a stroke, a hyphen of any kind.
_GAP = r"[\s./()_\u00b7\u2010-\u2015-]"
_AT = r"(?:@|[(\[{<]\s*(?:@|at|arobas[e]?|arrobase|a|chez)\s*[)\]}>]|\b(?:arobas[e]?|arrobase)\b)"
_DOT = r"(?:\s*\.\s*|\s*[(\[{<]\s*(?:\.|dot|point)\s*[)\]}>]\s*|\s+(?:dot|point)\s+)"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


# code → what to look for. Order is the order of the findings.
PATTERNS: dict[str, re.Pattern[str]] = {
    "email": _pattern(
        rf"[\w.+-]+@[\w-]+|[\w.+-]+\s*{_AT}\s*[\w-]+(?:{_DOT}[\w-]+)+|\barobase\b"
        rf"|[\w.+-]+\s+(?:at|chez)\s+[\w-]+(?:\.[\w-]+)*(?:\.[a-z]{{2,}}\b|\s+(?:dot|point)\s+[a-z]{{2,}}\b)"
    ),
    "phone": re.compile(
        rf"(?<![\w.])(?:(?:\+|00)\s?[1-9](?:{_GAP}{{0,3}}\d){{6,13}}"
        # A trunk prefix, then six to ten digits.
        rf"|\(?0\d(?:{_GAP}{{0,3}}\d){{6,10}}"
        # No prefix: eight digits or more in groups of two to four, unless they are years or round thousands.
        rf"|(?!(?:(?:19|20)\d\d{_GAP}{{1,3}})+(?:19|20)\d\d(?!\d))(?!\d{{1,3}}(?:[\s.]000)+(?!\d))"
        rf"(?=(?:{_GAP}?\d){{8}})[1-9]\d{{1,3}}(?:{_GAP}\d{{2,4}}){{1,5}}"
        rf"|\d{{8,15}})(?!\w)"
    ),
    "iban": _pattern(
        r"\b[A-Z]{2}\d{2}(?:[\s.-]?[A-Z0-9]{4}){2,7}(?:[\s.-]?[A-Z0-9]{1,4})?\b"
        r"|\b[A-Z]{2}\d{2}(?:[\s.-]{0,2}[A-Z]{0,4}[\s.-]{0,2}\d){9,30}"
        r"|\b[A-Z]{2}\s\d{2}\s(?:[A-Z]{4}\s)?\d{4}\s\d{4}"
    ),
    "date": _pattern(
        r"\b\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{2,4}\b|\b(?:19|20)\d\d[/.-]\d\d(?:[/.-]\d\d)?\b"
        r"|\b\d\d[/.](?:19|20)\d\d\b|\b(?:0[1-9]|[12]\d|3[01])/(?:0[1-9]|1[0-2])\b"
        rf"|\b\d{{1,2}}(?:er|st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTHS})\b|\b(?:{_MONTHS}|{_DAYS}|{_FEASTS})\b"
        rf"|\b(?:\d{{1,2}}(?:st|nd|rd|th)?|{_NTH}|in|of|on|since|until|by|early|mid|late|last|next)"
        rf"[\s-]+(?:of\s+)?(?:{_VERBS})\b|\b(?:{_VERBS})\s+(?:the\s+)?(?:\d|{_NTH}\b)"
        rf"|\b{_ORDINALS}\s+(?:trimestre|quarter)\b|\b[qt][1-4][\s/-]?(?:19|20)\d\d\b|\b(?:19|20)\d\d[\s/-]?[qt][1-4]\b"
        r"|\b(?:semaine|week)\s+(?:n[°o]\s*)?\d{1,2}\b"
        r"|\b\d{1,2}(?:\s?h\s?|:)\d{2}\b|\b\d{1,2}\s?[ap]\.?m\b"
    ),
    "amount": _pattern(rf"[€£$]|(?<![^\W\d])k?(?:{_CURRENCIES})\b"),
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
    text = plain(text)
    # The digits of an account or of a day are no telephone number beside it.
    bare = _COUNTED.sub(_struck, PATTERNS["iban"].sub(_struck, text))
    for code, pattern in PATTERNS.items():
        match = pattern.search(bare if code == "phone" else text)
        if match:
            yield code, _place(text, match.start(), match.end())


_COUNTED = re.compile(
    r"(?<![\d./-])(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:19|20)\d\d|(?:19|20)\d\d[/.-]\d\d[/.-]\d\d)(?![./-]?\d)"
)


def _struck(match: re.Match[str]) -> str:
    return "|" * len(match[0])


def plain(text: str) -> str:
    """The text with compatible characters in their usual form and without invisible ones, as a reader sees it."""
    shown = unicodedata.normalize("NFKC", text)
    return "".join(character for character in shown if unicodedata.category(character) not in {"Cf", "Mn"})


# A word with its inner hyphens and apostrophes, or one mark that ends a phrase.
_TOKEN = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*|[^\w\s]")
_ELISION = re.compile(r"(?:[cdjlmnst]|qu)[’']", re.IGNORECASE)


def find_name(text: str, known: Iterable[str]) -> Place | None:
    """The first place that looks like the name of a person.

    Args:
        known: names that may stand in the text, such as the cooperative's own.
    """
    text = plain(text)
    allowed = INSTITUTIONS.union(_OFFICES, *(fold(name) for name in known))
    tokens = list(_TOKEN.finditer(text))
    for index, token in enumerate(tokens):
        word = _bare(token[0])
        following = _following(tokens, index)
        before = tokens[index - 1][0] if index else ""
        after = _bare(following[0]) if following else ""
        found = _names(word, after, allowed) or (_dotted(tokens, index) and _short(word, after, allowed))
        if found or (_stands(word, token[0], before, allowed) and not _seat(tokens, index)):
            return _place(text, token.start(), (following or token).end())
    return None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
# What may bear a person's name in its own: an institution passes, what stands in the name of a person does not.
_BEARERS = _words(
    "association associations avenue centre center college comite cooperative ecole federation fondation foundation "
    "fonds groupe hopital institut institute lycee mutuelle observatoire place rue saint sainte st ste syndicat union "
    "universite university"
)
ACRONYM = 4
LONG = 4
# Acronyms that are as long as a name.
_ACRONYMS = _words(
    "accre amexa anssi arcep arcom bpifrance carsat dgccrf dirrecte dreets inpi insee olaf tracfin urssaf"
)
# Words of offices beside those of INSTITUTIONS, and where courts sit.
_OFFICES = _words("appeal appeals appel compliance council councils data inspectorate officer protection works")
_COURTS = _words("appel chambre conseil cour court parquet prefecture prudhommes tribunal")
_SEATS = _words(
    "agen aix amiens angers bastia besancon bordeaux bourges bruxelles caen chambery colmar dijon douai grenoble lille "
    "limoges lyon marseille metz montpellier nancy nanterre nantes nice nimes orleans paris pau poitiers reims rennes "
    "riom rouen strasbourg toulouse versailles"
)
_ABBREVIATED = _words("adm ass civ com consom const crim fin gen int mon org pen plen rur soc trav")


def find_titled(text: str) -> Place | None:
    """The first person in a text of few words, such as a source or the name of a body: a title, a given name, an
    initial. Capitalised words alone tell nothing there.
    """
    text = plain(text)
    tokens = list(_TOKEN.finditer(text))
    for index, token in enumerate(tokens):
        following = _following(tokens, index)
        before = "".join(fold(tokens[index - 1][0])) if index else ""
        if _titled(_bare(token[0]), _bare(following[0]) if following else "", before):
            return _place(text, token.start(), (following or token).end())
    return None


def names_in_address(address: str) -> bool:
    """Whether the path of an address, which has no capitals to go by, has a given name before another word."""
    path = _ESCAPES.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace"), address)
    words = ["".join(fold(word)) for word in re.split(r"[\W\d_]+", path.partition("/")[2])]
    return any(
        word in GIVEN and word not in ADJECTIVES and before not in _BEARERS and len(after) > 1
        for before, word, after in zip(["", *words], words, words[1:], strict=False)
    )


def _titled(word: str, following: str, before: str) -> bool:
    parts = fold(word)
    known = set(fold(following)) <= INSTITUTIONS | _ABBREVIATED
    key = "".join(parts)
    if key in CIVIL:
        return not known
    if key in TITLES and word[0].isupper():
        return following[:1].isupper()
    if len(word) == 1:
        return word.isupper() and len(following) > 1 and following[0].isupper() and not known
    given = bool(parts) and parts[0] in GIVEN and word[0].isupper()
    return given and before not in _BEARERS and (parts[0] not in ADJECTIVES or following[:1].isupper())


def _names(word: str, following: str, allowed: frozenset[str]) -> bool:
    key = "".join(fold(word))
    capital = bool(following) and following[0].isupper()
    if key in TITLES and word[0].isupper():
        return capital  # also « Mme Le … », whose second word is an article elsewhere
    unknown = bool(following) and not set(fold(following)) <= allowed
    if key in CIVIL:
        return unknown
    if len(word) == 1:
        return word.isupper() and len(following) > 1 and capital and unknown  # an initial
    if key in GIVEN and key not in ADJECTIVES and key not in allowed:
        return True
    if word[0].isupper() and not set(fold(word)) <= allowed:
        # A given name alone, or a capitalised word before another one that is no institution.
        return (capital and unknown) or not GIVEN.isdisjoint(fold(word))
    return key in ROLES and capital and unknown


def _dotted(tokens: list[re.Match[str]], index: int) -> bool:
    return index + 1 < len(tokens) and tokens[index + 1][0] == "."


def _short(word: str, following: str, allowed: frozenset[str]) -> bool:
    """« M. dupont », « J. dupont »: whoever wrote the name without its capital."""
    title = "".join(fold(word)) in TITLES or len(word) == 1
    known = set(fold(following)) <= allowed | _ABBREVIATED
    return title and word[0].isupper() and len(following) >= LONG and not known


def _seat(tokens: list[re.Match[str]], index: int) -> bool:
    """« Cour d'appel de Paris »: the town of a court or of an office."""
    before = {"".join(fold(token[0])) for token in tokens[max(0, index - 5) : index]}
    return "".join(fold(tokens[index][0])) in _SEATS and not before.isdisjoint(_COURTS)


def _stands(word: str, token: str, before: str, allowed: frozenset[str]) -> bool:
    """A capitalised word where a person would stand: after « par », « de », “by”; no acronym and no country."""
    known = set(fold(word)) <= allowed or "".join(fold(word)) in PLACES
    after = "".join(fold(before)) in BEFORE_NAMES or token != word
    # « Selon DUPONT » is no acronym: those are shorter, or have an article before them.
    acronym = word.isupper() and (len(word) <= ACRONYM or token != word or "".join(fold(word)) in _ACRONYMS)
    return after and len(word) > 2 and word[0].isupper() and not acronym and not known


def _following(tokens: list[re.Match[str]], index: int) -> re.Match[str] | None:
    """The next word of the same phrase; the dot of an abbreviation or of an initial is passed over."""
    after = index + 1
    short = len(_bare(tokens[index][0])) == 1 or "".join(fold(tokens[index][0])) in TITLES
    if short and after < len(tokens) and tokens[after][0] == ".":
        after += 1
    while _particle(tokens, index, after):
        after += 1
    return tokens[after] if after < len(tokens) and tokens[after][0][0].isalpha() else None


def _particle(tokens: list[re.Match[str]], index: int, after: int) -> bool:
    """« Anna van der Berg »: a particle between two capitals is passed over."""
    here = tokens[index][0][0].isupper() and after + 1 < len(tokens)
    return here and tokens[after][0] in PARTICLES and tokens[after + 1][0][0].isalpha()


def _bare(word: str) -> str:
    return _ELISION.sub("", word, count=1) or word


def _place(text: str, start: int, end: int) -> Place:
    first = len(text[:start].split()) + (1 if start == 0 or text[start - 1].isspace() else 0)
    return Place(first, first + max(0, len(text[start:end].split()) - 1))
