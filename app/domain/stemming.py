"""Words of a text in French or English, for the search of the desk: what is a word, and which words say nothing.

Nobody types a query with the accents, the capitals or the elisions of the text that they look for, so a word meets
another when one of their stems is the same; which stems those are is the caller's, who brings the stemmers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

# An apostrophe ends a word: of "l'assemblée" the first half is a stop word.
WORD = re.compile(r"[^\W_]+")
# One word with a hyphen in it, in half of all English texts about our subject.
_COOP = re.compile(r"co(?<!\wco)[-\u2010\u2011](?=op)")
_PLACES = re.compile(r"(?:(?<!\w)co[-\u2010\u2011](?=op))?[^\W_]+", re.IGNORECASE)
# Longer than any word that somebody types: a line of base64 must not become one.
LONGEST = 40

FRENCH = (
    "a ai ainsi alors apres au aucun aussi autre aux avait avant avec avoir avons bien c ca car ce cela celle celui"
    " ces cet cette ceux chaque chez comme d dans de depuis des donc dont du elle elles en encore entre est et etait"
    " etaient ete etre eu eux fait faire fois font hors ici il ils j je jusqu l la le les leur leurs lors lorsqu lui"
    " m ma mais me meme memes mes moi mon n ne ni nos notre nous on ont ou par parce pas peu peut plus pour pourquoi"
    " puis puisqu qu quand que quel quelle quelles quels qui quoi quoiqu s sa sans se sera ses si soit son sont sous"
    " suis sur t ta te tes toi ton tous tout toute toutes tres tu un une vers vos votre vous y"
)
ENGLISH = (
    "a about after all also am an and any are as at be because been before being both but by can could did do does"
    " doing for from had has have having he her here hers him his how i if in into is it its just let me more most my"
    " no nor not of off on once only or other our out over own same she should so some such than that the their them"
    " then there these they this those through to too under until up us very was we were what when where which while"
    " who whom why will with would you your"
)
STOP = frozenset(f"{FRENCH} {ENGLISH}".split())


def fold(text: str) -> str:
    """The text without accents and capitals."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(one for one in parts if not unicodedata.combining(one))


# Letter by letter, for whole texts: as `fold` does it, ten times as fast.
_LETTERS = {number: fold(chr(number)) for number in range(0xC0, 0x250) if chr(number).isalpha()}


def plain(text: str) -> str:
    """The text folded, for looking in it; places in it are not those of the text."""
    return _whole(text).translate(_LETTERS)


def squashed(text: str) -> str:
    """The letters of a name alone, folded: nobody types its apostrophes, hyphens and spaces as the text has them."""
    return "".join(WORD.findall(fold(text)))


class Phrase:
    """Folded words one after the other, whatever stands between them."""

    def __init__(self, asked: Sequence[str]) -> None:
        self._pattern = re.compile(r"[\W_]+".join(re.escape(word) for word in asked) + r"(?![^\W_])")

    def stands_in(self, text: str) -> bool:
        """Whether they stand in a text that `plain` gave."""
        # Where the first word begins is looked at here: asked by the pattern, each letter of the text would be tried.
        return any(not found.start() or not text[found.start() - 1].isalnum() for found in self._pattern.finditer(text))


def words(text: str) -> list[str]:
    """Every word in lower case, accents kept: a stemmer needs them."""
    return [word[:LONGEST] for word in WORD.findall(_whole(text))]


def places(text: str) -> Iterator[tuple[str, int, int]]:
    """Every word of a text with where it begins and ends in it, for marking."""
    for found in _PLACES.finditer(text):
        yield _whole(found[0])[:LONGEST], found.start(), found.end()


def _whole(text: str) -> str:
    """In lower case, "co-operative" as "cooperative"."""
    return _COOP.sub("co", unicodedata.normalize("NFC", text).lower())


def keys(word: str, stemmers: tuple[Callable[[str], str], ...]) -> tuple[str, ...]:
    """The stems under which a word is found; none for a word that says nothing.

    Each stemmer sees the word as it is written and without accents: "convoquée" is found by who types "convoquee" and
    by who types "convoqué".
    """
    plain = fold(word)
    if plain in STOP or not plain:
        return ()
    if not plain.isalpha():
        return (plain,)
    return tuple(sorted({fold(stem(form)) for stem in stemmers for form in {word, plain}}))
