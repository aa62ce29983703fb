"""The codename: docs/spec/codename.md, whose arithmetic is recomputed here from the constants."""

from __future__ import annotations

import hashlib
import math
import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import codename
from crypto.codename import LANGUAGES, CodenameError, UnlistedWord, WrongChecksum, WrongCount
from crypto.derive import Kdf
from crypto.errors import FormatError
from tests.vectors.corpus.code import AMBIGUOUS, CODE

SPEC = (Path(__file__).resolve().parents[3] / "docs" / "spec" / "codename.md").read_text(encoding="utf-8")
CODES = st.binary(min_size=10, max_size=10)
FRENCH = codename.words(CODE, "fr")


@given(CODES, st.sampled_from(LANGUAGES))
def test_round_trip_in_every_language(code: bytes, language: str) -> None:
    try:
        assert codename.parse(" ".join(codename.words(code, language))) == code
    except WrongChecksum:
        # Two readings at once, which `draw` passes over: one code in about 89,000.
        with pytest.raises(FormatError):
            codename.first_unambiguous([code])


@settings(max_examples=50)
@given(st.text(max_size=80) | st.lists(st.sampled_from(FRENCH), min_size=8, max_size=8).map(" ".join))
def test_any_text_is_refused_or_is_one_code(text: str) -> None:
    try:
        code = codename.parse(text)
    except CodenameError:
        return
    assert any(codename.parse(" ".join(codename.words(code, language))) == code for language in LANGUAGES)


def test_words_are_shown_as_in_the_list() -> None:
    shown = {word for language in LANGUAGES for word in codename.word_list(language).shown}
    assert {"abaisser", "abandon", "ábaco", "abaco", "abacate"} <= shown
    assert all("̀" not in word for word in shown), "shown words are composed (NFC)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lists_are_what_the_specification_says(language: str) -> None:
    known = codename.word_list(language)
    assert len(known.shown) == len(known.exact) == len(known.prefixes) == codename.LIST_WORDS
    assert all(word.isascii() and word.isalpha() and 3 <= len(word) <= 9 for word in known.exact)
    assert codename.LIST_DIGESTS[language] in SPEC


def test_refuses_another_edition_of_a_list() -> None:
    shown = list(codename.word_list("fr").shown)
    assert codename.checked_list("fr", shown) == codename.word_list("fr")
    with pytest.raises(FormatError, match="not the one of the specification"):
        codename.checked_list("fr", [*shown[1:], shown[0]])


def test_exact_word_goes_before_a_prefix() -> None:
    known = codename.word_list("en")
    assert known.index("act") == known.exact["act"]
    assert known.index("acti") == known.exact["action"]
    assert known.index("actio") == known.exact["action"]
    assert known.index("actions") is None
    assert known.index("actx") is None
    assert known.index("ac") is None


def test_drawing_is_repeatable_and_depends_on_every_input() -> None:
    code = codename.draw(bytes(32), bytes(16))
    assert code == codename.draw(bytes(32), bytes(16))
    assert code not in {codename.draw(b"\1" * 32, bytes(16)), codename.draw(bytes(32), b"\1" * 16)}


def test_an_ambiguous_candidate_is_passed_over() -> None:
    assert codename.first_unambiguous([AMBIGUOUS, CODE]) == CODE
    with pytest.raises(FormatError, match="one way only"):
        codename.first_unambiguous([AMBIGUOUS])


@pytest.mark.parametrize(("attempt", "salt"), [(bytes(31), bytes(16)), (bytes(33), bytes(16)), (bytes(32), bytes(15))])
def test_draw_refuses_other_lengths(attempt: bytes, salt: bytes) -> None:
    with pytest.raises(FormatError):
        codename.draw(attempt, salt)


@pytest.mark.parametrize(("code", "language"), [(bytes(9), "fr"), (bytes(11), "fr"), (CODE, "de"), (CODE, "FR")])
def test_words_refuses_what_it_does_not_know(code: bytes, language: str) -> None:
    with pytest.raises(FormatError):
        codename.words(code, language)


@pytest.mark.parametrize("position", range(1, 9))
def test_an_unlisted_word_is_named_by_its_position(position: int) -> None:
    typed = [*FRENCH[: position - 1], "xyzzy", *FRENCH[position:]]
    with pytest.raises(UnlistedWord) as raised:
        codename.parse(" ".join(typed))
    assert raised.value.position == position


