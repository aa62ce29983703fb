"""The bytes of our ZIP, and of no other: stored, streamed, 1980, no extras (docs/spec/envelope.md section 3).

A record of this ZIP is determined by its name, its checksum, its size and its place. The writer builds the records
with these functions; the reader builds them again from what it found and compares, so that one content has one form.
Below 2 GiB nothing needs ZIP64.
"""

import struct

# Stock programs take 2^31 for the point where ZIP64 begins; below it every tool reads the plain form.
LIMIT = 2**31 - 1

_VERSION = 20  # directories of entries and descriptors: what every unzip since 1993 reads
_UNIX = 3
_DESCRIPTOR_FLAG = 0x08  # sizes and checksum follow the content: it is streamed
_STORED = 0
_TIME, _DATE = 0, 0x21  # midnight of 1 January 1980
_MODE = 0o600 << 16

_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = struct.Struct("<4s3L")
_CENTRAL = struct.Struct("<4sBB5H3L5H2L")
_END = struct.Struct("<4s4H2LH")

DESCRIPTOR_SIZE = _DESCRIPTOR.size
END_SIZE = _END.size


def local_header(name: bytes) -> bytes:
    """What stands before the content."""
    fields = (_VERSION, _DESCRIPTOR_FLAG, _STORED, _TIME, _DATE, 0, 0, 0, len(name), 0)
    return _LOCAL.pack(b"PK\x03\x04", *fields) + name


def descriptor(crc: int, size: int) -> bytes:
    """What stands after the content."""
    return _DESCRIPTOR.pack(b"PK\x07\x08", crc, size, size)


def central_header(name: bytes, crc: int, size: int, offset: int) -> bytes:
    """The entry's record in the directory at the end."""
    made = (_VERSION, _UNIX, _VERSION, _DESCRIPTOR_FLAG, _STORED, _TIME, _DATE)
    return _CENTRAL.pack(b"PK\x01\x02", *made, crc, size, size, len(name), 0, 0, 0, 0, _MODE, offset) + name


def central_checksum_and_size(record: bytes) -> tuple[int, int]:
    """The two values of a directory record that no other knowledge gives."""
    fields = _CENTRAL.unpack(record[: _CENTRAL.size])
    return fields[8], fields[10]


def end(count: int, directory_size: int, directory_offset: int) -> bytes:
    """The record that ends the file."""
    return _END.pack(b"PK\x05\x06", 0, 0, count, count, directory_size, directory_offset, 0)


def entry_size(name: bytes) -> int:
    """All bytes that an entry adds besides its content."""
    return _LOCAL.size + DESCRIPTOR_SIZE + _CENTRAL.size + 2 * len(name)


def central_size(name: bytes) -> int:
    """The size of an entry's record in the directory."""
    return _CENTRAL.size + len(name)
