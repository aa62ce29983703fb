"""The grammar of gpg's status: what two versions really said, and every way to change it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import FormatError, NoKeyError, ToolError, TrustError
from crypto.openpgp import status
from tests.vectors.base import OUTCOMES, Vector, load_all

RECORDED = load_all("openpgp-status")
GOOD = [vector for vector in RECORDED if vector.expect == "success" and vector.headers["judge"] == "envelope"]


def label(vector: Vector) -> str:
    return vector.name


def judge(vector: Vector) -> status.Opened:
    return status.decryption(vector.payload, foreign=vector.headers["judge"] == "foreign")


def test_the_corpus_is_there() -> None:
    assert len(RECORDED) >= 54
    for version in ("2.2", "2.4"):
        names = {vector.name for vector in RECORDED if vector.name.startswith(version)}
        assert len(names) >= 27
    assert {vector.expect for vector in RECORDED} == {"success", "bad format", "no key"}


@pytest.mark.parametrize("vector", RECORDED, ids=label)
def test_what_gpg_said_means_what_it_says(vector: Vector) -> None:
    refusal = OUTCOMES[vector.expect]
    if refusal is None:
        assert judge(vector).primary == vector.headers["primary"]
        return
    with pytest.raises(refusal) as raised:
        judge(vector)
    assert type(raised.value) is refusal
    assert str(raised.value) == vector.rule


def lines(vector: Vector) -> list[bytes]:
    return vector.payload.splitlines(keepends=True)


def accepted(data: bytes) -> status.Opened | None:
    try:
        return status.decryption(data)
    except (FormatError, NoKeyError):
        return None


# Tries of packets that are not ours may be more or fewer, and the last line says only that there were some.
HARMLESS = (b"ENC_TO", b"NO_SECKEY", b"KEY_CONSIDERED", b"CARDCTRL")
OPTIONAL = (*HARMLESS, b"FAILURE gpg-exit", b"PLAINTEXT_LENGTH")


@pytest.mark.parametrize("vector", GOOD, ids=label)
def test_every_missing_line_is_noticed(vector: Vector) -> None:
    whole = lines(vector)
    for at, line in enumerate(whole):
        changed = accepted(b"".join(whole[:at] + whole[at + 1 :]))
        alone = line[9:].startswith(b"ENC_TO") and vector.payload.count(b"ENC_TO") == 1
        assert (changed is not None) == (line[9:].startswith(OPTIONAL) and not alone), line


@pytest.mark.parametrize("vector", GOOD, ids=label)
def test_every_repeated_line_is_noticed(vector: Vector) -> None:
    whole = lines(vector)
    for at, line in enumerate(whole):
        changed = accepted(b"".join([*whole[:at], line, *whole[at:]]))
        assert (changed is None) == (not line[9:].startswith(HARMLESS)), line


@pytest.mark.parametrize("vector", GOOD, ids=label)
def test_every_exchange_of_neighbours_after_the_tries_is_noticed(vector: Vector) -> None:
    whole = lines(vector)
    begin = whole.index(b"[GNUPG:] BEGIN_DECRYPTION\n")
    for at in range(begin, len(whole) - 1):
        swapped = [*whole[:at], whole[at + 1], whole[at], *whole[at + 2 :]]
        assert accepted(b"".join(swapped)) is None


@pytest.mark.parametrize(
    "line",
    [
        "DECRYPTION_KEY {0} {0} u",
        "BADMDC",
        "NODATA 1",
        "PLAINTEXT 62 0 ",
        "GOODSIG 0 a",
        "NEED_PASSPHRASE_SYM 9 3 2",
        "ANY",
    ],
)
@pytest.mark.parametrize("vector", GOOD[:2], ids=label)
def test_every_other_line_anywhere_is_noticed(vector: Vector, line: str) -> None:
    whole = lines(vector)
    extra = f"[GNUPG:] {line.format('A' * 40)}\n".encode()
    for at in range(len(whole) + 1):
        assert accepted(b"".join([*whole[:at], extra, *whole[at:]])) is None


def test_a_line_without_its_end_or_its_mark_is_refused() -> None:
    good = GOOD[0].payload
    for data in (good[:-1], b"gpg: hello\n" + good, good.replace(b"[GNUPG:] ", b"[GNUPG:]", 1)):
        with pytest.raises(FormatError):
            status.decryption(data)


@given(st.binary(max_size=200), st.booleans())
def test_nothing_else_is_raised(data: bytes, foreign: bool) -> None:
    with pytest.raises(FormatError):
        status.decryption(data, foreign=foreign)


def test_silence_is_refused() -> None:
    for foreign in (False, True):
        with pytest.raises(FormatError, match="exactly one key"):
            status.decryption(b"", foreign=foreign)
        begun = b"[GNUPG:] ENC_TO 0000000000000000 18 0\n[GNUPG:] DECRYPTION_KEY %b %b u\n" % (b"A" * 40, b"B" * 40)
        with pytest.raises(FormatError, match="not sealed with"):
            status.decryption(begun + b"[GNUPG:] BEGIN_DECRYPTION\n", foreign=foreign)
        with pytest.raises(FormatError, match="not sealed with"):
            status.decryption(begun, foreign=foreign)


def test_ocb_is_read_as_foreign_only() -> None:
    said = (
        "ENC_TO 0000000000000000 18 0",
        f"DECRYPTION_KEY {'A' * 40} {'B' * 40} u",
        "BEGIN_DECRYPTION",
        "DECRYPTION_INFO 0 9 2",
        "PLAINTEXT 62 0 ",
        "DECRYPTION_OKAY",
        "END_DECRYPTION",
    )
    data = "".join(f"[GNUPG:] {line}\n" for line in said).encode()
    assert status.decryption(data, foreign=True) == status.Opened("A" * 40, "B" * 40, 1)
    assert accepted(data) is None


SEALED = (
    b"[GNUPG:] KEY_CONSIDERED %b 0\n" % (b"A" * 40),
    b"[GNUPG:] BEGIN_ENCRYPTION 2 9\n",
    b"[GNUPG:] END_ENCRYPTION\n",
)


def test_sealing_is_believed_only_when_whole() -> None:
    status.encryption(b"".join(SEALED))
    for data in (
        b"",
        b"".join(SEALED[:2]),
        b"".join(SEALED)[:-1],
        b"".join(SEALED).replace(b"2 9", b"0 9 2"),
        b"[GNUPG:] INV_RECP 10 x\n" + b"".join(SEALED),
    ):
        with pytest.raises(ToolError):
            status.encryption(data)


KEY = "A" * 40
SIGNED = (
    "NEWSIG",
    f"KEY_CONSIDERED {KEY} 0",
    "SIG_ID abc 2026-11-21 1795219200",
    "GOODSIG AAAAAAAAAAAAAAAA alize",
    f"VALIDSIG {'C' * 40} 2026-11-21 1795219200 0 4 0 22 10 00 {KEY}",
    "TRUST_ULTIMATE 0 always",
)


def signed(*said: str) -> bytes:
    return "".join(f"[GNUPG:] {line}\n" for line in said).encode()


def test_a_signature_is_believed_only_when_one_is_good_and_ours() -> None:
    status.signature(signed(*SIGNED), KEY)
    good, valid = SIGNED[3], SIGNED[4]
    for data in (
        b"",
        b"junk\n",
        signed(*SIGNED)[:-1],
        signed(good),
        signed(valid, good),
        signed(good, valid, good, valid),
        signed(good.replace("GOODSIG", "EXPKEYSIG"), valid),
        signed(good.replace("GOODSIG", "REVKEYSIG"), valid),
        signed(good, valid.replace(" 10 00 ", " 2 00 ")),
        signed(good, valid.replace(" 10 00 ", " 10 01 ")),
        signed(good, valid.replace("1795219200 0 4", "1795219200 1895219200 4")),
        signed(good, valid.replace(KEY, "B" * 40)),
    ):
        with pytest.raises(TrustError):
            status.signature(data, KEY)


def numbered(number: int, *said: str) -> tuple[str, ...]:
    return (f"FILE_START 1 /dev/shm/sourdine-x y/{number}", *said, "FILE_DONE")


def test_many_signatures_are_believed_only_when_each_is_good_and_in_its_place() -> None:
    first, second = numbered(0, *SIGNED), numbered(1, *SIGNED)
    status.signatures(signed(*first, *second), [KEY, KEY])
    status.signatures(b"", [])
    bad = ("NEWSIG", "BADSIG AAAAAAAAAAAAAAAA alize", "FAILURE gpg-exit 33554433")
    refused = {
        "every": [
            b"", signed(*first), signed(*second, *first), signed(*first, *first), signed(*first, *second[:-1]),
            signed(*first[:-1]), signed(*first[1:], *second), signed(*second),
        ],
        "more than": [signed(*first, *second, *numbered(2, *SIGNED)), signed(*first, *second, "FILE_DONE")],
        "one good": [
            signed(*first, second[0], *bad), signed(*first, *numbered(1)),
            signed(*numbered(0, *SIGNED, *SIGNED), *second),
            signed(*first[:-1], *second), signed(*numbered(0, *SIGNED, "PLAINTEXT 62 0 "), *second),
        ],
        "could not": [signed(*first, *second)[:-1], b"junk\n"],
    }  # fmt: skip
    for message, many in refused.items():
        for data in many:
            with pytest.raises(TrustError, match=message):
                status.signatures(data, [KEY, KEY])
    with pytest.raises(TrustError, match="another key"):
        status.signatures(signed(*first, *second), [KEY, "B" * 40])
