"""Certificates: what one holds, and which are refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crypto.errors import FormatError, ToolError
from crypto.openpgp import certs, gpg, keygen
from tests.unit.crypto.openpgp.conftest import DAY, House, certs_in, run_gpg


def test_tells_what_a_certificate_holds(house: House) -> None:
    found = certs.inspect(house.certs["alize"], day=DAY)
    assert found == certs.CertInfo(house.keys["alize"], "alize", "cv25519", date(2028, 11, 20), False)


def test_a_certificate_for_nobody_never_ends(house: House) -> None:
    assert certs.inspect(house.certs["nobody"]).expires is None


def test_says_that_a_secret_key_is_one(house: House) -> None:
    secret = run_gpg(house.homes["alize"], "--export-secret-keys")
    assert certs.inspect(secret, day=DAY).has_secret


def test_reads_an_armoured_certificate(house: House) -> None:
    text = run_gpg(house.homes["alize"], "--armor", "--export")
    assert certs.dearmor(b"\n" + text) == run_gpg(house.homes["alize"], "--export")
    assert certs.dearmor(house.certs["alize"]) == house.certs["alize"]


@pytest.mark.parametrize("junk", [b"", b"junk", b"\x99", b"\x98\x01\x04", bytes(70_000)])
def test_refuses_what_is_no_certificate(junk: bytes) -> None:
    with pytest.raises(FormatError):
        certs.inspect(junk)


def test_refuses_two_certificates_in_one(house: House) -> None:
    with pytest.raises(FormatError, match="not exactly one"):
        certs.inspect(house.certs["alize"] + house.certs["brume"])


def test_refuses_another_packet_behind_a_certificate(house: House) -> None:
    with pytest.raises(FormatError, match="not an OpenPGP certificate"):
        certs.inspect(house.certs["alize"] + b"\xcb\x03abc")


def test_refuses_an_expired_certificate(house: House) -> None:
    with pytest.raises(FormatError):
        certs.inspect(house.certs["alize"], day=date(2030, 1, 1))


def test_refuses_a_revoked_certificate(house: House, home: Path) -> None:
    fingerprint = keygen.trial_key(home, "someone", DAY)
    revocation = (home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text().replace(":-----BEGIN", "-----BEGIN")
    run_gpg(home, "--import", data=revocation.encode())
    with pytest.raises(FormatError, match="certificate"):
        certs.inspect(keygen.public_cert(home, fingerprint))


ONLY = ("--passphrase", "", "--faked-system-time", "20261121T000000!")


@pytest.mark.parametrize(
    ("algorithm", "subkey", "rule"),
    [
        ("nistp256", "", "no usable Ed25519 key"),
        ("ed25519", "", "no usable cv25519 key"),
        ("ed25519", "nistp256", "no usable cv25519 key"),
    ],
)
def test_refuses_other_algorithms(home: Path, algorithm: str, subkey: str, rule: str) -> None:
    run_gpg(home, *ONLY, "--quick-gen-key", "someone", algorithm, "sign", "1y")
    (fingerprint,) = certs_in(home)
    if subkey:
        run_gpg(home, *ONLY, "--quick-add-key", fingerprint, subkey, "encr", "1y")
    with pytest.raises(FormatError, match=rule):
        certs.inspect(run_gpg(home, "--export"), day=DAY)


def test_the_end_is_that_of_the_last_subkey(home: Path) -> None:
    run_gpg(home, *ONLY, "--quick-gen-key", "someone", "ed25519", "sign", "0")
    (fingerprint,) = certs_in(home)
    for end in ("2027-01-01", "2027-06-01"):
        run_gpg(home, *ONLY, "--quick-add-key", fingerprint, "cv25519", "encr", end)
    assert certs.inspect(run_gpg(home, "--export"), day=DAY).expires == date(2027, 6, 1)
    run_gpg(home, *ONLY, "--quick-add-key", fingerprint, "cv25519", "encr", "0")
    assert certs.inspect(run_gpg(home, "--export"), day=DAY).expires is None


def test_fills_a_public_home(house: House, tmp_path: Path) -> None:
    home = tmp_path / "a" / "public"
    wanted = [house.certs["brume"], house.certs["alize"]]
    assert certs.import_public(home, wanted) == (house.keys["brume"], house.keys["alize"])
    assert certs.import_public(home, wanted[:1]) == (house.keys["brume"],)
    assert home.stat().st_mode & 0o777 == 0o700
    assert not (home / "S.gpg-agent").exists()


def test_a_public_home_takes_no_secret_key(house: House, home: Path) -> None:
    with pytest.raises(FormatError, match="not a public certificate"):
        certs.import_public(home, [run_gpg(house.homes["alize"], "--export-secret-keys")])
    with pytest.raises(FormatError):
        certs.import_public(home, [b""])


def test_a_public_home_takes_one_certificate_at_a_time(house: House, home: Path) -> None:
    with pytest.raises(ToolError, match="did not take"):
        certs.import_public(home, [house.certs["alize"] + house.certs["brume"]])


def test_nothing_of_gpg_reaches_a_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    certs.inspect(house.certs["alize"], day=DAY)
    assert caplog.text == ""
    assert gpg.version() >= (2, 2)
