"""Whether two texts may speak of one cooperative: the name that a reviewer declared, and what somebody wrote.

False alarms are preferred to misses: whoever is kept out wrongly is let in by a colleague, whoever read a case about
their own cooperative cannot unread it. So a name is found by one telling word, in any order, with typing errors,
without legal forms, as an acronym, and whatever town stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

from app.domain.words import fold

# Words that half of all cooperatives have in their name, or that stand around any name.
_FORM_WORDS = (
    "scic scop sce sccv sica cuma sa sas sarl sc scp scv scm hlm soc ste societe societes anonyme company society coop "
    "coops cop cooperative cooperatives cooperatif cooperatifs co op operative operatives union association asso ltd "
    "limited plc inc"
)
_SMALL_WORDS = (
    "a au aux avec chez d dans de des du en et l la le les pour sur s un une and at by for in of on the to with"
)
_FORMS, _SMALL = frozenset(_FORM_WORDS.split()), frozenset(_SMALL_WORDS.split())
# Words of many names: shared alone, they tell nothing.
_COMMON_WORDS = (
    "agricole agricoles agence alimentaire alliance artisan artisans atelier ateliers banque bank caisse centre "
    "central centrale citoyen citoyenne citoyennes collectif commun commune communes consommation consumer credit "
    "developpement energie energies energy entreprise entreprises epargne ferme fermes foncier fonciere food "
    "france francais francaise general generale grand grande groupe group habitat habitation habitations housing "
    "immobilier immobiliere jardin jardins locale locales logement logements maison maisons mutuel mutuelle "
    "national nationale nord nouveau nouvelle ouest participatif participative pays populaire production "
    "producteurs regional regionale reseau rural rurale saint sainte service services social sociale solidaire "
    "solidaires solidarite sud transport transports travail universel vallee village ville workers"
)
_COMMON = frozenset(_COMMON_WORDS.split())
# What comes after one of these is a town or a remark; a town alone never tells that two cooperatives are one.
_AFTER_NAME = re.compile(r"[,;:()\[\]/|–—]|\s-\s|\s(?:à|a|in|at)\s", re.IGNORECASE)
ACRONYM_MIN = 3
TELLING_MIN = 4
SQUASHED_MIN = 6
TYPO_MIN = 5


@dataclass(frozen=True)
class _Text:
    """`name`: the words that tell it from others; `words`: all of them, towns and forms included."""

    name: frozenset[str]
    words: frozenset[str]
    squashed: str
    own: str
    initials: frozenset[str]


def may_be_same(declared: str, written: str) -> bool:
    """Whether `written` may speak of the cooperative `declared`; never for an empty text."""
    one, other = _read(declared), _read(written)
    if not one.words or not other.words:
        return False
    if _within(one.name, other.words) or _within(other.name, one.words):
        return True
    if any(len(word) >= TELLING_MIN and _within({word}, other.name) for word in one.name - _COMMON):
        return True
    if _squashed(one, other) or _squashed(other, one):
        return True
    return not one.initials.isdisjoint(other.words) or not other.initials.isdisjoint(one.words)


def telling_words(name: str) -> list[str]:
    """The words of a name without legal form and small words; all of them when nothing else is left."""
    words = fold(name) or name.casefold().split()
    return _telling(words) or words


@lru_cache(maxsize=32768)
def _read(text: str) -> _Text:
    words = fold(text) or text.casefold().split()  # signs alone have no folded words
    first = next((part for part in map(fold, _AFTER_NAME.split(text)) if _telling(part)), words)
    name = _telling(first) or first
    spelled = _spelled(words)
    return _Text(
        frozenset(name),
        frozenset([*words, *spelled]),
        "".join(words),
        "".join(name),
        frozenset(_initials(first)) | frozenset(spelled),
    )


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if word not in _FORMS and word not in _SMALL]


def _spelled(words: list[str]) -> list[str]:
    """C.D.L. and the like: letters that stand alone in a row."""
    rows = "".join(word if len(word) == 1 else " " for word in words).split()
    return [row for row in rows if len(row) >= ACRONYM_MIN]


def _initials(words: list[str]) -> list[str]:
    """The acronyms that a name may have: with its small words, without them, and without its legal form."""
    plain = [word for word in words if word not in _SMALL]
    rows = ("".join(word[0] for word in kept) for kept in (words, plain, _telling(words)))
    return [row for row in rows if len(row) >= ACRONYM_MIN]


def _within(name: Set[str], words: Set[str]) -> bool:
    return all(word in words or any(_alike(word, other) for other in words) for word in name)


def _squashed(one: _Text, other: _Text) -> bool:
    return len(one.own) >= SQUASHED_MIN and one.own in other.squashed


def _alike(one: str, other: str) -> bool:
    """Equal but for a plural or one letter added, lost, changed or swapped."""
    if one.rstrip("sx") == other.rstrip("sx") != "":
        return True
    if min(len(one), len(other)) < TYPO_MIN or abs(len(one) - len(other)) > 1:
        return False
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])


def _common(one: str, other: str) -> int:
    """How many letters two words share at the beginning."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
