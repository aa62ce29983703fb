"""The list of hostile files; how each is made is in corpus.py."""

from __future__ import annotations

import tarfile

from tests.unit.desk.files import corpus as c
from tests.unit.desk.files import honest
from tests.unit.desk.files.corpus import BROKEN, SHOWN, Hostile

IMAGE = ("pixels", *BROKEN)
EITHER = (SHOWN, *BROKEN)
XML = "<w:document xmlns:w='w'>{}</w:document>"

BOMBS = [
    Hostile("flat.zip", c.flat_bomb, (SHOWN,)),
    Hostile("nested.zip", c.nested_bomb, (SHOWN,)),
    Hostile("overlapping.zip", c.overlapping, (SHOWN,)),
    Hostile("overlapping.docx", lambda: c.overlapping(name=b"word/%d"), ("overlap",)),
    Hostile("directory.zip", c.zip_directory, ("bomb",)),
    Hostile("many.zip", c.zip_many, (SHOWN,)),
    Hostile("quine.gz", c.quine_gzip, (SHOWN,)),
    Hostile("bomb.gz", lambda: honest.gz(bytes(600 * c.MIB)), ("bomb",)),
    Hostile("bomb.tgz", lambda: honest.tar(content=bytes(600 * c.MIB), mode="w:gz"), ("bomb",)),
    Hostile("bomb.docx", c.bomb_in_office, ("bomb",)),
    Hostile("slow-bomb.docx", c.slow_bomb_in_office, ("bomb",)),
    Hostile("bomb.png", lambda: c.png(9_000, 9_000, c.zeros(256 * c.MIB)), EITHER),
    Hostile("sides.png", lambda: c.png(100_000, 100_000, c.zeros(c.MIB)), IMAGE),
    Hostile("sides-max.png", lambda: c.png(0x7FFFFFFF, 0x7FFFFFFF, b""), IMAGE),
    Hostile("text.png", lambda: c.png(1, 1, c.zeros(0), c.chunk(b"zTXt", b"a\0\0" + c.zeros(128 * c.MIB))), EITHER),
    Hostile("profile.png", lambda: c.png(1, 1, c.zeros(0), c.chunk(b"iCCP", b"a\0\0" + c.zeros(256 * c.MIB))), EITHER),
    Hostile("sides.gif", lambda: c.gif(65_535, 65_535), IMAGE),
    Hostile("frame.gif", lambda: c.gif(10, 10, frame=(65_535, 65_535)), IMAGE),
    Hostile("frames.gif", c.many_frames, EITHER),
    Hostile("sides.jpg", lambda: c.jpeg_sides(65_500, 65_500), IMAGE),
    Hostile("segments.jpg", c.jpeg_segments, EITHER),
    Hostile("exif-loop.jpg", c.exif_loop, EITHER),
    Hostile("sides.webp", c.webp_sides, IMAGE),
    Hostile("sides.tif", lambda: c.tiff_strip(1_000_000, 1_000_000, 1, b"x"), IMAGE),
    Hostile("bomb.tif", lambda: c.tiff_strip(9_000, 9_000, 8, c.zeros(256 * c.MIB)), EITHER),
    Hostile("loop.tif", lambda: c.tiff([(256, 4, 1, 1), (257, 4, 1, 1)], following=8), IMAGE),
    Hostile("count.tif", lambda: c.tiff([(270, 2, 0xFFFFFFFF, 8)]), IMAGE),
    Hostile(
        "sides.bmp", lambda: b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + b"\xff\xff\xff\x7f" * 2 + bytes(40), IMAGE
    ),
]
OFFICE = [
    Hostile("laughs.docx", lambda: c.office(c.LAUGHS), ("entities",)),
    Hostile("external.docx", lambda: c.office(c.EXTERNAL), ("entities",)),
    Hostile("dtd.docx", lambda: c.office(c.REMOTE_DTD), ("entities",)),
    Hostile("laughs.odt", lambda: honest.package({"mimetype": MIME, "content.xml": c.LAUGHS}), ("entities",)),
    Hostile("deep.docx", lambda: c.office(XML.format("<w:p>" * 100_000 + "</w:p>" * 100_000)), ("deep",)),
    Hostile("wide.docx", lambda: c.office(XML.format("<w:p/>" * 1_200_000)), ("deep", SHOWN)),
    Hostile("attributes.docx", c.attributes_in_office, EITHER),
    Hostile("broken.docx", lambda: c.office("<w:document><w:p>"), ("malformed",)),
    Hostile("charset.docx", lambda: c.office("<?xml version='1.0' encoding='zlib_codec'?><a/>"), ("malformed",)),
    Hostile("empty.docx", lambda: honest.package({"word/other.xml": ""}), ("malformed",)),
    Hostile("sealed.docx", c.sealed_zip, ("encrypted",)),
    Hostile("macro.docm", lambda: honest.docx(**{"vbaProject.bin": honest.ole()}), (SHOWN,)),
    Hostile(
        "macro.odt", lambda: honest.package({"mimetype": MIME, "Basic/a.xml": "x", "content.xml": "<a/>"}), (SHOWN,)
    ),
    Hostile("bomb-inside.docx", lambda: honest.docx(**{"media/b.png": c.png(60_000, 60_000, b"")}), (SHOWN,)),
    Hostile("escape.docx", lambda: c.office(honest.WORD, **{"../../word/media/x.png": b"x"}), (SHOWN,)),
    Hostile("repeat.ods", lambda: honest.open_document("spreadsheet", REPEAT), (SHOWN,)),
    Hostile("legacy.doc", honest.ole, ("legacy",)),
    Hostile("loop.doc", c.ole_loop, ("legacy",)),
    Hostile("macro.xls", lambda: honest.ole(["Workbook", "_VBA_PROJECT_CUR"]), ("legacy",)),
]
MIME = "application/vnd.oasis.opendocument.text"
REPEAT = "<table:table-cell table:number-columns-repeated='2000000000'><text:p>x</text:p></table:table-cell>" * 3
ARCHIVES = [
    Hostile("links.zip", c.zip_links, (SHOWN,)),
    Hostile("names.zip", c.zip_names, (SHOWN,)),
    Hostile("devices.tar", lambda: c.links([("a", tarfile.CHRTYPE, ""), ("b", tarfile.BLKTYPE, "")]), (SHOWN,)),
    Hostile("pipe.tar", lambda: c.links([("a", tarfile.FIFOTYPE, "")]), (SHOWN,)),
    Hostile(
        "links.tar",
        lambda: c.links([("a", tarfile.SYMTYPE, "/etc/shadow"), ("../../b", tarfile.LNKTYPE, "a")]),
        (SHOWN,),
    ),
    Hostile("sparse.tar", c.tar_sparse, ("bomb",)),
    Hostile("pax.tar", c.tar_pax, EITHER),
    Hostile("cut.tar", lambda: honest.tar(content=bytes(5000))[:2000], EITHER),
    Hostile("cut.zip", lambda: honest.zipped()[:-10], BROKEN),
    Hostile("a.7z", lambda: c.noise(1, head=b"7z\xbc\xaf\x27\x1c"), ("archive",)),
    Hostile("a.rar", lambda: c.noise(2, head=b"Rar!\x1a\x07\x01\0"), ("archive",)),
    Hostile("a.xz", lambda: c.noise(3, head=b"\xfd7zXZ\0"), ("archive",)),
    Hostile("noise.gz", lambda: c.noise(4, head=b"\x1f\x8b\x08\x08"), BROKEN),
    Hostile("noise.zip", lambda: c.noise(5, head=b"PK\x03\x04"), BROKEN),
]
PAPERS = [
    Hostile("script.pdf", lambda: honest.pdf(catalog="/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), (SHOWN,)),
    Hostile("launch.pdf", lambda: honest.pdf(catalog="/OpenAction<</S/Launch/F(/bin/sh)>>"), (SHOWN,)),
    Hostile(
        "embedded.pdf", lambda: honest.pdf(catalog="/Names<</EmbeddedFiles<</Names[(a.exe)<</F(a.exe)>>]>>>>"), (SHOWN,)
    ),
    Hostile(
        "loop.pdf", lambda: honest.assemble(["<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 9>>"], "/Prev 9"), EITHER
    ),
    Hostile("xref.pdf", lambda: honest.pdf().replace(b"0000000", b"9999999"), EITHER),
    Hostile("prev.pdf", lambda: honest.pdf().replace(b"/Info 4 0 R", b"/Prev 0/XRefStm 0"), EITHER),
    Hostile("count.pdf", lambda: honest.pdf().replace(b"/Count 1", b"/Count 2147483647"), EITHER),
    Hostile("pages.pdf", lambda: c.pdf_pages(20_000), EITHER),
    Hostile("box.pdf", lambda: honest.pdf(box="0 0 99999999 99999999"), EITHER),
    Hostile("line.pdf", lambda: honest.pdf(box="0 0 0.0001 14400"), EITHER),
    Hostile("nothing.pdf", lambda: honest.pdf(box="0 0 0 0"), EITHER),
    Hostile("deep.pdf", c.pdf_deep, EITHER),
    Hostile("arrays.pdf", c.pdf_arrays, EITHER),
    Hostile("stream.pdf", c.pdf_stream_bomb, EITHER),
    Hostile("picture.pdf", lambda: c.pdf_image(60_000, 60_000), EITHER),
    Hostile("drawing.pdf", c.pdf_drawing, EITHER),
    Hostile("sealed.pdf", c.pdf_sealed, ("encrypted",)),
    Hostile("cut.pdf", lambda: honest.pdf()[:300], EITHER),
    Hostile("noise.pdf", lambda: c.noise(6, head=b"%PDF-1.7\n"), BROKEN),
    Hostile("deep.eml", c.deep_mail, ("deep", "malformed")),
    Hostile("wide.eml", c.wide_mail, (SHOWN,)),
    Hostile("boundaries.eml", lambda: c.wide_mail() + b"\r\nboundary=x" * 2_000, ("deep",)),
    Hostile("headers.eml", c.header_mail, (SHOWN,)),
    Hostile("charset.eml", c.charset_mail, (SHOWN,)),
    Hostile("tags.html", lambda: b"<html>" + b"<a " * 500_000, EITHER),
    Hostile("comments.html", lambda: b"<html>" + b"<!" * 500_000, EITHER),
    Hostile("deep.html", lambda: b"<html>" + b"<div>" * 400_000 + b"x", EITHER),
    Hostile("deep.rtf", lambda: b"{\\rtf1" + b"{" * 900_000, EITHER),
    Hostile("laughs.svg", ("<svg>" + c.LAUGHS).encode, (SHOWN,)),
    Hostile("bidi.txt", "a\u202eb\u2066c\x1b]0;x\x07".encode, (SHOWN,)),
    Hostile("long.txt", lambda: b"a" * 20_000_000, (SHOWN,)),
]
DISGUISED = [
    Hostile("zip-in.pdf", lambda: honest.pdf() + honest.zipped(), (SHOWN,)),
    Hostile("zip-in.jpg", lambda: honest.jpeg() + honest.zipped(), (SHOWN,)),
    Hostile("script-in.gif", lambda: b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)//", IMAGE),
    Hostile("program.pdf", lambda: b"MZ\x90\0" + bytes(200), ("program",)),
    Hostile("program.jpg", lambda: c.noise(7, head=b"\x7fELF\x02"), ("program",)),
    Hostile("page.txt", lambda: b"<html><script>x</script>", (SHOWN,)),
    Hostile("photo\u202egpj.exe", honest.jpeg, (SHOWN,)),
    Hostile("\ud800.txt", lambda: b"x", (SHOWN,)),
    Hostile("../../../etc/passwd", lambda: b"x", (SHOWN,)),
    Hostile("empty.pdf", lambda: b"", ("empty",)),
    Hostile("zeros.bin", lambda: bytes(100_000), ("unknown",)),
    Hostile("noise.bin", lambda: c.noise(8), (*EITHER, "unknown", "openpgp", "media")),
]
WHOLE = {
    "pdf": honest.pdf,
    "jpg": honest.jpeg,
    "png": honest.png,
    "gif": honest.gif,
    "webp": lambda: honest.image("WEBP"),
    "tif": lambda: honest.image("TIFF", compression="tiff_lzw"),
    "bmp": lambda: honest.image("BMP"),
    "docx": honest.docx,
    "odt": lambda: honest.open_document("text", honest.ODT_BODY),
    "eml": honest.eml,
    "tgz": lambda: honest.tar(mode="w:gz"),
    "doc": honest.ole,
}
ANY = (SHOWN, "unknown", *BROKEN, "pixels", "entities", "deep", "bomb", "overlap", "encrypted", "legacy")
DAMAGED = [Hostile(f"half.{end}", lambda make=make: make()[: len(make()) // 2], ANY) for end, make in WHOLE.items()] + [
    Hostile(f"scratched.{end}", lambda make=make: c.scratched(make(), 9), ANY) for end, make in WHOLE.items()
]

FILES = [*BOMBS, *OFFICE, *ARCHIVES, *PAPERS, *DISGUISED, *DAMAGED]
