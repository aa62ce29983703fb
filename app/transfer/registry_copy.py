"""A whole registry as one file, `/export/entries.json`, read line by line in flat memory (docs/spec/log.md).

The file is plain JSON of which every item has a line of its own; a reader never needs more than one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from crypto import canonical
from crypto.errors import FormatError
from crypto.export import SALT
from crypto.fields import INSTANCE, Fields, from_b64
from crypto.quorum import SIGNERS, EntrySignature, parse_signature
from crypto.tlog import HASH, TILE_WIDTH

ISSUERS, ENTRIES, LEAVES = "issuers", "entries", "leaves"
SECTIONS = (ISSUERS, ENTRIES, LEAVES)
# Manifests of many years stand on one line; an entry has a quarter of a megabyte.
LINE_MAX = 64 * 1024 * 1024
MANIFESTS_MAX = 10_000
_FIRST = re.compile(rb'\{"format":"sourdine-registry/v1","origin":"(?P<origin>[a-z0-9][a-z0-9./-]{0,400})",\n')
_HASH = re.compile(rf"[0-9a-f]{{{2 * HASH}}}")


@dataclass(frozen=True)
class Head:
    """Whose copy it is."""

    origin: str


@dataclass(frozen=True)
class IssuerLine:
    """An issuer, every manifest it used, oldest first, and the head of its log."""

    issuer: str
    manifests: tuple[bytes, ...]
    checkpoint: bytes
    size: int


@dataclass(frozen=True)
class EntryLine:
    """A record with what checks it. `leaf` is None for what was loaded before there was a log; then so is the salt."""

    line: int
    issuer: str
    manifest: int
    leaf: int | None
    salt: bytes
    signatures: tuple[EntrySignature, ...]
    entry: dict[str, Any]


@dataclass(frozen=True)
class LeafLine:
    """Neighbouring commitments of one log, 32 bytes each."""

    issuer: str
    start: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True)
class Broken:
    """A line that is none of these."""

    line: int
    why: str


Item = Head | IssuerLine | EntryLine | LeafLine | Broken


def read_copy(stream: BinaryIO, wanted: Collection[str] = SECTIONS) -> Iterator[Item]:
    """Every item in its order; lines of other sections than `wanted` are passed over.

    Raises:
        FormatError: not such a file, or cut off.
    """
    lines = _numbered(stream)
    _, first = next(lines, (1, b""))
    match = _FIRST.fullmatch(first)
    if match is None:
        raise FormatError("not a copy of a registry: its first line is another one")
    yield Head(match["origin"].decode())
    for section in SECTIONS:
        number, line = next(lines, (0, b""))
        if line != f'"{section}":[\n'.encode():
            raise FormatError(f"line {number}: the list of {section} does not begin here")
        yield from _items(lines, section, skip=section not in wanted)
    if next(lines, None):
        raise FormatError("something follows after the end of the copy")


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := stream.readline(LINE_MAX):
        number += 1
        if not line.endswith(b"\n"):
            raise FormatError(f"line {number}: the copy is cut off, or a line is longer than any")
        yield number, line


def _items(lines: Iterator[tuple[int, bytes]], section: str, *, skip: bool) -> Iterator[Item]:
    end = b"]}\n" if section == SECTIONS[-1] else b"],\n"
    more, found = False, False
    for number, line in lines:
        if line == end:
            if more:
                raise FormatError(f"line {number}: an item is missing")
            return
        if found and not more:
            raise FormatError(f"line {number}: an item follows the last one")
        more, found = line.endswith(b",\n"), True
        if not skip:
            yield _item(section, number, line[: -2 if more else -1])
    raise FormatError(f"the list of {section} has no end")


def _item(section: str, number: int, text: bytes) -> Item:
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=_refuse, parse_constant=_refuse)
        if section == ISSUERS:
            return _issuer(value)
        return _entry(value, number) if section == ENTRIES else _leaves(value)
    except FormatError as error:
        return Broken(number, str(error))
    except (ValueError, RecursionError):
        return Broken(number, "not JSON")


def _issuer(value: Any) -> IssuerLine:
    fields = Fields(value, ("issuer", "manifests", "checkpoint", "size"))
    return IssuerLine(
        issuer=fields.text("issuer", INSTANCE),
        manifests=fields.items("manifests", _bytes, MANIFESTS_MAX),
        checkpoint=fields.b64("checkpoint"),
        size=fields.integer("size", 1),
    )


def _entry(value: Any, line: int) -> EntryLine:
    fields = Fields(value, ("issuer", "manifest", "leaf", "salt", "signatures", "entry"))
    entry, leaf = fields.raw("entry"), None
    if not isinstance(entry, dict):
        raise FormatError("the entry is not an object")
    if fields.raw("leaf") is not None:
        leaf = fields.integer("leaf")
    return EntryLine(
        line=line,
        issuer=fields.text("issuer", INSTANCE),
        manifest=fields.integer("manifest"),
        leaf=leaf,
        salt=b"" if leaf is None else fields.b64("salt", SALT),
        signatures=fields.items("signatures", parse_signature, SIGNERS),
        entry=entry,
    )


def _leaves(value: Any) -> LeafLine:
    fields = Fields(value, ("issuer", "start", "hashes"))
    hashes = fields.items("hashes", _hash, TILE_WIDTH)
    return LeafLine(fields.text("issuer", INSTANCE), fields.integer("start"), hashes)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str) or len(value) > 2 * canonical.LIMIT:
        raise FormatError("an item of a list is malformed")
    return from_b64(value)


def _hash(value: Any) -> bytes:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise FormatError("a leaf is not 64 hexadecimal digits")
    return bytes.fromhex(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two equal keys would show one thing and check another."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise FormatError("a field stands twice")
    return dict(pairs)


def _refuse(_: str) -> Any:
    raise FormatError("a number is not an integer")
