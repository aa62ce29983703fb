"""Writing an envelope's ZIP while the report is still arriving (docs/spec/envelope.md).

`EnvelopeWriter` turns text and file pieces into the bytes that gpg seals, and pads them so that the sealed message has
exactly a published size. Nothing is kept but digests: memory stays flat at any size.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from crypto import envelope_report, padding, stored_zip
from crypto.derive import Mailbox
from crypto.envelope_report import FileInfo, Part, ReportHead
from crypto.errors import FormatError
from crypto.openpgp.sizes import Framing

MESSAGE, REPORT, PADDING = b"message.txt", b"report.json", b"padding"
_ZEROS = bytes(64 * 1024)

Chunk = bytes | bytearray | memoryview


def file_entry(n: int) -> bytes:
    """The name of the entry that holds file `n`: neutral, the original name stands in report.json."""
    return b"files/%03d" % n


@dataclass(frozen=True)
class Sealed:
    """What came out: the ZIP's size, and the size that the sealed message must have."""

    plaintext: int
    ciphertext: int


def padded(base: int, recipients: int, framing: Framing) -> Sealed:
    """The smallest published size that holds `base` bytes of ZIP and that gpg can reach exactly.

    gpg's length octets make a few sizes impossible for some numbers of recipients; the next published size is
    taken then, for every report of that instance alike.
    """
    target = padding.bucket(framing.ciphertext_size(base, recipients))
    while True:
        plaintext = framing.plaintext_size(target, recipients)
        if plaintext is not None and plaintext >= base:
            return Sealed(plaintext, target)
        target = padding.bucket(target + 1)


class _Entry:
    """One entry while it is written."""

    def __init__(self, name: bytes, offset: int) -> None:
        self.name = name
        self.offset = offset
        self.crc = 0
        self.size = 0
        self.digest = hashlib.sha256()

    def part(self) -> Part:
        return Part(self.size, self.digest.hexdigest())


class EnvelopeWriter:
    """Order: `message`, then any number of `start_file`, `file_chunk`…, `end_file`, then `finish`.

    Args:
        sink: receives the ZIP in pieces, usually `Encryptor.write`.
        framing: of the gpg behind it, `Encryptor.framing`.
    """

    def __init__(self, sink: Callable[[Chunk], object], *, framing: Framing) -> None:
        self._sink = sink
        self._framing = framing
        self._at = 0
        self._stage = "message"  # → files ⇄ file; files → done
        self._entry = _Entry(MESSAGE, 0)
        self._directory: list[bytes] = []
        self._message = Part(0, "")
        self._name = ("", "")
        self._files: list[FileInfo] = []

    def message(self, text: str) -> None:
        """The reporter's text, first of all.

        Raises:
            FormatError: not text that UTF-8 can hold, too long, or not first.
        """
        self._move("message", "files")
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise FormatError("the message is not text") from error
        if len(data) > envelope_report.MESSAGE_LIMIT:
            raise FormatError("the message is too long")
        self._message = self._whole(MESSAGE, data)

    def start_file(self, name: str, media_type: str) -> None:
        """Begins an attachment; its name goes into report.json with control characters replaced."""
        self._move("files", "file")
        if len(self._files) == envelope_report.FILES_LIMIT:
            raise FormatError("the envelope has too many files")
        self._name = envelope_report.clean_name(name), envelope_report.clean_type(media_type)
        self._begin(file_entry(len(self._files) + 1))

    def file_chunk(self, data: Chunk) -> None:
        """The next bytes of the attachment."""
        self._move("file", "file")
        self._content(data)

    def end_file(self) -> FileInfo:
        """Ends an attachment."""
        self._move("file", "files")
        part = self._end()
        info = FileInfo(len(self._files) + 1, *self._name, part.size, part.sha256)
        self._files.append(info)
        return info

    def finish(self, head: ReportHead, signer: Mailbox | None = None) -> Sealed:
        """Writes report.json, the padding and the directory.

        Args:
            head: what the report says of itself; its recipients are those of the message, in packet order.
            signer: the mailbox, when the reporter keeps one.

        Returns:
            The sizes; the sealed file must be compared with `ciphertext` before it is kept.

        Raises:
            FormatError: a field out of its bounds.
        """
        self._move("files", "done")
        self._whole(REPORT, envelope_report.serialise(head, self._message, self._files, signer=signer))
        base = self._at + sum(map(len, self._directory)) + stored_zip.entry_size(PADDING) + stored_zip.END_SIZE
        sealed = padded(base + envelope_report.unused_room(signer, head.seq), len(head.recipients), self._framing)
        self._pad(sealed.plaintext - base)
        directory = b"".join(self._directory)
        self._put(directory + stored_zip.end(len(self._directory), len(directory), self._at))
        return sealed

    def _move(self, expected: str, following: str) -> None:
        if self._stage != expected:
            raise FormatError("the parts of the envelope come in another order")
        self._stage = following

    def _pad(self, left: int) -> None:
        self._begin(PADDING)
        while left:
            step = min(left, len(_ZEROS))
            self._content(memoryview(_ZEROS)[:step])
            left -= step
        self._end()

    def _whole(self, name: bytes, data: bytes) -> Part:
        self._begin(name)
        self._content(data)
        return self._end()

    def _begin(self, name: bytes) -> None:
        self._entry = _Entry(name, self._at)
        self._put(stored_zip.local_header(name))

    def _content(self, data: Chunk) -> None:
        entry = self._entry
        entry.crc = zlib.crc32(data, entry.crc)
        entry.digest.update(data)
        entry.size += len(data)
        self._put(data)

    def _end(self) -> Part:
        entry = self._entry
        self._put(stored_zip.descriptor(entry.crc, entry.size))
        self._directory.append(stored_zip.central_header(entry.name, entry.crc, entry.size, entry.offset))
        return entry.part()

    def _put(self, data: Chunk) -> None:
        self._at += len(data)
        if self._at > stored_zip.LIMIT:
            raise FormatError("the envelope is larger than 2 GiB")
        self._sink(data)
