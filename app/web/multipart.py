"""Uploads as a stream: text fields in memory, files chunk by chunk, nothing on disk.

Werkzeug's parser writes files to a temporary file in clear; this one reads `wsgi.input` through `multipart`'s push
parser (CRYPTO.md B). Text fields come first, so that everything typed is known, and can be given back, before the
first byte of a file is taken. What is refused is read to a bounded end, so that the browser shows the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import multipart
from multipart import MultipartSegment, PushMultipartParser
from werkzeug.http import parse_options_header
from werkzeug.wsgi import get_content_length, get_input_stream

from app.domain.limits import FORM_BYTES, FORM_PAIRS, HEADER_BYTES
from app.web.forms import drain, read_urlencoded
from app.web.problem import Refusal

# Bytes asked for at once. With 64 KiB, gunicorn's own buffers are copied so often that an upload costs three times
# the CPU (0.6 s of system time more for 500 MB).
CHUNK = 262_144
URLENCODED = "application/x-www-form-urlencoded"
# What boundaries, part headers and text fields may add to the files.
MARGIN_BYTES = 2 * FORM_BYTES
# RFC 2231 names, as some mail-like clients write them: filename*=UTF-8''caf%C3%A9.pdf
_EXTENDED_NAME = re.compile(r";\s*filename\*\s*=\s*(?:utf-8)''([^;\s]+)", re.IGNORECASE)


class BodyError(Refusal):
    """An upload that is refused. What was read of its text fields stays in `Body.fields`."""


class File:
    """One file of an upload. Its bytes pass once."""

    def __init__(self, body: Body, segment: MultipartSegment, first: bytes | None) -> None:
        self.name = segment.filename or _extended_name(segment)
        self.type = segment.content_type or ""
        self._body = body
        self._next = first

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the file, as they arrive.

        Raises:
            BodyError: the files are too large together, or the body ends too early.
        """
        while self._next is not None:
            chunk = self._next
            self._body.count(len(chunk))
            yield chunk
            self._next = next(self._body.events)


class Body:
    """One request body: `read_fields`, then `files`.

    Args:
        environ: of WSGI.
        max_files: how many files.
        max_bytes: how many bytes of file content together.
        file_field: the only field that may carry files.
    """

    def __init__(self, environ: dict[str, Any], *, max_files: int, max_bytes: int, file_field: str = "files") -> None:
        self._environ = environ
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._field = file_field
        self._stream = get_input_stream(environ)
        self._length = get_content_length(environ)
        self._received = 0
        self._text_bytes = 0
        self._count = 0
        self._first: File | None = None
        self.fields: list[tuple[str, str]] = []
        self.events = self._parse()

    def read_fields(self) -> list[tuple[str, str]]:
        """All text fields, up to the first file or the end.

        Raises:
            BodyError: malformed, too large, or of another type; `fields` holds what came.
        """
        if self._kind() == URLENCODED:
            self._read_urlencoded()
        else:
            self._first = self._advance()
        return self.fields

    def check_announced(self) -> None:
        """Refuse by Content-Length what would be refused after hours of sending.

        Raises:
            BodyError: the body is larger than the largest that fits.
        """
        if self._length is not None and self._length > self._max_bytes + MARGIN_BYTES:
            raise BodyError(413, "files_too_large")

    def files(self) -> Iterator[File]:
        """The files in order. Read each to its end before asking for the next.

        Raises:
            BodyError: too many files, a text field after one, another field name, or malformed.
        """
        file = self._first
        while file is not None:
            yield file
            file = self._advance()

    def count(self, size: int) -> None:
        """Count bytes of file content."""
        self._received += size
        if self._received > self._max_bytes:
            raise BodyError(413, "files_too_large")

    @property
    def has_files(self) -> bool:
        """Whether a file follows the text fields."""
        return self._first is not None

    @property
    def announced(self) -> int:
        """The length that the client gave, 0 without one."""
        return self._length or 0

    def drain(self) -> None:
        """Read and drop about as much as is allowed once more, so that the answer is seen."""
        drain(self._environ, self._max_bytes + MARGIN_BYTES, self._stream)

    def _kind(self) -> str:
        kind, _ = parse_options_header(self._environ.get("CONTENT_TYPE", ""))
        if kind not in {URLENCODED, "multipart/form-data"}:
            raise BodyError(415, "media_type")
        return kind

    def _read_urlencoded(self) -> None:
        """A client of text only sends the same fields without files."""
        try:
            self.fields += read_urlencoded(self._stream, self._length, FORM_BYTES)
        except Refusal as refusal:
            problem = refusal.problem
            self.fields += problem.typed
            raise BodyError(problem.status, problem.reason) from None

    def _advance(self) -> File | None:
        """Take text fields until a file begins."""
        segment: MultipartSegment
        for segment in self.events:
            if segment.filename is None and segment.name != self._field and not _extended_name(segment):
                if self._count:
                    raise BodyError(400, "late_field")
                self._take_text(segment)
                continue
            file = File(self, segment, first := next(self.events))
            if first is None and not file.name:
                continue  # what a browser sends for a file field left empty
            if segment.name != self._field:
                raise BodyError(400, "bad_body")
            self._count += 1
            if self._count > self._max_files:
                raise BodyError(413, "too_many_files")
            return file
        return None

    def _take_text(self, segment: MultipartSegment) -> None:
        value = bytearray()
        try:
            while (chunk := next(self.events)) is not None:
                self._text_bytes += len(chunk)
                if self._text_bytes > FORM_BYTES:
                    raise BodyError(413, "too_large")
                value += chunk
        finally:  # also what came of a field that the connection cut
            self.fields.append((segment.name or "", value.decode("utf-8", "replace")))
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            raise BodyError(400, "bad_body") from None

    def _parse(self) -> Iterator[Any]:
        """Events of the push parser: a segment, its chunks, None at its end."""
        _, options = parse_options_header(self._environ.get("CONTENT_TYPE", ""))
        try:
            parser = PushMultipartParser(
                options.get("boundary", ""),
                content_length=-1 if self._length is None else self._length,
                max_header_size=HEADER_BYTES + 128,
                max_segment_count=self._max_files + FORM_PAIRS,
                strict=True,
            )
            with parser:
                for chunk in self._chunks():
                    yield from parser.parse(chunk)
        except (multipart.MultipartError, UnicodeError):
            raise BodyError(400, "bad_body") from None

    def _chunks(self) -> Iterator[bytes]:
        """Chunks of the body. The last line end may come alone; the parser must see it with what it ends."""
        held = self._read()
        while held:
            following = self._read()
            if following and len(following) <= 2 and len(held) < 2 * CHUNK:
                held += following
                continue
            yield held
            held = following

    def _read(self) -> bytes:
        try:
            return self._stream.read(CHUNK)
        except Exception:  # whatever the server calls it, the client has gone or broke its framing
            raise BodyError(400, "bad_body") from None


def _extended_name(segment: MultipartSegment) -> str:
    for name, value in segment.headerlist:
        if name == "Content-Disposition" and (found := _EXTENDED_NAME.search(value)):
            return unquote(found.group(1), errors="replace")
    return ""
