"""The bundle of the directory: docs/spec/directory.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, note
from crypto.directory import MERGES_MAX, RECORD_MAX, RECORDS_MAX, Bundle, issuer_of, open_bundle, sign_bundle
from crypto.errors import FormatError, SealingError
from tests.vectors.base import key
from tests.vectors.corpus.directory import ISSUER, ONE, TWO, body
from tests.vectors.corpus.manifest import accepted

DESK, MANIFEST = key("desk"), accepted()
DATA = note.sign_note("directory", body(), DESK)
BUNDLE = open_bundle(DATA, MANIFEST)


def test_what_was_signed_is_what_is_read() -> None:
    assert (BUNDLE.issuer, BUNDLE.day, len(BUNDLE.records)) == (ISSUER, date(2026, 4, 1), 2)
    assert sign_bundle(BUNDLE, DESK) == DATA
    assert issuer_of(DATA) == ISSUER


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    with pytest.raises(SealingError):
        open_bundle(DATA[:at] + bytes([DATA[at] ^ mask]) + DATA[at + 1 :], MANIFEST)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        issuer_of(data)
    with pytest.raises(FormatError):
        open_bundle(data, MANIFEST)


def test_signing_refuses_what_reading_refuses() -> None:
    many = {f"fr-siren-{number:09d}": TWO for number in range(MERGES_MAX + 1)}
    broken = (
        replace(BUNDLE, sequence=0),
        replace(BUNDLE, records=BUNDLE.records * 2),
        replace(BUNDLE, merges={ONE: ONE}),
        replace(BUNDLE, merges=many),
        replace(BUNDLE, records=tuple({"id": f"fr-siren-{number:09d}"} for number in range(RECORDS_MAX + 1))),
    )
    for one in broken:
        with pytest.raises(FormatError):
            sign_bundle(one, DESK)


def test_longer_than_a_note_is_not_signed() -> None:
    text = "a" * (RECORD_MAX - 100)
    count = canonical.LIMIT // RECORD_MAX + 2_000
    records = tuple({"id": f"fr-siren-{number:09d}", "text": text} for number in range(count))
    with pytest.raises(FormatError, match="longer than its limit"):
        sign_bundle(replace(BUNDLE, records=records), DESK)


def test_an_empty_bundle_undoes_every_merge() -> None:
    bundle = Bundle(ISSUER, MANIFEST.digest, 2, note.digest(DATA), date(2026, 4, 2))
    opened = open_bundle(sign_bundle(bundle, DESK), MANIFEST)
    assert (opened.records, opened.merges) == ((), {})
