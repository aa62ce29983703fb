"""Forms as a hull reads them: urlencoded only, counted before they are taken apart, never a file on disk."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.wsgi import get_input_stream

from app.domain.limits import FORM_BYTES, FORM_PAIRS
from app.web.problem import Refusal

CHUNK = 65_536
# How long a client that was refused may go on sending before the answer: in all, and without one byte. Whoever needs
# longer may miss the page; a thread that listens for nothing serves nobody.
DRAIN_SECONDS = 30.0
PAUSE_SECONDS = 5.0
_CUT_ESCAPE = re.compile(rb"%[0-9A-Fa-f]?\Z")


class UrlencodedParser(FormDataParser):
    """Takes the place of Werkzeug's parser, whose multipart half writes what people send to a temporary file."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,  # noqa: ARG002 - the signature is Werkzeug's
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        if mimetype != "application/x-www-form-urlencoded":
            return stream, self.cls(), self.cls()
        pairs = read_urlencoded(stream, content_length, self.max_form_memory_size or FORM_BYTES)
        return stream, self.cls(pairs), self.cls()


class HullRequest(Request):
    """A request whose `form` is only ever an urlencoded body."""

    form_data_parser_class = UrlencodedParser


def read_urlencoded(stream: IO[bytes], length: int | None, limit: int) -> list[tuple[str, str]]:
    """The pairs of a whole urlencoded body. The server gives a body that broke off like one that ended: only the
    announced length tells them apart.

    Raises:
        Refusal: too large, cut, or malformed; its problem holds what was read.
    """
    body, whole = b"", True
    try:
        while len(body) <= limit and (chunk := stream.read(min(CHUNK, limit + 1 - len(body)))):
            body += chunk
    except Exception:  # whatever the server calls it, the client has gone or broke its framing
        whole = False
    if len(body) > limit:
        raise Refusal(413, "too_large", typed=_parse_loosely(body[:limit]))
    if not whole or len(body) < (length or 0):
        raise Refusal(400, "cut", typed=_parse_loosely(body))
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FORM_PAIRS, encoding="utf-8", errors="strict"
        )
    except ValueError:  # not UTF-8, or more pairs than any form of ours
        raise Refusal(400, "bad_request", typed=_parse_loosely(body)) from None


def _parse_loosely(body: bytes) -> list[tuple[str, str]]:
    """What can be shown again of a body that is refused."""
    some = b"&".join(_CUT_ESCAPE.sub(b"", body).split(b"&", FORM_PAIRS)[:FORM_PAIRS])
    return parse_qsl(some.decode("ascii", "replace"), keep_blank_values=True, encoding="utf-8", errors="replace")


def drain(environ: dict[str, Any], limit: int, stream: IO[bytes] | None = None) -> None:
    """Read and drop at most `limit` bytes, for a bounded time, so that a client still sending sees the answer instead
    of a reset."""
    end = time.monotonic() + DRAIN_SECONDS
    try:
        stream = stream or get_input_stream(environ)
        with _hurried(environ.get("gunicorn.socket")):
            while limit > 0 and time.monotonic() < end and (chunk := stream.read(min(CHUNK, limit))):
                limit -= len(chunk)
    except Exception:  # the client has gone: there is nobody left to answer
        return


@contextlib.contextmanager
def _hurried(link: socket.socket | None) -> Iterator[None]:
    """One read of the server may wait for many packets: the pause is bounded at the socket, the whole by a timer that
    ends its reading side."""
    if link is None:
        yield
        return
    before = link.gettimeout()
    timer = threading.Timer(DRAIN_SECONDS, _stop_reading, (link,))
    timer.daemon = True
    link.settimeout(min(PAUSE_SECONDS, before or PAUSE_SECONDS))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        link.settimeout(before)


def _stop_reading(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.shutdown(socket.SHUT_RD)
