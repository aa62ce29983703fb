"""The directory on the desk: one file of lines, searched as it lies in memory.

    <id> TAB <words to find it by> TAB <canonical JSON> LF, in the order of the ids, behind one empty line

What it holds stands in public registers, so it is not sealed; the desk keeps its digest, sealed, and reads no other
file. A search is a few passes over bytes: no index has to be built, kept or trusted (ADR 0030).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.cooperative_id import COOPERATIVE_ID
from app.domain.cooperatives import may_be_same
from app.domain.legal_person import LegalPerson, combine, ids_of, parse
from app.domain.words import fold
from crypto import canonical

LIMIT = 1024 * 1024 * 1024
# How many lines one question looks at: a word of every second name would otherwise take for ever.
SCANNED_MAX = 1_000
RARE = 3
TRIED_MAX = 800
PREFIX = 4
SHOWN = 20
_GROUPED = re.compile(r"(?<=[0-9])[ .](?=[0-9])")
_NUMBER = re.compile(r"[0-9]{6,}|[0-9A-Z]{18}[0-9]{2}")

_Order = tuple[bool, int, bool, int, str]


@dataclass(frozen=True)
class Found:
    """What a search found; `more`: there are others that it did not look at."""

    persons: tuple[LegalPerson, ...]
    more: bool = False


class Book:
    """A directory in memory."""

    def __init__(self, data: bytes = b"\n") -> None:
        self._data = data

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return hashlib.sha256(self._data).hexdigest()

    @property
    def data(self) -> bytes:
        return self._data

    def __len__(self) -> int:
        return self._data.count(b"\n") - 1

    def __iter__(self) -> Iterator[Mapping[str, object]]:
        """Every record as canonical JSON takes it, in the order of the ids."""
        for line in self._data.split(b"\n")[1:-1]:
            yield canonical.loads(line.split(b"\t", 2)[2])

    def get(self, cooperative_id: str) -> LegalPerson | None:
        """The record of this id, or the one that has the number in it."""
        if not COOPERATIVE_ID.fullmatch(cooperative_id):
            return None
        place = self._data.find(f"\n{cooperative_id}\t".encode())
        if place < 0:
            return next((self._person(start) for start in self._lines(f" {cooperative_id} ".encode())), None)
        return self._person(place + 1)

    def search(self, text: str, country: str = "", *, limit: int = SHOWN) -> Found:
        """Legal persons with all these words, each at the beginning of a word of theirs; the closest first.

        Args:
            text: words of names, or a number with or without spaces in it.
            country: ISO 3166-1, or nothing.
        """
        words = set(fold(_GROUPED.sub("", text)))
        if not words:
            return Found(())
        needles = sorted((f" {word}".encode() for word in words), key=len, reverse=True)
        rarest = min(needles[:RARE], key=self._data.count)
        starts = []
        for start in self._lines(rarest, country):
            if all(needle in self._key(start) for needle in needles):
                starts.append(start)
            if len(starts) >= SCANNED_MAX:
                break
        found = sorted((_order(self._raw(start), words), start) for start in starts)
        return Found(tuple(self._person(start) for _, start in found[:limit]), len(found) > limit)

    def suggest(self, text: str, *, limit: int = 10) -> tuple[LegalPerson, ...]:
        """Who may be meant by a free text, likeliest first: by a number in it, then by name. Only ever a suggestion."""
        plain = _GROUPED.sub("", text)
        numbers = {number.lower() for number in _NUMBER.findall(plain.upper())}
        words = set(fold(plain))
        starts = {start for number in numbers for start in self._lines(f" {number} ".encode())}
        for prefix in self._rarest({word if len(word) < PREFIX else word[:PREFIX] for word in words}):
            for count, start in enumerate(self._lines(f" {prefix}".encode())):
                starts.add(start)
                if count >= TRIED_MAX:
                    break
        found = []
        for start in starts:
            raw, own = self._raw(start), set(self._key(start).decode().split())
            known = not numbers.isdisjoint(own)
            if known or any(may_be_same(name, text) for name in raw["names"]):
                found.append((not known, _order(raw, words), start))
        return tuple(self._person(start) for *_, start in sorted(found)[:limit])

    def _rarest(self, prefixes: set[str]) -> list[str]:
        """The prefixes that tell most, of those that stand anywhere."""
        counted = ((self._data.count(f" {prefix}".encode()), prefix) for prefix in prefixes if len(prefix) > 2)
        return [prefix for count, prefix in sorted(counted) if count][:RARE]

    def _lines(self, needle: bytes, country: str = "") -> Iterator[int]:
        """Where the lines begin whose words have this in them."""
        place = 0
        mark = f" ={country.lower()} ".encode()
        while (place := self._data.find(needle, place)) >= 0:
            start = self._data.rindex(b"\n", 0, place) + 1
            key = self._key(start)
            if needle in key and (not country or mark in key):
                yield start
            place = self._data.index(b"\n", place)

    def _key(self, start: int) -> bytes:
        """The words of the line that begins there."""
        begin = self._data.index(b"\t", start) + 1
        return self._data[begin : self._data.index(b"\t", begin)]

    def _raw(self, start: int) -> Mapping[str, Any]:
        """The record as JSON reads it: ten times as fast as a person, and enough to put many in an order."""
        raw: Mapping[str, Any] = json.loads(self._data[start : self._data.index(b"\n", start)].split(b"\t", 2)[2])
        return raw

    def _person(self, start: int) -> LegalPerson:
        return parse(self._raw(start))


def write(book: Book, news: Iterable[LegalPerson]) -> Book:
    """A directory with these persons in it too; who is known already is combined with what is new."""
    lines = {line.split(b"\t", 1)[0]: line for line in book.data.split(b"\n")[1:-1]}
    for person in news:
        key = person.id.encode()
        if key in lines:
            known = parse(canonical.loads(lines[key].split(b"\t", 2)[2]))
            lines[key] = _line(combine(known, person))
        else:
            lines[key] = _line(person)
    return Book(b"\n" + b"".join(lines[key] + b"\n" for key in sorted(lines)))


def _line(person: LegalPerson) -> bytes:
    words = dict.fromkeys(word for name in person.names for word in fold(name))
    numbers = (word for number in person.identifiers for word in fold(number.value))
    marks = (f"={person.country.lower()}", *ids_of(person))
    key = " ".join(("", *words, *numbers, *marks, ""))
    return b"\t".join((person.id.encode(), key.encode(), canonical.dumps(person.to_dict())))


def _order(raw: Mapping[str, Any], words: set[str]) -> _Order:
    """Whole words first, then names with little beside them, then those that still exist."""
    best = min((set(fold(name)) for name in raw["names"]), key=lambda own: (len(words - own), len(own - words)))
    return bool(words - best), len(words - best) + len(best - words), raw["status"] != "active", len(best), raw["id"]
