"""Opening: whole messages for us, and every other thing refused without a process left behind."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from crypto.errors import FormatError, NoKeyError, ToolError
from crypto.openpgp import decrypt, encrypt, gpg
from tests.unit.crypto.openpgp.conftest import DAY, PASSPHRASE, House, run_gpg

PLAIN = b"\0 \xff one line\n" * 3000


@pytest.fixture(scope="session")
def sealed(house: House) -> bytes:
    return encrypt.encrypt_bytes(house.public, house.recipients, PLAIN, DAY)


def refused(house: House, data: bytes, *, foreign: bool = False) -> str:
    with pytest.raises(FormatError) as raised:
        decrypt.decrypt_bytes(house.homes["alize"], data, foreign=foreign)
    return str(raised.value)


def test_streams_to_the_sink(house: House, sealed: bytes, tmp_path: Path) -> None:
    (tmp_path / "sealed").write_bytes(sealed)
    parts: list[bytes] = []
    with (tmp_path / "sealed").open("rb") as source:
        assert decrypt.decrypt(house.homes["cypres"], source, parts.append) == house.keys["cypres"]
    assert b"".join(parts) == PLAIN


def test_no_key_of_another_home_opens_it(house: House, sealed: bytes) -> None:
    with pytest.raises(NoKeyError, match="no key of this home"):
        decrypt.decrypt_bytes(house.homes["locked"], sealed, PASSPHRASE)


def test_a_home_without_secret_keys_opens_nothing(house: House, sealed: bytes) -> None:
    with pytest.raises(NoKeyError):
        decrypt.decrypt_bytes(house.public, sealed)


def test_the_passphrase_opens_a_locked_key(house: House) -> None:
    others = [house.keys["alize"], house.keys["locked"], house.keys["nobody"]]
    data = encrypt.encrypt_bytes(house.public, others, b"x", DAY)
    gpg.stop_agent(house.homes["locked"])  # an agent remembers, and then any passphrase will do
    with pytest.raises(NoKeyError):
        decrypt.decrypt_bytes(house.homes["locked"], data, "not it")
    assert decrypt.decrypt_bytes(house.homes["locked"], data, PASSPHRASE) == (b"x", house.keys["locked"])


def test_an_agent_that_forgets_takes_no_other_passphrase(house: House) -> None:
    home = house.homes["locked"]
    data = encrypt.encrypt_bytes(house.public, [house.keys["locked"]], b"x", DAY)
    gpg.stop_agent(home)
    gpg.forget_passphrases(home)  # there is none
    for _ in range(2):
        assert decrypt.decrypt_bytes(home, data, PASSPHRASE)[0] == b"x"
        gpg.forget_passphrases(home)
        with pytest.raises(NoKeyError):
            decrypt.decrypt_bytes(home, data, "not it")


def test_refuses_a_message_cut_off_anywhere(house: House, sealed: bytes) -> None:
    for size in (0, 1, 95, 96, 97, 288, 290, 300, 350, 8000, 20_000, len(sealed) - 23, len(sealed) - 1):
        with pytest.raises((FormatError, NoKeyError)):
            decrypt.decrypt_bytes(house.homes["alize"], sealed[:size])


def test_refuses_a_changed_byte(house: House, sealed: bytes) -> None:
    for at in (320, 400, 9000, len(sealed) - 30, len(sealed) - 1):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        refused(house, changed)


def test_a_changed_packet_of_ours_is_for_nobody(house: House, sealed: bytes) -> None:
    with pytest.raises(NoKeyError):
        decrypt.decrypt_bytes(house.homes["alize"], sealed[:50] + bytes([sealed[50] ^ 1]) + sealed[51:])


def test_refuses_what_follows_a_message(house: House, sealed: bytes) -> None:
    refused(house, sealed + sealed)
    refused(house, sealed + b"\0" * 100)


def make(house: House, *arguments: str) -> bytes:
    key = house.keys["alize"]
    return run_gpg(house.homes["alize"], "--no-armor", "-r", key, "-u", key, *arguments, data=PLAIN)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-s", "-e"),
        ("--cipher-algo", "AES128", "-e"),
        ("--set-filename", "secret.txt", "-e"),
        ("--textmode", "-e"),
    ],
    ids=["signed", "another cipher", "with a name", "text mode"],
)
def test_other_shapes_are_refused_as_envelopes_and_read_as_foreign(house: House, arguments: tuple[str, ...]) -> None:
    data = make(house, *arguments)
    refused(house, data)
    plain, key = decrypt.decrypt_bytes(house.homes["alize"], data, foreign=True)
    assert key == house.keys["alize"]
    assert plain.replace(b"\r\n", b"\n") == PLAIN.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--rfc2440", "--disable-mdc", "-e"),
        ("--store",),
    ],
    ids=["without integrity", "not sealed"],
)
def test_refuses_what_is_not_protected(house: House, arguments: tuple[str, ...]) -> None:
    data = make(house, *arguments)
    refused(house, data)
    refused(house, data, foreign=True)


def test_a_message_for_a_passphrase_only_is_refused(house: House) -> None:
    lock = ["--pinentry-mode", "loopback", "--passphrase", "x", "-c"]
    data = run_gpg(house.homes["alize"], *lock, data=PLAIN)
    with pytest.raises(FormatError):
        decrypt.decrypt_bytes(house.homes["alize"], data, "x")
    with pytest.raises(FormatError):
        decrypt.decrypt_bytes(house.homes["alize"], data, "x", foreign=True)


def test_more_than_the_limit_is_refused_though_it_weighs_little(house: House) -> None:
    bomb = run_gpg(
        house.homes["alize"], "--compress-algo", "zlib", "-r", house.keys["alize"], "-e", data=bytes(50_000_000)
    )
    assert len(bomb) < 100_000
    with pytest.raises(FormatError, match="holds more than is accepted"):
        decrypt.decrypt_bytes(house.homes["alize"], bomb, limit=1_000_000)


class BrokenSource(io.RawIOBase):
    """Gives some bytes, then fails like a disk or a seal that does not open."""

    def __init__(self, data: bytes, error: Exception) -> None:
        self._data = data
        self._error = error

    def read(self, size: int = -1) -> bytes:
        if not self._data:
            raise self._error
        data, self._data = self._data, b""
        return data


def test_a_source_that_fails_is_never_taken_for_the_end(house: House, sealed: bytes) -> None:
    source = BrokenSource(sealed, FormatError("the box is damaged"))
    with pytest.raises(FormatError, match="the box is damaged"):
        decrypt.decrypt(house.homes["alize"], source, lambda _part: None)  # type: ignore[arg-type]


def test_a_sink_that_fails_ends_gpg(house: House, sealed: bytes) -> None:
    def full(_part: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        decrypt.decrypt(house.homes["alize"], io.BytesIO(sealed), full)


def test_a_killed_gpg_is_a_tool_error(house: House, fake_gpg: Callable[[str], None], sealed: bytes) -> None:
    fake_gpg("kill -9 $$")
    with pytest.raises(ToolError, match="killed"):
        decrypt.decrypt_bytes(house.homes["alize"], sealed)


def test_a_gpg_that_closes_its_input_early_is_judged_by_its_status(
    house: House, fake_gpg: Callable[[str], None]
) -> None:
    fake_gpg("exec <&-; sleep 0.2; exit 2")
    with pytest.raises(FormatError):
        decrypt.decrypt_bytes(house.homes["alize"], bytes(5_000_000))


def test_endless_status_is_cut_off(house: House, fake_gpg: Callable[[str], None]) -> None:
    fake_gpg('while :; do echo "[GNUPG:] ENC_TO 0000000000000000 18 0"; done >/proc/self/fd/$2')
    with pytest.raises(ToolError, match="killed"):
        decrypt.decrypt_bytes(house.homes["alize"], b"x")


def test_no_refusal_quotes_what_gpg_said(house: House, sealed: bytes) -> None:
    for data in (sealed[:9000], sealed + sealed, make(house, "-s", "-e")):
        said = refused(house, data)
        for secret in (*house.keys.values(), "alize", "GNUPG", str(house.root)):
            assert secret not in said
