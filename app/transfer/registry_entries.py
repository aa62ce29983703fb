"""The entries of a downloaded registry: each record, its leaf and its two signatures (docs/spec/log.md).

gpg checks hundreds of signatures at once while the lines that follow are read.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

from app.domain.entry import Tombstone, parse, parse_signed
from app.domain.identifiers import REGC_ID
from app.domain.strict import EntryError
from app.transfer.registry_copy import ENTRIES, Broken, EntryLine, read_copy
from app.transfer.registry_report import Log, Report
from crypto.errors import FormatError, SealingError, ToolError
from crypto.export import commitment, entry_bytes
from crypto.manifest import Manifest
from crypto.openpgp.verify import verify_all
from crypto.quorum import Claim, claims

_TOGETHER = 512
_WORKERS = 2
# Groups that wait for gpg; beyond that reading waits too, so that memory stays flat.
_AHEAD = 4

Group = list[tuple[str, tuple[Claim, ...]]]


class Names:
    """Whether a name comes twice among millions: eight bytes of a hash for each, compared in 256 heaps."""

    def __init__(self) -> None:
        self._heaps = [array("Q") for _ in range(256)]

    def add(self, name: str) -> None:
        digest = hashlib.blake2b(name.encode(), digest_size=9).digest()
        self._heaps[digest[0]].append(int.from_bytes(digest[1:], "big"))

    def repeated(self) -> bool:
        return any(len(set(heap)) != len(heap) for heap in self._heaps)


class Signatures:
    """Checks signatures in groups of one manifest; faults are told as groups are done. A context manager."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._pool = ThreadPoolExecutor(_WORKERS)
        self._groups: dict[str, tuple[Manifest, Group]] = {}
        self._running: list[Future[list[tuple[str, str]]]] = []

    def __enter__(self) -> Signatures:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                for manifest, group in self._groups.values():
                    self._start(manifest, group)
                self._settle(0)
        finally:
            self._pool.shutdown(cancel_futures=True)

    def add(self, manifest: Manifest, where: str, given: tuple[Claim, ...]) -> None:
        """Check these before the block ends."""
        _, group = self._groups.setdefault(manifest.digest, (manifest, []))
        group.append((where, given))
        if len(group) >= _TOGETHER:
            del self._groups[manifest.digest]
            self._start(manifest, group)
            self._settle(_AHEAD)

    def _start(self, manifest: Manifest, group: Group) -> None:
        self._running.append(self._pool.submit(wrong_signatures, group, manifest))

    def _settle(self, left: int) -> None:
        while len(self._running) > left:
            for where, why in self._running.pop(0).result():
                self._report.add("signature", where, why)


def wrong_signatures(group: Sequence[tuple[str, tuple[Claim, ...]]], manifest: Manifest) -> list[tuple[str, str]]:
    """Which of these do not hold, and why: all at once, and by halves when one does not.

    Keys are judged on the day of the manifest: what was signed while it was in use stays signed when it has expired.
    """
    try:
        verify_all([claim for _, given in group for claim in given], day=manifest.issued)
    except ToolError:
        raise  # without gpg nothing is known of any signature
    except SealingError as error:
        if len(group) == 1:
            return [(group[0][0], str(error))]
        half = len(group) // 2
        return wrong_signatures(group[:half], manifest) + wrong_signatures(group[half:], manifest)
    return []


def check_entries(report: Report, stream: BinaryIO) -> None:
    """Each record: its rules, its leaf, its signatures, and that it stands once.

    Raises:
        FormatError: the file is none of these, or cut off.
        Enough: there are so many faults that the rest need not be looked for.
    """
    logs = {log.issuer: log for log in report.logs}
    names = Names()
    with Signatures(report) as signatures:
        for item in read_copy(stream, (ENTRIES,)):
            if isinstance(item, Broken):
                report.add("format", f"line {item.line}", item.why)
            if not isinstance(item, EntryLine):
                continue
            where = _name(item)
            names.add(where)
            _check_record(report, item, where)
            log = logs.get(item.issuer)
            manifest = log.manifests.get(item.manifest) if log else None
            if log is None or manifest is None:
                report.add("manifest", where, "the manifest that names its signers is not in this copy, or not trusted")
                continue
            _check_leaf(report, log, item, where)
            for given in _claims(report, item, manifest, where):
                signatures.add(manifest, where, given)
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
