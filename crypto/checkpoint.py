"""The signed head of a log: a C2SP checkpoint in a C2SP signed note (docs/spec/log.md).

    <origin> LF <size> LF <base64 root> LF
    LF
    — <origin> <base64 of key id ‖ Ed25519 signature> LF

The key id is the first four bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ public key), the name is the origin.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from crypto import signing
from crypto.errors import FormatError, TrustError
from crypto.fields import from_b64, to_b64
from crypto.signing import SigningKey

LIMIT = 2048
_ED25519 = b"\x01"
_KEY_ID = 4
# 44 characters are 32 bytes and 92 are 68: no other length fits.
_CHECKPOINT = re.compile(
    r"(?P<origin>[a-z0-9][a-z0-9./-]{0,511})\n(?P<size>0|[1-9][0-9]{0,17})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"\n\N{EM DASH} (?P<name>[a-z0-9][a-z0-9./-]{0,511}) (?P<signature>[A-Za-z0-9+/]{91}=)\n"
)


@dataclass(frozen=True)
class Checkpoint:
    """How many leaves a log has, and its root: 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{to_b64(self.root)}\n".encode()


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> bytes:
    """The checkpoint with its signature.

    Raises:
        FormatError: an origin or a root that no reader takes.
    """
    line = key_id(checkpoint.origin, key.public) + key.sign(checkpoint.text)
    data = checkpoint.text + f"\n\N{EM DASH} {checkpoint.origin} {to_b64(line)}\n".encode()
    _parse(data)
    return data


def open_checkpoint(data: bytes, public: bytes, *, origin: str) -> Checkpoint:
    """The checkpoint of the log `origin`, once its signature is checked.

    Raises:
        FormatError: not a checkpoint with one signature of its log.
        TrustError: of another log, or by another key.
    """
    checkpoint, line = _parse(data)
    if checkpoint.origin != origin:
        raise TrustError("checkpoint: it is the head of another log")
    if line[:_KEY_ID] != key_id(origin, public):
        raise TrustError("checkpoint: signed by another key")
    try:
        signing.check(public, checkpoint.text, line[_KEY_ID:])
    except TrustError:
        raise TrustError("checkpoint: changed after it was signed") from None
    return checkpoint


def is_checkpoint(data: bytes) -> bool:
    """Whether it has the form of one; who signed it is not asked."""
    try:
        _parse(data)
    except FormatError:
        return False
    return True


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that say which key signed (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_ID]


def _parse(data: bytes) -> tuple[Checkpoint, bytes]:
    try:
        match = _CHECKPOINT.fullmatch(data[: LIMIT + 1].decode("utf-8"))
    except UnicodeDecodeError:
        match = None
    if match is None or match["name"] != match["origin"]:
        raise FormatError("checkpoint: not a checkpoint with one signature of its log")
    return Checkpoint(match["origin"], int(match["size"]), from_b64(match["root"])), from_b64(match["signature"])
