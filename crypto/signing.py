"""Ed25519 keys (RFC 8032) that hide themselves, and their text form (docs/spec/README.md, "Keys")."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.errors import FormatError, TrustError

KEY_BYTES = 32
SIGNATURE_BYTES = 64

# Named on the line itself, so that a secret pasted where a public key belongs is refused and not published.
_SECRET = "sourdine-ed25519-secret-v1"  # noqa: S105 - the name of a format
_PUBLIC = "sourdine-ed25519-public-v1"


class SigningKey:
    """An Ed25519 private key. Its representation never shows it."""

    __slots__ = ("_private", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise FormatError("an Ed25519 seed is 32 bytes long")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: bytes = self._private.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> SigningKey:
        """A new random key."""
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read the one line of a key file.

        Raises:
            FormatError: any other text.
        """
        return cls(_parse(_SECRET, text))

    def to_text(self) -> str:
        """The one line of a key file. Secret."""
        return _serialise(_SECRET, self._private.private_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """The 64-byte signature of `data`."""
        return self._private.sign(data)

    def __repr__(self) -> str:
        return "SigningKey(hidden)"

    def __reduce__(self) -> str:
        raise TypeError("a signing key is not pickled")


def public_to_text(public: bytes) -> str:
    """The one line of a public key file."""
    if len(public) != KEY_BYTES:
        raise FormatError("an Ed25519 public key is 32 bytes long")
    return _serialise(_PUBLIC, public)


def public_from_text(text: str) -> bytes:
    """Read the one line of a public key file.

    Raises:
        FormatError: any other text, a secret key among them.
    """
    return _parse(_PUBLIC, text)


def check(public: bytes, data: bytes, signature: bytes) -> None:
    """Return only if `signature` is that of `data` by `public`.

    Raises:
        TrustError: it is not, or the public key is none.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        raise TrustError("the signature is not by the expected key over these bytes") from None


def _serialise(label: str, key: bytes) -> str:
    return f"{label} {base64.urlsafe_b64encode(key).decode('ascii').rstrip('=')}\n"


def _parse(label: str, text: str) -> bytes:
    body = text.removeprefix(label + " ").removesuffix("\n")
    try:
        key = base64.b64decode(body + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("not a key line") from None
    if len(key) != KEY_BYTES or _serialise(label, key) != text:
        raise FormatError("not a key line")
    return key
