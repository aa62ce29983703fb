"""What every reader inside the worker uses: the file, the answer it fills, and the one way to refuse."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.desk.files import frames, kinds, letters, limits
from app.desk.files.kinds import Kind


class Refused(Exception):
    """The file is refused. `code` is one of `labels.REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Source:
    """The whole attachment, in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.tail = data[-kinds.TAIL :]
        self.kind = kinds.sniff(data[: kinds.PREFIX], self.tail)


class Answer:
    """Sends what is found as it is found, inside the bounds of the protocol: reaching one is a note, not an error."""

    def __init__(self, say: Callable[[bytes], None]) -> None:
        self._say = say
        self._until = time.monotonic() + limits.WORK_SECONDS
        self._traits: set[tuple[str, str]] = set()
        self._notes: set[str] = set()
        self._pages = 0
        self._pixels = 0
        self._parts = 0
        self._text: list[str] = []
        self._length = 0

    def kind(self, kind: Kind) -> None:
        self._say(frames.pack(frames.Frame.KIND, kind.encode("ascii")))

    def trait(self, code: str, value: object = "") -> None:
        """Tell one thing once; an empty value tells nothing unless it was left out."""
        text = letters.line(str(value), limits.VALUE)
        if (value != "" and not text) or (code, text) in self._traits:
            return
        if len(self._traits) >= limits.TRAITS:
            self.note("traits_cut")
            return
        self._traits.add((code, text))
        self._say(frames.pack_trait(code, text))

    def part(self, name: str, size: int, flags: int = 0) -> bool:
        """False when no more are taken."""
        if self._parts >= limits.PARTS:
            self.note("parts_cut")
            return False
        self._parts += 1
        self._say(frames.pack_part(letters.line(name, limits.VALUE) or "—", size, flags))
        return True

    def page(self, width: int, height: int, rgb: bytes) -> None:
        self._pages += 1
        self._pixels += width * height
        self._say(frames.pack(frames.Frame.PAGE, frames.SIDES.pack(width, height) + rgb))

    def room(self) -> int:
        """Pixels that the next page may have; 0 when there is no more room."""
        if self._pages >= limits.PAGES:
            return 0
        return min(limits.PAGE_PIXELS, limits.ALL_PIXELS - self._pixels)

    def late(self) -> bool:
        return time.monotonic() > self._until

    def note(self, code: str) -> None:
        if code not in self._notes:
            self._notes.add(code)
            self._say(frames.pack(frames.Frame.NOTE, code.encode("ascii")))

    def write(self, text: str) -> bool:
        """Add to the text; False when it is full."""
        left = limits.TEXT - self._length
        if left <= 0:
            if text:
                self.note("text_cut")
            return False
        kept = letters.clean(text, left)
        if len(text) > left:
            self.note("text_cut")
        self._text.append(kept)
        self._length += len(kept)
        return self._length < limits.TEXT

    def send_text(self) -> None:
        """Once, at the end of a copy."""
        if self._text:
            self._say(frames.pack(frames.Frame.TEXT, "".join(self._text).encode("utf-8")))

    def refuse(self, code: str) -> None:
        self._say(frames.pack(frames.Frame.REFUSAL, code.encode("ascii")))


def scaled(width: float, height: float, room: int) -> tuple[int, int]:
    """Whole sides of at most `room` pixels and `limits.PAGE_SIDE`, same proportions, never enlarged.

    Raises:
        Refused: sides that are not numbers above nothing.
    """
    if not (0 < width < float("inf") and 0 < height < float("inf")) or room < 1:
        raise Refused("pixels")
    factor = min(1.0, (room / (width * height)) ** 0.5, limits.PAGE_SIDE / width, limits.PAGE_SIDE / height)
    # A line one pixel thin keeps its length only as far as there is room.
    high = min(max(1, int(height * factor)), room)
    return min(max(1, int(width * factor)), room // high), high
