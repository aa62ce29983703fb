"""Keys of onion services: tor's own files, made once, read by nobody else, never printed."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fakes.tor_daemon import unprivileged
from tor.address import is_onion_address, onion_address
from tor.ed25519 import public_of
from tor.errors import KeyFileError
from tor.key import NAME_FILE, PUBLIC_FILE, SECRET_FILE, OnionKey, load_or_make

HEADER = b"== ed25519v1-secret: type0 ==\0\0\0"


def clamped(seed: bytes) -> bytes:
    digest = bytearray(hashlib.sha512(seed).digest())
    digest[0] &= 248
    digest[31] = (digest[31] & 63) | 64
    return bytes(digest)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "reporter"
    made.mkdir(mode=0o700)
    return made


@pytest.mark.parametrize("number", range(10))
def test_the_public_half_is_that_of_rfc_8032(number: int) -> None:
    seed = bytes([number]) * 32
    expected = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    assert public_of(clamped(seed)[:32]) == expected
    assert OnionKey.from_expanded(clamped(seed)).address == onion_address(expected)


def test_a_key_is_new_each_time_and_shows_nothing() -> None:
    one, two = OnionKey.generate(), OnionKey.generate()
    assert one.address != two.address
    assert is_onion_address(one.address)
    assert base64.b64decode(one.blob) == one.expanded
    assert repr(one) == "OnionKey()"
    assert one.blob not in f"{one} {one!r}"


def test_a_folder_gets_the_files_that_tor_itself_writes(tmp_path: Path) -> None:
    folder = tmp_path / "tor" / "reporter"
    key = load_or_make(folder)
    assert (folder / SECRET_FILE).read_bytes() == HEADER + key.expanded
    assert (folder / PUBLIC_FILE).read_bytes() == b"== ed25519v1-public: type0 ==\0\0\0" + key.public
    assert (folder / NAME_FILE).read_text() == f"{key.address}\n"
    assert sorted(path.name for path in folder.iterdir()) == sorted([SECRET_FILE, PUBLIC_FILE, NAME_FILE])
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert load_or_make(folder) == key
    assert OnionKey.read(folder / SECRET_FILE) == key


def test_the_public_files_come_back(folder: Path) -> None:
    key = load_or_make(folder)
    (folder / PUBLIC_FILE).unlink()
    (folder / NAME_FILE).unlink()
    assert load_or_make(folder) == key
    assert (folder / NAME_FILE).read_text() == f"{key.address}\n"


def test_a_lost_key_is_not_replaced_in_silence(folder: Path) -> None:
    load_or_make(folder)
    (folder / SECRET_FILE).unlink()
    with pytest.raises(KeyFileError, match="is missing, but its address is there") as refused:
        load_or_make(folder)
    assert "backup" in refused.value.hint
    assert not (folder / SECRET_FILE).exists()


@pytest.mark.parametrize("name", [PUBLIC_FILE, NAME_FILE])
def test_files_of_two_keys_are_not_mixed(folder: Path, name: str) -> None:
    load_or_make(folder)
    (folder / name).write_bytes(b"another\n")
    with pytest.raises(KeyFileError, match="does not belong"):
        load_or_make(folder)


def test_a_key_is_written_once(folder: Path) -> None:
    path = folder / SECRET_FILE
    first = OnionKey.generate()
    first.write(path)
    with pytest.raises(KeyFileError, match="exists already"):
        OnionKey.generate().write(path)
    assert OnionKey.read(path) == first
    assert [found.name for found in folder.iterdir()] == [SECRET_FILE]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(folder: Path, mode: int) -> None:
    OnionKey.generate().write(folder / SECRET_FILE)
    (folder / SECRET_FILE).chmod(mode)
    with pytest.raises(KeyFileError, match="Others can read the key file") as refused:
        OnionKey.read(folder / SECRET_FILE)
    assert refused.value.hint == f"Type: chmod 600 '{folder / SECRET_FILE}'"


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o755])
def test_a_folder_that_others_can_enter_is_refused(folder: Path, mode: int) -> None:
    load_or_make(folder)
    folder.chmod(mode)
    with pytest.raises(KeyFileError, match="Others can read the folder") as refused:
        load_or_make(folder)
    assert "chmod 700" in refused.value.hint


def test_another_users_key_is_refused(folder: Path) -> None:
    if os.geteuid() != 0:
        # Only root can give a file away; what everybody has is a file of root.
        with pytest.raises(KeyFileError, match=r"another user|cannot be read|is missing"):
            OnionKey.read(Path("/etc/shadow"))
        return
    load_or_make(folder)
    os.chown(folder / SECRET_FILE, 65534, -1)
    with pytest.raises(KeyFileError, match="belongs to another user"):
        load_or_make(folder)


def test_a_key_out_of_reach_is_a_sentence(folder: Path) -> None:
    load_or_make(folder)
    folder.parent.chmod(0)
    try:
        with unprivileged(), pytest.raises(KeyFileError, match="cannot be read by this user"):
            OnionKey.read(folder / SECRET_FILE)
    finally:
        folder.parent.chmod(0o700)


def test_a_missing_key_is_a_sentence(folder: Path) -> None:
    with pytest.raises(KeyFileError, match=r"key file .* is missing"):
        OnionKey.read(folder / SECRET_FILE)


GOOD = HEADER + clamped(b"x" * 32)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEADER,
        GOOD[:-1],
        GOOD + b"\n",
        b"== ed25519v1-public: type0 ==\0\0\0" + GOOD[32:],
        HEADER + bytes([GOOD[32] | 1]) + GOOD[33:],
        HEADER + GOOD[32:63] + bytes([GOOD[63] | 0x80]) + GOOD[64:],
        HEADER + GOOD[32:63] + bytes([GOOD[63] & 0x3F]) + GOOD[64:],
    ],
    ids=["empty", "header", "short", "long", "public", "low bits", "high bit", "second bit"],
)
def test_another_format_is_refused(folder: Path, data: bytes) -> None:
    path = folder / SECRET_FILE
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="not the secret key of an onion service") as refused:
        OnionKey.read(path)
    assert "backup" in refused.value.hint


def test_an_expanded_key_has_64_bytes() -> None:
    with pytest.raises(KeyFileError, match="length"):
        OnionKey.from_expanded(bytes(63))
