"""Names of files: what enters a report, and what may be a name on a disk."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.envelope_report import SAFE_NAME_BYTES, clean_name, clean_type, later_seq, safe_name

ANY_TEXT = st.text(st.characters(codec=None), max_size=400)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("facture é 2026.pdf", "facture é 2026.pdf"),
        ("\u202egpj.exe", "\u202egpj.exe"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("a\0b\r\n\x7f\x85", "a\ufffdb\ufffd\ufffd\ufffd\ufffd"),
        ("\u2028\u2029\udc80", "\ufffd\ufffd\ufffd"),
        ("x" * 300, "x" * 255),
        ("", ""),
    ],
)
def test_a_report_keeps_the_name_but_no_control_character(name: str, kept: str) -> None:
    assert clean_name(name) == kept


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(name: str) -> None:
    once = clean_name(name)
    assert clean_name(once) == once
    once.encode()


@pytest.mark.parametrize(
    ("given_type", "kept"),
    [
        ("image/png", "image/png"),
        ("Image/PNG; charset=binary", "image/png"),
        ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        ("", "application/octet-stream"),
        ("image", "application/octet-stream"),
        ("image/png/x", "application/octet-stream"),
        ("im age/png", "application/octet-stream"),
        ("image/" + "x" * 65, "application/octet-stream"),
        ("image/\r\nX: y", "application/octet-stream"),
    ],
)
def test_an_unusual_type_becomes_plain_bytes(given_type: str, kept: str) -> None:
    assert clean_type(given_type) == kept


@pytest.mark.parametrize(
    ("name", "n", "safe"),
    [
        ("facture é 2026.pdf", 1, "001-facture é 2026.pdf"),
        ("", 2, "002-file"),
        (".bashrc", 3, "003-bashrc"),
        ("...", 4, "004-file"),
        ("../../etc/passwd", 5, "005-_.._etc_passwd"),
        ("C:\\Windows\\cmd.exe", 6, "006-C__Windows_cmd.exe"),
        ("\u202egpj.exe", 7, "007-_gpj.exe"),
        ("a\0b\n.txt", 8, "008-a_b_.txt"),
        ("con.txt. . ", 9, "009-con.txt"),
        ("e\u0301.txt", 10, "010-é.txt"),
        ("x" * 500 + ".tar.gz", 11, "011-" + "x" * 113 + ".gz"),
        ("é" * 500 + ".pdf", 12, "012-" + "é" * 56 + ".pdf"),
        ("a" * 111 + " b.pdf", 13, "013-" + "a" * 111 + ".pdf"),
        ("no extension", 999, "999-no extension"),
        ("a.verylongextension", 14, "014-a.verylongextension"),
        ("*?<>|:", 15, "015-______"),
        ("\ue000\u200b\ufeff", 16, "016-___"),
        (".pdf", 17, "017-pdf"),
    ],
)
def test_a_name_on_the_disk_is_harmless(name: str, n: int, safe: str) -> None:
    assert safe_name(name, n) == safe


@given(ANY_TEXT, st.integers(1, 999))
def test_no_name_escapes_or_hides(name: str, n: int) -> None:
    safe = safe_name(name, n)
    assert safe.startswith(f"{n:03d}-")
    assert len(safe) > 4
    assert len(safe.encode()) <= SAFE_NAME_BYTES
    assert not set(safe) & set('/\\:*?"<>|\0\n')
    assert safe[4] not in ". "
    assert safe[-1] not in ". "
    assert not {unicodedata.category(char) for char in safe} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_a_later_number_grows_with_the_days_and_tells_nothing_else() -> None:
    first, next_day = (later_seq(date(2026, 11, day)) for day in (21, 22))
    assert first >> 32 == 20_778
    assert next_day > first
    assert len({later_seq(date(2026, 11, 21)) for _ in range(10)}) == 10
