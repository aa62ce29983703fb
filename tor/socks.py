"""SOCKS5 by hand (RFC 1928, 1929), enough to reach an onion through tor; the name is resolved by tor, never here."""

from __future__ import annotations

import socket

from tor.errors import SocksRefused, TorError

_VERSION, _AUTH_VERSION = b"\x05", b"\x01"
_PASSWORD, _CONNECT, _DOMAIN = b"\x02", b"\x01", b"\x03"
# What `probe` tells (tor's man page, SocksPort, ExtendedErrors).
REACHED, NO_ANSWER = 0x00, -1
NO_DESCRIPTOR, INTRO_FAILED, NEEDS_KEY, WRONG_KEY, BAD_ADDRESS = 0xF0, 0xF2, 0xF4, 0xF5, 0xF6
_REASONS = {
    NO_ANSWER: "there was no answer in time",
    REACHED: "it answered",
    1: "tor could not do it",
    2: "tor does not allow it",
    3: "the network is unreachable",
    4: "the onion service cannot be found; is the client key installed?",
    5: "the onion service refused",
    6: "it took too long",
    NO_DESCRIPTOR: "the onion service's descriptor was not found",
    0xF1: "the onion service's descriptor is not valid",
    INTRO_FAILED: "the onion service does not answer at its introduction points",
    0xF3: "the meeting point was not reached",
    NEEDS_KEY: "the client key is missing",
    WRONG_KEY: "the client key is wrong",
    BAD_ADDRESS: "the address is mistyped",
    0xF7: "introducing took too long",
}
_PLAIN = "Use tor's own SocksPort."


def connect(proxy: str, host: str, port: int, *, user: str, timeout: float) -> socket.socket:
    """A connection to `host:port` through a SOCKS5 proxy.

    Args:
        proxy: `HOST:PORT` of the proxy, or `unix:/path`.
        host: a name for the proxy to resolve.
        port: on that host.
        user: any name; tor keeps circuits of different names apart.
        timeout: seconds for each step.

    Raises:
        TorError: the setting is malformed.
        SocksRefused: the proxy refuses; `code` says why.
        OSError: the proxy is not there, or the line broke.
    """
    link = _reach(proxy, host, timeout)
    try:
        _log_in(link, user.encode("ascii"))
        target = host.encode("ascii")
        link.sendall(_VERSION + _CONNECT + b"\0" + _DOMAIN + bytes([len(target)]) + target + port.to_bytes(2, "big"))
        _read_answer(link)
    except BaseException:
        link.close()
        raise
    return link


def probe(proxy: str, host: str, port: int = 80, *, user: str = "probe", timeout: float = 60.0) -> int:
    """The reply code of one CONNECT, whose connection is closed at once; -1 when there was no answer in time.

    Raises:
        TorError: the setting is malformed.
    """
    try:
        connect(proxy, host, port, user=user, timeout=timeout).close()
    except SocksRefused as refused:
        return refused.code
    except OSError:
        return NO_ANSWER
    return REACHED


def reason(code: int) -> str:
    """What a reply code means, to end a sentence."""
    return _REASONS.get(code, f"code {code}")


def _reach(proxy: str, host: str, timeout: float) -> socket.socket:
    if len(host) > 255 or not host.isascii():
        raise TorError("The address is not the name of an onion service.", "Copy it again.")
    if proxy.startswith("unix:/"):
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(timeout)
        try:
            link.connect(proxy.removeprefix("unix:"))
        except BaseException:
            link.close()
            raise
        return link
    name, _, number = proxy.rpartition(":")
    if not name or not number.isdigit():
        raise TorError("The setting socks is neither HOST:PORT nor unix:/path.", 'Write socks = "127.0.0.1:9050".')
    return socket.create_connection((name, int(number)), timeout=timeout)


def _log_in(link: socket.socket, user: bytes) -> None:
    link.sendall(_VERSION + b"\x01" + _PASSWORD)
    if _exactly(link, 2) != _VERSION + _PASSWORD:
        raise SocksRefused("The SOCKS proxy does not keep circuits apart by name.", _PLAIN)
    link.sendall(_AUTH_VERSION + bytes([len(user)]) + user + b"\x01x")
    if _exactly(link, 2)[1:] != b"\0":
        raise SocksRefused("The SOCKS proxy refused the name.", _PLAIN)


def _read_answer(link: socket.socket) -> None:
    version, code, _, kind = _exactly(link, 4)
    if version != 5:
        raise SocksRefused("What answers there is not a SOCKS5 proxy.", _PLAIN)
    if code:
        hint = "Nothing was changed. Check tor, then try again."
        raise SocksRefused(f"The onion service was not reached: {reason(code)}.", hint, code=code)
    # The address that the proxy bound: of no use, but it must be read.
    _exactly(link, {1: 4, 4: 16}.get(kind) or _exactly(link, 1)[0])
    _exactly(link, 2)


def _exactly(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = link.recv(size - len(data))
        if not chunk:
            raise ConnectionError("the proxy closed the line")
        data += chunk
    return data
