"""The line with which tor introduces a connection: which circuit it came by (`HiddenServiceExportCircuitID haproxy`).

The tor man page gives it as `PROXY TCP6 fc00:dead:beef:4dad::AABB:CCDD ::1 65535 42\\r\\n`: the last 32 bits of the
first address number the circuit. tor's code writes their lower half once more as the first port, and the onion's port
as the second. gunicorn can read such lines, but takes a missing one as well, and puts the address where it is logged.
"""

from __future__ import annotations

import hashlib
import re
import socket

# The longest first line of the PROXY protocol, version 1, section 2.1.
LINE_BYTES = 107
KEY_BYTES = 8
_LINE = re.compile(
    rb"PROXY TCP6 fc00:dead:beef:4dad::(0|[1-9a-f][0-9a-f]{0,3}):(0|[1-9a-f][0-9a-f]{0,3})"
    rb" ::1 (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4})\r\n"
)


class NotIntroduced(Exception):
    """Whoever connects is not tor, or tor does not tell circuits. Says nothing of what came."""


def read_circuit(link: socket.socket, secret: bytes) -> bytes:
    """Take that line, and nothing behind it, from a connection that has something to read.

    Args:
        secret: random bytes of this run; the key tells nothing about the circuit to whoever has not got them.

    Returns:
        An opaque key of KEY_BYTES bytes, the same for all connections of one circuit.

    Raises:
        NotIntroduced: anything else came first. tor writes the line at once and whole.
    """
    try:
        found = _LINE.match(link.recv(LINE_BYTES, socket.MSG_PEEK))
        line = link.recv(found.end()) if found else b""
    except OSError:
        line = b""
    circuit = parse(line)
    if circuit is None:
        raise NotIntroduced
    return hashlib.blake2b(circuit.to_bytes(4, "big"), key=secret, digest_size=KEY_BYTES).digest()


def parse(line: bytes) -> int | None:
    """The circuit's number, 32 bits, or None for any line that tor does not write."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    high, low = (int(half, 16) for half in found.group(1, 2))
    source, port = (int(number) for number in found.group(3, 4))
    return None if source != low or port > 0xFFFF else high << 16 | low
