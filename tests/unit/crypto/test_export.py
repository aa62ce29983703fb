"""The registry export and the two signatures on each entry: docs/spec/export.md."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, note
from crypto.errors import FormatError, SealingError, TrustError
from crypto.export import Name, entry_bytes, issuer_of, name_digest, open_export, sign_export
from crypto.quorum import EntrySignature, check_quorum
from tests.vectors.base import key
from tests.vectors.corpus.export import ENTRY, ISSUER, ORIGIN, body
from tests.vectors.corpus.manifest import accepted
from tests.vectors.doors import stand_in_check

DESK, MANIFEST = key("desk"), accepted()
DATA = note.sign_note("export", body(), DESK)
EXPORT = open_export(DATA, MANIFEST, stand_in_check)


def test_what_a_reviewer_signs() -> None:
    data = entry_bytes(ENTRY, ORIGIN, ISSUER)
    assert data.startswith(b"sourdine/entry/v1\n{")
    assert canonical.loads(data.split(b"\n", 1)[1]) == {"origin": ORIGIN, "issuer": ISSUER, "entry": ENTRY}


def test_the_registry_names_itself_and_a_reader_need_not() -> None:
    assert open_export(DATA, MANIFEST, stand_in_check, origin=ORIGIN) == EXPORT
    assert issuer_of(DATA) == ISSUER
    with pytest.raises(TrustError, match="another registry"):
        open_export(DATA, MANIFEST, stand_in_check, origin="other.example")


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    with pytest.raises(SealingError):
        open_export(DATA[:at] + bytes([DATA[at] ^ mask]) + DATA[at + 1 :], MANIFEST, stand_in_check)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    for read in (issuer_of, lambda given: open_export(given, MANIFEST, stand_in_check)):
        with pytest.raises(FormatError):
            read(data)


def test_signing_refuses_what_reading_refuses() -> None:
    for broken in (replace(EXPORT, sequence=0), replace(EXPORT, entries=EXPORT.entries * 2)):
        with pytest.raises(FormatError):
            sign_export(broken, DESK)


def test_every_refusal_of_a_quorum_has_its_own_message() -> None:
    alize, brume, cypres = (reviewer.fingerprint for reviewer in MANIFEST.reviewers)

    def by(fingerprint: str, name: str) -> EntrySignature:
        return EntrySignature(fingerprint, key(name).sign(b"data"))

    cases = (
        [by(alize, "alize")],
        [by(alize, "alize"), by(alize, "alize")],
        [by(alize, "alize"), by("0" * 40, "cypres")],
        [by(alize, "alize"), by(brume, "brume")],
        [by(alize, "alize"), by(cypres, "brume")],
    )
    messages = set()
    for signatures in cases:
        with pytest.raises(TrustError) as raised:
            check_quorum(signatures, b"data", MANIFEST, stand_in_check)
        messages.add(str(raised.value))
    assert len(messages) == len(cases)
    check_quorum([by(cypres, "cypres"), by(brume, "brume")], b"data", MANIFEST, stand_in_check)


def test_a_signature_by_another_key_than_it_says() -> None:
    alize, cypres = MANIFEST.reviewers[0].fingerprint, MANIFEST.reviewers[2].fingerprint
    signatures = [EntrySignature(alize, b"s"), EntrySignature(cypres, b"s")]
    with pytest.raises(TrustError, match="another key than it says"):
        check_quorum(signatures, b"data", MANIFEST, lambda cert, data, signature: alize)


def test_a_name_leaves_only_a_hash_behind() -> None:
    assert name_digest(Name(b"n" * 32, "Élodie")) == hashlib.sha256(b"n" * 32 + "Élodie".encode()).hexdigest()
