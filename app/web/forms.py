"""Forms as a hull reads them: urlencoded only, counted before they are taken apart, never a file on disk."""

from __future__ import annotations

from typing import IO, Any
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.wsgi import get_input_stream

from app.domain.limits import FORM_PAIRS
from app.web.problem import Refusal

CHUNK = 65_536


class UrlencodedParser(FormDataParser):
    """Takes the place of Werkzeug's parser, whose multipart half writes what people send to a temporary file."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,  # noqa: ARG002 - the signature is Werkzeug's
        options: dict[str, str] | None = None,  # noqa: ARG002
    ) -> tuple[IO[bytes], MultiDict[str, Any], MultiDict[str, Any]]:
        if mimetype != "application/x-www-form-urlencoded":
            return stream, self.cls(), self.cls()
        body = stream.read()
        # Werkzeug stops at its limit without a word when no length was announced; one byte more makes it tell.
        stream.read(1)
        return stream, self.cls(parse_urlencoded(body)), self.cls()


class HullRequest(Request):
    """A request whose `form` is only ever an urlencoded body."""

    form_data_parser_class = UrlencodedParser


def parse_urlencoded(body: bytes) -> list[tuple[str, str]]:
    """The pairs of an urlencoded body, in order.

    Raises:
        Refusal: it is not UTF-8, or has more pairs than any form of ours.
    """
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FORM_PAIRS, encoding="utf-8", errors="strict"
        )
    except ValueError:
        raise Refusal(400, "bad_request") from None


def drain(environ: dict[str, Any], limit: int) -> None:
    """Read and drop at most `limit` bytes, so that a client still sending sees the answer instead of a reset."""
    try:
        stream = get_input_stream(environ)
        while limit > 0 and (chunk := stream.read(min(CHUNK, limit))):
            limit -= len(chunk)
    except Exception:  # the client has gone: there is nobody left to answer
        return
