"""XML of a hostile document, read with the standard library's expat under a guard.

Safe because no document type declaration gets in: without one there are no entities to declare, so neither the
exponential nor the external kind exists, and expat fetches nothing by itself. Depth, elements and size are bounded.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from app.desk.files import limits
from app.desk.files.reading import Refused

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def local(name: str) -> str:
    """The name without its prefix: which prefix a document chose says nothing."""
    return name.rpartition(":")[2]


def walk(data: bytes, *, start: Start, end: End | None = None, text: Text | None = None) -> None:
    """Call back for each element and text, names local.

    Raises:
        Refused: a document type, entities, too deep, too many elements, too long, or not XML.
    """
    if len(data) > limits.MEMBER_BYTES:
        raise Refused("bomb")
    counter = _Counter(start, end)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler = counter.start
    parser.EndElementHandler = counter.end
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError):
        raise Refused("malformed") from None


def _refuse(*_: object) -> int:
    raise Refused("entities")


class _Counter:
    def __init__(self, start: Start, end: End | None) -> None:
        self._start, self._end = start, end
        self._depth = 0
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > limits.XML_DEPTH or self._count > limits.XML_ELEMENTS:
            raise Refused("deep")
        self._start(local(name), {local(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._end is not None:
            self._end(local(name))
