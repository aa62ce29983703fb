"""The words of office documents, in reading order, without layout."""

from __future__ import annotations

import re

from app.desk.files import guard, limits
from app.desk.files.kinds import Kind
from app.desk.files.reading import Answer, Refused
from app.desk.files.zips import Zip

PEOPLE = re.compile(
    r"word/(?:document|comments|commentsExtended|people|footnotes|header\d*|footer\d*)\.xml|xl/workbook\.xml|"
    r"xl/comments\d*\.xml|xl/persons/\w+\.xml|ppt/commentAuthors\.xml|ppt/authors\.xml|ppt/slides/slide\d+\.xml"
)
WORD = ("word/document.xml", "word/footnotes.xml", "word/endnotes.xml", "word/comments.xml")
WORD_MORE = re.compile(r"word/(?:header|footer)\d*\.xml")
SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
NOTES = re.compile(r"ppt/notesSlides/notesSlide(\d+)\.xml")
SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
BREAKS = {"p": "\n", "br": "\n", "cr": "\n", "tr": "\n", "tab": "\t", "tc": "\t"}
OPEN_BREAKS = {"p": "\n", "h": "\n", "line-break": "\n", "tab": "\t", "s": " "}


class Full(Exception):
    """The text has reached its bound: no more is read."""


def write(package: Zip, kind: Kind, answer: Answer) -> None:
    """All words of a document into the answer.

    Raises:
        Refused: the main part is missing or a trap.
    """
    try:
        if kind is Kind.DOCX:
            _word(package, answer)
        elif kind is Kind.XLSX:
            _excel(package, answer)
        elif kind is Kind.PPTX:
            _slides(package, answer)
        else:
            _words(package.read("content.xml"), _OPEN, answer)
    except Full:
        return


class _Rule:
    """Which elements hold words, which break lines, which are skipped whole."""

    def __init__(self, held: set[str] | None, breaks: dict[str, str], skipped: set[str]) -> None:
        self.held, self.breaks, self.skipped = held, breaks, skipped


_OFFICE = _Rule({"t", "delText"}, BREAKS, {"instrText", "pPr", "rPr", "AlternateContent"} - {"AlternateContent"})
_OPEN = _Rule(None, OPEN_BREAKS, {"automatic-styles", "font-face-decls", "scripts", "event-listeners", "forms"})


def _words(data: bytes, rule: _Rule, answer: Answer) -> None:
    path: list[str] = []
    skipping = [0]

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name)
        skipping[0] += name in rule.skipped
        if name in {"s", "tab", "br", "cr", "line-break"} and name in rule.breaks:
            put(rule.breaks[name])

    def end(name: str) -> None:
        path.pop()
        skipping[0] -= name in rule.skipped
        if name in {"p", "h", "tr", "tc"} and name in rule.breaks:
            put(rule.breaks[name])

    def text(value: str) -> None:
        if not skipping[0] and (path[-1] in rule.held if rule.held else "p" in path or "h" in path):
            put(value)

    def put(value: str) -> None:
        if not answer.write(value):
            raise Full

    guard.walk(data, start=start, end=end, text=text)


def _word(package: Zip, answer: Answer) -> None:
    _words(package.read(WORD[0]), _OFFICE, answer)
    more = sorted(name for name in package.names if WORD_MORE.fullmatch(name))
    for name in (*WORD[1:], *more):
        if name in package.names:
            _words(package.read(name), _OFFICE, answer)


def _slides(package: Zip, answer: Answer) -> None:
    found = numbered(package, SLIDE)
    if not found:
        raise Refused("malformed")
    for name in (*found, *numbered(package, NOTES)):
        _words(package.read(name), _OFFICE, answer)


def numbered(package: Zip, pattern: re.Pattern[str]) -> list[str]:
    """Members like slide2.xml, slide10.xml, in the order of their numbers, `limits.SHEETS` at most."""
    found = [(int(match[1][:9]), name) for name in package.names if (match := pattern.fullmatch(name))]
    return [name for _, name in sorted(found)][: limits.SHEETS]


def _excel(package: Zip, answer: Answer) -> None:
    shared = _shared(package)
    found = numbered(package, SHEET)
    if not found:
        raise Refused("malformed")
    for name in found:
        _sheet(package.read(name), shared, answer)
        if not answer.write("\n"):
            raise Full


def _shared(package: Zip) -> list[str]:
    if "xl/sharedStrings.xml" not in package.names:
        return []
    found: list[str] = []
    held: list[str] = []
    inside = [False]

    def start(name: str, _: dict[str, str]) -> None:
        inside[0] = name == "t"

    def end(name: str) -> None:
        inside[0] = False
        if name == "si":
            found.append("".join(held))
            held.clear()

    def text(value: str) -> None:
        if inside[0]:
            held.append(value)

    guard.walk(package.read("xl/sharedStrings.xml"), start=start, end=end, text=text)
    return found


def _sheet(data: bytes, shared: list[str], answer: Answer) -> None:
    """Cells apart by tabs, rows by lines. A formula is never computed: the value that was stored is shown."""
    kind = [""]
    path: list[str] = []
    held: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if name == "c":
            kind[0] = attributes.get("t", "")
            held.clear()

    def end(name: str) -> None:
        path.pop()
        if name == "c":
            put(_cell("".join(held), kind[0], shared) + "\t")
        elif name == "row":
            put("\n")

    def text(value: str) -> None:
        if path[-1] in {"v", "t"}:
            held.append(value)

    def put(value: str) -> None:
        if not answer.write(value):
            raise Full

    guard.walk(data, start=start, end=end, text=text)


def _cell(value: str, kind: str, shared: list[str]) -> str:
    if kind != "s":
        return value
    return shared[int(value)] if value.isascii() and value.isdigit() and int(value[:9]) < len(shared) else "?"
