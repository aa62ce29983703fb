"""Version 3 onion addresses, made and checked off line (tor rend-spec-v3, section 6, "Encoding onion addresses").

A mistyped address in `hosts` would turn every reporter away with status 421, and nobody would be told.
"""

from __future__ import annotations

import base64
import hashlib

KEY_BYTES = 32
VERSION = b"\x03"
LABEL_CHARS = 56
_CHECKSUM_BYTES = 2


def onion_address(public: bytes) -> str:
    """The address of an Ed25519 public key, `.onion` included."""
    return base64.b32encode(public + _checksum(public) + VERSION).decode("ascii").lower() + ".onion"


def is_onion_address(name: str) -> bool:
    """Whether this is a version 3 onion address whose checksum is right."""
    label, dot, top = name.partition(".")
    if (top, len(label), label) != ("onion", LABEL_CHARS, label.lower()) or not dot:
        return False
    try:
        raw = base64.b32decode(label.upper())
    except ValueError:
        return False
    return raw[KEY_BYTES:] == _checksum(raw[:KEY_BYTES]) + VERSION


def _checksum(public: bytes) -> bytes:
    return hashlib.sha3_256(b".onion checksum" + public + VERSION).digest()[:_CHECKSUM_BYTES]
