"""The readers without the process around them, for small files made by the tests: what coverage can see."""

from __future__ import annotations

from collections.abc import Mapping

from app.desk.files import frames, readers, sandbox
from app.desk.files.answers import Examined, SafeCopy
from app.desk.files.frames import Incoming, Task
from app.desk.files.labels import KINDS
from app.desk.files.reading import Source
from app.desk.files.worker import run


def read(data: bytes, task: Task) -> sandbox.Gathered:
    incoming, got = Incoming(), sandbox.Gathered()

    def say(said: bytes) -> None:
        for frame, payload in incoming.feed(said):
            got.take(frame, payload)

    table: Mapping[object, readers.Reader] = readers.EXAMINE if task is Task.EXAMINE else readers.COPY
    run(table, Source(data), say)  # type: ignore[arg-type]
    assert not list(incoming.feed(frames.pack(frames.Frame.END)))[1:]
    return got


def examine(data: bytes) -> Examined:
    got = read(data, Task.EXAMINE)
    return Examined(
        got.kind, KINDS[got.kind], False, tuple(got.traits), tuple(got.parts), tuple(got.notes), got.refusal
    )


def copy(data: bytes) -> SafeCopy:
    got = read(data, Task.COPY)
    return SafeCopy(tuple(got.pages), got.text, tuple(got.notes), got.refusal)


def told(data: bytes) -> dict[str, list[str]]:
    """Values of each trait."""
    found: dict[str, list[str]] = {}
    for trait in examine(data).traits:
        found.setdefault(trait.what, []).append(trait.value)
    return found
