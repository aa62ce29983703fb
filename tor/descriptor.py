"""What a descriptor tells to whoever knows the address (rend-spec-v3, outer wrapper and HS-DESC-ENC). Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tor.address import KEY_BYTES
from tor.errors import TorError

_CERT = re.compile(
    r"^descriptor-signing-key-cert\n-----BEGIN ED25519 CERT-----\n([A-Za-z0-9+/=\n]+)-----END ED25519 CERT-----$", re.M
)
_COUNTER = re.compile(r"^revision-counter ([0-9]{1,20})$", re.M)
_EFFORT = re.compile(r"^pow-params v1 \S+ ([0-9]{1,10}) \S+$", re.M)
_SEALED = re.compile(r"^(?:super)?encrypted\n-----BEGIN MESSAGE-----\n([A-Za-z0-9+/=\n]+)-----END MESSAGE-----$", re.M)
_SALT, _MAC = 16, 32
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
    the periods differ (so from noon to midnight UTC), what was found is older than our last upload, or we have not
    uploaded since tor started (our counter is 0).
    """
    if own.blinded != found.blinded or not own.counter:
        return None
    if own.signing == found.signing:
        return False
    return True if found.counter > own.counter else None


def decrypt(text: str, address: str) -> str:
    """The inner part of an open onion's descriptor; empty when a client key guards it, or it is of another address.

    Raises:
        TorError: not a descriptor.
    """
    outer = parse_outer(text)
    public = base64.b32decode(address.removesuffix(".onion").upper())[:KEY_BYTES]
    credential = hashlib.sha3_256(b"credential" + public).digest()
    secret = outer.blinded + hashlib.sha3_256(b"subcredential" + credential + outer.blinded).digest()
    secret += outer.counter.to_bytes(8, "big")
    for label in (b"hsdir-superencrypted-data", b"hsdir-encrypted-data"):
        sealed = _SEALED.search(text)
        text = _open(base64.b64decode(sealed[1]), secret, label) if sealed else ""
    return text


def _open(sealed: bytes, secret: bytes, label: bytes) -> str:
    """Empty when the MAC is wrong."""
    salt, data, mac = sealed[:_SALT], sealed[_SALT:-_MAC], sealed[-_MAC:]
    keys = hashlib.shake_256(secret + salt + label).digest(32 + 16 + 32)
    head = _MAC.to_bytes(8, "big") + keys[48:] + _SALT.to_bytes(8, "big") + salt
    if not hmac.compare_digest(hashlib.sha3_256(head + data).digest(), mac):
        return ""
    opener = Cipher(algorithms.AES256(keys[:32]), modes.CTR(keys[32:48])).decryptor()
    return (opener.update(data) + opener.finalize()).rstrip(b"\0").decode("ascii", "replace")


def pow_effort(inner: str) -> int | None:
    """The effort that the service asks of visitors, from the decrypted part; None without the defence."""
    found = _EFFORT.search(inner)
    return int(found[1]) if found else None
