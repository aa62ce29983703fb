"""The log of each issuer: commitments for ever, and the nodes of level 8 and above (docs/spec/log.md).

Lower nodes are made of at most 128 neighbouring leaves each time somebody asks: one row in 256 is kept for the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select

from app.errors import UserError
from app.stores.engine import reading
from app.stores.registry_tables import ISSUERS, LEAVES, NODES
from app.stores.registry_values import LogHead
from crypto.checkpoint import open_checkpoint
from crypto.errors import FormatError
from crypto.manifest import Manifest
from crypto.tlog import HASH, TILE_HEIGHT, TILE_WIDTH, Frontier, leaf_hash, node_hash

ENTRIES_MAX = 4_096


@dataclass(frozen=True)
class LogReader:
    """One issuer's log, for whoever serves tiles and proofs; each call reads for itself."""

    engine: Engine
    issuer: str

    @property
    def head(self) -> LogHead | None:
        """Size and checkpoint, or nothing while no batch with a checkpoint came."""
        with reading(self.engine) as connection:
            return next(iter(heads(connection, self.issuer)), None)

    def nodes(self, level: int, number: int) -> bytes:
        """The hash over leaves number·2^level up to (number+1)·2^level.

        Raises:
            FormatError: the log has no such complete subtree.
        """
        with reading(self.engine) as connection:
            return _nodes(connection, self.issuer, level, number, 1)[0]

    def tile(self, level: int, number: int, width: int) -> bytes:
        """`width` hashes of tile level `level` from number 256·`number` on, side by side.

        Raises:
            FormatError: the log is not that large.
        """
        with reading(self.engine) as connection:
            return b"".join(_nodes(connection, self.issuer, TILE_HEIGHT * level, TILE_WIDTH * number, width))

    def entries(self, start: int, count: int) -> tuple[bytes, ...]:
        """Commitments of 32 bytes from leaf `start`; fewer than `count` (at most 4,096) where the log ends."""
        with reading(self.engine) as connection:
            return tuple(_commitments(connection, self.issuer, start, min(count, ENTRIES_MAX)))


def heads(connection: Connection, issuer: str = "") -> tuple[LogHead, ...]:
    """The head of every log, or of one."""
    wanted = select(ISSUERS).where(ISSUERS.c.log_size > 0).order_by(ISSUERS.c.instance)
    rows = connection.execute(wanted.where(ISSUERS.c.instance == issuer) if issuer else wanted)
    return tuple(LogHead(row.instance, row.log_size, bytes(row.checkpoint)) for row in rows)


def frontier_of(size: int, peaks: bytes) -> Frontier:
    """What `packed` wrote."""
    return Frontier(size, tuple(peaks[start : start + HASH] for start in range(0, len(peaks), HASH)))


def packed(frontier: Frontier) -> bytes:
    """The peaks of a frontier in one column."""
    return b"".join(frontier.peaks)


def append(connection: Connection, issuer: str, frontier: Frontier, commitments: Sequence[bytes]) -> Frontier:
    """Add leaves in their order; gives the new frontier."""
    leaves = [
        {"issuer": issuer, "leaf": frontier.size + place, "commitment": commitment}
        for place, commitment in enumerate(commitments)
    ]
    nodes = []
    for commitment in commitments:
        frontier, made = frontier.append(leaf_hash(commitment))
        nodes += [
            {"issuer": issuer, "level": level, "number": number, "hash": value}
            for level, number, value in made
            if level >= TILE_HEIGHT
        ]
    for table, rows in ((LEAVES, leaves), (NODES, nodes)):
        if rows:
            connection.execute(insert(table), rows)
    return frontier


def check_head(frontier: Frontier, checkpoint: bytes, manifest: Manifest, origin: str) -> None:
    """Return only if the desk signed this very tree.

    Raises:
        FormatError, TrustError: not a checkpoint of this log, or signed by another key.
        UserError: the desk's tree and the registry's are not the same.
    """
    head = open_checkpoint(checkpoint, manifest.desk_key, origin=origin)
    name = manifest.instance
    if head.size != frontier.size:
        raise UserError(
            f"The log of {name} has {frontier.size} leaves with this export, its checkpoint says {head.size}.",
            "Nothing was changed. Ask the issuer whether its desk was restored from an old backup.",
        )
    if head.root != frontier.root:
        raise UserError(
            f"The checkpoint of this export is not the head of the log of {name}: its history differs.",
            "Nothing was changed. Keep the file, and ask the issuer whether its history was rewritten.",
        )


def _nodes(connection: Connection, issuer: str, level: int, number: int, width: int) -> list[bytes]:
    if min(level, number) < 0 or width < 1:
        raise FormatError("log: no such node")
    if level >= TILE_HEIGHT:
        row = NODES.c
        found = connection.scalars(
            select(row.hash)
            .where(row.issuer == issuer, row.level == level, row.number >= number, row.number < number + width)
            .order_by(row.number)
        ).all()
        hashes = [bytes(value) for value in found]
    else:
        hashes = list(map(leaf_hash, _commitments(connection, issuer, number << level, width << level)))
        if len(hashes) == width << level:
            for _ in range(level):
                hashes = [node_hash(*hashes[place : place + 2]) for place in range(0, len(hashes), 2)]
    if len(hashes) != width:
        raise FormatError("log: no such node")
    return hashes


def _commitments(connection: Connection, issuer: str, start: int, count: int) -> list[bytes]:
    row = LEAVES.c
    found = connection.scalars(
        select(row.commitment)
        .where(row.issuer == issuer, row.leaf >= start, row.leaf < start + count)
        .order_by(row.leaf)
    )
    return [bytes(value) for value in found]
