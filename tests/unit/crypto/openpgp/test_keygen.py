"""Keys made by programs."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from crypto.errors import FormatError, ToolError
from crypto.openpgp import certs, decrypt, encrypt, gpg, keygen
from tests.unit.crypto.openpgp.conftest import DAY, House, run_gpg


def test_a_trial_key_carries_the_day_and_no_finer_time(house: House) -> None:
    shown = run_gpg(house.homes["alize"], "--with-colons", "-k").decode()
    assert {line.split(":")[5] for line in shown.splitlines() if line[:4] in ("pub:", "sub:")} == {"1795219200"}


def test_a_trial_key_advertises_what_every_program_reads(house: House) -> None:
    shown = run_gpg(house.homes["alize"], "--list-packets", "-v", data=house.certs["alize"]).decode()
    assert "pref-sym-algos: 9 8 7" in shown
    assert "pref-zip-algos: 0)" in shown
    assert "features: 01" in shown  # integrity packets, and no AEAD


@pytest.mark.parametrize("name", ["", "1st", "two\nlines", "a%commit", "é", "x" * 64])
def test_refuses_a_name_that_is_no_pseudonym(home: Path, name: str) -> None:
    with pytest.raises(FormatError, match="pseudonym"):
        keygen.trial_key(home, name, DAY)


def test_a_home_that_cannot_be_written_gives_no_key(home: Path, fake_gpg: object) -> None:
    assert callable(fake_gpg)
    fake_gpg('case "$*" in *--gen-key*) cat >/dev/null; exit 2;; esac; exec $REAL "$@"')
    with pytest.raises(ToolError, match="made no key"):
        keygen.trial_key(home, "someone", DAY)


def test_refuses_to_export_what_is_not_there(house: House) -> None:
    with pytest.raises(ToolError, match="no certificate"):
        keygen.public_cert(house.homes["alize"], "0" * 40)


def test_nobody_opens_for_nobody_and_leaves_nothing(home: Path) -> None:
    before = set(os.listdir(gpg.MEMORY))
    fingerprint, cert = keygen.nobody_cert(DAY)
    assert set(os.listdir(gpg.MEMORY)) <= before
    found = certs.inspect(cert, day=date(2040, 1, 1))
    assert (found.fingerprint, found.user_id, found.has_secret) == (fingerprint, "nobody", False)
    certs.import_public(home, [cert])
    sealed = encrypt.encrypt_bytes(home, [fingerprint], b"x", DAY)
    with pytest.raises(Exception, match="no key of this home"):
        decrypt.decrypt_bytes(home, sealed)


def test_a_nobody_looks_like_a_reviewer_from_outside(house: House) -> None:
    with_nobody = [house.keys["alize"], house.keys["nobody"], house.keys["cypres"]]
    one = encrypt.encrypt_bytes(house.public, house.recipients, b"x", DAY)
    two = encrypt.encrypt_bytes(house.public, with_nobody, b"x", DAY)
    shape = [one[at : at + 15] + one[at + 47 : at + 48] for at in (0, 96, 192)]
    assert shape == [two[at : at + 15] + two[at + 47 : at + 48] for at in (0, 96, 192)]
    assert len(one) == len(two)
