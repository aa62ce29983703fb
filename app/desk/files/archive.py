"""Archives: names and sizes only. Nothing is taken out, an archive inside the archive stays closed."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from app.desk.files import letters, limits, text
from app.desk.files.frames import Flag
from app.desk.files.kinds import Kind
from app.desk.files.reading import Answer, Refused, Source
from app.desk.files.zips import Zip, flags, leads_outside

GZIP_NAME, GZIP_EXTRA = 8, 4
BLOCK = 512
CHUNK = 1 << 16
MARKS = {
    Flag.FOLDER: "/",
    Flag.LINK: "[lien, link]",
    Flag.OUTSIDE: "[!]",
    Flag.SEALED: "[chiffré, sealed]",
    Flag.SPECIAL: "[?]",
}


class Entry(NamedTuple):
    name: str
    size: int
    flags: int


def copy(source: Source, answer: Answer) -> None:
    """The list as text; `examine` gives the same entries as parts."""
    answer.note("listed_only")
    for count, one in enumerate(_entries(source, None)):
        if count >= limits.PARTS:
            answer.note("parts_cut")
            break
        marks = " ".join(word for flag, word in MARKS.items() if one.flags & flag and flag is not Flag.FOLDER)
        if not answer.write(f"{one.size:>14}  {letters.line(one.name, limits.VALUE)}  {marks}\n"):
            break
    answer.send_text()


def examine(source: Source, answer: Answer) -> None:
    count = 0
    for one in _entries(source, answer):
        if not answer.part(one.name, one.size, one.flags):
            break
        count += 1
    answer.trait("entries", count)


def _entries(source: Source, answer: Answer | None) -> Iterator[Entry]:
    if source.kind is Kind.ZIP:
        return _zip(source.data, answer)
    if source.kind is Kind.TAR:
        return _tar(io.BytesIO(source.data), answer)
    return _gzip(source.data, answer)


def _zip(data: bytes, answer: Answer | None) -> Iterator[Entry]:
    package = Zip(data)
    if answer:
        if package.overlaps():
            answer.trait("overlap")
        if package.bombs():
            answer.trait("bomb", package.announced())
        if package.comment:
            answer.trait("comment", text.decode(package.comment))
        if any(flags(one) & Flag.SEALED for one in package.entries):
            answer.trait("sealed")
    for one in package.entries:
        yield Entry(one.filename, one.file_size, flags(one))


def _tar(stream: io.BufferedIOBase, answer: Answer | None) -> Iterator[Entry]:
    """Headers only, read as a stream: a block that lies about its size leads nowhere but to the end."""
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=0) as found:
            for one in found:
                # The module keeps every header it met.
                found.members.clear()  # type: ignore[attr-defined]
                if answer:
                    _tell_owners(one, answer)
                yield Entry(one.name, one.size, _tar_flags(one))
                if one.size > limits.STREAM_BYTES:
                    # The module would step over it in small steps, for years.
                    raise Refused("bomb")
    except (tarfile.TarError, EOFError, zlib.error, ValueError, OverflowError, struct.error):
        raise Refused("malformed") from None


def _tell_owners(one: tarfile.TarInfo, answer: Answer) -> None:
    for owner in sorted({one.uname, one.gname} - {"", "root", "wheel"}):
        answer.trait("owner", owner)


def _tar_flags(one: tarfile.TarInfo) -> int:
    found = Flag.FOLDER if one.isdir() else 0
    found |= Flag.LINK if one.issym() or one.islnk() else 0
    found |= Flag.SPECIAL if one.isdev() or one.issparse() else 0
    outside = leads_outside(one.name) or ((one.issym() or one.islnk()) and leads_outside(one.linkname))
    return int(found | (Flag.OUTSIDE if outside else 0))


def _gzip(data: bytes, answer: Answer | None) -> Iterator[Entry]:
    name = _gzip_head(data, answer)
    unpacked = _Unpacked(data)
    first = unpacked.peek(BLOCK)
    if first[257:262] == b"ustar":
        yield from _tar(unpacked, answer)
        return
    size = 0
    while chunk := unpacked.read(CHUNK):
        size += len(chunk)
    if answer and size > limits.MEMBER_BYTES and size > len(data) * limits.RATIO:
        answer.trait("bomb", size)
    yield Entry(name or "—", size, 0)


def _gzip_head(data: bytes, answer: Answer | None) -> str:
    """The original name and time that gzip keeps (RFC 1952)."""
    if len(data) < 10:
        raise Refused("malformed")
    bits, moment = data[3], struct.unpack_from("<L", data, 4)[0]
    if answer and moment:
        answer.trait("modified", datetime.fromtimestamp(moment, UTC).isoformat())
    if not bits & GZIP_NAME or bits & GZIP_EXTRA:
        return ""
    name = text.decode(data[10 : 10 + limits.VALUE].partition(b"\0")[0])
    if answer:
        answer.trait("file_name", name)
    return name


class _Unpacked(io.BufferedIOBase):
    """A gzip stream read through piece by piece, `limits.STREAM_BYTES` at most; nothing is kept."""

    def __init__(self, data: bytes) -> None:
        self._from = memoryview(data)
        self._at = 0
        self._unpacker = zlib.decompressobj(wbits=31)
        self._held = b""
        self._total = 0

    def peek(self, size: int) -> bytes:
        while len(self._held) < size and (more := self._more(CHUNK)):
            self._held += more
        return self._held[:size]

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = CHUNK if size is None or size < 0 else size
        pieces = [self._held[:wanted]]
        self._held = self._held[wanted:]
        left = wanted - len(pieces[0])
        while left and (more := self._more(left)):
            pieces.append(more)
            left -= len(more)
        return b"".join(pieces)

    def _more(self, most: int) -> bytes:
        while not self._unpacker.eof:
            waiting = self._unpacker.unconsumed_tail
            if not waiting:
                waiting = bytes(self._from[self._at : self._at + CHUNK])
                self._at += len(waiting)
                if not waiting:
                    raise Refused("malformed")
            try:
                out = self._unpacker.decompress(waiting, most)
            except zlib.error:
                raise Refused("malformed") from None
            self._total += len(out)
            if self._total > limits.STREAM_BYTES:
                raise Refused("bomb")
            if out:
                return out
        return b""
