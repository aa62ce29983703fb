"""A key lent to a home in memory: it opens, under another passphrase, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crypto.errors import FormatError, NoKeyError
from crypto.openpgp import gpg, swift
from crypto.openpgp.decrypt import decrypt_bytes
from crypto.openpgp.encrypt import encrypt_bytes
from tests.unit.crypto.openpgp.conftest import DAY, PASSPHRASE, House


def lend(house: House, name: str, passphrase: str) -> None:
    with swift.lent(house.homes[name], house.keys[name], passphrase):
        pytest.fail("it was lent")


def test_opens_with_a_random_passphrase_and_leaves_nothing(house: House) -> None:
    data = encrypt_bytes(house.public, [house.keys["locked"]], b"for one", DAY)
    with swift.lent(house.homes["locked"], house.keys["locked"], PASSPHRASE) as (place, new):
        assert place.parent == Path(gpg.MEMORY)
        assert place.stat().st_mode & 0o777 == 0o700
        assert decrypt_bytes(place, data, new) == (b"for one", house.keys["locked"])
        with pytest.raises(NoKeyError):
            decrypt_bytes(place, data, PASSPHRASE)
        written = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
        assert PASSPHRASE.encode() not in written
        assert new.encode() not in written
        # Stretching is what takes the time; the agent of this home does as little of it as it can.
        assert b'"65536"' in written.replace(b"\n ", b"")
        assert new != PASSPHRASE
    assert not place.exists()


def test_is_not_lent_with_another_passphrase(house: House) -> None:
    gpg.stop_agent(house.homes["locked"])
    with pytest.raises(NoKeyError, match="did not lend"):
        lend(house, "locked", "another")


def test_a_passphrase_is_one_line(house: House) -> None:
    with pytest.raises(FormatError):
        lend(house, "locked", "two\nlines")


def test_is_lent_to_memory_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpg, "MEMORY", "/nowhere")
    with pytest.raises(NoKeyError, match="no directory in memory"):
        lend(house, "locked", PASSPHRASE)


def test_a_key_on_a_card_is_not_lent(house: House, fake_gpg: Callable[[str], None]) -> None:
    # gpg imports a card's key as a stub that says where it is, and the agent would ask the card.
    stub = r"""
for word; do [ "$before" = --homedir ] && place="$word"; before="$word"; done
case "$*" in
*--import*) mkdir -p "$place/private-keys-v1.d"
  printf 'Key: (shadowed-private-key' > "$place/private-keys-v1.d/A.key";;
esac"""
    fake_gpg(stub)
    with pytest.raises(NoKeyError, match="cannot be lent"):
        lend(house, "locked", PASSPHRASE)


def test_a_home_without_the_key_lends_nothing(house: House, fake_gpg: Callable[[str], None]) -> None:
    fake_gpg("exit 0")
    with pytest.raises(NoKeyError, match="cannot be lent"):
        lend(house, "locked", PASSPHRASE)