def test_no_error_shows_a_word() -> None:
    texts = (" ".join(FRENCH[:7]), " ".join((*FRENCH[1:], "xyzzy")), " ".join(reversed(FRENCH)), "canari " * 400)
    for text in texts:
        with pytest.raises(CodenameError) as raised:
            codename.parse(text)
        assert not any(word in str(raised.value) for word in (*FRENCH, "xyzzy", "canari"))


def test_counts() -> None:
    for text, found in (("", 0), ("un", 1), ("a " * 7, 7), ("a " * 9, 9), ("a" * 2000, 9), ("a " * 600, 600)):
        with pytest.raises(WrongCount) as raised:
            codename.parse(text)
        assert raised.value.found == found


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ()),
        ("Œuf, cœur; ÆON", ("oeuf", "coeur", "aeon")),
        ("É e\u0301 ñ ç", ("e", "e", "n", "c")),
        ("1) un\n2) deux", ("un", "deux")),
        ("l'eau—vive", ("l", "eau", "vive")),
        ("so\u00adft ze\u200dro \ufeffbom", ("soft", "zero", "bom")),
        ("ﬁn ＡＢＣ", ("fin", "abc")),
        ("a_b\u00a0c\td", ("a", "b", "c", "d")),
    ],
)
def test_fold(text: str, tokens: tuple[str, ...]) -> None:
    assert codename.fold(text) == tokens


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert codename.fold(" ".join(codename.fold(text))) == codename.fold(text)


@pytest.mark.parametrize(
    ("typed", "word", "same"),
    [
        ("légume", "légume", True),
        (" LEGUME. ", "légume", True),
        ("legu", "légume", True),
        ("leg", "légume", False),
        ("legumes", "légume", False),
        ("act", "act", True),
        ("", "légume", False),
        ("légume légume", "légume", False),
        ("légume", "", False),
        ("x" * 5000, "légume", False),
    ],
)
def test_same_word(typed: str, word: str, same: bool) -> None:
    assert codename.same_word(typed, word) is same


def table(title: str) -> dict[str, str]:
    section = SPEC.split(f"## {title}")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", section, re.M))


def test_the_attack_arithmetic_is_recomputed() -> None:
    rows = table("What guessing costs")
    bits = codename.WORDS * codename.WORD_BITS - codename.CHECKSUM_BITS
    assert bits == codename.CODE_BYTES * 8
    assert rows["random bits"] == str(bits)
    kdf = Kdf()
    assert rows["Argon2id"] == f"t={kdf.time_cost}, m={kdf.memory_kib // 1024} MiB, p={kdf.parallelism}"
    seconds = float(rows["one Argon2id on one core"].removesuffix(" s"))
    machines = int(rows["cores of the attacker"].replace(",", ""))
    mailboxes = int(rows["mailboxes of the instance"].replace(",", ""))
    years = 2**bits * seconds / machines / mailboxes / 2 / (365.25 * 86_400)
    assert rows["off line, years to open any one of them (mean)"] == f"{years:.1e}"
    rate = int(rows["on line, guesses a second (2 workers, one Argon2id each)"])
    century = rate * 86_400 * 365.25 * 100 * mailboxes / 2**bits
    assert rows["on line, chance to open any one in 100 years"] == f"{century:.0e}"
    assert rows["guesses that fail before Argon2id"] == f"{1 - 2**-codename.CHECKSUM_BITS:.1%}"


def test_the_chance_of_a_redraw_is_recomputed() -> None:
    prefixes = {language: set(codename.word_list(language).prefixes) for language in LANGUAGES}
    shared = {pair: len(prefixes[pair[0]] & prefixes[pair[1]]) for pair in permutations(LANGUAGES, 2)}
    chance = sum((n / codename.LIST_WORDS) ** codename.WORDS for n in shared.values()) / 2**codename.CHECKSUM_BITS
    rows = table("Words of two lists")
    for left, right in (("fr", "en"), ("es", "pt")):
        assert rows[f"4-letter beginnings shared by {left} and {right}"] == str(shared[left, right])
    assert rows["one draw is passed over in about"] == f"{round(1 / chance, -3):,.0f}"
    assert math.log2(chance) < -15


def test_checksum_is_the_first_byte_of_sha256() -> None:
    assert codename.checksum(CODE) == hashlib.sha256(b"codename/v1" + CODE).digest()[:1]
