"""ZIP read inside bounds: the directory first, then single members, never to a disk."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

from app.desk.files import limits
from app.desk.files.frames import Flag
from app.desk.files.reading import Refused

END = struct.Struct("<4s4H2LH")
LOCAL_HEADER = 30  # bytes before the name
SEALED_BIT = 1
READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


class Zip:
    """A ZIP in memory.

    Raises:
        Refused: no directory, or one that is too long.
    """

    def __init__(self, data: bytes) -> None:
        _check_directory(data)
        self._left = limits.OFFICE_BYTES
        try:
            self._file = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError):
            raise Refused("malformed") from None
        self.entries = self._file.infolist()
        self.comment = self._file.comment
        # Two entries of one name: the first is not what other programs show. They take the last, as `zipfile` does.
        self._named = {one.filename: one for one in self.entries}

    @property
    def names(self) -> list[str]:
        return list(self._named)

    def overlaps(self) -> bool:
        """Entries that share bytes: how a few kilobytes announce petabytes."""
        end = 0
        for one in sorted(self.entries, key=lambda entry: entry.header_offset):
            if one.header_offset < end:
                return True
            end = (
                one.header_offset + LOCAL_HEADER + len(one.filename.encode("utf-8", "replace")) // 4 + one.compress_size
            )
        return False

    def announced(self) -> int:
        return sum(one.file_size for one in self.entries)

    def bombs(self) -> bool:
        packed = sum(one.compress_size for one in self.entries)
        return self.announced() > limits.MEMBER_BYTES and self.announced() > packed * limits.RATIO

    def read(self, name: str) -> bytes:
        """One member, whole.

        Raises:
            Refused: not there, sealed, packed in an unusual way, damaged, or above a bound.
        """
        one = self._named.get(name)
        if one is None or one.compress_type not in READABLE:
            raise Refused("malformed")
        if one.flag_bits & SEALED_BIT:
            raise Refused("encrypted")
        bound = min(limits.MEMBER_BYTES, self._left)
        try:
            with self._file.open(one) as member:
                data = member.read(bound + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error):
            raise Refused("malformed") from None
        if len(data) > bound:
            raise Refused("bomb")
        self._left -= len(data)
        return data


def flags(one: zipfile.ZipInfo) -> int:
    mode = one.external_attr >> 16
    found = Flag.FOLDER if one.is_dir() else 0
    found |= Flag.LINK if stat.S_ISLNK(mode) else 0
    found |= Flag.SPECIAL if stat.S_IFMT(mode) in {stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK} else 0
    found |= Flag.OUTSIDE if leads_outside(one.orig_filename) or leads_outside(one.filename) else 0
    return int(found | (Flag.SEALED if one.flag_bits & SEALED_BIT else 0))


def leads_outside(name: str) -> bool:
    """Absolute (also as Windows writes it), or with a step upwards."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or plain[1:2] == ":" or ".." in plain.split("/") or "\0" in name


def _check_directory(data: bytes) -> None:
    """Before `zipfile` makes an object for each entry. Its own search takes the last end record, and so does this."""
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or len(data) < at + END.size:
        raise Refused("malformed")
    length = END.unpack_from(data, at)[5]
    if length == 0xFFFFFFFF:
        wide = data.rfind(b"PK\x06\x06", 0, at)
        if wide < 0 or len(data) < wide + 56:
            raise Refused("malformed")
        (length,) = struct.unpack_from("<Q", data, wide + 40)
    if length > limits.DIRECTORY_BYTES:
        raise Refused("bomb")
