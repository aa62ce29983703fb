"""Old Office and Outlook files (compound files, MS-CFB): the names of their storages, nothing of their content."""

from __future__ import annotations

import struct

from app.desk.files import limits
from app.desk.files.reading import Answer, Refused, Source

HEADER = 512
ENTRY = 128
LAST_SECTOR = 0xFFFFFFFA  # above are marks, not sectors
MACROS = {"VBA", "_VBA_PROJECT", "Macros", "_VBA_PROJECT_CUR"}
STREAMS = {
    "WordDocument": "Word",
    "Workbook": "Excel",
    "Book": "Excel",
    "PowerPoint Document": "PowerPoint",
    "__properties_version1.0": "Outlook",
    "EncryptedPackage": "",
}


def examine(source: Source, answer: Answer) -> None:
    for name in names(source.data):
        if name in MACROS:
            answer.trait("macros", name)
        if name == "EncryptedPackage":
            answer.trait("sealed")
        elif name in STREAMS:
            answer.trait("streams", STREAMS[name])
        if name == "ObjectPool" or name.startswith("__attach"):
            answer.trait("embedded", name)
        if name == "\x05SummaryInformation":
            answer.trait("unreadable", "SummaryInformation")


def names(data: bytes) -> list[str]:
    """Names of all storages and streams, `limits.OLE_ENTRIES` at most.

    Raises:
        Refused: the directory cannot be followed.
    """
    if len(data) < HEADER:
        raise Refused("malformed")
    (shift,) = struct.unpack_from("<H", data, 30)
    (sector,) = struct.unpack_from("<L", data, 48)
    if shift not in {9, 12}:
        raise Refused("malformed")
    size = 1 << shift
    tables = [one for one in struct.unpack_from("<109L", data, 76) if one < LAST_SECTOR]
    found: list[str] = []
    seen: set[int] = set()
    while sector < LAST_SECTOR and sector not in seen and len(found) < limits.OLE_ENTRIES:
        seen.add(sector)
        at = (sector + 1) << shift
        found += _directory(data[at : at + size])
        sector = _next(data, tables, sector, size)
    if not found:
        raise Refused("malformed")
    return found


def _directory(sector: bytes) -> list[str]:
    found = []
    for at in range(0, len(sector) - ENTRY + 1, ENTRY):
        (length,) = struct.unpack_from("<H", sector, at + 64)
        if 2 < length <= 64:
            found.append(sector[at : at + length - 2].decode("utf-16-le", "replace"))
    return found


def _next(data: bytes, tables: list[int], sector: int, size: int) -> int:
    index, place = divmod(sector, size // 4)
    if index >= len(tables):
        return LAST_SECTOR
    at = (tables[index] + 1) * size + place * 4
    if at + 4 > len(data):
        return LAST_SECTOR
    following: int = struct.unpack_from("<L", data, at)[0]
    return following
