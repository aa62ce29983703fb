"""Scenarios of the codename, its drawing and its derivation."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator

from crypto import codename
from crypto.derive import Kdf, Mailbox, root
from tests.vectors.base import Vector, secret

CODE = bytes.fromhex("00112233445566778899")
# Found by search: fr words whose first four letters are those of eight en words, with a right checksum in both lists.
AMBIGUOUS = bytes.fromhex("20c6d2b5e1647642558e")
# The first candidate of this attempt can be read in French and in Italian: the second one is drawn.
REDRAWN = 309_408
CHECKSUM = "one word of the codename or the order is wrong"


def vectors() -> Iterator[Vector]:
    yield from typed()
    yield from refused()
    yield from drawn()
    yield from derived()


def typed() -> Iterator[Vector]:
    def good(name: str, text: str, comment: str = "", code: bytes = CODE) -> Vector:
        return Vector("codename", name, "success", text.encode(), "", comment, {"code": code.hex()})

    for language in codename.LANGUAGES:
        yield good(f"words-{language}", " ".join(codename.words(CODE, language)))
        yield good(f"zeros-{language}", " ".join(codename.words(bytes(10), language)), code=bytes(10))
        yield good(f"ones-{language}", " ".join(codename.words(b"\xff" * 10, language)), code=b"\xff" * 10)
        yield good(f"four-letters-{language}", " ".join(plain(word)[:4] for word in codename.words(CODE, language)))
    french = codename.words(CODE, "fr")
    yield good("upper-case", " ".join(french).upper())
    yield good("without-accents", " ".join(map(plain, french)))
    yield good("decomposed-accents", unicodedata.normalize("NFD", " ".join(french)))
    yield good("numbered-lines", "".join(f"{n}. {word}\n" for n, word in enumerate(french, 1)))
    yield good("commas-and-hyphens", "-".join(french[:4]) + ", " + "; ".join(french[4:]) + ".")
    wide = {ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyz"}
    yield good("wide-letters", " ".join(map(plain, french)).translate(wide))
    yield good("soft-hyphen", " ".join(word[:2] + "\u00ad" + word[2:] for word in french))


def plain(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def refused() -> Iterator[Vector]:
    french, english = codename.words(CODE, "fr"), codename.words(CODE, "en")

    def bad(name: str, expect: str, rule: str, text: str, comment: str = "") -> Vector:
        return Vector("codename", name, expect, text.encode(), rule, comment)

    def count(name: str, found: int, text: str) -> Vector:
        return bad(name, "wrong count", f"a codename has 8 words, not {found}", text)

    yield count("empty", 0, "")
    yield count("only-punctuation", 0, " 1. 2. -- ")
    yield count("seven-words", 7, " ".join(french[:7]))
    yield count("nine-words", 9, " ".join((*french, french[0])))
    yield count("one-long-word", 1, "".join(french))
    yield count("too-long-text", 9, " ".join(french) + " " * 1000)
    yield count("three-hundred-words", 300, "abandon " * 300)

    def unlisted(name: str, position: int, text: str, comment: str = "") -> Vector:
        return bad(name, "unlisted word", f"word {position} of the codename is in no list", text, comment)

    yield unlisted("word-3-unlisted", 3, " ".join((*french[:2], "xyzzy", *french[3:])))
    yield unlisted("three-letters-only", 1, " ".join((french[0][:3], *french[1:])))
    yield unlisted("longer-than-the-word", 8, " ".join((*french[:7], french[7] + "s")))
    yield unlisted(
        "two-lists-mixed",
        8,
        " ".join((*french[:5], *english[5:])),
        "French knows seven of them, so its one stranger is named",
    )
    yield unlisted("two-lists-mixed-english", 1, " ".join((*french[:2], *english[2:])))
    yield unlisted("other-script", 1, " ".join(("слово", *french[1:])))
    yield bad("swapped-words", "wrong checksum", CHECKSUM, " ".join((french[1], french[0], *french[2:])))
    yield bad("another-listed-word", "wrong checksum", CHECKSUM, " ".join(("zoologie", *french[1:])))
    yield bad(
        "two-codes-at-once", "wrong checksum", CHECKSUM, " ".join(w[:4] for w in codename.words(AMBIGUOUS, "fr")),
        "never drawn: four letters each are read in two lists",
    )  # fmt: skip


def drawn() -> Iterator[Vector]:
    salt = secret("instance salt", 16)
    old_salt = hashlib.sha256(b"sourdine test salt").digest()[:16]
    attempts = {
        "attempt-1": (secret("attempt 1"), salt),
        "attempt-2": (secret("attempt 2"), salt),
        "other-salt": (secret("attempt 1"), old_salt),
        "redrawn": (hashlib.sha256(b"sourdine test attempt %d" % REDRAWN).digest(), old_salt),
    }
    for name, (attempt, own_salt) in attempts.items():
        code = codename.draw(attempt, own_salt)
        shown = {language: " ".join(codename.words(code, language)) for language in codename.LANGUAGES}
        headers = {"attempt": attempt.hex(), "salt": own_salt.hex(), "code": code.hex(), **shown}
        yield Vector("draw", name, "success", headers=headers)
    length = "an attempt is 32 bytes and an instance salt 16 bytes long"
    for name, attempt, own_salt in (("short-attempt", bytes(31), salt), ("long-salt", bytes(32), bytes(17))):
        headers = {"attempt": attempt.hex(), "salt": own_salt.hex()}
        yield Vector("draw", name, "bad format", b"", length, headers=headers)


def derived() -> Iterator[Vector]:
    salt = secret("instance salt", 16)
    for name, code, kdf in (
        ("parameters-of-version-1", CODE, Kdf()),
        ("cheap", CODE, Kdf(1, 8, 1)),
        ("cheap-other-code", bytes(10), Kdf(1, 8, 1)),
        ("two-lanes", CODE, Kdf(2, 16, 2)),
    ):
        key = root(code, salt, kdf)
        mailbox = Mailbox.from_root(key)
        yield Vector(
            "derivation", name, "success",
            headers={
                **inputs(code, salt, kdf),
                "root": key.hex(),
                "hpke-sha256": hashlib.sha256(mailbox.public.hpke).hexdigest(),
                "ed25519": mailbox.public.ed25519.hex(),
                "locator": mailbox.locator.hex(),
            },
        )  # fmt: skip
    length = "a code is 10 bytes and an instance salt 16 bytes long"
    for name, code, own_salt in (("code-of-9-bytes", bytes(9), salt), ("salt-of-15-bytes", CODE, salt[:15])):
        yield Vector("derivation", name, "bad format", b"", length, headers=inputs(code, own_salt, Kdf(1, 8, 1)))


def inputs(code: bytes, salt: bytes, kdf: Kdf) -> dict[str, str]:
    return {"code": code.hex(), "salt": salt.hex(), "kdf": f"{kdf.time_cost} {kdf.memory_kib} {kdf.parallelism}"}
