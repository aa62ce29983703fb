"""Reads the one file of `POST /outbox` in memory: never through Werkzeug's parser, which spools to the disk."""

from __future__ import annotations

from flask import Request
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser
from werkzeug.exceptions import ClientDisconnected

from app.courier.sentences import DoorRefusal
from app.transfer.outbox import FILE_LIMIT

CHUNK = 64 * 1024
FRAME = 4096  # boundaries and part headers around the file


def read_file(request: Request) -> bytes:
    """The bytes of the field `file`.

    Raises:
        DoorRefusal: not one multipart form with that file alone, or too large.
    """
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary:
        raise DoorRefusal(415, "form")
    if (request.content_length or 0) > FILE_LIMIT + FRAME:
        raise DoorRefusal(413, "too_large")
    try:
        return _parse(request, boundary)
    except ParserLimitReached:
        raise DoorRefusal(413, "too_large") from None
    except (MultipartError, ClientDisconnected, UnicodeError):
        raise DoorRefusal(400, "form") from None


def _parse(request: Request, boundary: str) -> bytes:
    request.max_content_length = FILE_LIMIT + FRAME
    found: list[bytes] = []
    with PushMultipartParser(
        boundary, strict=True, max_segment_count=1, max_segment_size=FILE_LIMIT, max_header_count=4
    ) as parser:
        while not parser.closed:
            for event in parser.parse(request.stream.read(CHUNK)):
                if isinstance(event, MultipartSegment):
                    if event.name != "file" or event.filename is None:
                        raise DoorRefusal(400, "form")
                elif event is not None:
                    found.append(bytes(event))
    if not found:
        raise DoorRefusal(400, "form")
    return b"".join(found)
