"""The tiles of a log as `sourdine registry export` writes them: each must be what its leaves make of it.

Whoever serves the files of a registry could leave the copy right and its tiles wrong: both are told to visitors.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from app.errors import UserError
from app.transfer.files import open_plain
from app.transfer.registry_report import Log, Report
from crypto.tlog import HASH, TILE_HEIGHT, TILE_WIDTH, leaf_hash, node_hash, tile_path, tiles

_LENGTH = HASH.to_bytes(2, "big")
# A bundle of 256 entries is the largest file of a log.
_FILE_MAX = 64 * 1024
# What stands in the place of proofs: an answer to a question is no file.
_PAGES = ("proof/inclusion/index.html", "proof/consistency/index.html")


def check_tiles(report: Report, folder: Path) -> None:
    """Compare the files under `folder`/log with the leaves of the copy.

    Raises:
        Enough: there are so many faults that the rest need not be looked for.
    """
    known: set[str] = set()
    for log in report.logs:
        known |= _check_door(report, log, folder, f"log/{log.issuer}")
        if _read(folder, "log/checkpoint") == log.checkpoint:  # the first issuer's log also stands without its name
            known |= _check_door(report, log, folder, "log")
    for name in _present(folder):
        if name not in known:
            report.add("tile", name, f"the file {name} belongs to no log of this copy")


def _check_door(report: Report, log: Log, folder: Path, door: str) -> set[str]:
    """Every name under which something may stand there."""
    known = {f"{door}/{page}" for page in _PAGES}
    for name, expected in _files(log):
        known.add(f"{door}/{name}")
        found = _read(folder, f"{door}/{name}")
        if found is None:
            report.add("tile", log.issuer, f"the file {door}/{name} is missing")
        elif found != expected:
            report.add("tile", log.issuer, f"the file {door}/{name} is not what the leaves of the log make")
    return known


def _present(folder: Path) -> Iterator[str]:
    """Whatever stands under log/ and is no folder, links to folders too: a server would follow them."""
    for place, folders, files in os.walk(folder / "log"):
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in sorted(files + links):
            yield Path(place, name).relative_to(folder).as_posix()


def _files(log: Log) -> Iterator[tuple[str, bytes]]:
    """Every file of a log, by its name."""
    yield "checkpoint", log.checkpoint
    above: list[bytearray] = []  # for each level of tiles but the lowest, its hashes
    for level, number, width in tiles(log.frontier.size):
        if level == 0:
            commitments = [log.leaf(TILE_WIDTH * number + place) for place in range(width)]
            yield f"tile/entries/{tile_path(number, width)}", b"".join(_LENGTH + one for one in commitments)
            hashes = list(map(leaf_hash, commitments))
        else:
            start = TILE_WIDTH * number * HASH
            row = bytes(above[level - 1][start : start + width * HASH])
            hashes = [row[place : place + HASH] for place in range(0, len(row), HASH)]
        yield f"tile/{level}/{tile_path(number, width)}", b"".join(hashes)
        if width == TILE_WIDTH:
            if len(above) == level:
                above.append(bytearray())
            above[level] += _top(hashes)


def _top(hashes: list[bytes]) -> bytes:
    for _ in range(TILE_HEIGHT):
        hashes = [node_hash(*hashes[place : place + 2]) for place in range(0, len(hashes), 2)]
    return hashes[0]


def _read(folder: Path, name: str) -> bytes | None:
    try:
        with open_plain(folder / name, limit=_FILE_MAX) as stream:
            return stream.read()
    except UserError:
        return None
