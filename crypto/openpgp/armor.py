"""ASCII armour of OpenPGP (RFC 4880 section 6): text out of which the bytes come back.

The checksum is optional, as RFC 9580 says; when it stands there it must be right. The text between the lines is
never trusted: what it holds is parsed as packets by whoever asked.
"""

import base64
import binascii
import re

from crypto.errors import FormatError

_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,63}: ?[^\r\n]{0,512}")
_LINE = re.compile(rb"[A-Za-z0-9+/]{1,128}={0,2}")
_CHECKSUM = re.compile(rb"=([A-Za-z0-9+/]{4})")
_BEGIN_MESSAGE = b"-----BEGIN PGP MESSAGE-----"


def dearmor(text: bytes, block: str) -> bytes:
    """The bytes of one armoured block, which must be all there is apart from white space around it.

    Args:
        text: the armoured text.
        block: what its first line names, such as `PUBLIC KEY BLOCK`, `SIGNATURE` or `MESSAGE`.

    Raises:
        FormatError: it is not exactly one such block.
    """
    lines = [line.rstrip(b" \t\r") for line in text.strip().split(b"\n")]
    if lines[0] != f"-----BEGIN PGP {block}-----".encode() or lines[-1] != f"-----END PGP {block}-----".encode():
        raise FormatError("the text is not one armoured block of the expected kind")
    body = _without_headers(lines[1:-1])
    checksum = _CHECKSUM.fullmatch(body[-1]) if body else None
    data = _decode(body[:-1] if checksum else body)
    if checksum and int.from_bytes(base64.b64decode(checksum[1]), "big") != crc24(data):
        raise FormatError("the armoured text does not match its checksum")
    return data


def dearmor_prefix(prefix: bytes) -> bytes | None:
    """What the first bytes of an armoured message hold, as far as they go; None when they begin no such message."""
    text = prefix.lstrip(b"\r\n\t \xef\xbb\xbf")
    if not text.startswith(_BEGIN_MESSAGE):
        return None
    lines = [line.rstrip(b" \t\r") for line in text.split(b"\n")][1:]
    try:
        body = _without_headers(lines)
    except FormatError:
        return None
    letters = b""
    for line in body:
        if not _LINE.fullmatch(line):
            break
        letters += line
    return binascii.a2b_base64(letters[: len(letters) // 4 * 4])


def crc24(data: bytes) -> int:
    """The checksum of RFC 4880 section 6.1."""
    crc = 0xB704CE
    for octet in data:
        crc = (crc << 8 & 0xFFFFFF) ^ _TABLE[crc >> 16 ^ octet]
    return crc


def _without_headers(lines: list[bytes]) -> list[bytes]:
    for at, line in enumerate(lines):
        if not line:
            return lines[at + 1 :]
        if not _HEADER.fullmatch(line):
            break
    raise FormatError("the armoured text has no empty line after its headers")


def _decode(lines: list[bytes]) -> bytes:
    if not all(_LINE.fullmatch(line) for line in lines):
        raise FormatError("the armoured text has a line that is not base64")
    try:
        return base64.b64decode(b"".join(lines), validate=True)
    except binascii.Error as error:
        raise FormatError("the armoured text is not base64") from error


def _table() -> list[int]:
    table = []
    for octet in range(256):
        crc = octet << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
        table.append(crc & 0xFFFFFF)
    return table


_TABLE = _table()
