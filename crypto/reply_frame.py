"""The outside of a sealed reply: version, number of blocks, and decoys (docs/spec/reply.md).

Apart from `reply`, because the courier's side handles sealed replies and may neither derive nor open one.
"""

from __future__ import annotations

import os

from crypto import hpke
from crypto.errors import FormatError
from crypto.padding import BLOCK

VERSION = b"\x01"
INFO_LABEL = b"reply/v1"
# Version byte, encapsulated key and tag around the padded note.
OVERHEAD_BYTES = len(VERSION) + hpke.OVERHEAD_BYTES
# So that the largest reply, its length and one more field still fit the kit's 64 KiB page.
BLOCKS_MAX = 15

_REFUSED = "reply: another version or size"


def decoy(blocks: int) -> bytes:
    """Bytes that nobody opens and that look like a reply of so many blocks.

    Random bytes would not do: one X25519 key in two is no point of the curve. So noise is sealed to a key that is
    thrown away.

    Raises:
        FormatError: a reply never has so many blocks.
    """
    if not 1 <= blocks <= BLOCKS_MAX:
        raise FormatError(_REFUSED)
    lost = hpke.keypair(os.urandom(hpke.SEED_BYTES)).public
    return VERSION + hpke.seal(lost, INFO_LABEL, os.urandom(blocks * BLOCK))


def blocks_of(data: bytes) -> int:
    """How many 4 KiB blocks a sealed reply has.

    Raises:
        FormatError: it is not of this version, or has no size of a reply.
    """
    blocks, rest = divmod(len(data) - OVERHEAD_BYTES, BLOCK)
    if data[:1] != VERSION or rest or not 1 <= blocks <= BLOCKS_MAX:
        raise FormatError(_REFUSED)
    return blocks
