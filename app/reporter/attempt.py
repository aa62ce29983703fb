"""The attempt: 32 random bytes and our tag, in a hidden field of the form (DESIGN §4).

From it comes the codename, so that sending a form twice shows the same words and stores one report. It is treated
like a codename: never in an address, a cookie or a log. The tag only proves that this server drew the bytes; without
it, anybody could choose a codename's seed for somebody else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import UserError
from app.settings import refuse_loose
from app.stores.intake import Claim
from app.web import base64url
from crypto.codename import ATTEMPT_BYTES

KEY_BYTES = 32
_TAG_BYTES = 32
_TAG_LABEL = b"attempt/tag/v1"
_CLAIM_LABEL = b"attempt/content/v1"
_MESSAGE_LABEL = b"attempt/message/v1"
_TEXT_LENGTH = 86  # 64 bytes of base64url without padding


@dataclass(frozen=True)
class Attempts:
    """Draws attempts and recognises its own."""

    key: bytes = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Attempts:
        """The key that `sourdine intake init` made: 64 hexadecimal digits.

        Raises:
            UserError: missing, readable by others, or something else.
        """
        text = refuse_loose(path).read_bytes().strip()
        try:
            key = bytes.fromhex(text.decode("ascii"))
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise UserError(f"The key file {path} is damaged.", "Restore it from the backup or run init again.")
        return cls(key)

    def draw(self) -> str:
        """A fresh attempt, as the form carries it."""
        attempt = os.urandom(ATTEMPT_BYTES)
        return base64url.encode(attempt + self._tag(attempt))

    def open(self, text: str) -> bytes | None:
        """The 32 bytes of an attempt of ours, else None."""
        data = base64url.decode(text) if len(text) == _TEXT_LENGTH else None
        if data is None:
            return None
        attempt, tag = data[:ATTEMPT_BYTES], data[ATTEMPT_BYTES:]
        return attempt if hmac.compare_digest(tag, self._tag(attempt)) else None

    def _tag(self, attempt: bytes) -> bytes:
        return hmac.digest(self.key, _TAG_LABEL + attempt, "sha256")[:_TAG_BYTES]


def claim(attempt: bytes, follow_up: str, content: bytes, *, sealed: bool = False) -> Claim:
    """What the store remembers of an attempt until the end of the next day: nothing that leads back to a codename.

    Args:
        attempt: the 32 bytes.
        follow_up: the answer of the form; another answer is another report.
        content: digest of what was sent.
        sealed: an envelope sealed elsewhere, which is another report than a story written here.
    """
    digest = hashlib.sha256(attempt + follow_up.encode() + (b"/sealed" if sealed else b"")).digest()
    return Claim(digest, hmac.digest(attempt, _CLAIM_LABEL + content, "sha256"))


def message_claim(root: bytes, content: bytes) -> Claim:
    """The same for a message from a mailbox: one content counts once, and nothing links it to the mailbox. The row
    looks like that of a report."""
    digest = hmac.digest(root, _MESSAGE_LABEL + content, "sha256")
    return Claim(digest, hmac.digest(root, _CLAIM_LABEL + content, "sha256"))


def answer_claim(_content: bytes) -> Claim:
    """For answers of few words: the same one may be meant again after another, so none is a repeat. The row says
    nothing; without one, the store would tell these envelopes from reports."""
    return Claim(os.urandom(_TAG_BYTES), os.urandom(_TAG_BYTES))
