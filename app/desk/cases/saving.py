"""`case save`: attachments written where a person asks for them, under names that we made and nothing is overwritten.

No path comes from an envelope. The folder is opened once and every file is made inside it, so that a link put in its
way meanwhile leads nowhere. Nothing is opened, previewed or executed. Outside a trial the folder must be one in
memory: an attachment in clear on a disk would outlive every key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from app.desk.core import inner
from app.desk.core.bench import Desk
from app.desk.core.messages import Attachment, Message
from app.desk.core.texts import messages_of
from app.errors import UserError
from app.transfer.memory import check_in_memory, in_memory
from crypto.envelope_reader import OpenedEnvelope, read_envelope
from crypto.envelope_report import safe_name

CHUNK = 256 * 1024
OPENED = ".opened"


@dataclass
class Saved:
    """Names of the files that were written, below the folder, and what to know about some of them.

    `on_disk`: a trial wrote where a desk would have refused.
    """

    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    on_disk: bool = False


def save_case(desk: Desk, case_id: str, folder: Path) -> Saved:
    """Write every attachment of a case: those of the report into `folder`, those of later messages below it.

    Raises:
        UserError: no such case, a folder on a disk or one that cannot be used, or a file that already stands there.
    """
    saved = Saved()
    if desk.settings.trial:
        saved.on_disk = not in_memory(folder)
    else:
        check_in_memory(folder, "The attachments")
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        messages = messages_of(case, tx, desk)
        desk.log(tx, "save", case=case)
    with _folder(folder) as root:
        for number, message in enumerate(messages):
            if not message.files:
                continue
            below = f"message-{number + 1:03d}" if number else ""
            with _subfolder(root, below) as place, _content(desk, message) as opened:
                for file in message.files:
                    _save_file(desk, opened, file, _Place(place, below), saved)
    return saved


@contextmanager
def open_attachment(
    desk: Desk, case_id: str, position: int, n: int, *, action: str = "examine"
) -> Iterator[tuple[Attachment, BinaryIO]]:
    """One attachment as a stream. `position` counts messages from 1, the report first.

    Args:
        action: what the journal says of it: `save` for what leaves the desk, which a purge has to look for.

    Raises:
        UserError: there is no such case, message or file.
    """
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        messages = messages_of(case, tx, desk)
        files = messages[position - 1].files if 1 <= position <= len(messages) else ()
        if not 1 <= n <= len(files):
            raise UserError("This case has no such file.", "Go back to the case.")
        desk.log(tx, action, case=case)
    message = messages[position - 1]
    with _content(desk, message) as opened, opened.open_file(n) as stream:
        yield files[n - 1], stream


@dataclass(frozen=True)
class _Place:
    descriptor: int
    below: str

    def label(self, name: str) -> str:
        return f"{self.below}/{name}" if self.below else name


@contextmanager
def _content(desk: Desk, message: Message) -> Iterator[OpenedEnvelope]:
    with desk.evidence.reader(message.evidence, message.key) as reader:
        yield read_envelope(reader)


def _save_file(desk: Desk, opened: OpenedEnvelope, file: Attachment, place: _Place, saved: Saved) -> None:
    name = safe_name(file.name, file.n)
    desk.evidence.check_space(0)
    with opened.open_file(file.n) as stream, _new_file(place, name) as out:
        while chunk := stream.read(CHUNK):
            out.write(chunk)
    saved.names.append(place.label(name))
    if file.sealed:
        _save_inner(desk, opened, file, place, saved)


def _save_inner(desk: Desk, opened: OpenedEnvelope, file: Attachment, place: _Place, saved: Saved) -> None:
    """Open one layer beside the file; what does not open to its end is removed again."""
    name = safe_name(file.name, file.n) + OPENED
    with opened.open_file(file.n) as stream, _new_file(place, name) as out:
        note = inner.open_stream(desk, stream, out.write, limit=inner.file_limit(file.size))
    if note in inner.WORTHLESS:
        os.unlink(name, dir_fd=place.descriptor)
    else:
        saved.names.append(place.label(name))
    if note:
        saved.notes.append(f"{place.label(safe_name(file.name, file.n))}: {note}")


@contextmanager
def _folder(folder: Path) -> Iterator[int]:
    """A folder that is really one, made when absent."""
    try:
        folder.mkdir(mode=0o700, parents=False, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise UserError(f"{folder} cannot be used: {error.strerror}.", "Name a folder, not a link to one.") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _subfolder(root: int, name: str) -> Iterator[int]:
    if not name:
        yield root
        return
    with suppress(FileExistsError):  # opened just below, and only if it is a folder and no link
        os.mkdir(name, 0o700, dir_fd=root)
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=root)
    except OSError:
        raise UserError(f"{name} in that folder is not a folder.", "Name an empty folder.") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _new_file(place: _Place, name: str) -> Iterator[BinaryIO]:
    """A file that did not exist before; removed again when it could not be written whole."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, 0o600, dir_fd=place.descriptor)
    except FileExistsError:
        raise UserError(
            f"{place.label(name)} already stands in that folder.", "Nothing was overwritten. Name an empty folder."
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
    except BaseException as error:
        os.unlink(name, dir_fd=place.descriptor)
        if isinstance(error, OSError):
            raise UserError(
                f"{place.label(name)} could not be written: {error.strerror}.", "It was removed again. Make room."
            ) from None
        raise
