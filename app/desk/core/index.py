"""An index of words in memory: which texts hold a stem, and how well they answer a query (BM25).

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, section 3. Nothing here is
written anywhere, and nothing outlives the object: the words that it knows are words of reporters.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import log
from unicodedata import normalize

from app.domain.stemming import fold, plain, words

# The usual constants: how soon repeating a word stops counting, and how much a long text is held against it.
SATURATION = 1.2
LENGTH_SHARE = 0.75
# A beginning of a word such as "co" stands for no more words than these, the shortest first.
PREFIX_WORDS = 64
# Texts that were replaced stay in the lists until there are more of them than of the others.
SLACK = 256
# Between two parts: a word that is none, so that no phrase reaches from one into the next.
APART = " 0_ "

Keys = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True)
class Part:
    """A piece of text; the words of a label count more than those of a story."""

    text: str = field(repr=False)
    weight: int = 1


@dataclass(frozen=True)
class _Entry:
    id: str
    token: object = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)
    plain: str = field(repr=False)
    length: int


class Index:
    """Texts by id. `keys` gives the stems of a word; it is asked once for each different word."""

    def __init__(self, keys: Keys) -> None:
        self._ask = keys
        self._keys: dict[str, tuple[str, ...]] = {}
        self._sorted: list[tuple[str, str]] = []  # folded and as written, for words that are only begun
        self._lists: dict[str, tuple[array[int], array[int]]] = {}
        self._entries: list[_Entry | None] = []
        self._numbers: dict[str, int] = {}
        self._length = 0

    def __len__(self) -> int:
        return len(self._numbers)

    def ids(self) -> set[str]:
        return set(self._numbers)

    def holds(self, text_id: str, token: object) -> bool:
        """Whether this id was put with this very token: then nothing changed since."""
        entry = self._entry(text_id)
        return entry is not None and entry.token is token

    def parts(self, text_id: str) -> tuple[Part, ...]:
        """What was put."""
        entry = self._entry(text_id)
        return entry.parts if entry else ()

    def plain(self, text_id: str) -> str:
        """All of it, folded: a phrase is looked for there."""
        entry = self._entry(text_id)
        return entry.plain if entry else ""

    def put(self, text_id: str, parts: Iterable[Part], token: object = None) -> None:
        """Add a text, or replace the one of that id."""
        self.drop(text_id)
        kept = tuple(Part(normalize("NFC", part.text), part.weight) for part in parts if part.text)
        stems: defaultdict[str, int] = defaultdict(int)
        length = 0
        for word, count in _counted(kept).items():
            found = self.keys(word)
            length += count if found else 0
            for key in found:
                stems[key] += count
        number = len(self._entries)
        for key, count in stems.items():
            numbers, counts = self._lists.setdefault(key, (array("I"), array("H")))
            numbers.append(number)
            counts.append(min(count, 0xFFFF))
        plain_text = APART.join(plain(part.text) for part in kept)
        self._entries.append(_Entry(text_id, token, kept, plain_text, length))
        self._numbers[text_id] = number
        self._length += length

    def drop(self, text_id: str) -> None:
        """Forget a text; an unknown one is none to forget."""
        number = self._numbers.pop(text_id, None)
        if number is None:
            return
        entry = self._entries[number]
        self._length -= entry.length if entry else 0
        self._entries[number] = None
        if len(self._entries) > 2 * len(self._numbers) + SLACK:
            self._tidy()

    def keys(self, word: str) -> tuple[str, ...]:
        """The stems of a word in lower case."""
        found = self._keys.get(word)
        if found is None:
            found = self._keys[word] = self._ask(word)
        return found

    def begun(self, beginning: str) -> tuple[str, ...]:
        """The stems of every known word that begins so."""
        if len(self._sorted) != len(self._keys):
            self._sorted = sorted((fold(word), word) for word in self._keys)
        start = fold(beginning)
        at = bisect_left(self._sorted, (start, ""))
        found = [word for plain, word in self._sorted[at : at + 4096] if plain.startswith(start)]
        nearest = sorted(found, key=lambda word: (len(word), word))[:PREFIX_WORDS]
        return tuple(dict.fromkeys(key for word in nearest for key in self._keys[word]))

    def scores(self, asked: Sequence[Sequence[str]]) -> dict[str, float]:
        """How well each text answers; each item holds the stems of one word, of which the best one counts.

        Texts with every word come alone; only when there is none, those with some of them.
        """
        sums: defaultdict[int, float] = defaultdict(float)
        met: Counter[int] = Counter()
        for stems in asked:
            best = self._best(stems)
            met.update(best.keys())
            for number, score in best.items():
                sums[number] += score
        most = max(met.values(), default=0)
        return {self._id(number): score for number, score in sums.items() if met[number] == most}

    def _best(self, stems: Iterable[str]) -> dict[int, float]:
        """For one word: the score of its best stem in each text."""
        average = self._length / len(self._numbers) if self._length else 1.0
        fixed, slope = SATURATION * (1 - LENGTH_SHARE), SATURATION * LENGTH_SHARE / average
        best: dict[int, float] = {}
        entries = self._entries
        for key in stems:
            numbers, counts = self._lists.get(key, (array("I"), array("H")))
            rarity = log(1 + (len(self._numbers) + 0.5) / (min(len(numbers), len(self._numbers)) + 0.5))
            for number, count in zip(numbers, counts, strict=True):
                entry = entries[number]
                if entry is None:
                    continue
                score = rarity * count * (SATURATION + 1) / (count + fixed + slope * entry.length)
                if score > best.get(number, 0.0):
                    best[number] = score
        return best

    def _id(self, number: int) -> str:
        entry = self._entries[number]
        return entry.id if entry else ""

    def _entry(self, text_id: str) -> _Entry | None:
        number = self._numbers.get(text_id)
        return None if number is None else self._entries[number]

    def _tidy(self) -> None:
        """Leave out what was replaced: the lists, the words that only it had, all of it."""
        kept = [entry for entry in self._entries if entry is not None]
        keys, self._keys = self._keys, {}
        self._lists, self._entries, self._numbers, self._sorted, self._length = {}, [], {}, [], 0
        ask, self._ask = self._ask, lambda word: keys[word]  # every word left was stemmed before
        try:
            for entry in kept:
                self.put(entry.id, entry.parts, entry.token)
        finally:
            self._ask = ask


def _counted(parts: Iterable[Part]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for part in parts:
        for word, count in Counter(words(part.text)).items():
            counts[word] += count * part.weight
    return counts
