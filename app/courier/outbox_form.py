"""Reads the one file of `POST /outbox` in memory, as a stream: nothing of it is spooled to the disk."""

from __future__ import annotations

from flask import Request

from app.courier.sentences import DoorRefusal
from app.transfer.outbox import FILE_LIMIT
from app.web.multipart import Body, BodyError


def read_file(request: Request) -> bytes:
    """The bytes of the field `file`.

    Raises:
        DoorRefusal: not one multipart form with that file alone, or too large.
    """
    body = Body(request.environ, max_files=1, max_bytes=FILE_LIMIT, file_field="file")
    try:
        body.check_announced()
        fields = body.read_fields()
        files = [b"".join(file.chunks()) for file in body.files()]
    except BodyError as error:
        status = error.code or 400
        raise DoorRefusal(status, "too_large" if status == 413 else "form") from None
    if fields or len(files) != 1:
        raise DoorRefusal(400, "form")
    return files[0]
