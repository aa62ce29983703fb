"""ASCII armour."""

from __future__ import annotations

import pytest

from crypto.errors import FormatError
from crypto.openpgp import armor
from tests.unit.crypto.openpgp.conftest import DAY, House, run_gpg

BLOCK = """-----BEGIN PGP MESSAGE-----
Comment: https://example.org

aGVsbG8gd29ybGQ=
=O8sa
-----END PGP MESSAGE-----
"""


def test_the_checksum_is_that_of_the_standard(house: House) -> None:
    text = run_gpg(house.homes["alize"], "--enarmor", data=b"123456789").decode()
    assert armor.crc24(b"123456789") == 0x21CF02
    assert f"=Ic8C" in text  # noqa: F541
    assert DAY.year == 2026


def crc_line(data: bytes) -> str:
    import base64

    return "=" + base64.b64encode(armor.crc24(data).to_bytes(3, "big")).decode()


GOOD = BLOCK.replace("=O8sa", crc_line(b"hello world"))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\n" + GOOD + "\n",
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("Comment: https://example.org\n", ""),
        GOOD.replace(crc_line(b"hello world") + "\n", ""),
        GOOD.replace("\n\n", "\n \t\n"),
    ],
    ids=["plain", "white space around", "CRLF", "no header", "no checksum", "blanks in the empty line"],
)
def test_reads_one_block(text: str) -> None:
    assert armor.dearmor(text.encode(), "MESSAGE") == b"hello world"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN PGP MESSAGE-----",
        GOOD.replace("MESSAGE", "SIGNATURE"),
        GOOD + GOOD,
        "text before\n" + GOOD,
        GOOD.replace("\n\n", "\n"),
        GOOD.replace("Comment", "Com ment"),
        GOOD.replace("aGVs", "aG-s"),
        GOOD.replace("aGVsbG8gd29ybGQ=", "aGVsbG8gd29ybGQ"),
        GOOD.replace("aGVsbG8gd29ybGQ=", ""),
        GOOD.replace("hello", "x").replace("aGVs", "bGVs"),
        "-----BEGIN PGP MESSAGE-----\n-----END PGP MESSAGE-----",
    ],
)
def test_refuses_everything_else(text: str) -> None:
    with pytest.raises(FormatError):
        armor.dearmor(text.encode(), "MESSAGE")


def test_an_empty_block_is_empty() -> None:
    assert armor.dearmor(b"-----BEGIN PGP MESSAGE-----\n\n-----END PGP MESSAGE-----", "MESSAGE") == b""


def test_reads_what_gpg_writes(house: House) -> None:
    text = run_gpg(house.homes["alize"], "--armor", "--export")
    assert armor.dearmor(text, "PUBLIC KEY BLOCK") == run_gpg(house.homes["alize"], "--export")


@pytest.mark.parametrize("size", range(0, len(GOOD) + 1, 3))
def test_a_prefix_gives_what_it_holds(size: int) -> None:
    found = armor.dearmor_prefix(GOOD[:size].encode())
    if found is not None:
        assert b"hello world".startswith(found)
    assert (found is not None) == (size >= GOOD.index("\n\n") + 1)


def test_a_prefix_of_something_else_is_none() -> None:
    assert armor.dearmor_prefix(b"-----BEGIN PGP SIGNATURE-----\n\nabcd") is None
    assert armor.dearmor_prefix(b"") is None
    assert armor.dearmor_prefix(b"\xef\xbb\xbf\n" + GOOD.encode()) == b"hello world"
