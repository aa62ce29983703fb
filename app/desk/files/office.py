"""Word, Excel, PowerPoint and OpenDocument: text, embedded pictures, and what the package tells about its author.

Macros are told and never read. Links to other places are told and never followed.
"""

from __future__ import annotations

import contextlib
import posixpath
import re

from app.desk.files import guard, image, limits, metadata, office_text
from app.desk.files.kinds import Kind
from app.desk.files.reading import Answer, Refused, Source
from app.desk.files.zips import Zip

OPEN_DOCUMENT = frozenset({Kind.ODT, Kind.ODS, Kind.ODP})
PICTURES = re.compile(r"(?:word|xl|ppt)/media/[^/]+|Pictures/[^/]+", re.IGNORECASE)
OBJECTS = re.compile(
    r"(?:word|xl|ppt)/(?:embeddings|activeX)/[^/]+|Object \d+/?|ObjectReplacements/[^/]+", re.IGNORECASE
)
MACROS = re.compile(r"vba(?:Project|Data)|^Basic/|^Scripts/|/macrosheets/|\.bas$", re.IGNORECASE)
THUMBNAIL = re.compile(r"docProps/thumbnail\.|Thumbnails/", re.IGNORECASE)
PRINTER = re.compile(r"printerSettings\d*\.bin$", re.IGNORECASE)
DEVICE_NAME = 64  # bytes of UTF-16 at the beginning of a DEVMODE
MACRO_TYPES = (b"macroEnabled", b"vbaProject")

CORE = {
    "creator": "author",
    "lastModifiedBy": "last_modified_by",
    "created": "created",
    "modified": "modified",
    "lastPrinted": "printed",
    "revision": "revisions",
    "title": "title",
    "subject": "subject",
    "keywords": "keywords",
    "description": "comment",
    "Application": "software",
    "AppVersion": "software",
    "Company": "company",
    "Manager": "manager",
    "Template": "template",
    "TotalTime": "edit_time",
    "HyperlinkBase": "remote",
}
META = {
    "initial-creator": "author",
    "creator": "last_modified_by",
    "creation-date": "created",
    "date": "modified",
    "print-date": "printed",
    "printed-by": "owner",
    "editing-cycles": "revisions",
    "editing-duration": "edit_time",
    "generator": "software",
    "title": "title",
    "subject": "subject",
    "keyword": "keywords",
    "description": "comment",
    "user-defined": "comment",
}
AUTHORED = {"ins": "tracked_author", "del": "tracked_author", "moveFrom": "tracked_author", "moveTo": "tracked_author"}


def open_package(source: Source) -> Zip:
    """
    Raises:
        Refused: no honest office document looks like this.
    """
    package = Zip(source.data)
    if package.overlaps():
        raise Refused("overlap")
    if package.bombs():
        raise Refused("bomb")
    return package


def copy(source: Source, answer: Answer) -> None:
    package = open_package(source)
    answer.note("no_layout")
    if _has_macros(package):
        answer.note("macros")
    office_text.write(package, source.kind, answer)
    answer.send_text()
    found: list[tuple[str, bytes]] = []
    for name in sorted(name for name in package.names if PICTURES.fullmatch(name)):
        if len(found) > limits.EMBEDDED_IMAGES * 2:
            break
        try:
            found.append((name, package.read(name)))
        except Refused:
            answer.note("image_failed")
    image.render_embedded(found, answer)


def examine(source: Source, answer: Answer) -> None:
    package = open_package(source)
    if _has_macros(package):
        answer.trait("macros")
    _tell_members(package, answer)
    for name in [name for name in package.names if PICTURES.fullmatch(name)][: limits.EMBEDDED_IMAGES]:
        with contextlib.suppress(Refused):
            metadata.tell_embedded(package.read(name), answer)
    readers = (_open_document,) if source.kind in OPEN_DOCUMENT else (_properties, _people, _relations, _printers)
    for reader in readers:
        try:
            reader(package, answer)
        except Refused as refused:
            # One damaged part says nothing against the others; a trap does.
            if refused.code != "malformed":
                raise
            answer.note("part_failed")


def _tell_members(package: Zip, answer: Answer) -> None:
    """What the names of the members say."""
    for one in package.entries:
        name = one.filename
        if THUMBNAIL.match(name):
            answer.trait("thumbnail", posixpath.basename(name))
        if OBJECTS.fullmatch(name):
            answer.trait("embedded", posixpath.basename(name.rstrip("/")))
        if "signatures" in name.lower():
            answer.trait("signed")
        if PICTURES.fullmatch(name) or OBJECTS.fullmatch(name):
            answer.part(name, one.file_size)


def _has_macros(package: Zip) -> bool:
    if any(MACROS.search(name) for name in package.names):
        return True
    types = _maybe(package, "[Content_Types].xml")
    return any(mark in types for mark in MACRO_TYPES)


