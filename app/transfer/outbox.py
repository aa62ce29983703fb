"""The outbox on its way: written whole on the desk, checked whole on the intake before anything is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from app.transfer.files import open_plain, write_whole
from crypto import canonical, note
from crypto.manifest import Manifest
from crypto.openpgp.verify import verify_detached
from crypto.outbox import Outbox, check_discards, open_outbox

# The body and the two short lines of its frame.
FILE_LIMIT = canonical.LIMIT + 256


@dataclass(frozen=True)
class CheckedOutbox:
    """An outbox whose signatures are good: the desk's over all of it, two reviewers' over each discard."""

    outbox: Outbox
    digest: str


def check_outbox(data: bytes, manifest: Manifest, *, today: date) -> CheckedOutbox:
    """Check every signature of an outbox, those of the discards by gpg.

    Raises:
        FormatError: not an outbox.
        TrustError: not by this desk, or a discard is not by two reviewers of two colleges.
    """
    outbox = open_outbox(data, manifest.desk_key)
    check_discards(outbox, manifest, partial(verify_detached, day=today))
    return CheckedOutbox(outbox, note.digest(data))


def write_outbox(path: Path, data: bytes) -> int:
    """Write a signed outbox for the stick; returns its size."""
    return write_whole(path, [data])


def read_outbox(path: Path) -> bytes:
    """The bytes of an outbox on a stick, not checked.

    Raises:
        UserError: no such file, no plain one, or larger than any outbox.
    """
    with open_plain(path, limit=FILE_LIMIT) as stream:
        return stream.read(FILE_LIMIT + 1)
