"""A PNG from raw pixels. The parent makes it, so that no encoder runs on what a hostile file decoded to."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LEVEL = 3  # a page of text shrinks a hundredfold already; more costs seconds for 50 pages


def png(width: int, height: int, rgb: bytes | memoryview) -> bytes:
    """PNG (ISO/IEC 15948): 8 bits, truecolour, no filter, and no chunk that could tell of anything.

    Args:
        rgb: exactly width × height × 3 bytes.

    Raises:
        ValueError: the pixels are fewer or more.
    """
    row = width * 3
    if width < 1 or height < 1 or len(rgb) != row * height:
        raise ValueError("pixels do not fill the picture")
    packer = zlib.compressobj(LEVEL)
    data = bytearray()
    for start in range(0, len(rgb), row):
        data += packer.compress(b"\0")
        data += packer.compress(rgb[start : start + row])
    data += packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", bytes(data)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
