"""`desk backup` and `desk restore`: everything this desk keeps, in one file that says nothing without a reviewer's key.

What goes in is sealed already: a consistent copy of the database, the sealed files of evidence, envelopes that wait.
A note signed by the desk names each part with its digest (docs/spec/backup.md). Settings and GnuPG homes stay out:
reviewers bring their own keys.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from app.desk.carry.backups import BACKUP, Backup, put_backup
from app.desk.carry.outboxes import RESTORE
from app.desk.carry.receive import UNNAMED
from app.desk.circle.ceremony import PUBLIC_FILE
from app.desk.core.bench import Desk
from app.desk.core.evidence import INBOX, RESERVE_BYTES
from app.desk.core.keyring import pinned
from app.domain import journal
from app.errors import UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore, JournalRow, Transaction
from app.stores.desk_carried import WAITING
from app.stores.engine import file_of
from app.transfer.files import PartFile, open_plain, write_whole
from crypto import canonical, note
from crypto.errors import FormatError
from crypto.fields import INSTANCE, Fields
from crypto.manifest import LIMIT as MANIFEST_LIMIT
from crypto.signing import public_to_text

KIND = "backup"
MISSING = "backup-missing"
MAGIC = b"sourdine/backup-file/v1\n"
DATABASE = "desk.db"
RESTORING = ".restoring"
# Long enough that nobody else names a file so: whatever ends like this is ours to remove.
SNAPSHOT = ".sourdine-copy.db"
CHUNK = 1 << 20
FRAME = 512
FILE_LIMIT = 1 << 44
_NAME = re.compile(rf"evidence/(?:{INBOX}/)?[0-9a-f]{{32}}")
_ALL = 10**9


@dataclass(frozen=True)
class Part:
    """One file inside a backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """What the signed note of a backup says."""

    instance: str
    number: int
    day: date
    journal_head: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Made:
    """`missing`: files that a case names and that are not here; `digest` names the backup."""

    number: int
    digest: str
    files: int
    size: int
    missing: int = 0


@dataclass(frozen=True)
class Restored:
    number: int
    day: str
    files: int


def make_backup(desk: Desk, path: Path) -> Made:
    """Write everything this desk keeps into a new file.

    Raises:
        UserError: a file stands there already, or the place or the disk refuses; the number is used up.
        BusyError: another command imports or opens envelopes now.
    """
    if path.exists() or path.is_symlink() or not path.parent.is_dir():
        raise UserError(f"{path} cannot be written.", "Name a new file in a folder that exists. Nothing was changed.")
    with desk.evidence.lock():
        with desk.store.writing() as tx:
            backup, covers = _begin(desk, tx)
            named = [(f"evidence/{name}", desk.evidence.folder / name) for name in sorted(tx.evidence_names())]
            waiting = sorted(row.id for row in tx.envelopes(WAITING))
            manifest = tx.manifests()[-1].data
        named += [(f"evidence/{INBOX}/{name}", desk.evidence.inbox / name) for name in waiting]
        there = [(name, file) for name, file in named if file.is_file()]
        missing = [name for name, file in named if not file.is_file()]
        with _snapshot(desk, path) as copied:
            made = _write(desk, path, backup, manifest=manifest, files=[*there, (DATABASE, copied)])
    with desk.store.writing() as tx:
        held = _withheld(desk, tx, missing, covers)
        put_backup(desk, tx, replace(backup, digest=made.digest), [one for one in covers if one not in held])
    return replace(made, missing=len(missing))


