"""What a file is, told from its bytes. Pure; looks at fixed places and never follows a length that the file gives."""

from __future__ import annotations

import re
import zlib
from enum import StrEnum

PREFIX = 8192  # bytes of the beginning that `sniff` wants
TAIL = 65_557  # bytes of the end: a ZIP's last record with the longest comment


class Kind(StrEnum):
    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    TIFF = "tiff"
    BMP = "bmp"
    HEIC = "heic"
    TEXT = "text"
    HTML = "html"
    RTF = "rtf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODT = "odt"
    ODS = "ods"
    ODP = "odp"
    OLE = "ole"
    EML = "eml"
    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    SEVENZIP = "7z"
    RAR = "rar"
    XZ = "xz"
    BZ2 = "bz2"
    AUDIO = "audio"
    VIDEO = "video"
    EXECUTABLE = "executable"
    SVG = "svg"
    OPENPGP = "openpgp"
    EMPTY = "empty"
    UNKNOWN = "unknown"


IMAGES = frozenset({Kind.JPEG, Kind.PNG, Kind.GIF, Kind.WEBP, Kind.TIFF, Kind.BMP})
OFFICE = frozenset({Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.ODT, Kind.ODS, Kind.ODP})
ARCHIVES = frozenset({Kind.ZIP, Kind.TAR, Kind.GZIP})
WRITTEN = frozenset({Kind.TEXT, Kind.HTML, Kind.RTF, Kind.SVG})

MAGIC = (
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0", Kind.TIFF),
    (b"MM\0+", Kind.TIFF),
    (b"{\\rtf", Kind.RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.OLE),
    (b"\x1f\x8b", Kind.GZIP),
    (b"7z\xbc\xaf\x27\x1c", Kind.SEVENZIP),
    (b"Rar!\x1a\x07", Kind.RAR),
    (b"\xfd7zXZ\0", Kind.XZ),
    (b"OggS", Kind.AUDIO),
    (b"fLaC", Kind.AUDIO),
    (b"#!AMR", Kind.AUDIO),
    (b"\xff\xfb", Kind.AUDIO),
    (b"\xff\xf3", Kind.AUDIO),
    (b"\xff\xf2", Kind.AUDIO),
    (b"\x1aE\xdf\xa3", Kind.VIDEO),
    (b"FLV\x01", Kind.VIDEO),
    (b"\0\0\x01\xba", Kind.VIDEO),
    (b"\x7fELF", Kind.EXECUTABLE),
    (b"\xca\xfe\xba\xbe", Kind.EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", Kind.EXECUTABLE),
    (b"\xce\xfa\xed\xfe", Kind.EXECUTABLE),
    (b"L\0\0\0\x01\x14\x02\0", Kind.EXECUTABLE),
    (b"-----BEGIN PGP ", Kind.OPENPGP),
)
OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": Kind.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
    b"application/vnd.oasis.opendocument.presentation": Kind.ODP,
}
FOLDERS = {b"word": Kind.DOCX, b"xl": Kind.XLSX, b"ppt": Kind.PPTX}
# A name where a ZIP keeps one: behind a local header, or behind an entry of the directory at the end.
MEMBER = re.compile(rb"(?:PK\x03\x04.{26}|PK\x01\x02.{42})(word|xl|ppt)/", re.DOTALL)
# The two names without which nothing is an OpenDocument package, in the directory at the end.
DIRECTORY = (
    re.compile(rb"PK\x01\x02.{24}\x0b\0.{16}content\.xml", re.DOTALL),
    re.compile(rb"PK\x01\x02.{24}\x15\0.{16}META-INF/manifest\.xml", re.DOTALL),
)
LOCAL_HEADER, DEFLATED = 30, b"\x08\0"
FIRST = (b"[Content_Types].xml", b"_rels/.rels", b"docProps/", b"customXml/", b"word/", b"xl/", b"ppt/")
HEADER = re.compile(
    rb"(?:Return-Path|Received|Message-ID|MIME-Version|From|To|Cc|Subject|Date|Delivered-To|Reply-To|Sender|"
    rb"Content-Type|DKIM-Signature|X-[A-Za-z-]+): ?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n",
    re.IGNORECASE,
)
# What a mail program writes, and no minutes that begin with a date and a name.
MAILED = re.compile(
    rb"^(?:Message-ID|MIME-Version|Received|Subject|Content-Type|Return-Path):", re.IGNORECASE | re.MULTILINE
)
BLANK = re.compile(rb"\r?\n\r?\n")
# Letters that a text may begin with too, so what follows them counts: the version, flags and size of ID3v2; a zero
# byte in the sizes of a GIF; the length and version of an OpenPGP packet.
ID3 = re.compile(rb"ID3[\x02-\x04][\0-\xfe][\0\x10\x20\x40\x60\x80\xa0\xc0\xe0][\0-\x7f]{4}", re.DOTALL)
GIF = re.compile(rb"GIF8[79]a(?=.{0,6}\0)", re.DOTALL)
PACKET = re.compile(
    rb"[\x84\x85].{1,2}\x03|\xc1.{1,2}\x03|\xd2(?:[\xe0-\xfe]|[\0-\xbf]|[\xc0-\xdf].|\xff.{4})[\x01\x02]", re.DOTALL
)
SHAPES = (
    (GIF, Kind.GIF),
    (ID3, Kind.AUDIO),
    (PACKET, Kind.OPENPGP),
    (re.compile(rb"BZh[1-9]1AY&SY"), Kind.BZ2),
)
TAG = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|iframe|table|div|meta)[\s>]", re.IGNORECASE)
CONTROL = bytes(set(range(1, 32)) - {9, 10, 12, 13})
FEW_CONTROLS = 2  # in a short text; one in twenty in a long one

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
# Whatever is not here is told as bytes, which promises nothing.
MEDIA = {
    Kind.PDF: "application/pdf",
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.GIF: "image/gif",
    Kind.WEBP: "image/webp",
    Kind.TIFF: "image/tiff",
    Kind.BMP: "image/bmp",
    Kind.HEIC: "image/heic",
    Kind.SVG: "image/svg+xml",
    Kind.TEXT: "text/plain",
    Kind.EMPTY: "text/plain",
    Kind.HTML: "text/html",
    Kind.RTF: "application/rtf",
    Kind.DOCX: f"{_OFFICE}wordprocessingml.document",
    Kind.XLSX: f"{_OFFICE}spreadsheetml.sheet",
    Kind.PPTX: f"{_OFFICE}presentationml.presentation",
    Kind.ODT: f"{_OPEN}text",
    Kind.ODS: f"{_OPEN}spreadsheet",
    Kind.ODP: f"{_OPEN}presentation",
    Kind.OLE: "application/x-ole-storage",
    Kind.EML: "message/rfc822",
    Kind.ZIP: "application/zip",
    Kind.TAR: "application/x-tar",
    Kind.GZIP: "application/gzip",
    Kind.SEVENZIP: "application/x-7z-compressed",
    Kind.RAR: "application/vnd.rar",
    Kind.XZ: "application/x-xz",
    Kind.BZ2: "application/x-bzip2",
    Kind.OPENPGP: "application/pgp-encrypted",
}
BYTES = "application/octet-stream"

