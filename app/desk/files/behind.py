"""Where a picture ends: phones append films, other pictures and notes, and no picture program shows them."""

from __future__ import annotations

import re

from app.desk.files import metadata
from app.desk.files.kinds import Kind
from app.desk.files.reading import Answer

STEPS = 100_000  # blocks or segments of one picture; more is no picture of a phone
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # in the pixels of a JPEG: neither a stuffed 0 nor a restart
_ALONE = {0x01, *range(0xD0, 0xD9)}


def tell(data: bytes, kind: Kind, answer: Answer) -> None:
    """What lies behind the end of this picture: that it is there, and the traces that stand in it in clear."""
    place = end_of(data, kind)
    if place is None:
        return
    tail = data[place:]
    if not tail.strip(b"\0"):
        return
    answer.trait("behind", f"{len(tail)} bytes")
    metadata.tell_embedded(tail, answer)
    packet = metadata.find_xmp(tail)
    if packet:
        metadata.tell_xmp(packet, answer)
    metadata.tell_places(tail, answer)


def end_of(data: bytes, kind: Kind) -> int | None:
    """The first byte behind the picture; None where that cannot be told."""
    if kind is Kind.JPEG:
        return _jpeg(data)
    if kind is Kind.PNG:
        return _png(data)
    if kind is Kind.GIF:
        return _gif(data)
    if kind is Kind.WEBP:
        size = 8 + int.from_bytes(data[4:8], "little")
        return size + size % 2
    return int.from_bytes(data[2:6], "little") if kind is Kind.BMP else None


def _jpeg(data: bytes) -> int | None:
    """Markers and segments of ITU-T T.81, annex B."""
    at = 2
    for _ in range(STEPS):
        found = _MARKER.search(data, at)
        if found is None:
            return None
        code, at = data[found.start() + 1], found.end()
        if code == 0xD9:
            return at
        if code not in _ALONE:
            at += int.from_bytes(data[at : at + 2], "big")
    return None


def _png(data: bytes) -> int | None:
    at = 8
    for _ in range(STEPS):
        head = data[at : at + 8]
        if len(head) < 8:
            return None
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return at
    return None


def _gif(data: bytes) -> int | None:
    at = 13 + _table(data[10:11])
    for _ in range(STEPS):
        mark = data[at : at + 1]
        if mark == b";":
            return at + 1
        if mark == b"!":
            at += 2
        elif mark == b",":
            at += 11 + _table(data[at + 9 : at + 10])
        else:
            return None
        while size := data[at : at + 1].strip(b"\0"):
            at += 1 + size[0]
        at += 1
    return None


def _table(flags: bytes) -> int:
    """Bytes of the table of colours that these flags announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0
