"""What the worker says to the parent: length-prefixed frames of a closed list (docs/spec/attachments.md).

The worker may have been taken over by the file it reads. So each kind of frame has its own bound, checked on the five
bytes of its header before anything of it is kept, and counts and totals are bounded as well.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from app.desk.files import limits

HEAD = struct.Struct(">BI")
TASK = struct.Struct(">4sBQ")
MAGIC = b"SRD1"
SIDES = struct.Struct(">HH")
PART = struct.Struct(">BQ")


class Task(IntEnum):
    PROBE = 0
    EXAMINE = 1
    COPY = 2


class Frame(IntEnum):
    READY = 1
    KIND = 2
    TRAIT = 3
    PART = 4
    PAGE = 5
    TEXT = 6
    NOTE = 7
    REFUSAL = 8
    END = 9


class Flag(IntEnum):
    """Bits of a part."""

    FOLDER = 1
    LINK = 2
    OUTSIDE = 4
    SEALED = 8
    SPECIAL = 16


@dataclass(frozen=True)
class Bound:
    length: int
    count: int


CODE = 32  # bytes of a code
UTF8 = 4  # bytes of the longest character
BOUNDS = {
    Frame.READY: Bound(0, 1),
    Frame.KIND: Bound(CODE, 1),
    Frame.TRAIT: Bound(1 + CODE + limits.VALUE * UTF8, limits.TRAITS),
    Frame.PART: Bound(PART.size + limits.VALUE * UTF8, limits.PARTS),
    Frame.PAGE: Bound(SIDES.size + limits.PAGE_PIXELS * 3, limits.PAGES),
    Frame.TEXT: Bound(limits.TEXT * UTF8, 1),
    Frame.NOTE: Bound(CODE, limits.NOTES),
    Frame.REFUSAL: Bound(CODE, 1),
    Frame.END: Bound(0, 1),
}
PIXELS = limits.ALL_PIXELS * 3 + limits.PAGES * SIDES.size


class FrameError(Exception):
    """The worker said something that is not in the protocol. It holds no content."""


class Incoming:
    """Takes bytes as they come, gives whole frames. Holds one frame at most."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._seen: Counter[Frame] = Counter()
        self._pixels = 0

    def feed(self, data: bytes) -> Iterator[tuple[Frame, bytes]]:
        """Whole frames, in order.

        Raises:
            FrameError: an unknown kind, a length, a count or a total above its bound, anything behind the end.
        """
        self._held += data
        while len(self._held) >= HEAD.size:
            frame, length = self._head()
            end = HEAD.size + length
            if len(self._held) < end:
                return
            payload = bytes(memoryview(self._held)[HEAD.size : end])
            del self._held[:end]
            self._count(frame, length)
            yield frame, payload
        if self._held and self._seen[Frame.END]:
            raise FrameError("bytes behind the end")

    def _head(self) -> tuple[Frame, int]:
        number, length = HEAD.unpack_from(self._held)
        try:
            frame = Frame(number)
        except ValueError:
            raise FrameError("unknown frame") from None
        if self._seen[Frame.END]:
            raise FrameError("a frame behind the end")
        if length > BOUNDS[frame].length:
            raise FrameError("a frame too long")
        if self._seen[frame] >= BOUNDS[frame].count:
            raise FrameError("too many frames")
        return frame, length

    def _count(self, frame: Frame, length: int) -> None:
        self._seen[frame] += 1
        if frame is Frame.PAGE:
            self._pixels += length
            if self._pixels > PIXELS:
                raise FrameError("too many pixels")


def pack(frame: Frame, payload: bytes = b"") -> bytes:
    return HEAD.pack(frame, len(payload)) + payload


def pack_trait(code: str, value: str) -> bytes:
    name = code.encode("ascii")
    return pack(Frame.TRAIT, bytes([len(name)]) + name + value.encode("utf-8"))


def pack_part(name: str, size: int, flags: int) -> bytes:
    return pack(Frame.PART, PART.pack(flags, min(max(size, 0), (1 << 63) - 1)) + name.encode("utf-8"))


def read_code(payload: bytes) -> str:
    """A word of a closed list; the caller looks it up.

    Raises:
        FrameError: not ASCII.
    """
    if not payload.isascii():
        raise FrameError("a code that is not ASCII")
    return payload.decode("ascii")


def read_text(payload: bytes) -> str:
    """
    Raises:
        FrameError: not UTF-8.
    """
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise FrameError("text that is not UTF-8") from None


def read_trait(payload: bytes) -> tuple[str, str]:
    """Code and value.

    Raises:
        FrameError: the inner length points past the frame.
    """
    length = payload[0] if payload else 0
    if not 0 < length <= min(CODE, len(payload) - 1):
        raise FrameError("a trait without a code")
    return read_code(payload[1 : 1 + length]), read_text(payload[1 + length :])


def read_part(payload: bytes) -> tuple[str, int, int]:
    """Name, size, flags.

    Raises:
        FrameError: too short, or a flag that does not exist.
    """
    if len(payload) < PART.size:
        raise FrameError("a part too short")
    flags, size = PART.unpack_from(payload)
    if flags & ~sum(Flag) or size >= 1 << 63:
        raise FrameError("a part with an unknown flag")
    return read_text(payload[PART.size :]), size, flags


def read_page(payload: bytes) -> tuple[int, int, memoryview]:
    """Width, height, pixels of exactly that many bytes.

    Raises:
        FrameError: the sides and the bytes do not agree, or are out of bounds.
    """
    if len(payload) < SIDES.size:
        raise FrameError("a page too short")
    width, height = SIDES.unpack_from(payload)
    if not (0 < width <= limits.PAGE_SIDE and 0 < height <= limits.PAGE_SIDE):
        raise FrameError("a page with impossible sides")
    pixels = memoryview(payload)[SIDES.size :]
    if len(pixels) != width * height * 3:
        raise FrameError("a page whose pixels do not fill it")
    return width, height, pixels
