"""What a descriptor tells without anybody's key (rend-spec-v3, "Outer wrapper"; cert-spec). Pure."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from tor.errors import TorError

_CERT = re.compile(
    r"^descriptor-signing-key-cert\n-----BEGIN ED25519 CERT-----\n([A-Za-z0-9+/=\n]+)-----END ED25519 CERT-----$", re.M
)
_COUNTER = re.compile(r"^revision-counter ([0-9]{1,20})$", re.M)
_EFFORT = re.compile(r"^pow-params v1 \S+ ([0-9]{1,10}) \S+$", re.M)
# version 1, type 8 ("descriptor signing key, by blinded key"), expiry, key type 1, key, one extension of type 4.
_CERT_BYTES, _HEAD, _KEY, _SIGNER = 140, b"\x01\x08", slice(7, 39), slice(44, 76)


@dataclass(frozen=True)
class Outer:
    """The part that every directory can read.

    Args:
        blinded: the address's key of this time period, 32 bytes; the same wherever the same onion key is used.
        signing: drawn by one tor process for one descriptor, 32 bytes; another process draws another.
        counter: grows with the time of the upload, by an order that only the holders of the onion key share.
    """

    blinded: bytes
    signing: bytes
    counter: int


def parse_outer(text: str) -> Outer:
    """The outer part of a version 3 descriptor, LF line ends; its signatures are tor's business.

    Raises:
        TorError: not such a descriptor.
    """
    cert, counter = _CERT.search(text), _COUNTER.search(text)
    raw = base64.b64decode(cert[1]) if cert else b""
    if counter is None or len(raw) != _CERT_BYTES or not raw.startswith(_HEAD):
        raise TorError("tor's descriptor is not understood.", "Nothing was changed.")
    return Outer(raw[_SIGNER], raw[_KEY], int(counter[1]))


def other_instance(own: Outer, found: Outer) -> bool | None:
    """Whether the descriptor that visitors get was made by another tor with a copy of the key.

    True is certain: it is newer than our last upload, under a key that is not ours. False: ours is what visitors get
    now; another instance may still take over at its next upload. None: it cannot be told from these two, because
    the periods differ (so it is from noon to midnight UTC) or what was found is older than our last upload.
    """
    if own.blinded != found.blinded:
        return None
    if own.signing == found.signing:
        return False
    return True if found.counter > own.counter else None


def pow_effort(inner: str) -> int | None:
    """The effort that the service asks of visitors, from the decrypted part; None without the defence."""
    found = _EFFORT.search(inner)
    return int(found[1]) if found else None
