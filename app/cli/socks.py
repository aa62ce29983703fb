"""SOCKS5 by hand (RFC 1928, 1929), enough to reach an onion through tor; the name is resolved by tor, never here."""

from __future__ import annotations

import socket

from app.errors import UserError

_VERSION, _AUTH_VERSION = b"\x05", b"\x01"
_PASSWORD, _CONNECT, _DOMAIN = b"\x02", b"\x01", b"\x03"
_REASONS = {
    1: "tor could not do it",
    2: "tor does not allow it",
    3: "the network is unreachable",
    4: "the onion service cannot be found; is the client key installed?",
    5: "the onion service refused",
    6: "it took too long",
    0xF0: "the onion service's descriptor was not found",
    0xF4: "the client key is missing",
    0xF5: "the client key is wrong",
}


def connect(proxy: str, host: str, port: int, *, user: str, timeout: float) -> socket.socket:
    """A connection to `host:port` through a SOCKS5 proxy.

    Args:
        proxy: `HOST:PORT` of the proxy.
        host: a name for the proxy to resolve.
        port: on that host.
        user: any name; tor keeps circuits of different names apart.
        timeout: seconds for each step.

    Raises:
        UserError: the setting is malformed, or the proxy refuses.
        OSError: the proxy is not there, or the line broke.
    """
    name, _, number = proxy.rpartition(":")
    if not name or not number.isdigit() or len(host) > 255:
        raise UserError("The setting socks is not HOST:PORT.", 'Write socks = "127.0.0.1:9050" in courier.toml.')
    link = socket.create_connection((name, int(number)), timeout=timeout)
    try:
        _log_in(link, user.encode("ascii"))
        target = host.encode("ascii")
        link.sendall(_VERSION + _CONNECT + b"\0" + _DOMAIN + bytes([len(target)]) + target + port.to_bytes(2, "big"))
        _read_answer(link)
    except BaseException:
        link.close()
        raise
    return link


def _log_in(link: socket.socket, user: bytes) -> None:
    link.sendall(_VERSION + b"\x01" + _PASSWORD)
    if _exactly(link, 2) != _VERSION + _PASSWORD:
        raise UserError("The SOCKS proxy does not keep circuits apart by name.", "Use tor's own SocksPort.")
    link.sendall(_AUTH_VERSION + bytes([len(user)]) + user + b"\x01x")
    if _exactly(link, 2)[1:] != b"\0":
        raise UserError("The SOCKS proxy refused the name.", "Use tor's own SocksPort.")


def _read_answer(link: socket.socket) -> None:
    version, code, _, kind = _exactly(link, 4)
    if version != 5 or code:
        why = _REASONS.get(code, f"code {code}")
        raise UserError(f"The courier door was not reached: {why}.", "Nothing was changed. Check tor, then try again.")
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
