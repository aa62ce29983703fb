"""Values that leave with a page and come back: sealed under a key that exists in memory only, good for an hour.

The key is drawn when the application is made, before its workers are forked, so that they share it and no file has
it. A restart ends every session; a seized disk opens none.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from app.web import base64url
from crypto import sealed
from crypto.errors import SealingError

LIFETIME = 3600  # seconds; WCAG 2.2.1 asks for no shorter one without notice
_CLOCK_BYTES = 8
# The longest value of ours is two words; anything longer is not worth decoding.
_TEXT_MAX = 1024


class Epoch:
    """One run of one door.

    Args:
        clock: seconds that only go up and are the same in every process of this machine. No time of day: what
            leaves here must not tell when it was made.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = os.urandom(sealed.KEY_BYTES)
        self._clock = clock

    def seal(self, purpose: str, value: bytes) -> str:
        """A value that `open` gives back for an hour, for the same purpose only."""
        until = int(self._clock() + LIFETIME).to_bytes(_CLOCK_BYTES, "big")
        return base64url.encode(sealed.seal(self._key, purpose.encode(), until + value))

    def open(self, purpose: str, text: str) -> bytes | None:
        """The value, or None when it is forged, of another run or purpose, or older than an hour."""
        box = base64url.decode(text) if len(text) <= _TEXT_MAX else None
        try:
            plain = sealed.open_box(self._key, purpose.encode(), box or b"")
        except SealingError:
            return None
        if int.from_bytes(plain[:_CLOCK_BYTES], "big") <= self._clock():
            return None
        return plain[_CLOCK_BYTES:]
