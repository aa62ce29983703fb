"""Which reader takes which kind. Only the worker imports this: it loads the parsers."""

from __future__ import annotations

from collections.abc import Callable

from app.desk.files import archive, image, kinds, mail, metadata, office, ole, pdf, text
from app.desk.files.kinds import Kind
from app.desk.files.reading import Answer, Refused, Source

Reader = Callable[[Source, Answer], None]


def prepare() -> None:
    """Let the libraries load what they would load late: afterwards there is no file to load it from."""
    image.prepare()
    pdf.prepare()
    mail.prepare()


def _refusing(code: str) -> Reader:
    def refuse(_: Source, __: Answer) -> None:
        raise Refused(code)

    return refuse


def _telling(reader: Reader) -> Reader:
    """What holds for every kind is told before its own reader begins, which may fail."""

    def tell(source: Source, answer: Answer) -> None:
        if kinds.hides_zip(source.kind, source.tail):
            answer.trait("polyglot")
        reader(source, answer)

    return tell


def _nothing(_: Source, __: Answer) -> None:
    """No metadata is read; the kind itself was told."""


_NO_COPY: dict[Kind, str] = {
    Kind.HEIC: "heic",
    Kind.OLE: "legacy",
    Kind.SEVENZIP: "archive",
    Kind.RAR: "archive",
    Kind.XZ: "archive",
    Kind.BZ2: "archive",
    Kind.AUDIO: "media",
    Kind.VIDEO: "media",
    Kind.EXECUTABLE: "program",
    Kind.OPENPGP: "openpgp",
    Kind.EMPTY: "empty",
    Kind.UNKNOWN: "unknown",
}
COPY: dict[Kind, Reader] = {
    Kind.PDF: pdf.copy,
    Kind.EML: mail.copy,
    Kind.RTF: text.copy_rtf,
    Kind.HTML: text.copy_html,
    Kind.SVG: text.copy_source,
    Kind.TEXT: text.copy,
    Kind.ZIP: archive.copy,
    Kind.TAR: archive.copy,
    Kind.GZIP: archive.copy,
    **dict.fromkeys(kinds.IMAGES, image.copy),
    **dict.fromkeys(kinds.OFFICE, office.copy),
    **{kind: _refusing(code) for kind, code in _NO_COPY.items()},
}
EXAMINE: dict[Kind, Reader] = {
    kind: _telling(reader)
    for kind, reader in {
        **dict.fromkeys(Kind, _nothing),
        Kind.PDF: pdf.examine,
        Kind.EML: mail.examine,
        Kind.RTF: text.examine_rtf,
        Kind.HTML: text.examine_html,
        Kind.SVG: text.examine_html,
        Kind.TEXT: text.examine,
        Kind.OLE: ole.examine,
        Kind.HEIC: metadata.examine_heic,
        Kind.VIDEO: metadata.examine_video,
        Kind.AUDIO: metadata.examine_video,
        Kind.ZIP: archive.examine,
        Kind.TAR: archive.examine,
        Kind.GZIP: archive.examine,
        **dict.fromkeys(kinds.IMAGES, image.examine),
        **dict.fromkeys(kinds.OFFICE, office.examine),
    }.items()
}
