"""An envelope with one packet left: the one at that place opens, the whole is checked all the same."""

from __future__ import annotations

import io

import pytest

from crypto.errors import FormatError, NoKeyError
from crypto.openpgp.decrypt import decrypt_bytes
from crypto.openpgp.encrypt import encrypt_bytes
from crypto.openpgp.packets import MAX_RECIPIENTS, PKESK_SIZE
from crypto.openpgp.single import Single
from tests.unit.crypto.openpgp.conftest import DAY, NAMES, House

PLAIN = b"an envelope of ours" * 40_000


@pytest.fixture(scope="module")
def sealed(house: House) -> bytes:
    return encrypt_bytes(house.public, house.recipients, PLAIN, DAY)


def passed(data: bytes, place: int | None, size: int = 4096) -> bytes:
    single = Single(io.BytesIO(data), place)
    out = b"".join(iter(lambda: single.read(size), b""))
    assert single.finish() == len(NAMES)
    return out


@pytest.mark.parametrize("size", [1, 100, 256 * 1024, -1])
@pytest.mark.parametrize("place", range(len(NAMES)))
def test_each_place_opens_for_its_own(house: House, sealed: bytes, place: int, size: int) -> None:
    out = passed(sealed, place, size)
    assert len(out) == len(sealed) - 2 * PKESK_SIZE
    for at, name in enumerate(NAMES):
        if at == place:
            assert decrypt_bytes(house.homes[name], out) == (PLAIN, house.keys[name])
        else:
            with pytest.raises(NoKeyError):
                decrypt_bytes(house.homes[name], out)


@pytest.mark.parametrize("place", [None, len(NAMES), MAX_RECIPIENTS])
def test_without_a_place_everything_stays(sealed: bytes, place: int | None) -> None:
    assert passed(sealed, place) == sealed


def test_what_is_no_envelope_is_refused(sealed: bytes) -> None:
    for data in (b"\x99" + sealed[1:], sealed[PKESK_SIZE * 3 :]):
        with pytest.raises(FormatError):
            passed(data, 0)
    cut = Single(io.BytesIO(sealed[: PKESK_SIZE * 3]), 0)
    assert cut.read() == sealed[: PKESK_SIZE * 3]
    with pytest.raises(FormatError, match="cut off"):
        cut.finish()
    late = Single(io.BytesIO(sealed + b"more"), 0)
    with pytest.raises(FormatError, match="follows"):
        b"".join(iter(lambda: late.read(100_000), b""))
