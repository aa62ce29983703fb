"""The pickup: one file that the courier carries from the intake to the desk (docs/spec/pickup.md).

    sourdine/pickup-file/v1 LF
    8 lower-case hexadecimal digits: the length of the header LF
    header: a signed note of kind `pickup`, by the intake's pickup key
    the envelopes, one after another, in the header's order; nothing after them

Only the header is signed: it carries the size and SHA-256 of every envelope, so a file can be served by ranges and
checked as it is copied.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any, BinaryIO

from crypto import note
from crypto.errors import FormatError
from crypto.fields import INSTANCE, Fields, increasing
from crypto.signing import SigningKey

KIND = "pickup"
MAGIC = b"sourdine/pickup-file/v1\n"
# Magic, length, LF.
PREFIX_BYTES = len(MAGIC) + 9
# An intake that nobody visited for months: 10,000 envelopes, about 140 bytes each in the header.
ENTRIES_MAX = 10_000
HEADER_MAX = 4 * 1024 * 1024
# What must be read before the header can be checked.
PREFIX_LIMIT = PREFIX_BYTES + HEADER_MAX
# 16 GiB: far above any setting of max_bytes, far below what overflows a sum.
SIZE_MAX = 2**34
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class PickupEntry:
    """One envelope: its random id, its size and the SHA-256 of its bytes."""

    id: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PickupHeader:
    """What the intake signs. Entries stand in the order of their random ids, which tells nothing of arrival."""

    instance: str
    number: int
    previous: str
    day: date
    entries: tuple[PickupEntry, ...]


def sign_header(header: PickupHeader, key: SigningKey) -> bytes:
    """Serialise and sign.

    Raises:
        FormatError: a rule of docs/spec/pickup.md is broken.
    """
    body = _serialise(header)
    _parse(body)
    return note.sign_note(KIND, body, key)


def open_header(data: bytes, pickup_public: bytes) -> PickupHeader:
    """The header, once its signature is checked. Its digest is `note.digest(data)`.

    Raises:
        FormatError: not a pickup header.
        TrustError: signed by another key.
    """
    return _parse(note.open_note(KIND, data, pickup_public, limit=HEADER_MAX))


def prefix(header: bytes) -> bytes:
    """Everything before the first envelope."""
    return MAGIC + b"%08x\n" % len(header) + header


def read_header(file: BinaryIO) -> bytes:
    """The header of a file that stands at its start, unverified; the file then stands at the first envelope.

    Raises:
        FormatError: not a pickup file, or cut before the end of its header.
    """
    head = _read(file, PREFIX_BYTES)
    digits = head[len(MAGIC) :]
    if not head.startswith(MAGIC) or not re.fullmatch(rb"[0-9a-f]{8}\n", digits):
        raise FormatError("not a pickup file")
    length = int(digits, 16)
    if length > HEADER_MAX:
        raise FormatError("pickup: the header is longer than its limit")
    header = _read(file, length)
    if len(header) != length:
        raise FormatError("pickup: cut before the end of its header")
    return header


def offsets(header_bytes: int, header: PickupHeader) -> tuple[int, ...]:
    """Where each envelope begins, and last of all the size of the whole file."""
    return tuple(accumulate((entry.size for entry in header.entries), initial=PREFIX_BYTES + header_bytes))


class OpenedPickup:
    """A pickup file whose header was verified and whose size is right; envelopes are checked as they are read."""

    def __init__(self, file: BinaryIO, pickup_public: bytes) -> None:
        """Read the header of a seekable file.

        Raises:
            FormatError: not a pickup file, cut, or with something after its last envelope.
            TrustError: signed by another key.
        """
        file.seek(0)
        data = read_header(file)
        self.header = open_header(data, pickup_public)
        self.digest = note.digest(data)
        self._file = file
        *starts, end = offsets(len(data), self.header)
        self._starts = dict(zip(self.header.entries, starts, strict=True))
        if file.seek(0, 2) != end:
            raise FormatError("pickup: the file has another size than its header says")

    def chunks(self, entry: PickupEntry) -> Iterator[bytes]:
        """The bytes of one envelope, by chunks. What was yielded is worth nothing until the iteration ends.

        Raises:
            FormatError: at the end, when the SHA-256 is another.
        """
        self._file.seek(self._starts[entry])
        left, seen = entry.size, hashlib.sha256()
        while chunk := self._file.read(min(left, _CHUNK)):
            left -= len(chunk)
            seen.update(chunk)
            yield chunk
        if seen.hexdigest() != entry.sha256:
            raise FormatError("pickup: an envelope has another digest than the header says")


def _read(file: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer at the end: an unbuffered file may give them in pieces."""
    parts = []
    while size and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _parse(body: Any) -> PickupHeader:
    fields = Fields(body, ("instance", "number", "previous", "day", "entries"))
    header = PickupHeader(
        instance=fields.text("instance", INSTANCE),
        number=fields.integer("number", 1),
        previous=fields.hexadecimal("previous", 64, empty=True),
        day=fields.day("day"),
        entries=fields.items("entries", _parse_entry, ENTRIES_MAX),
    )
    if (header.number == 1) != (header.previous == ""):
        raise FormatError("pickup: number 1 and no other has no previous digest")
    increasing([entry.id for entry in header.entries], "pickup: envelopes")
    return header


def _parse_entry(value: Any) -> PickupEntry:
    fields = Fields(value, ("id", "size", "sha256"))
    return PickupEntry(
        fields.hexadecimal("id", 32), fields.integer("size", 1, SIZE_MAX), fields.hexadecimal("sha256", 64)
    )


def _serialise(header: PickupHeader) -> dict[str, Any]:
    return {
        "instance": header.instance,
        "number": header.number,
        "previous": header.previous,
        "day": header.day.isoformat(),
        "entries": [{"id": entry.id, "size": entry.size, "sha256": entry.sha256} for entry in header.entries],
    }
