"""From a codename's code to the keys of its mailbox (docs/spec/derivation.md).

One Argon2id call gives a root; HKDF labels give everything else. The locator binds both public keys, so nobody who
holds a locator can be given one key of another mailbox.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import hpke
from crypto.errors import FormatError
from crypto.kdf import CODE_BYTES, LOCATOR_BYTES, ROOT_BYTES, SALT_BYTES, Kdf
from crypto.signing import KEY_BYTES, SigningKey

__all__ = ["CODE_BYTES", "LOCATOR_BYTES", "ROOT_BYTES", "SALT_BYTES", "Kdf", "Mailbox", "MailboxKeys", "root"]

_HPKE_LABEL = b"mailbox/hpke/v1"
_ED25519_LABEL = b"mailbox/ed25519/v1"
_LOCATOR_LABEL = b"locator/v1"


@dataclass(frozen=True)
class MailboxKeys:
    """The public half of a mailbox, as an envelope carries it."""

    hpke: bytes
    ed25519: bytes

    def __post_init__(self) -> None:
        if len(self.hpke) != hpke.PUBLIC_BYTES or len(self.ed25519) != KEY_BYTES:
            raise FormatError("a mailbox key has another length")

    @property
    def locator(self) -> bytes:
        """SHA-256 over both keys: where replies are filed."""
        return hashlib.sha256(_LOCATOR_LABEL + self.hpke + self.ed25519).digest()


@dataclass(frozen=True)
class Mailbox:
    """Both halves of a mailbox. Lives in memory for one request and shows nothing of itself."""

    pair: hpke.KeyPair = field(repr=False)
    signing: SigningKey = field(repr=False, compare=False)
    locator: bytes = field(repr=False)

    @classmethod
    def from_root(cls, root_key: bytes) -> Mailbox:
        """The mailbox of a root.

        Raises:
            FormatError: the root has another length.
        """
        if len(root_key) != ROOT_BYTES:
            raise FormatError("a mailbox root is 32 bytes long")
        pair = hpke.keypair(_expand(root_key, _HPKE_LABEL))
        signing = SigningKey(_expand(root_key, _ED25519_LABEL))
        return cls(pair, signing, MailboxKeys(pair.public, signing.public).locator)

    @property
    def public(self) -> MailboxKeys:
        """The half that goes into the envelope."""
        return MailboxKeys(self.pair.public, self.signing.public)


def root(code: bytes, salt: bytes, kdf: Kdf) -> bytes:
    """The 32-byte root of a code: exactly one Argon2id call, about 64 MiB and 0.25 s.

    Raises:
        FormatError: the code or the salt has another length.
    """
    if len(code) != CODE_BYTES or len(salt) != SALT_BYTES:
        raise FormatError("a code is 10 bytes and an instance salt 16 bytes long")
    return hash_secret_raw(
        code,
        salt,
        time_cost=kdf.time_cost,
        memory_cost=kdf.memory_kib,
        parallelism=kdf.parallelism,
        hash_len=ROOT_BYTES,
        type=Type.ID,
    )


def _expand(root_key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label).derive(root_key)
