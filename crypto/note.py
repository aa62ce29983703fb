"""The signed note: the one framing of every JSON file of ours that is signed (docs/spec/note.md).

    sourdine/<kind>/v1 LF
    canonical JSON LF
    base64 of the Ed25519 signature over both lines above, their LF included LF

The kind is inside the signed bytes, so a pickup header never passes for an outbox although one key format signs both.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from crypto import canonical, signing
from crypto.errors import FormatError
from crypto.fields import from_b64, to_b64

# Longest first line, signature line and three LF, rounded up.
_FRAME_MAX = 256
_HEAD = re.compile(rb"sourdine/([a-z]{1,16}(?:-[a-z]{1,16}){0,2})/v1")


def sign_note(kind: str, body: Any, key: signing.SigningKey) -> bytes:
    """Serialise and sign `body`.

    Raises:
        FormatError: the body is outside canonical JSON, or too long for any reader.
    """
    data = canonical.dumps(body)
    if len(data) > canonical.LIMIT:
        raise FormatError("a signed note is longer than its limit")
    signed = _head(kind) + b"\n" + data + b"\n"
    return signed + to_b64(key.sign(signed)).encode("ascii") + b"\n"


def open_note(kind: str, data: bytes, public: bytes, *, limit: int = canonical.LIMIT) -> Any:
    """The body of a note of that kind, once its signature is checked.

    Raises:
        FormatError: not a note of that kind.
        TrustError: not signed by `public`.
    """
    signed, body, signature = _split(data, limit)
    if not signed.startswith(_head(kind) + b"\n"):
        raise FormatError("a signed note of another kind")
    signing.check(public, signed, signature)
    return canonical.loads(body, limit=limit)


def read_unverified(kind: str, data: bytes, *, limit: int = canonical.LIMIT) -> Any:
    """The body of a note whose signature was NOT checked: only to choose which key to check it with.

    Raises:
        FormatError: not a note of that kind.
    """
    signed, body, _ = _split(data, limit)
    if not signed.startswith(_head(kind) + b"\n"):
        raise FormatError("a signed note of another kind")
    return canonical.loads(body, limit=limit)


def kind_of(data: bytes) -> str:
    """The kind that the first line names.

    Raises:
        FormatError: not a signed note.
    """
    match = _HEAD.fullmatch(data[:80].split(b"\n", 1)[0])
    if match is None:
        raise FormatError("not a signed note")
    return match[1].decode("ascii")


def digest(data: bytes) -> str:
    """SHA-256 of the signed bytes, in hexadecimal: names the document, whoever signed it again.

    Raises:
        FormatError: not a signed note.
    """
    return hashlib.sha256(_split(data, len(data))[0]).hexdigest()


def _head(kind: str) -> bytes:
    head = f"sourdine/{kind}/v1".encode()
    if not _HEAD.fullmatch(head):
        raise FormatError("not a kind of signed note")
    return head


def _split(data: bytes, limit: int) -> tuple[bytes, bytes, bytes]:
    """(signed bytes, body, signature)."""
    if len(data) > limit + _FRAME_MAX:
        raise FormatError("a signed note is longer than its limit")
    lines = data.split(b"\n", 4)
    if len(lines) != 4 or lines[3] or not _HEAD.fullmatch(lines[0]):
        raise FormatError("not a signed note")
    try:
        signature = from_b64(lines[2].decode("ascii"))
    except UnicodeDecodeError:
        raise FormatError("not base64") from None
    if len(signature) != signing.SIGNATURE_BYTES:
        raise FormatError("a signature has another length")
    return lines[0] + b"\n" + lines[1] + b"\n", lines[1], signature
