"""E-mail (RFC 5322, MIME): headers, words, embedded pictures; attached files are listed, nothing remote is fetched."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

from app.desk.files import image, kinds, limits, metadata
from app.desk.files.reading import Answer, Refused, Source
from app.desk.files.text import decode, html_text, tell_remote

TOLD = {
    "From": "from",
    "Sender": "from",
    "To": "to",
    "Cc": "cc",
    "Bcc": "cc",
    "Reply-To": "reply_to",
    "Delivered-To": "delivered_to",
    "X-Original-To": "delivered_to",
    "Return-Path": "from",
    "Date": "sent",
    "Subject": "subject",
    "Message-ID": "message_id",
    "In-Reply-To": "message_id",
    "References": "message_id",
    "X-Mailer": "mailer",
    "User-Agent": "mailer",
    "X-Originating-IP": "origin",
    "X-Sender-IP": "origin",
    "X-Forwarded-For": "origin",
    "Organization": "company",
}
SHOWN = ("From", "To", "Cc", "Date", "Subject")
RECEIVED = 20
HEADER_CHARACTERS = 2_000
SAMPLE = (
    b"Subject: =?utf-8?q?a?= =?utf-8?b?YQ==?=\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n"
    b"--B\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=C3=A9\n"
    b"--B\nContent-Type: text/plain; name*=utf-8''a\nContent-Transfer-Encoding: base64\n\nYQ==\n"
    b"--B\nContent-Type: message/rfc822\n\nSubject: b\n\nb\n"
    b"--B\nContent-Type: image/png\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n!80\n`\nend\n--B--\n"
)
NESTING = 30  # multiparts inside one another
BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)


def prepare() -> None:
    """The package loads its pieces when it meets them: here it meets them all."""
    message = message_from_bytes(SAMPLE, policy=policy.compat32)
    for part in message.walk():
        _content(part)
        _clean_name(part)
        _charset(part)
    _header(message, "Subject")


def copy(source: Source, answer: Answer) -> None:
    message = _parse(source.data)
    for name in SHOWN:
        value = _header(message, name)
        if value:
            answer.write(f"{name}: {value}\n")
    answer.write("\n")
    pictures: list[tuple[str, bytes]] = []
    for part in _parts(message, answer):
        kind = part.get_content_type()
        if part.get_filename() and not kind.startswith("image/"):
            answer.note("parts_unread")
        elif kind in {"text/plain", "text/html"}:
            _write(part, kind, answer)
        elif kind.startswith("image/") and len(pictures) <= limits.EMBEDDED_IMAGES * 2:
            pictures.append((kind, _content(part)))
    answer.send_text()
    image.render_embedded(pictures, answer)


def examine(source: Source, answer: Answer) -> None:
    message = _parse(source.data)
    for name, code in TOLD.items():
        for value in _headers(message, name):
            answer.trait(code, value)
    for value in _headers(message, "Received")[:RECEIVED]:
        answer.trait("received", value)
    if message.get("DKIM-Signature"):
        answer.trait("signed", "DKIM")
    for part in _parts(message, answer):
        content = _content(part)
        name = _clean_name(part)
        if part.get_content_type() == "text/html" and not name:
            tell_remote(decode(content[: limits.HTML_CHARACTERS], _charset(part)), answer)
        if part.get_content_maintype() == "image":
            metadata.tell_embedded(content, answer)
        if name or not part.get_content_type().startswith("text/"):
            answer.part(name or part.get_content_type(), len(content))
        if name:
            answer.trait("embedded", f"{name} ({kinds.sniff(content[: kinds.PREFIX])})")


def _parse(data: bytes) -> Message:
    """
    Raises:
        Refused: too long, or nested as no mail program nests.
    """
    if len(data) > limits.MAIL_BYTES:
        raise Refused("bomb")
    if len(BOUNDARY.findall(data)) > limits.MAIL_PARTS:
        raise Refused("deep")
    try:
        # The old policy: it reads headers as they stand, without a grammar that a header could keep busy.
        return message_from_bytes(data, policy=policy.compat32)
    except RecursionError:
        raise Refused("deep") from None


def _parts(message: Message, answer: Answer) -> list[Message]:
    """The leaves, `limits.MAIL_PARTS` at most; a message inside the message is one of them.

    Raises:
        Refused: nested too deeply.
    """
    found: list[Message] = []
    waiting: list[tuple[Message, int]] = [(message, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > NESTING:
            raise Refused("deep")
        inner = (
            one.get_payload()
            if one.is_multipart() and (depth == 0 or one.get_content_maintype() == "multipart")
            else None
        )
        if isinstance(inner, list):
            waiting += [(part, depth + 1) for part in reversed(inner) if isinstance(part, Message)]
        else:
            found.append(one)
        if len(found) >= limits.MAIL_PARTS:
            answer.note("parts_cut")
            break
    return found


def _content(part: Message) -> bytes:
    """Bytes of a part, as its transfer encoding says; nothing for a message inside the message."""
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError):
        return b""
    return content if isinstance(content, bytes) else b""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError):
        return None


def _write(part: Message, kind: str, answer: Answer) -> None:
    text = decode(_content(part)[: limits.HTML_CHARACTERS], _charset(part))
    answer.write((html_text(text) if kind == "text/html" else text) + "\n")


def _headers(message: Message, name: str) -> list[str]:
    return [_decoded(str(value)) for value in (message.get_all(name) or [])[: limits.TRAITS]]


def _header(message: Message, name: str) -> str:
    return next(iter(_headers(message, name)), "")


def _decoded(value: str) -> str:
    """RFC 2047 words decoded; what cannot be is shown as it stands."""
    value = value[:HEADER_CHARACTERS]
    try:
        pieces = decode_header(value)
        return "".join(decode(one, charset) if isinstance(one, bytes) else one for one, charset in pieces)
    except (ValueError, LookupError, AssertionError, MessageError):
        return value


def _clean_name(part: Message) -> str:
    try:
        return _decoded(part.get_filename() or "")
    except (ValueError, LookupError, TypeError, MessageError):
        return "?"
