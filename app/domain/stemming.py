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


def _forms() -> dict[str, str]:
    """Each plain letter with the accented ones that fold to it."""
    found: dict[str, str] = {}
    for letter in map(chr, range(0xC0, 0x180)):
        if len(fold(letter)) == 1:
            found[fold(letter)] = found.get(fold(letter), "") + letter
    return found


_LETTERS = _forms()
_OE = "".join(f"[{one}{_LETTERS[one]}]" for one in "oe")


def phrase(asked: Sequence[str]) -> re.Pattern[str]:
    """Finds these folded words one after the other, in a text in the composed form (NFC), whatever stands between."""
    together = r"[\W_]+".join(_spelled(word) for word in asked)
    # Whether a word begins there is asked after its first letter: asked at each place it takes ten times as long.
    return re.compile(rf"(?={_spelled(asked[0][0])})(?<![^\W_])(?:{together})(?![^\W_])", re.IGNORECASE)


def _spelled(word: str) -> str:
    """A folded word with any accents, and with its ligatures."""
    letters = "".join(f"[{one}{_LETTERS[one]}]" if one in _LETTERS else re.escape(one) for one in word)
    return letters.replace(_OE, f"(?:{_OE}|œ)")


def words(text: str) -> list[str]:
    """Every word in lower case, accents kept: a stemmer needs them."""
    return [word[:LONGEST] for word in WORD.findall(unicodedata.normalize("NFC", text).lower())]


def places(text: str) -> Iterator[tuple[str, int, int]]:
    """Every word of a text with where it begins and ends in it, for marking."""
    for found in WORD.finditer(text):
        yield unicodedata.normalize("NFC", found[0]).lower()[:LONGEST], found.start(), found.end()


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
