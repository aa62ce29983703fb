"""What the desk calls: a metadata report and a safe copy of one attachment (docs/spec/attachments.md, ADR 0023)."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import BinaryIO

from app.desk.files import frames, kinds, labels, launch, letters, limits
from app.desk.files.answers import Examined, Page, Part, SafeCopy, Sentence, Trait
from app.desk.files.frames import Flag, Frame, FrameError, Task
from app.desk.files.kinds import Kind
from app.desk.files.launch import Box, LostError, StartError
from app.desk.files.png import png
from app.errors import UserError


def strength() -> str:
    """ "bwrap+seccomp" or "seccomp": which walls stand on this machine.

    Raises:
        UserError: none, so nothing is rendered here.
    """
    return "bwrap+seccomp" if default_box().bwrap else "seccomp"


def examine(source: BinaryIO, size: int, *, name: str, box: Box | None = None) -> Examined:
    """What the file is and what it would betray.

    Args:
        source: read once from where it stands; at most `size` bytes.
        name: as the reporter gave it; compared with the bytes, used for nothing else.
        box: for tests; left out, the strongest that this machine can build.

    Raises:
        UserError: this machine cannot shut a reader in. A hostile file never raises: see `refusal`.
    """
    got = _ask(Task.EXAMINE, source, size, box)
    return Examined(
        kind=got.kind,
        label=labels.KINDS[got.kind],
        mismatch=got.told and kinds.mismatch(got.kind, name),
        traits=tuple(got.traits),
        parts=tuple(got.parts),
        notes=tuple(got.notes),
        refusal=got.refusal,
    )


def safe_copy(source: BinaryIO, size: int, *, name: str, box: Box | None = None) -> SafeCopy:
    """Pixels and text. The arguments and errors of `examine`; the name changes nothing, the bytes alone count."""
    del name
    got = _ask(Task.COPY, source, size, box)
    if got.refusal:
        return SafeCopy(refusal=got.refusal)
    return SafeCopy(pages=tuple(got.pages), text=got.text, notes=tuple(got.notes))


@cache
def default_box() -> Box:
    """Tried once: a bubblewrap that is installed may still be forbidden (containers without user namespaces).

    Raises:
        UserError: nothing works here.
    """
    found = launch.find_bwrap()
    for bwrap in (found, None) if found else (None,):
        box = Box(bwrap)
        try:
            for _ in launch.run(box, Task.PROBE, BytesIO(), 0):
                pass
        except (StartError, LostError):
            continue
        return box
    raise _cannot()


def _cannot() -> UserError:
    return UserError(
        "Safe copies cannot be made on this machine: it cannot shut in the program that reads attachments.",
        "Nothing was opened. Use a desk with Linux on x86-64 or ARM64, with seccomp, and with bubblewrap if possible.",
    )


@dataclass
class Gathered:
    """What one worker said, checked frame by frame."""

    kind: Kind = Kind.UNKNOWN
    told: bool = False
    traits: list[Trait] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    text: str = ""
    refusal: str = ""

    def take(self, frame: Frame, payload: bytes) -> None:
        """One frame into its place.

        Raises:
            FrameError: a code of no list, or a frame that does not hold together.
        """
        match frame:
            case Frame.KIND:
                self.kind, self.told = _kind(payload), True
            case Frame.TRAIT:
                self.traits.append(_trait(payload))
            case Frame.PART:
                self.parts.append(_part(payload))
            case Frame.PAGE:
                width, height, pixels = frames.read_page(payload)
                self.pages.append(Page(width, height, png(width, height, pixels)))
            case Frame.TEXT:
                self.text = letters.clean(frames.read_text(payload), limits.TEXT)
            case Frame.NOTE:
                self.notes.append(_listed(labels.NOTES, payload))
            case Frame.REFUSAL:
                self.refusal = _listed(labels.REFUSALS, payload)
            case _:
                raise FrameError("a frame out of place")


def _ask(task: Task, source: BinaryIO, size: int, box: Box | None) -> Gathered:
    got = Gathered()
    box = box or default_box()
    if not 0 <= size <= limits.FILE_BYTES:
        got.refusal = labels.REFUSALS["too_big"]
        return got
    try:
        with closing(_frames(box, task, source, size)) as told:
            for frame, payload in told:
                got.take(frame, payload)
    except FrameError:
        got.refusal = labels.REFUSALS["lied"]
    except LostError as lost:
        got.refusal = labels.REFUSALS[lost.code]
    return got


def _frames(box: Box, task: Task, source: BinaryIO, size: int) -> Generator[tuple[Frame, bytes], None, None]:
    for last in (False, True):
        try:
            # A worker that did not start has read nothing of the source: a loaded machine gets a second try.
            yield from launch.run(box, task, source, size)
            return
        except StartError:
            if last:
                raise _cannot() from None


def _kind(payload: bytes) -> Kind:
    try:
        return Kind(frames.read_code(payload))
    except ValueError:
        raise FrameError("a kind of no list") from None


def _trait(payload: bytes) -> Trait:
    code, value = frames.read_trait(payload)
    if code not in labels.TRAITS:
        raise FrameError("a trait of no list")
    return Trait(code, labels.TRAITS[code], letters.line(value, limits.VALUE), code in labels.BETRAYING)


def _part(payload: bytes) -> Part:
    name, size, flags = frames.read_part(payload)
    return Part(
        name=letters.line(name, limits.VALUE),
        size=size,
        folder=bool(flags & Flag.FOLDER),
        link=bool(flags & Flag.LINK),
        outside=bool(flags & Flag.OUTSIDE),
        sealed=bool(flags & Flag.SEALED),
        special=bool(flags & Flag.SPECIAL),
    )


def _listed(table: dict[str, Sentence], payload: bytes) -> Sentence:
    code = frames.read_code(payload)
    if code not in table:
        raise FrameError("a code of no list")
    return table[code]