def _maybe(package: Zip, name: str) -> bytes:
    """A member that may be missing; one that is a trap still refuses the whole document."""
    if name not in package.names:
        return b""
    return package.read(name)


def tell(data: bytes, table: dict[str, str], answer: Answer) -> None:
    """Elements of these names, as traits.

    Raises:
        Refused: see `guard.walk`.
    """
    path: list[str] = []
    held: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name)
        held.clear()

    def end(name: str) -> None:
        path.pop()
        value = "".join(held).strip()
        if name in table and value:
            answer.trait(table[name], value)
        held.clear()

    if data:
        guard.walk(data, start=start, end=end, text=held.append)


def _properties(package: Zip, answer: Answer) -> None:
    for name in ("docProps/core.xml", "docProps/app.xml"):
        tell(_maybe(package, name), CORE, answer)
    tell(_maybe(package, "docProps/custom.xml"), {"lpwstr": "comment", "lpstr": "comment"}, answer)


def _people(package: Zip, answer: Answer) -> None:
    """Names in tracked changes and comments, deleted text, hidden sheets."""
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        _tell_names(name, attributes, answer)
        _tell_hidden(name, attributes, answer)

    def text(value: str) -> None:
        if path[-1:] == ["author"]:
            answer.trait("comment_author", value)

    for name in package.names:
        if office_text.PEOPLE.fullmatch(name):
            guard.walk(package.read(name), start=start, end=lambda _: path.__delitem__(-1), text=text)


def _tell_names(name: str, attributes: dict[str, str], answer: Answer) -> None:
    author = attributes.get("author") or (attributes.get("name") if name in {"cmAuthor", "author"} else None)
    if author:
        answer.trait(AUTHORED.get(name, "comment_author"), author)
    if name in {"presenceInfo", "comment", "cmAuthor"}:
        for key in {"userId", "initials"} & set(attributes):
            answer.trait("account", attributes[key])


def _tell_hidden(name: str, attributes: dict[str, str], answer: Answer) -> None:
    if name == "delText":
        answer.trait("deleted_text")
    if name == "vanish" or (name == "sld" and attributes.get("show") == "0"):
        answer.trait("hidden", "texte" if name == "vanish" else "diapositive")
    if name == "sheet" and attributes.get("state", "visible") != "visible":
        answer.trait("hidden", attributes.get("name", ""))


def _relations(package: Zip, answer: Answer) -> None:
    """What the document would fetch when opened elsewhere; ordinary links, which wait for a click, are left out."""

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") == "External":
            what = attributes.get("Type", "").rpartition("/")[2]
            if what == "attachedTemplate":
                answer.trait("template", attributes.get("Target", ""))
            if what != "hyperlink":
                answer.trait("remote", attributes.get("Target", ""))

    for name in package.names:
        if name.endswith(".rels"):
            guard.walk(package.read(name), start=start)


def _printers(package: Zip, answer: Answer) -> None:
    for name in package.names:
        if PRINTER.search(name):
            device = package.read(name)[:DEVICE_NAME].decode("utf-16-le", "replace").partition("\0")[0]
            answer.trait("printer", device or posixpath.basename(name))


def _open_document(package: Zip, answer: Answer) -> None:
    tell(_maybe(package, "meta.xml"), META, answer)

    def templates(name: str, attributes: dict[str, str]) -> None:
        if name == "template":
            answer.trait("template", attributes.get("title", ""))
            answer.trait("template", attributes.get("href", ""))

    if meta := _maybe(package, "meta.xml"):
        guard.walk(meta, start=templates)
    if settings := _maybe(package, "settings.xml"):
        _settings(settings, answer)
    if content := _maybe(package, "content.xml"):
        _tracked(content, answer)


def _settings(data: bytes, answer: Answer) -> None:
    current = [""]

    def start(_: str, attributes: dict[str, str]) -> None:
        current[0] = attributes.get("name", "")

    def text(value: str) -> None:
        if current[0] == "PrinterName":
            answer.trait("printer", value)

    guard.walk(data, start=start, end=lambda _: current.__setitem__(0, ""), text=text)


def _tracked(data: bytes, answer: Answer) -> None:
    """dc:creator inside the content names who changed or commented."""
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if name == "deletion":
            answer.trait("deleted_text")
        href = attributes.get("href", "")
        if name in {"image", "object"} and "://" in href:
            answer.trait("remote", href)
        if attributes.get("display") in {"none", "false", "collapse"} or attributes.get("visibility") == "collapse":
            answer.trait("hidden", name)

    def text(value: str) -> None:
        if path[-1:] == ["creator"]:
            answer.trait("tracked_author" if "change-info" in path else "comment_author", value)

    guard.walk(data, start=start, end=lambda _: path.__delitem__(-1), text=text)
