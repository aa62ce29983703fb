"""SOCKS5 as tor speaks it: the name goes to the proxy, each refusal is a sentence."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.loopback import Line, free_port
from tor import socks
from tor.errors import SocksRefused, TorError

ONION = "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion"


@contextmanager
def echo() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(client.recv(5))

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


@contextmanager
def proxy(*answers: bytes) -> Iterator[str]:
    """A proxy that reads once, then says the next answer, then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            client, _ = server.accept()
            with client:
                for answer in answers:
                    client.recv(512)
                    client.sendall(answer)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def connect(through: str) -> socket.socket:
    return socks.connect(through, ONION, 80, user="circuit", timeout=5)


def test_it_reaches_a_name_through_the_proxy() -> None:
    with echo() as target, Line(target, socks=0) as line, connect(f"127.0.0.1:{line.port}") as link:
        link.sendall(b"hello")
        assert link.recv(5) == b"hello"
        assert line.asked == [(ONION, 80)]
        assert line.users == ["circuit"]


@pytest.mark.parametrize(
    ("code", "sentence"), [(1, "tor could not"), (4, "client key installed"), (0xF4, "is missing"), (0x42, "code 66")]
)
def test_a_refusal_is_a_sentence(code: int, sentence: str) -> None:
    with Line(1, socks=code) as line, pytest.raises(SocksRefused, match=sentence):
        connect(f"127.0.0.1:{line.port}")


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ((b"\x05\x00",), "keep circuits apart"),
        ((b"\x05\xff",), "keep circuits apart"),
        ((b"\x05\x02", b"\x01\x01"), "refused the name"),
        ((b"\x05\x02", b"\x01\x00", b"\x04\x00\x00\x01"), "not a SOCKS5 proxy"),
    ],
)
def test_another_protocol_is_refused(answers: tuple[bytes, ...], sentence: str) -> None:
    with proxy(*answers) as through, pytest.raises(SocksRefused, match=sentence):
        connect(through)


@pytest.mark.parametrize(
    "bound", [b"\x01" + bytes(6), b"\x04" + bytes(18), b"\x03\x07a.onion\x00\x50"], ids=["IPv4", "IPv6", "name"]
)
def test_any_bound_address_is_read_to_its_end(bound: bytes) -> None:
    with proxy(b"\x05\x02", b"\x01\x00", b"\x05\x00\x00" + bound + b"next") as through, connect(through) as link:
        assert link.recv(4) == b"next"


def test_a_proxy_that_hangs_up_or_is_not_there() -> None:
    with proxy(b"\x05") as through, pytest.raises(OSError, match="closed the line"):
        connect(through)
    with pytest.raises(ConnectionRefusedError):
        connect(f"127.0.0.1:{free_port()}")


@pytest.mark.parametrize("code", [0, 1, 4, 0xF0, 0xF2, 0xF4, 0xF5, 0xF6])
def test_a_probe_is_the_code_alone(code: int) -> None:
    with echo() as target, Line(target, socks=code) as line:
        assert socks.probe(f"127.0.0.1:{line.port}", ONION, timeout=5) == code
        assert line.asked == [(ONION, 80)]
    if code:  # nobody has come to the echo yet, which waits for one visitor
        socket.create_connection(("127.0.0.1", target)).close()


def test_a_probe_without_an_answer() -> None:
    assert socks.probe(f"127.0.0.1:{free_port()}", ONION, timeout=5) == socks.NO_ANSWER
    with proxy(b"\x05") as through:
        assert socks.probe(through, ONION, timeout=5) == socks.NO_ANSWER
    with proxy(b"\x04\x00") as through:
        assert socks.probe(through, ONION, timeout=5) == socks.NO_ANSWER


def test_a_probe_is_bounded_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert socks.probe(f"127.0.0.1:{silent.getsockname()[1]}", ONION, timeout=0.2) == socks.NO_ANSWER


def test_a_proxy_may_listen_on_a_unix_socket(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short / "socks"))
        server.listen()

        def once() -> None:
            client, _ = server.accept()
            with client:
                for answer in (b"\x05\x02", b"\x01\x00", b"\x05\xf4\x00\x01" + bytes(6)):
                    client.recv(512)
                    client.sendall(answer)

        thread = threading.Thread(target=once, daemon=True)
        thread.start()
        assert socks.probe(f"unix:{short}/socks", ONION, timeout=5) == socks.NEEDS_KEY
        thread.join(5)
    with pytest.raises(FileNotFoundError):
        connect(f"unix:{short}/nothing")


@pytest.mark.parametrize("host", ["x" * 256, "é.onion"])
def test_a_host_is_a_plain_name(host: str) -> None:
    with pytest.raises(TorError, match="not the name"):
        socks.connect("127.0.0.1:9", host, 80, user="x", timeout=1)


@pytest.mark.parametrize("setting", ["unix:relative", "9050", "127.0.0.1:", "127.0.0.1:x", ":9050"])
def test_the_setting_is_host_and_port(setting: str) -> None:
    with pytest.raises(TorError, match="HOST:PORT"):
        connect(setting)
