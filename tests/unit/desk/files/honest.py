"""Honest files of each kind, made here, with traces of a person who does not exist."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Iterable

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

NAME = "Camille Témoin"
WORDS = "La caisse a été vidée le 3 mars."
XMP = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
    "xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
    "xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:xmpMM='http://ns.adobe.com/xap/1.0/mm/'>"
    "<rdf:Description xmp:CreatorTool='Photo 9' exif:GPSLatitude='48,51.5N' xmpMM:DocumentID='uuid:77'>"
    f"<dc:creator><rdf:Seq><rdf:li>{NAME}</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()


def picture(width: int = 64, height: int = 48) -> Image.Image:
    made = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(made).rectangle((4, 4, width // 2, height // 2), fill=(200, 30, 30))
    return made


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x013B], made[0x0131] = "Nokia", "3310", "Camille", "Retouche 2"
    made.get_ifd(0x8769).update({0x9003: "2026:03:03 10:00:00", 0xA431: "SN12345", 0x9286: b"ASCII\0\0\0bonjour"})
    made.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "W", 4: (2.0, 21.0, 0.0)})
    return made


def image(form: str, **options: object) -> bytes:
    held = io.BytesIO()
    picture().save(held, form, **options)
    return held.getvalue()


def jpeg() -> bytes:
    return image("JPEG", exif=exif(), comment=b"depuis mon bureau", xmp=XMP)


def png() -> bytes:
    texts = PngInfo()
    texts.add_text("Author", NAME)
    texts.add_text("Note", "brouillon")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    return image("PNG", pnginfo=texts, exif=exif())


def gif(frames: int = 3) -> bytes:
    held = io.BytesIO()
    first, *more = [picture(40 + 0 * number, 30).rotate(number * 30) for number in range(frames)]
    first.save(held, "GIF", save_all=True, append_images=more, comment=b"vu au bureau")
    return held.getvalue()


def pdf(pages: Iterable[str] = (WORDS,), *, extra: str = "", catalog: str = "", box: str = "0 0 595 842") -> bytes:
    """Objects by hand: 1 catalog, 2 pages, 3 font, 4 info, then two for each page."""
    texts = list(pages)
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(texts)))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{catalog}>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(texts)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        f"<</Author({NAME})/Producer(Bureau 7)/CreationDate(D:20260303100000)/Title(Note)>>",
    ]
    for number, text in enumerate(texts):
        drawn = f"BT /F1 14 Tf 40 700 Td ({text}) Tj ET"
        place = f"/Parent 2 0 R/MediaBox[{box}]/Resources<</Font<</F1 3 0 R>>>>"
        objects.append(f"<</Type/Page{place}/Contents {6 + 2 * number} 0 R{extra}>>")
        objects.append(f"<</Length {len(drawn.encode('cp1252'))}>>stream\n{drawn}\nendstream")
    return assemble(objects)


def assemble(objects: list[str], trailer: str = "/Info 4 0 R") -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode("cp1252")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    for place in places:
        out += f"{place:010} 00000 n \n".encode()
    out += f"trailer\n<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def package(members: dict[str, str | bytes], *, first: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name), content, first if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return held.getvalue()


CORE = (
    "<cp:coreProperties xmlns:cp='c' xmlns:dc='d' xmlns:dcterms='t'>"
    f"<dc:creator>{NAME}</dc:creator><cp:lastModifiedBy>Poste 12</cp:lastModifiedBy><cp:revision>7</cp:revision>"
    "<dcterms:created>2026-03-03T10:00:00Z</dcterms:created></cp:coreProperties>"
)
APP = (
    "<Properties><Application>Bureau</Application><Company>Coop Exemple</Company>"
    "<Template>C:\\cam\\n.dotx</Template></Properties>"
)
TYPES = "<Types><Override PartName='/word/document.xml' ContentType='main+xml'/></Types>"
WORD = (
    "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>" + WORDS + "</w:t></w:r><w:r><w:tab/><w:t>Fin</w:t></w:r></w:p>"
    "<w:p><w:ins w:author='Dominique'><w:r><w:t>ajout</w:t></w:r></w:ins>"
    "<w:del w:author='Dominique'><w:r><w:delText>secret</w:delText></w:r></w:del></w:p></w:body></w:document>"
)


def docx(**more: str | bytes) -> bytes:
    """Members by their place with dots for slashes are awkward: `more` replaces or adds `word/…` members."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "docProps/core.xml": CORE,
        "docProps/app.xml": APP,
        "word/document.xml": WORD,
        "word/comments.xml": "<w:comments xmlns:w='w'><w:comment w:author='Sacha' w:initials='SX'><w:p><w:r>"
        "<w:t>revoir</w:t></w:r></w:p></w:comment></w:comments>",
        "word/_rels/document.xml.rels": "<Relationships>"
        "<Relationship TargetMode='External' Type='x/image' Target='http://pixel.example/a.png'/>"
        "<Relationship TargetMode='External' Type='x/hyperlink' Target='http://ok/'/>"
        "<Relationship TargetMode='External' Type='x/attachedTemplate' Target='file:///home/cam/n.dotx'/>"
        "</Relationships>",
        "word/media/image1.png": png(),
        "word/printerSettings1.bin": "HP-Etage-2".encode("utf-16-le") + bytes(64),
    }
    return package(members | {f"word/{name}": content for name, content in more.items()})


