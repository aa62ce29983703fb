"""A downloaded registry, checked off line from the root keys alone: `sourdine registry verify` (docs/spec/log.md).

The file is read twice: first its logs, whose commitments go to a temporary file, then its entries. Memory stays flat:
a few bytes for each leaf and each entry.
"""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from app.domain.entry import Tombstone, parse, parse_signed
from app.domain.identifiers import REGC_ID
from app.domain.strict import EntryError
from app.transfer.files import open_plain
from app.transfer.registry_copy import (
    ENTRIES,
    ISSUERS,
    LEAVES,
    Broken,
    EntryLine,
    Head,
    IssuerLine,
    LeafLine,
    read_copy,
)
from crypto.checkpoint import Checkpoint, open_checkpoint
from crypto.errors import FormatError, SealingError, TrustError
from crypto.export import commitment, entry_bytes, log_origin
from crypto.manifest import Manifest, UntrustedManifest, accept_successor
from crypto.openpgp.verify import verify_all
from crypto.quorum import Claim, claims
from crypto.tlog import HASH, Frontier, leaf_hash

FILE_LIMIT = 1 << 44
# So many faults tell enough; checking each of a million one by one would take days.
FAULTS_MAX = 100
_TOGETHER = 512


class Enough(Exception):
    """There is no need to look further."""


@dataclass(frozen=True)
class Fault:
    """What does not hold. `code` is for scripts, `where` an entry, an issuer or a line."""

    code: str
    where: str
    what: str


@dataclass
class Log:
    """One issuer's log as the copy shows it."""

    issuer: str
    size: int
    leaves: BinaryIO
    checkpoint: bytes = b""
    manifests: dict[int, Manifest] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)
    shown: bytearray = field(default_factory=bytearray)
    older: list[Checkpoint] = field(default_factory=list)

    @property
    def newest(self) -> Manifest | None:
        """The manifest that was used last."""
        return self.manifests[max(self.manifests)] if self.manifests else None

    def leaf(self, number: int) -> bytes:
        """The commitment of one leaf."""
        self.leaves.seek(number * HASH)
        return self.leaves.read(HASH)


@dataclass
class Report:
    """What was looked at, and what does not hold."""

    origin: str = ""
    entries: int = 0
    ended: int = 0
    logs: list[Log] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, code: str, where: str, what: str) -> None:
        """Note a fault.

        Raises:
            Enough: there are so many that the rest need not be looked for.
        """
        self.faults.append(Fault(code, where, what))
        if len(self.faults) >= FAULTS_MAX:
            raise Enough


class Names:
    """Whether a name comes twice among millions: eight bytes of a hash for each, compared in 256 heaps."""

    def __init__(self) -> None:
        self._heaps = [array("Q") for _ in range(256)]

    def add(self, name: str) -> None:
        digest = hashlib.blake2b(name.encode(), digest_size=9).digest()
        self._heaps[digest[0]].append(int.from_bytes(digest[1:], "big"))

    def repeated(self) -> bool:
        return any(len(set(heap)) != len(heap) for heap in self._heaps)


def check_copy(path: Path, roots: Sequence[bytes], older: Sequence[bytes] = ()) -> tuple[Report, ExitStack]:
    """Check a copy; the logs of the report can be read until the stack is closed.

    Args:
        path: the file `entries.json`.
        roots: public keys of 32 bytes; each manifest must be signed by one of them.
        older: checkpoints that were kept from earlier visits.

    Raises:
        UserError: no plain file.
    """
    report, files = Report(), ExitStack()
    try:
        for step in (partial(_read_logs, roots=roots, files=files), partial(_check_older, older=older), _check_entries):
            with open_plain(path, limit=FILE_LIMIT) as stream:
                step(report, stream)
    except FormatError as error:
        report.faults.append(Fault("format", path.name, str(error)))
    except Enough:
        pass
    except BaseException:
        files.close()
        raise
    return report, files


