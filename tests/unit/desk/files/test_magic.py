"""A text is a text, whatever letters it begins with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.files.kinds import PREFIX, Kind, sniff
from tests.unit.desk.files import honest

MINUTES = b"Date: 3 mars 2026\nFrom: le bureau\n\nNous avons parl\xe9 du budget.\n"


@pytest.mark.parametrize("start", ["ID3 est un format", "GIF89a est un format", "GIF87a", "Òé quoi", "Òû", "ID3"])
@given(rest=st.text(alphabet="abc éàÒ,!;.\n", max_size=80))
def test_a_text_that_begins_like_something_else(start: str, rest: str) -> None:
    assert sniff((start + rest).encode("cp1252")) is Kind.TEXT


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (honest.gif(), Kind.GIF),
        (b"ID3\x04\0\0\0\0\x1f\x76" + bytes(9), Kind.AUDIO),
        (b"ID3\x03\0\x40\0\0\x0f\x76", Kind.AUDIO),
        (b"\xd2\xe9\x01" + bytes(9), Kind.OPENPGP),
        (b"\xd2\xff\0\0\1\0\x02" + bytes(9), Kind.OPENPGP),
        (MINUTES, Kind.TEXT),
        (b"From: a@b\r\nTo: c@d\r\n\r\nSubject: x\n", Kind.TEXT),
        (b"Date: x\nFrom: y\nSubject: z\n", Kind.TEXT),
        (b"Date: x\nFrom: y\nSubject: z\n\nBonjour", Kind.EML),
        (b"Received: x\nFrom: y\n" + b"X-Long: z\n" * PREFIX, Kind.EML),
        (honest.eml(), Kind.EML),
    ],
)
def test_what_follows_the_first_letters_counts(data: bytes, kind: Kind) -> None:
    assert sniff(data[:PREFIX]) is kind
