"""Reading an opened envelope's ZIP: exactly ours, byte for byte, or refused (docs/spec/envelope.md section 3).

No ZIP library is asked: every record is built again from what was found and compared, so that nothing overlaps, nothing
hides between entries and no name comes from the file.
"""

from __future__ import annotations

import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from crypto import envelope_report, stored_zip
from crypto.envelope import MESSAGE, PADDING, REPORT, file_entry
from crypto.envelope_report import FileInfo, Part, Report
from crypto.errors import FormatError

_CHUNK = 256 * 1024
_FIXED = 3  # message, report, padding
_ZEROS = bytes(_CHUNK)


@dataclass(frozen=True)
class _Entry:
    name: bytes
    crc: int
    size: int
    start: int  # of the content


@dataclass(frozen=True)
class OpenedEnvelope:
    """An envelope whose structure, digests and signature were checked."""

    report: Report
    message: str
    files: tuple[FileInfo, ...]
    _file: BinaryIO
    _entries: tuple[_Entry, ...]

    def open_file(self, n: int, *, last: int | None = None) -> BinaryIO:
        """The content of file `n`, as a stream on the same underlying file: one reader at a time.

        Args:
            last: only so many bytes of its end.

        Raises:
            FormatError: there is no such file.
        """
        if not 1 <= n <= len(self.files):
            raise FormatError("the report has no file of that number")
        entry = self._entries[n]
        size = entry.size if last is None else min(last, entry.size)
        return io.BufferedReader(_Slice(self._file, entry.start + entry.size - size, size), _CHUNK)


class _Slice(io.RawIOBase):
    """A window on a file."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file = file
        self._at = start
        self._end = start + size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._at)
        data = self._file.read(min(len(buffer), self._end - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def read_envelope(file: BinaryIO) -> OpenedEnvelope:
    """Checks a decrypted envelope from its first byte to its last.

    Args:
        file: the plaintext, seekable; it must stay open and unchanged while the result is used.

    Raises:
        FormatError: it is not exactly one envelope, or a digest differs.
        TrustError: the mailbox signature is not right.
    """
    entries = _directory(file)
    contents = [_content(file, entry) for entry in entries]
    report = envelope_report.parse(_small(file, entries[-2], envelope_report.REPORT_LIMIT))
    stated = [report.message, *(Part(info.size, info.sha256) for info in report.files)]
    if contents[:-2] != stated:
        raise FormatError("the content is not what the report states")
    try:
        message = _small(file, entries[0], envelope_report.MESSAGE_LIMIT).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("the message is not text in UTF-8") from error
    return OpenedEnvelope(report, message, report.files, file, entries)


def _directory(file: BinaryIO) -> tuple[_Entry, ...]:
    """Reads the directory; names and order follow from the number of entries alone."""
    size = file.seek(0, os.SEEK_END)
    tail = _read(file, max(size - stored_zip.END_SIZE, 0), stored_zip.END_SIZE)
    count = int.from_bytes(tail[10:12], "little")
    if not _FIXED <= count <= _FIXED + envelope_report.FILES_LIMIT or size > stored_zip.LIMIT:
        raise FormatError("the envelope has another number of entries, or another size")
    names = [MESSAGE, *map(file_entry, range(1, count - _FIXED + 1)), REPORT, PADDING]
    length = sum(map(stored_zip.central_size, names))
    start = size - stored_zip.END_SIZE - length
    if start < 0 or tail != stored_zip.end(count, length, start):
        raise FormatError("the envelope's end is not that of one")
    data = _read(file, start, length)
    entries = tuple(_records(data, names))
    end = entries[-1].start + entries[-1].size + stored_zip.DESCRIPTOR_SIZE
    if end != start:
        raise FormatError("the envelope's entries do not fill it")
    return entries


def _records(data: bytes, names: list[bytes]) -> Iterator[_Entry]:
    offset = 0
    for name in names:
        record, data = data[: stored_zip.central_size(name)], data[stored_zip.central_size(name) :]
        crc, size = stored_zip.central_checksum_and_size(record)
        if offset > stored_zip.LIMIT or record != stored_zip.central_header(name, crc, size, offset):
            raise FormatError("the envelope's directory has an entry that does not belong there")
        start = offset + len(stored_zip.local_header(name))
        yield _Entry(name, crc, size, start)
        offset = start + size + stored_zip.DESCRIPTOR_SIZE


def _content(file: BinaryIO, entry: _Entry) -> Part:
    """Compares header and descriptor, and digests what stands between them."""
    header = stored_zip.local_header(entry.name)
    if _read(file, entry.start - len(header), len(header)) != header:
        raise FormatError("an entry's header differs from the directory")
    crc, digest, left = 0, hashlib.sha256(), entry.size
    check: Callable[[bytes], bool] = _is_zero if entry.name == PADDING else bool
    while left:
        data = _read(file, entry.start + entry.size - left, min(left, _CHUNK))
        if not check(data):
            raise FormatError("the padding is not empty")
        crc = zlib.crc32(data, crc)
        digest.update(data)
        left -= len(data)
    if _read(file, entry.start + entry.size, stored_zip.DESCRIPTOR_SIZE) != stored_zip.descriptor(
        entry.crc, entry.size
    ):
        raise FormatError("an entry's end differs from the directory")
    if crc != entry.crc:
        raise FormatError("an entry's checksum is wrong")
    return Part(entry.size, digest.hexdigest())


def _is_zero(data: bytes) -> bool:
    return data == _ZEROS[: len(data)]


def _small(file: BinaryIO, entry: _Entry, limit: int) -> bytes:
    if entry.size > limit:
        raise FormatError("an entry is larger than its limit")
    return _read(file, entry.start, entry.size)


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    """Exactly `size` bytes; files that give less at a time are asked again."""
    file.seek(start)
    parts = []
    while size:
        part = file.read(size)
        if not part:
            raise FormatError("the envelope is cut off")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