EXTENSIONS: dict[str, frozenset[Kind]] = {
    name: frozenset(kinds)
    for names, kinds in (
        ("pdf", (Kind.PDF,)),
        ("jpg jpeg jpe jfif", (Kind.JPEG,)),
        ("png", (Kind.PNG,)),
        ("gif", (Kind.GIF,)),
        ("webp", (Kind.WEBP,)),
        ("tif tiff", (Kind.TIFF,)),
        ("bmp dib", (Kind.BMP,)),
        ("heic heif avif", (Kind.HEIC,)),
        ("txt md log csv tsv json xml ini", (Kind.TEXT, Kind.EMPTY)),
        ("htm html xhtml", (Kind.HTML, Kind.TEXT)),
        ("rtf", (Kind.RTF,)),
        ("docx docm dotx dotm", (Kind.DOCX,)),
        ("xlsx xlsm xltx xltm", (Kind.XLSX,)),
        ("pptx pptm ppsx potx", (Kind.PPTX,)),
        ("odt ott", (Kind.ODT,)),
        ("ods ots", (Kind.ODS,)),
        ("odp otp", (Kind.ODP,)),
        ("doc dot", (Kind.OLE, Kind.RTF)),
        ("xls ppt pps msg", (Kind.OLE,)),
        ("eml", (Kind.EML, Kind.TEXT)),
        ("zip", (Kind.ZIP,)),
        ("tar", (Kind.TAR,)),
        ("gz tgz", (Kind.GZIP,)),
        ("7z", (Kind.SEVENZIP,)),
        ("rar", (Kind.RAR,)),
        ("xz", (Kind.XZ,)),
        ("bz2", (Kind.BZ2,)),
        ("mp3 m4a wav ogg oga flac amr aac opus", (Kind.AUDIO, Kind.VIDEO)),
        ("mp4 mov avi mkv webm mpg mpeg 3gp m4v", (Kind.VIDEO, Kind.AUDIO)),
        ("exe dll scr com msi lnk", (Kind.EXECUTABLE, Kind.OLE)),
        ("svg", (Kind.SVG,)),
        ("asc gpg pgp sig", (Kind.OPENPGP, Kind.TEXT)),
    )
    for name in names.split()
}
# Characters that make a name look like another one: a reversed "fdp.exe" reads as "exe.pdf".
DISGUISE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def sniff(prefix: bytes, tail: bytes = b"") -> Kind:
    """The kind that the bytes say.

    Args:
        prefix: the first `PREFIX` bytes, or the whole file when it is shorter.
        tail: the last `TAIL` bytes; finds a ZIP that begins with something else.
    """
    if not prefix:
        return Kind.EMPTY
    for magic, kind in MAGIC:
        if prefix.startswith(magic):
            return kind
    found = _container(prefix) or _zip(prefix, tail)
    if found is None and b"%PDF-" in prefix[:1024]:
        found = Kind.PDF
    if found is None and b"PK\x05\x06" in tail:
        found = Kind.ZIP
    return found or _written(prefix)