def xlsx() -> bytes:
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "docProps/core.xml": CORE,
            "xl/workbook.xml": "<workbook><sheets><sheet name='A'/>"
            "<sheet name='Caché' state='hidden'/></sheets></workbook>",
            "xl/sharedStrings.xml": f"<sst><si><t>{WORDS}</t></si>"
            "<si><r><t>deux </t></r><r><t>bouts</t></r></si></sst>",
            "xl/worksheets/sheet1.xml": "<worksheet><sheetData><row><c t='s'><v>0</v></c><c><v>12.5</v></c></row>"
            "<row><c t='s'><v>1</v></c><c t='s'><v>99</v></c><c t='inlineStr'><is><t>ici</t></is></c></row>"
            "</sheetData></worksheet>",
        }
    )


def pptx() -> bytes:
    slide = "<p:sld xmlns:p='p' xmlns:a='a' show='0'><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:sld>"
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/slides/slide10.xml": slide.format("dix"),
            "ppt/slides/slide2.xml": slide.format(WORDS),
            "ppt/notesSlides/notesSlide1.xml": slide.format("note cachée"),
            "ppt/commentAuthors.xml": f"<x><cmAuthor name='{NAME}' initials='CT'/></x>",
        }
    )


META = (
    f"<office:meta xmlns:office='o' xmlns:meta='m' xmlns:dc='d'><meta:initial-creator>{NAME}</meta:initial-creator>"
    "<dc:creator>Poste 12</dc:creator><meta:printed-by>Camille</meta:printed-by>"
    "<meta:generator>Libre 9</meta:generator>"
    "<meta:template title='Modèle coop' href='/home/cam/m.ott'/></office:meta>"
)


def open_document(kind: str, body: str, *, first: int = zipfile.ZIP_STORED) -> bytes:
    return package(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": "<office:document-content xmlns:office='o' xmlns:text='t' xmlns:table='b' xmlns:dc='d' "
            f"xmlns:draw='w' xmlns:x='x'><office:body>{body}</office:body></office:document-content>",
            "meta.xml": META,
            "settings.xml": "<s xmlns:c='c'><c:config-item c:name='PrinterName'>HP-Etage-2</c:config-item></s>",
            "Pictures/a.jpg": jpeg(),
            "Thumbnails/thumbnail.png": image("PNG"),
        },
        first=first,
    )


