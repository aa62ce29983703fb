"""An append-only Merkle log: RFC 6962 hashing and proofs, C2SP tlog-tiles for serving (docs/spec/log.md).

Pure: where hashes are kept is told by `Nodes`, which gives the hash of one complete subtree.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from crypto.errors import FormatError, TrustError

HASH = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
# A level of 64 would need more leaves than a count can hold.
_LEVELS = 64
_EMPTY = hashlib.sha256(b"").digest()
_GROUPS = re.compile(r"(?:x[0-9]{3}/){0,5}[0-9]{3}(?:\.p/(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?")

# (level, number) → hash of the complete subtree over leaves number·2^level up to (number+1)·2^level.
Nodes = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry) (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """All that appending needs: how many leaves there are, and the root of each complete subtree, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count() or any(len(peak) != HASH for peak in self.peaks):
            raise FormatError("log: a frontier has one hash for each bit of its size")

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        if not self.peaks:
            return _EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def append(self, leaf: bytes) -> tuple[Frontier, tuple[tuple[int, int, bytes], ...]]:
        """The next frontier, and each node that the leaf hash completes: (level, number, hash)."""
        peaks, node, level = list(self.peaks), leaf, 0
        made = [(0, self.size, leaf)]
        while self.size >> level & 1:
            node = node_hash(peaks.pop(), node)
            level += 1
            made.append((level, self.size >> level, node))
        return Frontier(self.size + 1, (*peaks, node)), tuple(made)


def tree_root(size: int, nodes: Nodes) -> bytes:
    """The root of the first `size` leaves."""
    return _range(0, size, nodes) if size else _EMPTY


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The path from leaf `index` to the root of the first `size` leaves, lowest first (RFC 6962, 2.1.1).

    Raises:
        FormatError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise FormatError("log: no such leaf in a tree of that size")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range(middle, high, nodes))
            high = middle
        else:
            path.append(_range(low, middle, nodes))
            low = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, nodes: Nodes) -> tuple[bytes, ...]:
    """That the first `old` leaves are the same in both trees (RFC 6962, 2.1.2).

    Raises:
        FormatError: the older tree is empty or larger than the newer one.
    """
    if not 0 < old <= new:
        raise FormatError("log: the older tree has at least one leaf and no more than the newer one")
    path: list[bytes] = []
    low, high, whole = 0, new, True
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range(middle, high, nodes))
            high = middle
        else:
            path.append(_range(low, middle, nodes))
            low, whole = middle, False
    if not whole:
        path.append(_range(low, high, nodes))
    return tuple(reversed(path))


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return only if the leaf hash is number `index` of the tree (RFC 9162, 2.1.3.2).

    Raises:
        TrustError: it is not, or the proof is another one's.
    """
    if not 0 <= index < size:
        raise TrustError("log: no such leaf in a tree of that size")
    _check_lengths(leaf, root, *proof)
    place, last, node = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise TrustError("log: the inclusion proof is too long")
        if place & 1 or place == last:
            node = node_hash(step, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, step)
        place, last = place >> 1, last >> 1
    if last or node != root:
        raise TrustError("log: the leaf is not in this tree")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return only if the newer tree begins with the older one (RFC 9162, 2.1.4.2).

    Raises:
        TrustError: history was rewritten, or the proof is another one's.
    """
    if not 0 < old <= new:
        raise TrustError("log: the older tree has at least one leaf and no more than the newer one")
    _check_lengths(old_root, new_root, *proof)
    steps = list(proof)
    if old == new:
        if steps or old_root != new_root:
            raise TrustError("log: two trees of one size differ")
        return
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        raise TrustError("log: the consistency proof is too short")
    if _walk(old, new, steps) != (old_root, new_root):
        raise TrustError("log: the newer tree does not begin with the older one")


def _check_lengths(*hashes: bytes) -> None:
    if any(len(one) != HASH for one in hashes):
        raise TrustError("log: a hash has another length")


def _walk(old: int, new: int, steps: list[bytes]) -> tuple[bytes, bytes]:
    """The roots of both trees, as a consistency proof makes them."""
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise TrustError("log: the consistency proof is too long")
        if place & 1 or place == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, step)
        place, last = place >> 1, last >> 1
    if last:
        raise TrustError("log: the consistency proof is too short")
    return first, second


def tile(level: int, number: int, width: int, nodes: Nodes) -> bytes:
    """`width` hashes side by side: those of tree level 8·`level`, from 256·`number` on."""
    return b"".join(nodes(TILE_HEIGHT * level, TILE_WIDTH * number + place) for place in range(width))


def tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Every tile of a tree of `size` leaves: (level, number, width), full ones and the last partial one of a level."""
    level, count = 0, size
    while count:
        yield from ((level, number, TILE_WIDTH) for number in range(count // TILE_WIDTH))
        if count % TILE_WIDTH:
            yield level, count // TILE_WIDTH, count % TILE_WIDTH
        level, count = level + 1, count >> TILE_HEIGHT


def has_tile(level: int, number: int, width: int, size: int) -> bool:
    """Whether a tree of `size` leaves has these hashes."""
    return 0 <= level < _LEVELS and TILE_WIDTH * number + width <= size >> TILE_HEIGHT * level


def tile_path(number: int, width: int = TILE_WIDTH) -> str:
    """The end of a tile's address: 1234067 is x001/x234/067; a partial tile adds .p/WIDTH."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    return "/".join(groups) + (f".p/{width}" if width < TILE_WIDTH else "")


def read_tile_path(path: str) -> tuple[int, int]:
    """Number and width of a tile from the end of its address.

    Raises:
        FormatError: not the one way to write a tile's address.
    """
    if not _GROUPS.fullmatch(path):
        raise FormatError("log: not the address of a tile")
    name, _, width = path.partition(".p/")
    found = int(name.replace("x", "").replace("/", "")), int(width or TILE_WIDTH)
    if tile_path(*found) != path:
        raise FormatError("log: not the address of a tile")
    return found


def _range(low: int, high: int, nodes: Nodes) -> bytes:
    """The root over some leaves, where `low` is a multiple of the largest power of two below their count."""
    peaks: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        peaks.append(nodes(level, low >> level))
        low += 1 << level
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
