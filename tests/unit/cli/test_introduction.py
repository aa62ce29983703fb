"""The line with which tor introduces a connection: that one and no other."""

from __future__ import annotations

import socket

import pytest

from app.cli.server.introduction import LINE_BYTES, NotIntroduced, parse, read_circuit

LINE = b"PROXY TCP6 fc00:dead:beef:4dad::0:ad ::1 173 80\r\n"


def test_what_tor_writes() -> None:
    assert parse(LINE) == 173
    assert parse(b"PROXY TCP6 fc00:dead:beef:4dad::ffff:ffff ::1 65535 42\r\n") == 0xFFFFFFFF
    assert parse(b"PROXY TCP6 fc00:dead:beef:4dad::1:0 ::1 0 80\r\n") == 65536


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\r\n",
        LINE[:-1],
        LINE[:-2],
        LINE[:-2] + b"\n",
        LINE + b"G",
        b" " + LINE,
        LINE.replace(b"PROXY", b"proxy"),
        LINE.replace(b"TCP6", b"TCP4"),
        LINE.replace(b"TCP6", b"UNKNOWN"),
        LINE.replace(b"4dad", b"4dae"),
        LINE.replace(b"::0:ad", b"::0:AD"),
        LINE.replace(b"::0:ad", b"::00:ad"),
        LINE.replace(b"::0:ad", b"::0:0ad"),
        LINE.replace(b"::0:ad", b"::ad"),
        LINE.replace(b"::0:ad", b"::0:10000"),
        LINE.replace(b"::1", b"::2"),
        LINE.replace(b"173", b"174"),
        LINE.replace(b"173", b"0173"),
        LINE.replace(b"173", b"-173"),
        LINE.replace(b" 80", b" 65536"),
        LINE.replace(b" 80", b"  80"),
        LINE.replace(b" 80", b""),
        b"PROXY TCP6 fc00:dead:beef:4dad::0:ad ::1 173 80 \r\n",
        b"GET / HTTP/1.1\r\n",
        b"\r\n\r\n\0\r\nQUIT\n" + LINE,
    ],
)
def test_anything_else_is_nobody(line: bytes) -> None:
    assert parse(line) is None


def read(sent: bytes, secret: bytes = b"s" * 32) -> tuple[bytes, bytes]:
    """The key, and what is left to read."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(sent)
        theirs.shutdown(socket.SHUT_WR)
        key = read_circuit(ours, secret)
        return key, ours.recv(LINE_BYTES)


def test_nothing_behind_the_line_is_taken() -> None:
    key, rest = read(LINE + b"GET / HTTP/1.1\r\n")
    assert len(key) == 8
    assert rest == b"GET / HTTP/1.1\r\n"
    assert read(LINE)[0] == key
    assert read(LINE, b"t" * 32)[0] != key, "the key must not tell the circuit to who has not got the secret"
    assert read(LINE.replace(b"ad ", b"ae ").replace(b"173", b"174"))[0] != key


@pytest.mark.parametrize("sent", [b"", LINE[:20], b"GET / HTTP/1.1\r\n\r\n", b"x" * 4096])
def test_who_is_not_introduced_is_told_nothing_about_what_came(sent: bytes) -> None:
    with pytest.raises(NotIntroduced) as refused:
        read(sent)
    assert sent.decode()[:20] not in str(refused.value) or not sent
