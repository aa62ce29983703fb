"""The structure of messages, read without a key."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import FormatError
from crypto.openpgp import encrypt, packets
from tests.unit.crypto.openpgp.conftest import DAY, House, run_gpg

PKESK = b"\x84\x5e\x03" + bytes(8) + b"\x12\x01\x07\x40" + b"P" * 32 + b"\x30" + b"W" * 48
BODY = b"\x01" + b"S" * 60
SEIPD = b"\xd2" + bytes([len(BODY)]) + BODY
GOOD = PKESK * 3 + SEIPD


def parse(data: bytes, step: int = 1 << 20) -> int:
    parser = packets.EnvelopeParser()
    for at in range(0, len(data), step):
        parser.feed(data[at : at + step])
    return parser.finish()


def partial(*parts: bytes, last: bytes) -> bytes:
    framed = b"".join(bytes([224 + len(part).bit_length() - 1]) + part for part in parts)
    return b"\xd2" + framed + bytes([len(last)]) + last


BIG = b"\x01" + bytes(511)


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        PKESK.replace(b"\x84", b"\xc1", 1) * 3 + SEIPD,
        PKESK * 3 + b"\xd2\xc0\x10" + b"\x01" + bytes(207),
        PKESK * 3 + b"\xd2\xff" + (300).to_bytes(4, "big") + b"\x01" + bytes(299),
        PKESK * 3 + partial(BIG, bytes(1), bytes(2), last=b""),
        PKESK * 3 + partial(BIG, BIG, last=b"abc"),
    ],
    ids=["gpg", "new headers", "two octets", "five octets", "parts", "more parts"],
)
@pytest.mark.parametrize("step", [1, 7, 95, 1 << 20])
def test_takes_an_envelope_in_pieces_of_any_size(data: bytes, step: int) -> None:
    assert parse(data, step) == 3


@pytest.mark.parametrize("name", ["alize", "brume", "cypres"])
def test_takes_what_gpg_seals(house: House, name: str) -> None:
    for size in (0, 500, 20_000, 200_000):
        assert parse(encrypt.encrypt_bytes(house.public, house.recipients, bytes(size), DAY), 4096) == 3


def change(at: int, value: int) -> bytes:
    return PKESK + PKESK[:at] + bytes([value]) + PKESK[at + 1 :] + PKESK + SEIPD


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (change(0, 0x85), "does not belong"),
        (change(0, 0x88), "does not belong"),
        (change(1, 0x5D), "not a hidden one"),
        (change(2, 6), "not a hidden one"),
        (change(5, 1), "not a hidden one"),
        (change(11, 1), "not a hidden one"),
        (change(12, 2), "malformed"),
        (change(14, 0x41), "malformed"),
        (change(47, 0x31), "malformed"),
        (SEIPD, "does not belong"),
        (b"\xca\x03PGP" + GOOD, "does not belong"),
        (PKESK * 2 + b"\xd4" + SEIPD[1:], "does not belong"),
        (PKESK * 65 + SEIPD, "too many"),
        (PKESK + b"\xd2\x3d\x02" + BODY[1:], "not of version 1"),
        (PKESK + b"\xd2\xe8" + b"\x01" + bytes(255) + b"\x30" + bytes(48), "first part"),
        (GOOD + b"\0", "follows"),
        (GOOD + SEIPD, "follows"),
        (GOOD + PKESK, "follows"),
        (b"-----BEGIN PGP MESSAGE-----\n", "does not belong"),
    ],
)
def test_refuses_another_structure(data: bytes, rule: str) -> None:
    with pytest.raises(FormatError, match=rule):
        parse(data)


def test_refuses_every_shorter_message() -> None:
    for size in range(len(GOOD)):
        with pytest.raises(FormatError, match="cut off"):
            parse(GOOD[:size])


def test_refuses_sealed_data_that_holds_nothing() -> None:
    assert parse(PKESK + b"\xd2\x29\x01" + bytes(40)) == 1
    for data in (PKESK + b"\xd2\x28\x01" + bytes(39), PKESK + b"\xd2\x00"):
        with pytest.raises(FormatError, match="too small"):
            parse(data)


def test_tells_an_envelope_by_its_beginning() -> None:
    for size in range(len(GOOD)):
        expected = None if size <= len(PKESK * 3) + 2 else True
        assert packets.looks_like_envelope(GOOD[:size], 3) is expected
    assert packets.looks_like_envelope(GOOD, 2) is False
    assert packets.looks_like_envelope(b"PK\x03\x04", 3) is False


@given(st.binary(max_size=400), st.integers(0, 4), st.integers(1, 50))
def test_never_fails_otherwise(data: bytes, packets_before: int, step: int) -> None:
    try:
        parse(PKESK * packets_before + data, step)
    except FormatError:
        return


def test_knows_sealed_messages_of_every_kind(house: House) -> None:
    home, key = house.homes["alize"], house.keys["alize"]
    lock = ["--pinentry-mode", "loopback", "--passphrase", "x", "-c"]
    for arguments in (["-r", key, "-e"], ["-R", key, "-e"], ["-r", key, "-s", "-e"], [*lock, "-r", key, "-e"], lock):
        for form in ([], ["--armor"], ["--armor", "--comment", "a: b"]):
            data = run_gpg(home, *form, *arguments, data=bytes(100))
            assert packets.is_encrypted_message(data), arguments
            assert packets.is_encrypted_message(data[:200] if form else data[:100])


V6 = b"\xc1\x80\x06" + bytes(127)


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD[:96],
        GOOD[:50],
        b"\xca\x03PGP" + GOOD,
        b"\xa8\x03PGP" + GOOD,
        b"\xd5\x02ab" + GOOD,
        V6 + b"\xd4\x20",
        b"\xc1\xc0\x40\x03" + bytes(255) + SEIPD,
        b"\xc1\xff\x00\x00\x01\x00\x03" + bytes(255) + SEIPD,
        b"\x85\x01\x00\x03" + bytes(255) + b"\xc9\x01\x00",
        b"\x86\x00\x00\x01\x00\x03" + bytes(255) + b"\xa4\x01\x00",
        b"\x8c\x0d\x04\x09\x03\x08" + bytes(9) + SEIPD,
    ],
)
def test_knows_a_sealed_message_by_its_packets(data: bytes) -> None:
    assert packets.is_encrypted_message(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x84",
        b"\x84\x5e",
        b"\xc1",
        b"\xc1\xc0",
        b"\xc1\xff\0\0",
        b"hello",
        b"PK\x03\x04",
        b"\xff\xd8\xff\xe0 a photograph",
        b"-----BEGIN PGP MESSAGE-----",
        b"-----BEGIN PGP MESSAGE-----\n\nhello world, this is text",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEaw==",
        b"\xca\x03PGP",
        b"\xca\x03PGP\xcb\x01a",
        SEIPD,
        b"\x84\x5e\x07" + bytes(93),
        b"\xc1\x03\x03ab" + SEIPD,
        b"\xc1\xff\x00\x01\x00\x00\x03",
        b"\x84\x04\x03abc\x00",
        b"\xcb\x05b\x00hello",
    ],
)
def test_takes_nothing_else_for_a_sealed_message(data: bytes) -> None:
    assert not packets.is_encrypted_message(data)


@given(st.binary(max_size=300))
def test_recognising_never_fails(data: bytes) -> None:
    packets.is_encrypted_message(data)
    packets.is_encrypted_message(b"-----BEGIN PGP MESSAGE-----\n\n" + data)
    packets.is_encrypted_message(PKESK + data)


def test_lists_the_packets_of_a_certificate(house: House) -> None:
    assert packets.packet_tags(house.certs["alize"]) == (6, 13, 2, 14, 2)
    assert packets.packet_tags(b"") == ()


@pytest.mark.parametrize("data", [b"\x00", b"\x88", b"\x88\x05abc", b"\x8b\x05abc", b"\xc2\xe1ab\x00", b"\xc2"])
def test_refuses_what_is_no_sequence_of_packets(data: bytes) -> None:
    with pytest.raises(FormatError, match="sequence"):
        packets.packet_tags(data)


def test_a_long_message_passes_faster_than_gpg_writes_it() -> None:
    part = bytes([224 + 13]) + bytes(8192)
    data = PKESK + b"\xd2" + bytes([224 + 13]) + b"\x01" + bytes(8191) + part * 2000 + b"\x00"
    begin = time.process_time()
    assert parse(data, 65536) == 1
    assert time.process_time() - begin < 0.5  # 16 MB; gpg needs a tenth of a second for them
