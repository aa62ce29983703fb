"""Sealing at rest on the desk, under a 32-byte key (docs/spec/README.md, "Sealing at rest").

    version 0x01 · salt (16 random bytes) · chunks of AES-256-GCM, 64 KiB of plaintext each, the last one shorter

The file key is HKDF-SHA256(key, salt, "sealed/v1" ‖ context): a fresh key for each sealing, so counter nonces never
repeat and one case key may seal any number of files. The last nonce byte is 1 on the last chunk only (STREAM), so a
file that was cut, even between two chunks, does not open.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from types import TracebackType
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import FormatError, NoKeyError, TrustError

KEY_BYTES = 32
VERSION = b"\x01"
SALT_BYTES = 16
HEADER_BYTES = len(VERSION) + SALT_BYTES
TAG_BYTES = 16
CHUNK = 64 * 1024
_SEALED_CHUNK = CHUNK + TAG_BYTES
_LABEL = b"sealed/v1"


def seal(key: bytes, context: bytes, plaintext: bytes) -> bytes:
    """Seal a small value; the same format as a file."""
    parts: list[bytes] = []
    with SealedWriter(parts.append, key, context) as writer:
        writer.write(plaintext)
    return b"".join(parts)


def open_box(key: bytes, context: bytes, data: bytes) -> bytes:
    """Open a small value.

    Raises:
        FormatError: another version, or a length that no sealing has.
        NoKeyError: another key or context, or changed since.
    """
    reader = SealedReader(io.BytesIO(data), key, context)
    try:
        return reader.readall()
    except TrustError:
        raise NoKeyError("this key does not open this value") from None


class SealedWriter:
    """Seals a stream of unknown length. Only `close` makes a file that opens; after an error, drop what was written."""

    def __init__(self, sink: Callable[[bytes], object], key: bytes, context: bytes) -> None:
        salt = os.urandom(SALT_BYTES)
        self._cipher = _cipher(key, salt, context)
        self._sink = sink
        self._held = bytearray()
        self._number = 0
        self._closed = False
        sink(VERSION + salt)

    def write(self, data: bytes) -> None:
        """Take more plaintext.

        Raises:
            ValueError: after `close`.
        """
        if self._closed:
            raise ValueError("the sealed file is closed")
        self._held += data
        while len(self._held) > CHUNK:  # a full chunk is held back: it may be the last one
            self._put(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]

    def close(self) -> None:
        """Write the last chunk; a second call does nothing. The sink stays open."""
        if not self._closed:
            self._closed = True
            self._put(bytes(self._held), last=True)
            self._held.clear()

    def __enter__(self) -> SealedWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:  # a half-written plaintext must never look whole
            self.close()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._sink(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Random access to a sealed file. Holds one chunk of plaintext at a time; the file underneath stays the caller's.

    The first and the last chunk are opened at once: a file that was cut is refused before any byte of it is shown.
    """

    def __init__(self, file: BinaryIO, key: bytes, context: bytes) -> None:
        """Read the header and check the end.

        Raises:
            FormatError: another version, or a length that no sealing has.
            NoKeyError: another key or context.
            TrustError: the right key, and a file that was cut or changed.
        """
        super().__init__()
        body = file.seek(0, io.SEEK_END) - HEADER_BYTES
        file.seek(0)
        header = file.read(HEADER_BYTES)
        full, rest = divmod(max(body, 0), _SEALED_CHUNK)
        # An empty last chunk exists only in an empty file: one plaintext, one number of chunks.
        if header[:1] != VERSION or body < TAG_BYTES or (rest and rest < TAG_BYTES) or (full and rest == TAG_BYTES):
            raise FormatError("not a sealed file")
        self._file = file
        self._cipher = _cipher(key, header[1:], context)
        self._count = full + bool(rest)
        self._size = body - TAG_BYTES * self._count
        self._position = 0
        self._number = -1
        self._chunk = b""
        self._probe()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("a position is not negative")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer from one chunk.

        Raises:
            TrustError: the chunk was changed.
        """
        number, start = divmod(self._position, CHUNK)
        if self._position >= self._size:
            return 0
        self._load(number)
        piece = self._chunk[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def _probe(self) -> None:
        """Tell a wrong key (no chunk opens) from a damaged file (the first opens, the last does not)."""
        try:
            self._load(0)
        except TrustError:
            raise NoKeyError("this key does not open this file") from None
        self._load(self._count - 1)

    def _load(self, number: int) -> None:
        if number == self._number:
            return
        self._file.seek(HEADER_BYTES + number * _SEALED_CHUNK)
        data = self._file.read(_SEALED_CHUNK)
        try:
            self._chunk = self._cipher.decrypt(_nonce(number, last=number == self._count - 1), data, None)
        except InvalidTag:
            raise TrustError("a sealed file was cut or changed") from None
        self._number = number


def _cipher(key: bytes, salt: bytes, context: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise FormatError("a sealing key is 32 bytes long")
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, _LABEL + context).derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