def media_type(prefix: bytes, tail: bytes = b"") -> str:
    """The media type that the bytes say; arguments as for `sniff`."""
    return MEDIA.get(sniff(prefix, tail), BYTES)


def mismatch(kind: Kind, name: str) -> bool:
    """The name says something else than the bytes: another type, or an order of letters that is not what is read."""
    if DISGUISE.search(name):
        return True
    _, dot, extension = name.strip().rpartition(".")
    allowed = EXTENSIONS.get(extension.lower()) if dot else None
    return allowed is not None and kind not in allowed


def hides_zip(kind: Kind, tail: bytes) -> bool:
    """A ZIP lies at the end of a file that begins as something else (a polyglot, or an archive glued to a picture)."""
    return kind not in OFFICE | {Kind.ZIP, Kind.EMPTY} and b"PK\x05\x06" in tail


def _container(prefix: bytes) -> Kind | None:
    """Formats whose mark does not stand at the first byte, or says too little alone."""
    found: Kind | None = None
    if prefix.startswith(b"RIFF"):
        found = {b"WEBP": Kind.WEBP, b"WAVE": Kind.AUDIO, b"AVI ": Kind.VIDEO}.get(prefix[8:12])
    elif prefix[4:8] == b"ftyp":
        brand = prefix[8:12]
        if brand in {b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"}:
            found = Kind.HEIC
        else:
            found = Kind.AUDIO if brand.startswith(b"M4A") else Kind.VIDEO
    elif prefix[257:262] == b"ustar":
        found = Kind.TAR
    elif prefix.startswith(b"BM") and prefix[6:10] == bytes(4):
        found = Kind.BMP
    elif prefix.startswith(b"MZ") and (len(prefix) < 64 or b"\0" in prefix[:64]):
        found = Kind.EXECUTABLE
    else:
        found = next((kind for pattern, kind in SHAPES if pattern.match(prefix)), None)
    return found


def _zip(prefix: bytes, tail: bytes) -> Kind | None:
    if not prefix.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return None
    if prefix[LOCAL_HEADER:38] == b"mimetype":
        said = _mimetype(prefix)
        for mark, kind in OPEN_DOCUMENT.items():
            if said.startswith(mark):
                return kind
    if all(name.search(tail) for name in DIRECTORY):
        return Kind.ODT  # whichever it is, it is read in the same way
    member = MEMBER.search(prefix) or MEMBER.search(tail) if prefix[30:].startswith(FIRST) else None
    return FOLDERS[member[1]] if member else Kind.ZIP


def _mimetype(prefix: bytes) -> bytes:
    """What an OpenDocument package says first. Some programs compress it; as much of it is unpacked as a mark needs."""
    content = prefix[LOCAL_HEADER + 8 + int.from_bytes(prefix[28:30], "little") :]
    if prefix[8:10] != DEFLATED:
        return content
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, max(map(len, OPEN_DOCUMENT)))
    except zlib.error:
        return b""


def _written(prefix: bytes) -> Kind:
    bare = prefix.removeprefix(b"\xef\xbb\xbf").lstrip()
    if bare.startswith(b"<") and re.search(rb"<svg[\s>]", bare[:4096]):
        return Kind.SVG
    if bare.startswith(b"<") and TAG.search(bare[:4096]):
        return Kind.HTML
    if prefix.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Kind.TEXT
    controls = len(prefix) - len(prefix.translate(None, delete=CONTROL))
    if b"\0" in prefix or controls > max(FEW_CONTROLS, len(prefix) // 20):
        return Kind.UNKNOWN
    if _headers(prefix):
        return Kind.EML
    return Kind.TEXT


def _headers(prefix: bytes) -> bool:
    """Two known header lines one behind the other, an mbox line before them at most, and a head as mail has it."""
    at = prefix.find(b"\n") + 1 if prefix.startswith(b"From ") else 0
    first = HEADER.match(prefix, at)
    if not first or not HEADER.match(prefix, first.end()):
        return False
    blank = BLANK.search(prefix)
    # A long head does not end within what is looked at.
    head = prefix[: blank.start()] if blank else prefix if len(prefix) >= PREFIX else b""
    return bool(MAILED.search(head))
