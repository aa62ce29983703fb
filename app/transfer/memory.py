"""Whether a folder lives in memory: what is written there ends with the session (tmpfs, ramfs; mount(8))."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from app.errors import UserError

# Swap may still take a tmpfs to a disk: the desk's machine runs without swap (docs/operations).
MEMORY = frozenset({"tmpfs", "ramfs"})
MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def filesystem_of(path: Path, mounts: Iterable[str]) -> str:
    """The type of the file system that holds a path, "" when no mount is known.

    Args:
        mounts: lines of /proc/self/mountinfo (proc(5)), in the order in which they were mounted.
    """
    best, kind = -1, ""
    for line in mounts:
        left, _, right = line.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        point = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[4]))
        # The longest mount point that holds the path; of two on one point the later hides the earlier.
        if (path == point or point in path.parents) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split()[0]
    return kind


def in_memory(path: Path) -> bool:
    """Whether a file made at `path` would live in memory."""
    real = path.resolve()
    while not real.exists():
        real = real.parent
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    return filesystem_of(real, mounts) in MEMORY


def check_in_memory(path: Path, what: str) -> None:
    """Return only if the place ends with the session.

    Args:
        what: how the refusal names what would be written, such as "The attachments".

    Raises:
        UserError: a disk would keep it.
    """
    if not in_memory(path):
        raise UserError(
            f"{what} would stay on a disk after this session: {path} is not in memory. Nothing was written.",
            "Name a folder in memory, such as /dev/shm/NAME, and remove it before you leave.",
        )
