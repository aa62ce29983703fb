"""Detached signatures, made and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crypto.errors import FormatError, NoKeyError, TrustError
from crypto.openpgp import gpg, keygen
from crypto.openpgp.sign import detach_sign
from crypto.openpgp.verify import RUN_MAX, verify_all, verify_detached
from crypto.quorum import Claim
from tests.unit.crypto.openpgp.conftest import DAY, PASSPHRASE, House, certs_in, run_gpg

DATA = b"what was decided\n"


@pytest.fixture(scope="session")
def signature(house: House) -> bytes:
    return detach_sign(house.homes["alize"], house.keys["alize"], DATA, day=DAY)


def test_a_signature_is_checked(house: House, signature: bytes) -> None:
    assert verify_detached(house.certs["alize"], DATA, signature, day=DAY) == house.keys["alize"]
    assert verify_detached(house.certs["alize"], DATA, signature) == house.keys["alize"]


def test_a_signature_without_a_day_carries_the_moment(house: House) -> None:
    made = detach_sign(house.homes["alize"], house.keys["alize"], DATA)
    assert verify_detached(house.certs["alize"], DATA, made) == house.keys["alize"]


def test_a_signature_with_a_day_tells_no_time(house: House, signature: bytes) -> None:
    shown = run_gpg(house.homes["alize"], "--list-packets", data=signature).decode()
    assert "created 1795219200" in shown


def test_a_key_made_later_that_day_signs_and_is_believed(home: Path) -> None:
    late = ["--passphrase", "", "--faked-system-time", "20261121T120000!"]
    run_gpg(home, *late, "--quick-gen-key", "late", "ed25519", "sign")
    (key,) = certs_in(home)
    made = detach_sign(home, key, DATA, day=DAY)
    assert verify_detached(run_gpg(home, "--export"), DATA, made, day=DAY) == key


def test_the_passphrase_is_needed(house: House) -> None:
    home, key = house.homes["locked"], house.keys["locked"]
    gpg.stop_agent(home)
    with pytest.raises(NoKeyError, match="did not sign"):
        detach_sign(home, key, DATA, "not it", day=DAY)
    made = detach_sign(home, key, DATA, PASSPHRASE, day=DAY)
    assert verify_detached(house.certs["locked"], DATA, made, day=DAY) == key
    with pytest.raises(FormatError, match="one line"):
        detach_sign(home, key, DATA, "two\nlines", day=DAY)


def test_a_key_that_is_not_there_does_not_fall_back_to_another(house: House) -> None:
    with pytest.raises(NoKeyError):
        detach_sign(house.homes["alize"], house.keys["brume"], DATA, day=DAY)


def test_an_expired_key_does_not_sign(house: House) -> None:
    with pytest.raises(NoKeyError):
        detach_sign(house.homes["alize"], house.keys["alize"], DATA, day=date(2031, 1, 1))


def test_something_else_than_a_signature_is_refused(house: House, fake_gpg: Callable[[str], None]) -> None:
    fake_gpg('case "$*" in *--detach-sign*) cat >/dev/null; printf "\\313\\003abc"; exit 0;; esac; exec $REAL "$@"')
    with pytest.raises(FormatError, match="not one signature"):
        detach_sign(house.homes["alize"], house.keys["alize"], DATA, day=DAY)


def untrusted(cert: bytes, signature: bytes, data: bytes = DATA, day: date | None = DAY) -> None:
    with pytest.raises(TrustError):
        verify_detached(cert, data, signature, day=day)


def test_refuses_other_data_another_key_and_a_changed_signature(house: House, signature: bytes) -> None:
    untrusted(house.certs["alize"], signature, DATA + b" ")
    untrusted(house.certs["brume"], signature)
    untrusted(house.certs["alize"], signature[:-1] + bytes([signature[-1] ^ 1]))


def test_refuses_an_expired_key(house: House, signature: bytes) -> None:
    untrusted(house.certs["alize"], signature, day=date(2031, 1, 1))


def test_refuses_a_revoked_key(home: Path) -> None:
    key = keygen.trial_key(home, "someone", DAY)
    made = detach_sign(home, key, DATA, day=DAY)
    assert verify_detached(keygen.public_cert(home, key), DATA, made, day=DAY) == key
    revocation = (home / "openpgp-revocs.d" / f"{key}.rev").read_text().replace(":-----BEGIN", "-----BEGIN")
    run_gpg(home, "--import", data=revocation.encode())
    untrusted(keygen.public_cert(home, key), made)


@pytest.mark.parametrize("arguments", [("--textmode",), ("--digest-algo", "SHA1"), ("--default-sig-expire", "1")])
def test_refuses_weaker_signatures(house: House, arguments: tuple[str, ...]) -> None:
    base = ["--no-armor", "--faked-system-time", "20261121T000000!", "--expert", *arguments, "--detach-sign"]
    made = run_gpg(house.homes["alize"], *base, data=DATA)
    untrusted(house.certs["alize"], made)


@pytest.mark.parametrize("junk", [b"", b"junk", b"\xcb\x03abc", bytes(5000)])
def test_refuses_what_is_no_signature(house: House, junk: bytes) -> None:
    with pytest.raises(FormatError):
        verify_detached(house.certs["alize"], DATA, junk)


def test_refuses_two_signatures_and_armour(house: House, signature: bytes) -> None:
    with pytest.raises(FormatError, match="not one OpenPGP signature"):
        verify_detached(house.certs["alize"], DATA, signature * 2)
    with pytest.raises(FormatError):
        verify_detached(
            house.certs["alize"], DATA, run_gpg(house.homes["alize"], "--armor", "--detach-sign", data=DATA)
        )


def test_refuses_a_certificate_that_is_none(signature: bytes) -> None:
    with pytest.raises(FormatError):
        verify_detached(b"junk", DATA, signature)


def test_a_checker_that_dies_has_checked_nothing(
    house: House, signature: bytes, fake_gpg: Callable[[str], None]
) -> None:
    fake_gpg('case "$*" in *--verify*) kill -9 $$;; esac; exec $REAL "$@"')
    with pytest.raises(TrustError, match="could not be checked"):
        verify_detached(house.certs["alize"], DATA, signature, day=DAY)


def claim(house: House, name: str, data: bytes = DATA) -> Claim:
    made = detach_sign(house.homes[name], house.keys[name], data, day=DAY)
    return Claim(house.certs[name], data, made, house.keys[name])


@pytest.fixture(scope="session")
def many(house: House) -> tuple[Claim, ...]:
    """More than one run of gpg checks, by two people."""
    pair = (claim(house, "alize"), claim(house, "cypres", b"\0" * 70_000))
    return pair * (RUN_MAX // 2 + 3)


def test_a_thousand_at_once(many: tuple[Claim, ...]) -> None:
    verify_all(many, day=DAY)
    verify_all(iter(many[:3]))
    verify_all(())


@pytest.mark.parametrize("at", [0, 1, RUN_MAX - 1, RUN_MAX, -1])
def test_one_bad_among_many_is_found(house: House, many: tuple[Claim, ...], at: int) -> None:
    for change, message in (
        ({"data": b"another"}, "not one good signature"),
        ({"signature": many[at - 1].signature}, "not one good signature|another key"),
        ({"signature": many[at].signature * 2}, "not one OpenPGP signature"),
        ({"signature": many[at].data}, "OpenPGP"),
        ({"cert": many[at - 1].cert}, "of another key than it says"),
    ):
        broken = list(many)
        broken[at] = replace(broken[at], **change)
        with pytest.raises((TrustError, FormatError), match=message):
            verify_all(broken, day=DAY)


def test_a_signature_by_a_neighbour_is_not_the_signers(house: House) -> None:
    """Both certificates stand in one home: whose signature it is decides, not only that it is good."""
    alize, cypres = claim(house, "alize"), claim(house, "cypres")
    with pytest.raises(TrustError, match="another key"):
        verify_all([alize, replace(alize, signature=cypres.signature), cypres], day=DAY)


def test_text_signatures_are_refused_at_once_too(house: House) -> None:
    home = house.homes["alize"]
    made = run_gpg(home, "--textmode", "--detach-sign", data=DATA)
    with pytest.raises(TrustError):
        verify_all([Claim(house.certs["alize"], DATA, made, house.keys["alize"])])


def test_large_data_makes_runs_of_their_own(house: House) -> None:
    large = claim(house, "alize", b"x" * 9_000_000)
    verify_all([large] * 3, day=DAY)


def test_a_gpg_that_dies_checks_nothing(house: House, many: tuple[Claim, ...], fake_gpg: Callable[[str], None]) -> None:
    fake_gpg('case "$*" in *verify-files*) exit 3;; esac; exec "$REAL" "$@"')
    with pytest.raises(TrustError, match="could not be checked"):
        verify_all(many[:2], day=DAY)


def test_long_names_of_keys_refuse_no_batch(home: Path, house: House) -> None:
    """gpg tells the user id of each signature; so many long ones went beyond what is read of its status."""
    run_gpg(home, "--passphrase", "", "--quick-gen-key", f"{'u' * 900} <a@b.example>", "ed25519", "sign")
    (key,) = certs_in(home)
    cert = run_gpg(home, "--export")
    good = Claim(cert, DATA, detach_sign(home, key, DATA), key)
    verify_all([good] * RUN_MAX)
    bad = replace(good, data=b"another")
    with pytest.raises(TrustError, match="not one good signature"):
        verify_all([*[good] * (RUN_MAX - 1), bad, good])
    verify_all([claim(house, "alize"), good, claim(house, "cypres")])
