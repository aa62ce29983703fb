"""A downloaded registry, checked off line from the root keys alone: `sourdine registry verify` (docs/spec/log.md).

The file is read twice: first its logs, whose commitments go to a temporary file, then its entries. Memory stays flat:
a few bytes for each leaf and each entry.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO

from app.transfer.files import open_plain
from app.transfer.registry_copy import ISSUERS, LEAVES, Broken, Head, IssuerLine, LeafLine, read_copy
from app.transfer.registry_entries import check_entries
from app.transfer.registry_report import Enough, Fault, Log, Report
from crypto.checkpoint import Checkpoint, open_checkpoint
from crypto.errors import FormatError, SealingError, TrustError
from crypto.export import log_origin
from crypto.manifest import Manifest, UntrustedManifest, accept_successor
from crypto.tlog import HASH, Frontier, leaf_hash

FILE_LIMIT = 1 << 44


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
        for step in (partial(_read_logs, roots=roots, files=files), partial(_check_older, older=older), check_entries):
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
