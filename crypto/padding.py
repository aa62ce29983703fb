"""Buckets: the published sizes of everything an observer can weigh (docs/spec/README.md, "Sizes").

What still shows is the bucket itself: a 4 MB file never looks like a text.
"""

from __future__ import annotations

from crypto.errors import FormatError

# Every text of an ordinary length, and a text with one small file removed, look alike.
FLOOR = 16 * 1024
# Up to here powers of two: at most a doubling. Above, Padmé: at most 3.2 % more, since a doubling of 500 MB is
# hours through Tor.
DOUBLING_MAX = 8 * 1024 * 1024
# Replies travel in blocks of 4 KiB (docs/spec/reply.md).
BLOCK = 4096
_LENGTH_BYTES = 4


def bucket(size: int) -> int:
    """The smallest published size that holds `size` bytes.

    Raises:
        FormatError: the size is negative.
    """
    if size < 0:
        raise FormatError("a size is not negative")
    if size <= FLOOR:
        return FLOOR
    if size <= DOUBLING_MAX:
        return 1 << (size - 1).bit_length()
    # Padmé (Nikitin et al., PURBs, 2019): keep as many significant bits as the exponent needs.
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def is_bucket(size: int) -> bool:
    """Whether a ciphertext may have this size."""
    return size >= 0 and bucket(size) == size


def pad_block(data: bytes, block: int = BLOCK) -> bytes:
    """Length on 4 bytes (big-endian), the data, zeros up to the next multiple of `block`."""
    body = len(data).to_bytes(_LENGTH_BYTES, "big") + data
    return body + bytes(-len(body) % block)


def unpad_block(data: bytes, block: int = BLOCK) -> bytes:
    """The data of `pad_block`; its one encoding and no other.

    Raises:
        FormatError: a length past the end, more blocks than needed, or a byte after the data that is not zero.
    """
    length = int.from_bytes(data[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + length
    if len(data) < end or len(data) != end + -end % block:
        raise FormatError("padding: the length does not fit the blocks")
    if data.count(0, end) != len(data) - end:
        raise FormatError("padding: a byte after the data is not zero")
    return data[_LENGTH_BYTES:end]