def restore(settings: DeskSettings, path: Path) -> Restored:
    """Put a backup into an empty desk folder.

    Raises:
        UserError: there is a database already, or no root key in the settings.
        FormatError, TrustError: not a backup, damaged, or of a desk that this root key did not sign for.
    """
    database = file_of(settings.url(settings.database))
    if database.exists():
        raise UserError(f"There is a database at {database} already.", "Restore into an empty folder. Nothing changed.")
    evidence = settings.path(settings.evidence)
    with open_plain(path, limit=FILE_LIMIT) as source, _folders(evidence, evidence / INBOX):
        manifest, contents = _open_head(source, settings)
        targets = {part.name: evidence / part.name.removeprefix("evidence/") for part in contents.parts}
        # Under its own name only once it says where it comes from: after a crash there is no desk, and one tries again.
        aside = replace(settings, database=settings.database + RESTORING)
        _write_parts(source, contents, targets | {DATABASE: _cleared(file_of(aside.url(aside.database)))})
        write_whole(settings.path(settings.manifest), [manifest])
        _finish(aside, contents)
        os.rename(file_of(aside.url(aside.database)), database)
        _sync(database.parent)
    return Restored(contents.number, contents.day.isoformat(), len(contents.parts) - 1)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _withheld(desk: Desk, tx: Transaction, missing: Sequence[str], due: Sequence[str]) -> set[str]:
    """Envelopes whose content may be what this backup lacks: those that were due when a file was missed first.

    Which file came from which envelope, nobody may know; the intake keeps them all until the file is here again.
    """
    known = {name: row["due"] for name, row in desk.shared(tx, MISSING).items()}
    for name in known.keys() - set(missing):
        tx.drop_shared(MISSING, name)
    for name in set(missing) - known.keys():
        known[name] = list(due)
        desk.put_shared(tx, MISSING, name, {"due": known[name]})
    return {envelope for name in missing for envelope in known[name]}


def _cleared(database: Path) -> Path:
    """Without what a restore that was cut short left of it."""
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    return database


def _drop_empty(folder: Path) -> None:
    with suppress(OSError):  # files of a restore that was cut short: the next one writes them anew
        folder.rmdir()


@contextmanager
def _folders(*folders: Path) -> Iterator[None]:
    """Made for what is restored; those that were not here go again when nothing is."""
    with ExitStack() as undo:
        for folder in folders:
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True)
                undo.callback(_drop_empty, folder)
        yield
        undo.pop_all()


def _begin(desk: Desk, tx: Transaction) -> tuple[Backup, list[str]]:
    """Its number is remembered first: a file that a crash leaves half-written is on the list of media too."""
    number = 1 + max((row["number"] for row in desk.shared(tx, BACKUP).values()), default=0)
    desk.log(tx, "backup", subject=f"backup {number}")
    line = tx.last_line()
    backup = Backup(number, desk.today.isoformat(), line.hash if line else journal.FIRST)
    put_backup(desk, tx, backup, [])
    return backup, [row.id for row in tx.due_receipts(_ALL)]


