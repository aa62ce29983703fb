"""The process that reads one hostile file: shut in first, then one task, then the end.

Everything that a reader needs is imported before the cage shuts: afterwards no module can be found any more.
"""

from __future__ import annotations

import codecs
import os
import warnings
from collections.abc import Callable, Mapping

from app.desk.files import cage, frames, kinds, limits, readers
from app.desk.files.reading import Answer, Refused, Source

CHUNK = 1 << 20
NO_CAGE, NO_TASK = 3, 4  # exit statuses
Reader = Callable[[Source, Answer], None]
# Codecs are modules too.
CHARSETS = (
    "utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-7 ascii latin-1 iso8859-2 iso8859-5 iso8859-7 iso8859-9 iso8859-15 "
    "cp437 cp850 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 koi8-r mac-roman gb18030 gb2312 gbk big5 shift_jis "
    "euc-jp euc-kr iso2022-jp unicode_escape raw_unicode_escape idna punycode"
)


def main() -> int:
    """0 when the end was said; anything else, or silence, is a crash to the parent."""
    warnings.simplefilter("ignore")
    for name in CHARSETS.split():
        codecs.lookup(name)
    readers.prepare()
    try:
        cage.shut()
    except cage.NoCageError:
        return NO_CAGE
    return serve(lambda size: os.read(0, size), _say)


def serve(read: Callable[[int], bytes], say: Callable[[bytes], None]) -> int:
    """One task, from its header to the end."""
    say(frames.pack(frames.Frame.READY))
    magic, number, size = frames.TASK.unpack(_exactly(read, frames.TASK.size))
    if magic != frames.MAGIC or size > limits.FILE_BYTES:
        return NO_TASK
    task = frames.Task(number)
    data = _exactly(read, size)
    if task is not frames.Task.PROBE:
        run(readers.EXAMINE if task is frames.Task.EXAMINE else readers.COPY, Source(data), say)
    say(frames.pack(frames.Frame.END))
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


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    held = bytearray()
    while len(held) < size:
        chunk = read(min(CHUNK, size - len(held)))
        if not chunk:
            raise SystemExit(NO_TASK)
        held += chunk
    return bytes(held)


def _say(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
