"""The codename: eight words that stand for 80 random bits and 8 checksum bits (docs/spec/codename.md).

Words of any shipped list are understood on any page, whatever the case, accents and punctuation. Word and checksum
mistakes are found before any key derivation; the list is public, so naming the bad position gives nothing away.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mnemonic import Mnemonic

from crypto.errors import FormatError
from crypto.kdf import CODE_BYTES, SALT_BYTES

LANGUAGES = ("fr", "en", "es", "it", "pt")
WORDS = 8
LIST_WORDS = 2048
WORD_BITS = 11
CHECKSUM_BITS = 8
PREFIX_LETTERS = 4
ATTEMPT_BYTES = 32
# A codename has at most 79 letters; the rest is room for numbering and pasted blanks.
TEXT_MAX = 1_000

_LABEL = b"codename/v1"
# Candidates of one attempt. One in about 89,000 is passed over (docs/spec/codename.md), so the last is never reached.
_CANDIDATES = 16

_SOURCES = {"fr": "french", "en": "english", "es": "spanish", "it": "italian", "pt": "portuguese"}
# SHA-256 of the folded words joined by LF: another edition of a list would silently orphan every mailbox.
LIST_DIGESTS = {
    "fr": "b590d1fce0c31212bac489ffb5c809952b54cf7f5e4befce4d623b503dc6988f",
    "en": "187db04a869dd9bc7be80d21a86497d692c0db6abd3aa8cb6be5d618ff757fae",
    "es": "b42d784c3972308c5e210ffd6b362d7f3e365d1ac28e86a13dbbc287f375df72",
    "it": "ffefe450a4be8015d9c291d6ae305ab7e814e822113fa874268c3074af42b27e",
    "pt": "882265ece9ce1178b9fe47463d571dfa399c6fc7cb17895eb2767f1930c945eb",
}
_JOINED = str.maketrans({"œ": "oe", "æ": "ae"})


class CodenameError(FormatError):
    """What was typed is no codename. Carries numbers only, never a word."""


class WrongCount(CodenameError):
    """There are not eight words."""

    def __init__(self, found: int) -> None:
        super().__init__(f"a codename has {WORDS} words, not {found}")
        self.found = found


class UnlistedWord(CodenameError):
    """The word at `position` (1 to 8) is in none of the lists."""

    def __init__(self, position: int) -> None:
        super().__init__(f"word {position} of the codename is in no list")
        self.position = position


class WrongChecksum(CodenameError):
    """Every word is listed, but one of them or their order is wrong."""

    def __init__(self) -> None:
        super().__init__("one word of the codename or the order is wrong")


@dataclass(frozen=True)
class WordList:
    """One list: words as shown, the index of each folded word, and of each folded 4-letter prefix."""

    shown: tuple[str, ...]
    exact: dict[str, int]
    prefixes: dict[str, tuple[str, int]]

    def index(self, token: str) -> int | None:
        """The number of a folded word: exact first, else a beginning of one word, four letters at least."""
        if token in self.exact:
            return self.exact[token]
        word, number = self.prefixes.get(token[:PREFIX_LETTERS], ("", 0))
        return number if len(token) >= PREFIX_LETTERS and word.startswith(token) else None


def draw(attempt: bytes, salt: bytes) -> bytes:
    """The 10-byte code of an attempt: the same attempt always gives the same code.

    Candidates whose words mean another code in another list are passed over.

    Raises:
        FormatError: the attempt or the salt has another length.
    """
    if len(attempt) != ATTEMPT_BYTES or len(salt) != SALT_BYTES:
        raise FormatError("an attempt is 32 bytes and an instance salt 16 bytes long")
    stream = HKDF(hashes.SHA256(), CODE_BYTES * _CANDIDATES, salt, _LABEL).derive(attempt)
    return first_unambiguous(stream[at : at + CODE_BYTES] for at in range(0, len(stream), CODE_BYTES))


def first_unambiguous(candidates: Iterable[bytes]) -> bytes:
    """The first code whose words, in any language and as short as one may type them, are read as that code only.

    Raises:
        FormatError: there is none.
    """
    for code in candidates:
        if all(_readings(_shortest(code, language)) == {code} for language in LANGUAGES):
            return code
    raise FormatError("no candidate can be read in one way only")


def words(code: bytes, language: str) -> tuple[str, ...]:
    """The eight words of a code, as shown in a language.

    Raises:
        FormatError: the code has another length, or there is no list for the language.
    """
    if len(code) != CODE_BYTES or language not in LANGUAGES:
        raise FormatError("a code is 10 bytes long, and a language is one of the shipped lists")
    number = int.from_bytes(code + checksum(code), "big")
    shown = word_list(language).shown
    return tuple(shown[number >> WORD_BITS * place & (LIST_WORDS - 1)] for place in reversed(range(WORDS)))


def parse(text: str) -> bytes:
    """The code of eight typed words, in any shipped language.

    Raises:
        WrongCount: not eight words.
        UnlistedWord: a word is in no list; the position is that in the list that knows most of the words.
        WrongChecksum: listed words that are no codename together, or two codenames at once.
    """
    if len(text) > TEXT_MAX:
        raise WrongCount(max(WORDS + 1, len(text.split())))
    tokens = fold(text)
    if len(tokens) != WORDS:
        raise WrongCount(len(tokens))
    codes = _readings(tokens)
    if len(codes) == 1:
        return codes.pop()
    best = max((_indices(tokens, language) for language in LANGUAGES), key=lambda found: WORDS - found.count(None))
    if None in best:
        raise UnlistedWord(best.index(None) + 1)
    raise WrongChecksum


def fold(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents, ligatures and punctuation."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold().translate(_JOINED))
    kept = (c for c in plain if unicodedata.category(c) not in {"Mn", "Cf"})  # accents, soft hyphens, joiners
    return tuple("".join(c if c.isalpha() else " " for c in kept).split())


def same_word(typed: str, word: str) -> bool:
    """Whether `typed` is this word of the lists, folded, or its beginning of four letters at least."""
    tokens, wanted = fold(typed[:TEXT_MAX]), fold(word)
    if len(tokens) != 1 or len(wanted) != 1:
        return False
    return tokens == wanted or (len(tokens[0]) >= PREFIX_LETTERS and wanted[0].startswith(tokens[0]))


def checksum(code: bytes) -> bytes:
    """One byte: the first of SHA-256 over the label and the code."""
    return hashlib.sha256(_LABEL + code).digest()[: CHECKSUM_BITS // 8]


@cache
def word_list(language: str) -> WordList:
    """One shipped list, read once.

    Raises:
        FormatError: the installed list is not the one of the specification.
    """
    return checked_list(language, Mnemonic(_SOURCES[language]).wordlist)


def checked_list(language: str, source: Iterable[str]) -> WordList:
    """The list of a language, if it is the one of the specification.

    Raises:
        FormatError: it is another one.
    """
    shown = tuple(unicodedata.normalize("NFC", word) for word in source)
    folded = _fold_all(shown)
    if hashlib.sha256("\n".join(folded).encode()).hexdigest() != LIST_DIGESTS[language]:
        raise FormatError("the installed word list is not the one of the specification")
    exact = {word: number for number, word in enumerate(folded)}
    return WordList(shown, exact, {word[:PREFIX_LETTERS]: (word, number) for word, number in exact.items()})


def _fold_all(shown: Iterable[str]) -> tuple[str, ...]:
    return tuple("".join(fold(word)) for word in shown)


def _shortest(code: bytes, language: str) -> list[str]:
    """Four letters a word: whatever a longer beginning could mean in some list, these letters mean too."""
    return [word[:PREFIX_LETTERS] for word in _fold_all(words(code, language))]


def _indices(tokens: Iterable[str], language: str) -> list[int | None]:
    known = word_list(language)
    return [known.index(token) for token in tokens]


def _readings(tokens: Iterable[str]) -> set[bytes]:
    """Every code with a right checksum that the tokens stand for in one of the lists."""
    codes = set()
    for language in LANGUAGES:
        number = 0
        for index in _indices(tokens, language):
            if index is None:
                break
            number = number << WORD_BITS | index
        else:
            data = number.to_bytes(CODE_BYTES + CHECKSUM_BITS // 8, "big")
            if data[CODE_BYTES:] == checksum(data[:CODE_BYTES]):
                codes.add(data[:CODE_BYTES])
    return codes
