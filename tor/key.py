"""The long-term key of an onion service, in tor's own files, so that one folder serves HiddenServiceDir and ADD_ONION.

Sources: tor rend-spec-v3 (address), cert-spec / `ed25519_cert.c` (file header), control-spec ADD_ONION (blob),
RFC 8032 section 5.1 (expanded key, base point).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from tor.address import onion_address
from tor.ed25519 import public_of
from tor.errors import KeyFileError
from tor.paths import private_folder, refuse_loose, write_once

SECRET_FILE, PUBLIC_FILE, NAME_FILE = "hs_ed25519_secret_key", "hs_ed25519_public_key", "hostname"
_SECRET_HEADER = b"== ed25519v1-secret: type0 ==\0\0\0"
_PUBLIC_HEADER = b"== ed25519v1-public: type0 ==\0\0\0"
_EXPANDED_BYTES = 64
_LOST = "Restore it from the backup; without this key the address cannot be published again."


@dataclass(frozen=True)
class OnionKey:
    """An expanded Ed25519 secret: 32 bytes of clamped scalar, 32 bytes of nonce prefix. Never printed."""

    expanded: bytes = field(repr=False)
    public: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> OnionKey:
        """A new key, from 32 random bytes that are kept nowhere."""
        digest = bytearray(hashlib.sha512(os.urandom(32)).digest())
        digest[0] &= 248
        digest[31] = (digest[31] & 63) | 64
        return cls.from_expanded(bytes(digest))

    @classmethod
    def from_expanded(cls, expanded: bytes) -> OnionKey:
        """The key of 64 bytes as tor stores them.

        Raises:
            KeyFileError: another length, or a scalar that is not clamped.
        """
        if len(expanded) != _EXPANDED_BYTES:
            raise KeyFileError("This is not the secret key of an onion service: its length is wrong.", _LOST)
        if expanded[0] & 7 or expanded[31] & 0xC0 != 0x40:
            raise KeyFileError("This is not the secret key of an onion service: its bits are wrong.", _LOST)
        return cls(expanded, public_of(expanded[:32]))

    @property
    def address(self) -> str:
        """56 characters and `.onion`."""
        return onion_address(self.public)

    @property
    def blob(self) -> str:
        """What ADD_ONION takes behind `ED25519-V3:`: base64 of the expanded key. A secret."""
        return base64.b64encode(self.expanded).decode("ascii")

    @classmethod
    def read(cls, path: Path) -> OnionKey:
        """The key of a `hs_ed25519_secret_key`, when nobody else can read file and folder.

        Raises:
            KeyFileError: missing, loose modes, another format.
        """
        refuse_loose(path.parent, "folder")
        data = refuse_loose(path, "key file").read_bytes()
        if len(data) != len(_SECRET_HEADER) + _EXPANDED_BYTES or not data.startswith(_SECRET_HEADER):
            raise KeyFileError(f"{path} is not the secret key of an onion service.", _LOST)
        return cls.from_expanded(data[len(_SECRET_HEADER) :])

    def write(self, path: Path) -> None:
        """Write the secret once, mode 0600.

        Raises:
            KeyFileError: there is a file already; it stays as it is.
        """
        try:
            write_once(path, _SECRET_HEADER + self.expanded)
        except FileExistsError:
            raise KeyFileError(f"The key file {path} exists already; it was left as it is.") from None


def load_or_make(folder: Path) -> OnionKey:
    """The key of this folder, made on the first call, with the two public files beside it as tor itself writes them.

    Raises:
        KeyFileError: loose modes, another user's, a damaged key, or a `hostname` of another key.
    """
    private_folder(folder)
    secret = folder / SECRET_FILE
    if not secret.exists():
        if (folder / NAME_FILE).exists():
            raise KeyFileError(f"The key file {secret} is missing, but its address is there.", _LOST)
        with contextlib.suppress(KeyFileError):  # another start made it at the same moment: that key counts
            OnionKey.generate().write(secret)
    key = OnionKey.read(secret)
    for name, content in (
        (PUBLIC_FILE, _PUBLIC_HEADER + key.public),
        (NAME_FILE, f"{key.address}\n".encode("ascii")),
    ):
        with contextlib.suppress(FileExistsError):
            write_once(folder / name, content)
        if (folder / name).read_bytes() != content:
            raise KeyFileError(f"{folder / name} does not belong to the key file beside it.", _LOST)
    return key