def _read_logs(report: Report, stream: BinaryIO, *, roots: Sequence[bytes], files: ExitStack) -> None:
    logs: dict[str, Log] = {}
    for item in read_copy(stream, (ISSUERS, LEAVES)):
        if isinstance(item, Head):
            report.origin = item.origin
        elif isinstance(item, Broken):
            report.add("format", f"line {item.line}", item.why)
        elif isinstance(item, IssuerLine):
            if item.issuer in logs:
                report.add("issuer", item.issuer, "it stands twice in this copy")
                continue
            leaves = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
            log = Log(item.issuer, item.size, leaves, item.checkpoint)
            logs[item.issuer] = log
            report.logs.append(log)
            _read_manifests(report, log, item.manifests, roots)
        elif isinstance(item, LeafLine):
            _append(report, logs.get(item.issuer), item)
    for log in report.logs:
        log.shown = bytearray(log.frontier.size)
        _check_head(report, log)


def _read_manifests(report: Report, log: Log, notes: Sequence[bytes], roots: Sequence[bytes]) -> None:
    for place, note in enumerate(notes, 1):
        try:
            manifest = _verified(note, roots)
            if manifest.instance != log.issuer:
                raise TrustError("it is the manifest of another instance")
            accept_successor(log.newest, manifest)
        except SealingError as error:
            report.add("manifest", log.issuer, f"manifest {place} of {len(notes)}: {error}")
        else:
            log.manifests[manifest.version] = manifest
    if not notes:
        report.add("manifest", log.issuer, "no manifest says who its reviewers are")


def _verified(note: bytes, roots: Sequence[bytes]) -> Manifest:
    untrusted = UntrustedManifest.parse(note)
    for root in roots:
        try:
            return untrusted.verify(root)
        except TrustError:
            continue
    raise TrustError("it is signed by none of the root keys given")


def _append(report: Report, log: Log | None, item: LeafLine) -> None:
    if log is None:
        report.add("leaves", item.issuer, "leaves of an issuer that this copy does not name")
        return
    if item.start != log.frontier.size:
        report.add("leaves", item.issuer, f"leaf {log.frontier.size} should follow, and {item.start} does")
    for one in item.hashes:
        log.frontier, _ = log.frontier.append(leaf_hash(one))
    log.leaves.write(b"".join(item.hashes))


def _check_head(report: Report, log: Log) -> None:
    """The leaves shown are those that the desk signed: none removed, added, rewritten or moved."""
    if log.newest is None:
        return
    try:
        head = open_checkpoint(log.checkpoint, log.newest.desk_key, origin=log_origin(report.origin, log.issuer))
    except SealingError as error:
        report.add("checkpoint", log.issuer, str(error))
        return
    if log.size != head.size:
        report.add("checkpoint", log.issuer, f"the copy says {log.size} leaves, its checkpoint {head.size}")
    if head.size != log.frontier.size:
        what = "were removed" if head.size > log.frontier.size else "were added"
        report.add(
            "log",
            log.issuer,
            f"its desk signed {head.size} leaves, and this copy shows {log.frontier.size}: some {what}",
        )
    elif head.root != log.frontier.root:
        report.add("log", log.issuer, "its leaves are not those that its desk signed: one was rewritten or moved")


def _check_older(report: Report, _: BinaryIO, *, older: Sequence[bytes]) -> None:
    """A checkpoint that somebody kept is a beginning of the log of today."""
    for data in older:
        name = data.split(b"\n", 1)[0].decode("utf-8", "replace")
        log = next((one for one in report.logs if log_origin(report.origin, one.issuer) == name), None)
        if log is None:
            report.add("history", "the checkpoint kept", "this copy has no such log")
            continue
        try:
            head = _kept(data, log, name)
        except SealingError as error:
            report.add("history", log.issuer, f"the checkpoint kept: {error}")
            continue
        log.older.append(head)
        if head.size > log.frontier.size:
            report.add("history", log.issuer, f"the log had {head.size} leaves once, and has {log.frontier.size}")
        elif _root_at(log, head.size) != head.root:
            report.add(
                "history", log.issuer, f"its first {head.size} leaves are others than once: history was rewritten"
            )


