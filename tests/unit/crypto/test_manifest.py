"""The reviewer manifest: docs/spec/manifest.md. Refusals of bytes are in the vectors; here are the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import note
from crypto.derive import Kdf
from crypto.errors import ExpiredError, FormatError, SealingError, TrustError
from crypto.manifest import ExclusionError, Manifest, Pin, UntrustedManifest, accept_successor, sign_manifest
from tests.vectors.base import key
from tests.vectors.corpus.manifest import ROOT, accepted, trial

FIRST = accepted()
DATA = sign_manifest(trial(), ROOT)


def signed(manifest: Manifest) -> Manifest:
    return UntrustedManifest.parse(sign_manifest(manifest, ROOT)).verify(ROOT.public)


def second(**changes: object) -> Manifest:
    return signed(replace(trial(), **{"version": 2, "previous": FIRST.digest, **changes}))  # type: ignore[arg-type]


def test_what_is_signed_comes_back() -> None:
    assert replace(FIRST, digest="") == trial()
    assert FIRST.digest == note.digest(DATA) == UntrustedManifest.parse(DATA).digest


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    changed = DATA[:at] + bytes([DATA[at] ^ mask]) + DATA[at + 1 :]
    with pytest.raises(SealingError):
        UntrustedManifest.parse(changed).verify(ROOT.public)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        UntrustedManifest.parse(data)


def test_signing_refuses_what_reading_refuses() -> None:
    for broken in (replace(trial(), reviewers=trial().reviewers[:1]), replace(trial(), instance="Trial")):
        with pytest.raises(FormatError):
            sign_manifest(broken, ROOT)


def test_fresh_until_the_end_of_its_last_day() -> None:
    FIRST.check_fresh(FIRST.expires)
    FIRST.check_fresh(date(2025, 1, 1))
    with pytest.raises(ExpiredError):
        FIRST.check_fresh(FIRST.expires + timedelta(days=1))


def test_reviewer_by_fingerprint() -> None:
    alize = FIRST.reviewers[0]
    assert FIRST.reviewer(alize.fingerprint) is alize
    assert FIRST.reviewer(FIRST.nobodies[0].fingerprint) is None


def test_recipients_keep_their_places() -> None:
    reviewers = [reviewer.fingerprint for reviewer in FIRST.reviewers]
    nobodies = [nobody.fingerprint for nobody in FIRST.nobodies]
    assert FIRST.recipients() == tuple(reviewers)
    assert FIRST.recipients(["alize"]) == (nobodies[0], reviewers[1], reviewers[2])
    assert FIRST.recipients(("brume", "brume")) == (reviewers[0], nobodies[1], reviewers[2])


@pytest.mark.parametrize(
    ("exclude", "rule"),
    [
        (["delta"], "unknown"),
        (["alize", ""], "unknown"),
        (["cypres"], "too_few"),  # two remain, of one college
        (["alize", "brume"], "too_few"),
        (["alize", "brume", "cypres"], "too_few"),
    ],
)
def test_exclusions_that_are_refused(exclude: list[str], rule: str) -> None:
    with pytest.raises(ExclusionError) as raised:
        FIRST.recipients(exclude)
    assert raised.value.rule == rule


def test_successors_that_are_accepted() -> None:
    accept_successor(None, FIRST)
    accept_successor(FIRST, FIRST)
    accept_successor(FIRST.pin, FIRST)
    accept_successor(FIRST, second())
    accept_successor(FIRST.pin, second(expires=date(2027, 12, 31)))
    # A machine that missed version 2: the root's signature vouches for what lies between.
    accept_successor(FIRST, signed(replace(trial(), version=3, previous="0" * 64)))


def test_refuses_rollback() -> None:
    with pytest.raises(TrustError, match="rolled back"):
        accept_successor(second(), FIRST)
    with pytest.raises(TrustError, match="rolled back"):
        accept_successor(Pin(5, "0" * 64), second())


def test_refuses_two_manifests_of_one_version() -> None:
    with pytest.raises(TrustError, match="one version number"):
        accept_successor(FIRST.pin, signed(replace(trial(), expires=date(2026, 11, 30))))


def test_refuses_a_broken_chain() -> None:
    with pytest.raises(TrustError, match="does not follow"):
        accept_successor(FIRST.pin, second(previous="0" * 64))


@pytest.mark.parametrize("change", [{"instance": "other.example"}, {"salt": bytes(16)}, {"kdf": Kdf(4, 65_536, 1)}])
def test_refuses_what_would_orphan_every_codename(change: dict[str, object]) -> None:
    with pytest.raises(TrustError, match="changes the instance, the salt or the derivation cost"):
        accept_successor(FIRST, second(**change))


def test_another_root_is_refused() -> None:
    with pytest.raises(TrustError):
        UntrustedManifest.parse(DATA).verify(key("another").public)
