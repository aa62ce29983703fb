"""Sealing: order, hidden recipients, exact failures, and death on abort."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from crypto.errors import FormatError, ToolError
from crypto.openpgp import decrypt, encrypt, keygen, packets, sizes
from tests.unit.crypto.openpgp.conftest import DAY, NAMES, House, certs_in, run_gpg


def seal(house: House, path: Path, pieces: list[bytes]) -> encrypt.Encryptor:
    with path.open("wb") as output, encrypt.Encryptor(house.public, house.recipients, output.fileno(), DAY) as running:
        for piece in pieces:
            running.write(piece)
        running.finish()
    return running


@pytest.mark.parametrize("name", NAMES)
def test_every_reviewer_opens_what_was_sealed(house: House, tmp_path: Path, name: str) -> None:
    running = seal(house, tmp_path / "out", [b"one ", bytearray(b"two "), memoryview(b"three")])
    sealed = (tmp_path / "out").read_bytes()
    assert decrypt.decrypt_bytes(house.homes[name], sealed) == (b"one two three", house.keys[name])
    assert len(sealed) == running.framing.ciphertext_size(13, 3)


def test_the_message_names_nobody_and_tells_only_the_day(house: House) -> None:
    sealed = encrypt.encrypt_bytes(house.public, house.recipients, b"x", DAY)
    parser = packets.EnvelopeParser()
    parser.feed(sealed)
    assert parser.finish() == 3
    shown = run_gpg(house.homes["alize"], "--list-packets", data=sealed, check=False).decode()
    assert "created 1795219200" in shown  # midnight
    assert "compressed" not in shown
    assert shown.count("keyid 0000000000000000") == 3


def test_a_visible_recipient_is_named_when_asked(house: House) -> None:
    sealed = encrypt.encrypt_bytes(house.public, house.recipients[:1], b"x", DAY, hidden=False)
    assert sealed[4:12] != bytes(8)
    assert decrypt.decrypt_bytes(house.homes["alize"], sealed)[0] == b"x"


def test_the_packets_stand_in_the_order_of_the_recipients(house: House) -> None:
    sealed = encrypt.encrypt_bytes(house.public, house.recipients, b"x", DAY)
    size = sizes.PKESK_SIZE
    for at, name in enumerate(NAMES):  # the packet of one reviewer alone before the sealed data
        alone = sealed[at * size : (at + 1) * size] + sealed[3 * size :]
        assert decrypt.decrypt_bytes(house.homes[name], alone)[0] == b"x"


@pytest.mark.parametrize("recipients", [[], ["A" * 40] * 2, ["A" * 39], ["a" * 40], ["--yes" + "A" * 35], ["alize"]])
def test_refuses_what_is_not_a_list_of_full_fingerprints(house: House, recipients: list[str]) -> None:
    with pytest.raises(FormatError):
        encrypt.encrypt_bytes(house.public, recipients, b"x", DAY)
    with pytest.raises(FormatError):
        encrypt.Encryptor(house.public, recipients, 1, DAY)


def test_refuses_a_recipient_without_a_certificate(house: House, tmp_path: Path) -> None:
    strangers = [*house.recipients, "0" * 40]
    with pytest.raises(ToolError, match="ended with a failure"):
        encrypt.encrypt_bytes(house.public, strangers, b"x", DAY)
    with (tmp_path / "out").open("wb") as output:
        running = encrypt.Encryptor(house.public, strangers, output.fileno(), DAY)
        with pytest.raises(ToolError, match="ended with a failure"):
            running.finish()


def test_refuses_a_recipient_whose_key_has_expired(house: House) -> None:
    with pytest.raises(ToolError):
        encrypt.encrypt_bytes(house.public, house.recipients, b"x", date(2031, 1, 1))


def test_a_key_made_later_on_the_same_day_is_sealed_to(house: House, home: Path) -> None:
    late = ["--passphrase", "", "--faked-system-time", "20261121T235900!"]
    run_gpg(home, *late, "--quick-gen-key", "late", "ed25519")
    (fingerprint,) = certs_in(home)
    run_gpg(home, *late, "--quick-add-key", fingerprint, "cv25519", "encr")
    sealed = encrypt.encrypt_bytes(home, [fingerprint], b"x", DAY)
    assert decrypt.decrypt_bytes(home, sealed)[0] == b"x"


def test_a_clock_that_is_years_behind_the_keys_opens_nevertheless(house: House, home: Path) -> None:
    fingerprint = keygen.trial_key(home, "future", date(2036, 1, 1))
    sealed = encrypt.encrypt_bytes(home, [fingerprint], b"x", date(2036, 1, 2))
    assert decrypt.decrypt_bytes(home, sealed)[0] == b"x"


def alive(running: encrypt.Encryptor) -> bool:
    return running._process.poll() is None


def test_abort_kills_so_that_half_a_report_is_never_a_whole_one(house: House, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as output:
        running = encrypt.Encryptor(house.public, house.recipients, output.fileno(), DAY)
        running.write(bytes(5_000_000))
        running.abort()
        running.abort()
    assert not alive(running)
    assert running._process.returncode == -9
    with pytest.raises(FormatError):
        decrypt.decrypt_bytes(house.homes["alize"], (tmp_path / "out").read_bytes())
    with pytest.raises(ToolError, match="ended before the message did"):
        running.write(b"more")


def test_leaving_the_block_early_kills(house: House, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as output:
        with encrypt.Encryptor(house.public, house.recipients, output.fileno(), DAY) as running:
            running.write(b"half")
        assert running._process.returncode == -9


def test_a_gpg_that_dies_midway_is_a_tool_error(house: House, tmp_path: Path, fake_gpg: Callable[[str], None]) -> None:
    fake_gpg('case "$*" in *--version*) exec $REAL --version;; esac; head -c 100000 >/dev/null; exit 2')
    with (tmp_path / "out").open("wb") as output:
        running = encrypt.Encryptor(house.public, house.recipients, output.fileno(), DAY)
        with pytest.raises(ToolError, match="ended before the message did"):
            running.write(bytes(10_000_000))
        assert not alive(running)


def test_a_gpg_that_says_success_without_sealing_is_a_tool_error(house: House, fake_gpg: Callable[[str], None]) -> None:
    fake_gpg("cat >/dev/null; exit 0")
    with pytest.raises(ToolError, match="did not seal"):
        encrypt.encrypt_bytes(house.public, house.recipients, b"x", DAY)


def test_the_framing_of_the_installed_gpg_is_known(house: House) -> None:
    encrypt.check_framing(house.public, house.recipients, DAY)


def test_refuses_a_gpg_that_frames_in_another_way(house: House, fake_gpg: Callable[[str], None]) -> None:
    fake_gpg('$REAL "$@" || exit; case "$*" in *--encrypt) printf x;; esac')
    with pytest.raises(ToolError, match="a way that is not known"):
        encrypt.check_framing(house.public, house.recipients, DAY)