@contextmanager
def _snapshot(desk: Desk, path: Path) -> Iterator[Path]:
    """A copy of the database beside the backup, gone again afterwards; what a killed backup left goes first."""
    copied = path.with_name(path.name + SNAPSHOT)
    try:
        for left in path.parent.glob(f"*{SNAPSHOT}*"):
            left.unlink()
        os.close(os.open(copied, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise UserError(f"{copied} cannot be written: {error.strerror}.", "Check the place and its space.") from None
    try:
        desk.store.copy_to(copied)
        yield copied
    finally:
        copied.unlink(missing_ok=True)


def _write(desk: Desk, path: Path, backup: Backup, *, manifest: bytes, files: Sequence[tuple[str, Path]]) -> Made:
    parts = [_part(name, file) for name, file in files]
    body = {
        "instance": desk.keyring.instance,
        "number": backup.number,
        "day": backup.day,
        "journal_head": backup.head,
        "parts": [vars(part) for part in parts],
    }
    signed = note.sign_note(KIND, body, desk.keyring.signing)
    with PartFile(path) as out:
        for data in (MAGIC, _length(manifest), manifest, _length(signed), signed):
            out.write(data)
        for part, (_, file) in zip(parts, files, strict=True):
            if _copy(file, out) != part.sha256:
                raise UserError("A file of this desk changed while it was copied.", "Nothing was kept. Try again.")
        out.keep()
        size = out.size
    return Made(backup.number, note.digest(signed), len(files) - 1, size)


def _part(name: str, file: Path) -> Part:
    with file.open("rb") as stream:
        return Part(name, os.fstat(stream.fileno()).st_size, hashlib.file_digest(stream, "sha256").hexdigest())


def _copy(file: Path, out: PartFile) -> str:
    hashed = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            hashed.update(chunk)
            out.write(chunk)
    return hashed.hexdigest()


def _length(data: bytes) -> bytes:
    return b"%08x\n" % len(data)


def _open_head(source: BinaryIO, settings: DeskSettings) -> tuple[bytes, Contents]:
    """The manifest, and the contents once the desk's signature is checked with the key that the manifest names."""
    if source.read(len(MAGIC)) != MAGIC:
        raise FormatError("not a backup of a desk")
    manifest = _framed(source, MANIFEST_LIMIT + FRAME)
    key = pinned(settings, manifest).desk_key
    return manifest, _contents(note.open_note(KIND, _framed(source, canonical.LIMIT + FRAME), key))


def _framed(source: BinaryIO, limit: int) -> bytes:
    head = source.read(9)
    if not re.fullmatch(rb"[0-9a-f]{8}\n", head) or int(head, 16) > limit:
        raise FormatError("a damaged backup: the length of its head")
    data = source.read(int(head, 16))
    if len(data) != int(head, 16):
        raise FormatError("a damaged backup: cut inside its head")
    return data


def _contents(body: Any) -> Contents:
    fields = Fields(body, ("instance", "number", "day", "journal_head", "parts"))
    contents = Contents(
        instance=fields.text("instance", INSTANCE),
        number=fields.integer("number", 1),
        day=fields.day("day"),
        journal_head=fields.hexadecimal("journal_head", 64),
        parts=fields.items("parts", _parse_part, limit=10_000_000),
    )
    names = [part.name for part in contents.parts]
    if len(set(names)) != len(names) or names[-1:] != [DATABASE] or not all(map(_NAME.fullmatch, names[:-1])):
        raise FormatError("a backup with other files than a desk has")
    return contents


def _parse_part(value: Any) -> Part:
    fields = Fields(value, ("name", "size", "sha256"))
    return Part(fields.text("name"), fields.integer("size"), fields.hexadecimal("sha256", 64))


def _write_parts(source: BinaryIO, contents: Contents, targets: dict[str, Path]) -> None:
    """Each file whole or not at all, the database last; what was written is removed again when a part is damaged."""
    space = os.statvfs(targets[DATABASE].parent)
    if space.f_bavail * space.f_frsize < sum(part.size for part in contents.parts) + RESERVE_BYTES:
        raise UserError("The disk of this desk is too small for that backup.", "Nothing was restored. Make room.")
    with ExitStack() as undo:
        for part in contents.parts:
            target = targets[part.name]
            _take(source, part, target)
            undo.callback(target.unlink, missing_ok=True)
        if source.read(1):
            raise FormatError("a damaged backup: longer than its note says")
        undo.pop_all()


def _take(source: BinaryIO, part: Part, target: Path) -> None:
    hashed, left = hashlib.sha256(), part.size
    with PartFile(target) as out:
        while left and (chunk := source.read(min(CHUNK, left))):
            hashed.update(chunk)
            out.write(chunk)
            left -= len(chunk)
        if left or hashed.hexdigest() != part.sha256:
            raise FormatError("a damaged backup: a file in it is cut or changed")
        out.keep()


def _finish(settings: DeskSettings, contents: Contents) -> None:
    """Bring the database to this version, and say in the journal where it comes from."""
    store = DeskStore.create(settings)
    try:
        write_whole(settings.path(PUBLIC_FILE), [public_to_text(store.identity().public).encode("ascii")])
        with store.writing() as tx:
            line = journal.append(
                tx.last_line(),
                day=settings.clock.today(),
                actor=UNNAMED,
                action=RESTORE,
                subject=f"backup {contents.number}",
            )
            tx.add_line(JournalRow(line))
    finally:
        store.close()
