"""The process that reads one hostile file: shut in first, then one task, then the end.

Everything that a reader needs is imported before the cage shuts: afterwards no module can be found any more.
"""

from __future__ import annotations

import codecs
import os
import sys
import warnings
from collections.abc import Callable, Mapping

from app.desk.files import cage, frames, kinds, limits
from app.desk.files.reading import Answer, Refused, Source

CHUNK = 1 << 20
Reader = Callable[[Source, Answer], None]
# Codecs are modules too.
CHARSETS = (
    "utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-7 ascii latin-1 iso8859-2 iso8859-5 iso8859-7 iso8859-9 iso8859-15 "
    "cp437 cp850 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 koi8-r mac-roman gb18030 gb2312 gbk big5 shift_jis "
    "euc-jp euc-kr iso2022-jp unicode_escape raw_unicode_escape idna punycode"
)


def main() -> int:
    """0 when the end was said; anything else, or silence, is a crash to the parent."""
    sys.setswitchinterval(60)
    warnings.simplefilter("ignore")
    for name in CHARSETS.split():
        codecs.lookup(name)
    from app.desk.files import readers

    readers.prepare()
    try:
        cage.shut()
    except cage.NoCageError:
        return 3
    _say(frames.pack(frames.Frame.READY))
    task, data = _task()
    if task is not frames.Task.PROBE:
        run(readers.EXAMINE if task is frames.Task.EXAMINE else readers.COPY, Source(data), _say)
    _say(frames.pack(frames.Frame.END))
    return 0


def run(table: Mapping[kinds.Kind, Reader], source: Source, say: Callable[[bytes], None]) -> None:
    """One task, whatever the file does short of killing the process."""
    answer = Answer(say)
    try:
        answer.kind(source.kind)
        table[source.kind](source, answer)
    except Refused as refused:
        answer.refuse(refused.code)
    except MemoryError:
        answer.refuse("memory")
    except Exception:
        # Readers meet hostile input, their libraries raise whatever they like, and nothing outside may learn more.
        answer.refuse("malformed")


def _task() -> tuple[frames.Task, bytes]:
    magic, number, size = frames.TASK.unpack(_read(frames.TASK.size))
    if magic != frames.MAGIC or size > limits.FILE_BYTES:
        raise SystemExit(4)
    return frames.Task(number), _read(size)


def _read(size: int) -> bytes:
    held = bytearray()
    while len(held) < size:
        chunk = os.read(0, min(CHUNK, size - len(held)))
        if not chunk:
            raise SystemExit(4)
        held += chunk
    return bytes(held)


def _say(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
