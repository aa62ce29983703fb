"""Traces beside the content: Exif, XMP, IPTC. Values are told as they stand (docs/spec/attachments.md)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any

from PIL import Image

from app.desk.files import guard, limits
from app.desk.files.reading import Answer, Refused, Source

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
EXIF = {
    0x010E: "comment",
    0x010F: "camera",
    0x0110: "camera",
    0x0131: "software",
    0x0132: "modified",
    0x013B: "author",
    0x013C: "camera",
    0x8298: "copyright",
    0x9C9B: "title",
    0x9C9C: "comment",
    0x9C9D: "author",
    0x9C9E: "keywords",
    0x9C9F: "subject",
}
EXIF_MORE = {
    0x9003: "taken",
    0x9004: "taken",
    0x9286: "comment",
    0xA420: "document_id",
    0xA430: "owner",
    0xA431: "serial",
    0xA433: "camera",
    0xA434: "camera",
    0xA435: "serial",
}
WINDOWS = range(0x9C9B, 0x9CA0)  # these are UTF-16
XMP = {
    "creator": "author",
    "Author": "author",
    "CreatorTool": "software",
    "Producer": "software",
    "CreateDate": "created",
    "ModifyDate": "modified",
    "DateCreated": "taken",
    "DateTimeOriginal": "taken",
    "DocumentID": "document_id",
    "OriginalDocumentID": "document_id",
    "InstanceID": "document_id",
    "SerialNumber": "serial",
    "LensSerialNumber": "serial",
    "BodySerialNumber": "serial",
    "Make": "camera",
    "Model": "camera",
    "OwnerName": "owner",
    "City": "place",
    "Country": "place",
    "Location": "place",
    "title": "title",
    "Credit": "author",
    "softwareAgent": "history",
    "AuthorsPosition": "author",
}
XMP_GPS = ("GPSLatitude", "GPSLongitude")
IPTC = {
    (2, 5): "title",
    (2, 25): "keywords",
    (2, 55): "taken",
    (2, 80): "author",
    (2, 85): "author",
    (2, 90): "place",
    (2, 92): "place",
    (2, 95): "place",
    (2, 101): "place",
    (2, 110): "author",
    (2, 116): "copyright",
    (2, 120): "comment",
    (2, 122): "author",
}
EXIF_BYTES = 1 << 16  # the longest segment of a JPEG
EXIF_BLOCK = re.compile(rb"Exif\0\0(?:II\*\0|MM\0\*)")
XMP_PACKET = re.compile(rb"<x:xmpmeta.{0,1048576}?</x:xmpmeta>", re.DOTALL)
VIDEO_PLACE = re.compile(rb"\xa9xyz....([+-][0-9.]{1,12}[+-][0-9.]{1,12})", re.DOTALL)


def words(value: object) -> str:
    """Text of whatever a tag holds."""
    if isinstance(value, bytes):
        for mark, charset in ((b"ASCII\0\0\0", "latin-1"), (b"UNICODE\0", "utf-16-le"), (b"\0" * 8, "latin-1")):
            if value.startswith(mark):
                return value[8:].decode(charset, "replace").strip("\0 ")
        return value.decode("utf-8", "replace").strip("\0 ")
    return str(value).strip("\0 ")


def tell_exif(exif: Image.Exif, answer: Answer) -> None:
    """Every tag that could lead to somebody; the position in decimal degrees."""
    for tag, code in EXIF.items():
        if tag in exif:
            value = exif[tag]
            wide = tag in WINDOWS and isinstance(value, bytes | tuple)
            answer.trait(code, bytes(value).decode("utf-16-le", "replace").strip("\0 ") if wide else words(value))
    more = _ifd(exif, EXIF_IFD, answer)
    for tag, code in EXIF_MORE.items():
        if tag in more:
            answer.trait(code, words(more[tag]))
    if 0x927C in more:
        answer.trait("unreadable", "MakerNote")
    gps = _ifd(exif, GPS_IFD, answer)
    if gps:
        answer.trait("position", _position(gps))
    if exif.get_ifd(1):
        answer.trait("thumbnail", "Exif")


def _ifd(exif: Image.Exif, tag: int, answer: Answer) -> Mapping[int, Any]:
    try:
        return exif.get_ifd(tag)
    except (KeyError, ValueError, TypeError, SyntaxError, OSError):
        answer.trait("unreadable", "Exif")
        return {}


def _position(gps: Mapping[int, Any]) -> str:
    """Decimal degrees, or the raw numbers when they are no degrees: that there is a position is what counts."""
    try:
        latitude = _degrees(gps[2]) * (-1 if gps.get(1) == "S" else 1)
        longitude = _degrees(gps[4]) * (-1 if gps.get(3) == "W" else 1)
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return "; ".join(f"{key} {words(value)}" for key, value in list(gps.items())[:20]) or "?"
    return f"{latitude:.6f}, {longitude:.6f}"


def _degrees(value: Iterable[Any]) -> float:
    degrees, minutes, seconds = (float(one) for one in value)
    return degrees + minutes / 60 + seconds / 3600


def tell_xmp(packet: bytes, answer: Answer) -> None:
    """The known names of an XMP packet (ISO 16684-1), as elements or attributes; a bad packet is one trait."""
    found: list[tuple[str, str]] = []
    path: list[str] = []
    inside = {*XMP, *XMP_GPS}

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        found.extend((key, value) for key, value in attributes.items() if key in inside)

    def text(value: str) -> None:
        owner = next((one for one in reversed(path) if one in inside), None)
        if owner and value.strip():
            found.append((owner, value))

    try:
        guard.walk(packet[: limits.XMP_BYTES].strip(b"\0 \r\n\t"), start=start, end=lambda _: _drop(path), text=text)
    except Refused:
        answer.trait("unreadable", "XMP")
    degrees = [value for key, value in found if key in XMP_GPS]
    if degrees:
        answer.trait("position", " ".join(degrees))
    for key, value in found:
        if key in XMP:
            answer.trait(XMP[key], value)


def _drop(path: list[str]) -> None:
    path.pop()


def find_xmp(data: bytes) -> bytes | None:
    """The first packet that stands in clear in the bytes."""
    at = data.find(b"<x:xmpmeta")
    found = XMP_PACKET.match(data, at) if at >= 0 else None
    return found[0] if found else None


def tell_iptc(found: Mapping[tuple[int, int], bytes | list[bytes]], answer: Answer) -> None:
    for key, code in IPTC.items():
        value = found.get(key, b"")
        for one in value if isinstance(value, list) else [value]:
            if one:
                answer.trait(code, words(one))


def tell_embedded(data: bytes, answer: Answer) -> None:
    """Exif blocks that lie in clear inside something else: photos in a PDF or a document keep theirs."""
    for found, _ in zip(EXIF_BLOCK.finditer(data), range(limits.EMBEDDED_IMAGES), strict=False):
        exif = Image.Exif()
        try:
            exif.load(data[found.start() : found.start() + EXIF_BYTES])
            tell_exif(exif, answer)
        except (ValueError, TypeError, SyntaxError, OSError, KeyError, struct.error):
            answer.trait("unreadable", "Exif")


def examine_heic(source: Source, answer: Answer) -> None:
    """The picture itself is not decoded."""
    tell_embedded(source.data, answer)
    tell_places(source.data, answer)
    packet = find_xmp(source.data)
    if packet:
        tell_xmp(packet, answer)


def tell_places(data: bytes, answer: Answer) -> None:
    """Where a film was taken, as phones write it in clear."""
    for found, _ in zip(VIDEO_PLACE.finditer(data), range(limits.EMBEDDED_IMAGES), strict=False):
        answer.trait("position", words(found[1]))


def examine_video(source: Source, answer: Answer) -> None:
    """Only what phones write in clear: the place. Everything else of sound and video is not read."""
    tell_places(source.data, answer)
    answer.trait("unreadable", "—")