ODT_BODY = (
    f"<text:h>Titre</text:h><text:p>{WORDS}<text:s/>fin<text:tab/>!</text:p><text:tracked-changes><text:changed-region>"
    "<text:deletion><office:change-info><dc:creator>Dominique</dc:creator></office:change-info></text:deletion>"
    "</text:changed-region></text:tracked-changes><draw:image x:href='http://pixel.example/b'/>"
    "<text:section text:display='none'/><office:annotation><dc:creator>Sacha</dc:creator></office:annotation>"
)


def eml() -> bytes:
    held = [
        "Received: from [10.1.2.3] by mx.example; Tue, 3 Mar 2026 10:00:00 +0100",
        "From: =?utf-8?q?Camille_T=C3=A9moin?= <camille@coop.example>",
        "To: tresorier@coop.example",
        "X-Originating-IP: [192.0.2.7]",
        "Message-ID: <1@coop.example>",
        "Subject: Les comptes",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=B",
        "",
        "--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + WORDS,
        "--B\r\nContent-Type: text/html; charset=latin-1\r\n\r\n<p>Bonjour<br>suite</p><script>x()</script>"
        "<img src='http://pixel.example/c'>",
        "--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(image("PNG")),
        "--B\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=releve.pdf\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n" + b64(pdf()),
        "--B--",
    ]
    return "\r\n".join(held).encode()


def b64(data: bytes) -> str:
    import base64

    return base64.encodebytes(data).decode()


def zipped(**options: bytes) -> bytes:
    return package({"dossier/": b"", "dossier/note.txt": WORDS} | dict(options))


def tar(members: Iterable[tarfile.TarInfo] | None = None, *, content: bytes = b"abc", mode: str = "w") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as made:  # type: ignore[call-overload]
        if members is None:
            one = tarfile.TarInfo("dossier/note.txt")
            one.uname, one.uid = "camille", 1000
            members = [one]
        for one in members:
            if one.isreg():
                one.size = len(content)
            made.addfile(one, io.BytesIO(content))
    return held.getvalue()


def gz(data: bytes = b"bonjour", name: str = "note-camille.txt") -> bytes:
    held = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=held, mtime=1_772_500_000) as made:
        made.write(data)
    return held.getvalue()


def ole(names: Iterable[str] = ("Root Entry", "WordDocument", "VBA")) -> bytes:
    """One directory sector, one allocation table: enough of a compound file for its names."""
    entries = b""
    for name in names:
        letters = (name + "\0").encode("utf-16-le")
        entries += letters.ljust(64, b"\0") + struct.pack("<H", len(letters)) + bytes(62)
    sectors = max(1, -(-len(entries) // 512))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(30, b"\0") + struct.pack("<H", 9)
    head = head.ljust(48, b"\0") + struct.pack("<L", 1)
    head = head.ljust(76, b"\0") + struct.pack("<L", 0) + b"\xff" * (4 * 108)
    chain = [0xFFFFFFFD, *range(2, sectors + 1), 0xFFFFFFFE]
    table = b"".join(struct.pack("<L", one) for one in chain).ljust(512, b"\xff")
    return head + table + entries.ljust(sectors * 512, b"\0")


def heic() -> bytes:
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40) + exif().tobytes() + bytes(20)


RTF = (
    b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}{\\info{\\author Camille}{\\company Coop}}\\f0 La caisse a \\'e9t\\'e9 "
    b"vid\\u233?e.\\par Fin{\\*\\hidden x} \\{ok\\}~\\~}"
)
HTML = (
    "<!DOCTYPE html><html><head><title>t</title><style>p{}</style></head><body onload='x()'><h1>Titre</h1>"
    "<p>déjà&nbsp;là</p><script>mal()</script><img src='https://pixel.example/d.png'></body></html>"
)
SVG = "<svg xmlns='http://www.w3.org/2000/svg'><script>mal()</script><text>bonjour</text></svg>"
