"""One layer inside: a story or a file that is itself an OpenPGP message is opened once, as content and nothing more.

Never a second layer, never as a report: somebody could wrap another person's old report and have it taken for new.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from app.desk.core.bench import Desk
from crypto.envelope import MESSAGE
from crypto.errors import FormatError, NoKeyError
from crypto.openpgp.armor import dearmor
from crypto.openpgp.decrypt import decrypt
from crypto.openpgp.packets import is_encrypted_message
from crypto.stored_zip import local_header

TEXT_LIMIT = 4 * 1024 * 1024
# What other programs seal they usually compress, and a few bytes may then hold more than any disk: text seldom shrinks
# to less than a twentieth, and nobody may send more than the intake's own bound in the first place.
FILE_LIMIT = 500_000_000
FILE_FLOOR = 16_000_000
GROWTH = 20

NOT_YOURS = "sealed with OpenPGP, and not to your key"
TOO_LARGE = "sealed with OpenPGP, and holds far more than it weighs: it was not opened"
DAMAGED = "sealed with OpenPGP, and damaged or incomplete"
A_REPORT = "holds a whole Sourdine envelope: it is shown as content and is not taken for a report"
NOT_TEXT = "holds something that is not text: save it to look at it"
# An inner text may be sealed once more; it is shown as it is.
ONCE_ONLY = "holds another sealed message: only one layer is opened"


# After these, what came out must be thrown away.
WORTHLESS = frozenset({NOT_YOURS, DAMAGED, TOO_LARGE})


@dataclass(frozen=True)
class Inner:
    """What one inner layer held."""

    text: str = field(default="", repr=False)
    note: str = ""


class _TooLarge(Exception):
    """More came out than is accepted."""


class _Head:
    """Passes bytes on up to a limit and keeps the first of them."""

    def __init__(self, sink: Callable[[bytes], object], limit: int) -> None:
        self._sink = sink
        self._left = limit
        self.bytes = b""

    def __call__(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise _TooLarge
        self.bytes = (self.bytes + data)[:4096] if len(self.bytes) < 4096 else self.bytes
        self._sink(data)


def open_text(desk: Desk, story: str) -> Inner | None:
    """The inner layer of a story; None when it has none."""
    data = story.strip().encode()
    if not is_encrypted_message(data):
        return None
    parts: list[bytes] = []
    with suppress(FormatError):  # gpg 2.2 stumbles over armour without a checksum, which RFC 9580 allows
        data = dearmor(data, "MESSAGE")
    note = open_stream(desk, io.BytesIO(data), parts.append, limit=TEXT_LIMIT)
    if note in WORTHLESS or note == A_REPORT:
        return Inner(note=note)
    try:
        return Inner(b"".join(parts).decode("utf-8"), note)
    except UnicodeDecodeError:
        return Inner(note=NOT_TEXT)


def file_limit(size: int) -> int:
    """How much a sealed file of this size may hold."""
    return min(FILE_LIMIT, max(FILE_FLOOR, GROWTH * size))


def open_stream(desk: Desk, source: BinaryIO, sink: Callable[[bytes], object], *, limit: int) -> str:
    """Open one layer of at most `limit` bytes into `sink`; returns what to know about it, or nothing.

    What the sink received is worth nothing when the answer is one of WORTHLESS.
    """
    head = _Head(sink, limit)
    try:
        decrypt(desk.keyring.home, source, head, desk.keyring.passphrase, foreign=True)
    except _TooLarge:
        return TOO_LARGE
    except NoKeyError:
        return NOT_YOURS
    except FormatError:
        return DAMAGED
    if head.bytes.startswith(local_header(MESSAGE)):
        return A_REPORT
    return ONCE_ONLY if is_encrypted_message(head.bytes) else ""