def _kept(data: bytes, log: Log, origin: str) -> Checkpoint:
    """An older head may be signed by the desk key of an older manifest."""
    failure: SealingError = TrustError("no manifest names a key for it")
    for manifest in log.manifests.values():
        try:
            return open_checkpoint(data, manifest.desk_key, origin=origin)
        except SealingError as error:
            failure = error
    raise failure


def _root_at(log: Log, size: int) -> bytes:
    frontier = Frontier()
    log.leaves.seek(0)
    for _ in range(size):
        frontier, _made = frontier.append(leaf_hash(log.leaves.read(HASH)))
    return frontier.root


def _check_entries(report: Report, stream: BinaryIO) -> None:
    logs = {log.issuer: log for log in report.logs}
    names = Names()
    waiting: dict[tuple[str, int], list[tuple[str, tuple[Claim, ...]]]] = {}
    for item in read_copy(stream, (ENTRIES,)):
        if isinstance(item, Broken):
            report.add("format", f"line {item.line}", item.why)
        if not isinstance(item, EntryLine):
            continue
        where = _name(item)
        names.add(where)
        log = logs.get(item.issuer)
        manifest = log.manifests.get(item.manifest) if log else None
        _check_record(report, item, where)
        if log is None or manifest is None:
            report.add("manifest", where, "the manifest that names its signers is not in this copy, or not trusted")
            continue
        _check_leaf(report, log, item, where)
        for given in _claims(report, item, manifest, where):
            group = waiting.setdefault((item.issuer, item.manifest), [])
            group.append((where, given))
            if len(group) >= _TOGETHER:
                _check_signatures(report, group, manifest)
                group.clear()
    for (issuer, version), group in waiting.items():
        _check_signatures(report, group, logs[issuer].manifests[version])
    if names.repeated():
        report.add("entries", "the copy", "an entry stands twice")


def _name(item: EntryLine) -> str:
    """Only a name of the form of names is repeated: what stands in a forged copy may be anything."""
    name = item.entry.get("regc_id")
    return name if isinstance(name, str) and REGC_ID.fullmatch(name) else f"line {item.line}"


def _check_record(report: Report, item: EntryLine, where: str) -> None:
    try:
        record = parse(item.entry) if item.leaf is None else parse_signed(item.entry)
    except EntryError as error:
        report.add("record", where, f"it breaks a rule of the register: {error.message}")
        return
    report.entries += 1
    report.ended += isinstance(record, Tombstone)


def _check_leaf(report: Report, log: Log, item: EntryLine, where: str) -> None:
    if item.leaf is None:
        report.add("outside", where, "it has no leaf: loaded before there was a log, or put there since")
    elif item.leaf >= log.frontier.size:
        report.add("leaf", where, f"the log of {log.issuer} has no leaf {item.leaf}")
    elif log.shown[item.leaf]:
        report.add("leaf", where, f"leaf {item.leaf} is that of another entry too")
    else:
        log.shown[item.leaf] = 1
        try:
            same = commitment(item.entry, item.salt) == log.leaf(item.leaf)
        except FormatError as error:
            report.add("record", where, str(error))
            return
        if not same:
            report.add("leaf", where, f"leaf {item.leaf} is not that of this record: its text or its salt was changed")


def _claims(report: Report, item: EntryLine, manifest: Manifest, where: str) -> Iterator[tuple[Claim, ...]]:
    try:
        yield claims(item.signatures, entry_bytes(item.entry, report.origin, item.issuer), manifest)
    except SealingError as error:
        report.add("signature", where, str(error))


def _check_signatures(report: Report, group: Sequence[tuple[str, tuple[Claim, ...]]], manifest: Manifest) -> None:
    """All at once; when one does not hold, by halves until it is found.

    Keys are judged on the day of the manifest: what was signed while it was in use stays signed when it has expired.
    """
    if not group:
        return
    try:
        verify_all([claim for _, given in group for claim in given], day=manifest.issued)
    except SealingError as error:
        if len(group) == 1:
            report.add("signature", group[0][0], str(error))
            return
        half = len(group) // 2
        _check_signatures(report, group[:half], manifest)
        _check_signatures(report, group[half:], manifest)
