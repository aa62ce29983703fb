"""Honest files of every kind: their content is shown, and what would betray their author is told."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.desk.files import labels, limits, sandbox
from app.desk.files.answers import SafeCopy
from app.desk.files.kinds import Kind
from app.desk.files.labels import NOTES, REFUSALS
from tests.unit.desk.files import honest, inside
from tests.unit.desk.files.honest import NAME, WORDS

ROOT = Path(__file__).resolve().parents[4]

# name: bytes, kind, pages, words of the text
FILES: dict[str, tuple[bytes, Kind, int, tuple[str, ...]]] = {
    "a.pdf": (honest.pdf([WORDS, "Suite"]), Kind.PDF, 2, (WORDS, "Suite")),
    "a.jpg": (honest.jpeg(), Kind.JPEG, 1, ()),
    "a.png": (honest.png(), Kind.PNG, 1, ()),
    "a.gif": (honest.gif(), Kind.GIF, 1, ()),
    "a.webp": (honest.image("WEBP", exif=honest.exif()), Kind.WEBP, 1, ()),
    "a.tif": (honest.image("TIFF", exif=honest.exif()), Kind.TIFF, 1, ()),
    "lzw.tif": (honest.image("TIFF", compression="tiff_lzw"), Kind.TIFF, 1, ()),
    "a.bmp": (honest.image("BMP"), Kind.BMP, 1, ()),
    "a.docx": (honest.docx(), Kind.DOCX, 1, (WORDS, "\tFin", "ajout", "secret", "revoir")),
    "a.xlsx": (honest.xlsx(), Kind.XLSX, 0, (f"{WORDS}\t12.5\t\n", "deux bouts\t?\tici")),
    "a.pptx": (honest.pptx(), Kind.PPTX, 0, (f"{WORDS}\ndix\nnote cachée\n",)),
    "a.odt": (honest.open_document("text", honest.ODT_BODY), Kind.ODT, 1, (f"Titre\n{WORDS} fin\t!\n",)),
    "a.ods": (honest.open_document("spreadsheet", f"<text:p>{WORDS}</text:p>"), Kind.ODS, 1, (WORDS,)),
    "a.odp": (honest.open_document("presentation", f"<text:p>{WORDS}</text:p>"), Kind.ODP, 1, (WORDS,)),
    "a.eml": (honest.eml(), Kind.EML, 1, (WORDS, "From: Camille Témoin <", "Bonjour\nsuite")),
    "a.rtf": (honest.RTF, Kind.RTF, 0, ("La caisse a été vidée.\nFin {ok}~\u00a0",)),
    "a.html": (honest.HTML.encode(), Kind.HTML, 0, ("Titre", "déjà là")),
    "a.svg": (honest.SVG.encode(), Kind.SVG, 0, ("<script>",)),
    "a.txt": (WORDS.encode(), Kind.TEXT, 0, (WORDS,)),
    "ansi.txt": (WORDS.encode("cp1252"), Kind.TEXT, 0, (WORDS,)),
    "wide.txt": (b"\xff\xfe" + WORDS.encode("utf-16-le"), Kind.TEXT, 0, (WORDS,)),
    "a.zip": (honest.zipped(), Kind.ZIP, 0, ("dossier/note.txt", f"{len(WORDS.encode())}  dossier")),
    "a.tar": (honest.tar(), Kind.TAR, 0, ("3  dossier/note.txt",)),
    "a.tgz": (honest.tar(mode="w:gz"), Kind.GZIP, 0, ("3  dossier/note.txt",)),
    "a.gz": (honest.gz(), Kind.GZIP, 0, ("7  note-camille.txt",)),
}


@pytest.fixture(autouse=True)
def _pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limits.SOURCE_PIXELS)


def check(name: str, got: SafeCopy) -> None:
    _, _, pages, words = FILES[name]
    assert got.refusal == ""
    assert len(got.pages) == pages
    for page in got.pages:
        with Image.open(BytesIO(page.png), formats=["PNG"]) as shown:
            assert shown.size == (page.width, page.height)
            assert len(shown.convert("RGB").getcolors(1 << 24) or ()) > 1
    for one in words:
        assert one in got.text.replace("\u00a0", "\u00a0"), got.text
    for never in ("mal()", "fonttbl", "instrText"):
        assert never not in got.text or name == "a.svg"


@pytest.mark.parametrize("name", FILES)
def test_a_safe_copy_shows_it(name: str) -> None:
    data, kind, _, _ = FILES[name]
    check(name, inside.copy(data))
    assert inside.examine(data).kind is kind


@pytest.mark.parametrize("name", FILES)
def test_it_works_in_the_cage_too(name: str) -> None:
    data, kind, _, _ = FILES[name]
    check(name, sandbox.safe_copy(BytesIO(data), len(data), name=name))
    got = sandbox.examine(BytesIO(data), len(data), name=name)
    assert (got.kind, got.label, got.mismatch, got.refusal) == (kind, labels.KINDS[kind], False, "")
    assert got == type(got)(**{**vars(inside.examine(data)), "mismatch": False})


TOLD = {
    "a.pdf": {"author": [NAME], "software": ["Bureau 7"], "created": ["D:20260303100000"], "pages": ["2"]},
    "a.jpg": {
        "author": ["Camille", NAME],
        "camera": ["Nokia", "3310"],
        "position": ["48.858333, -2.350000", "48,51.5N"],
        "serial": ["SN12345"],
        "taken": ["2026:03:03 10:00:00"],
        "comment": ["bonjour", "depuis mon bureau"],
        "document_id": ["uuid:77"],
    },
    "a.png": {
        "author": ["Camille", NAME],
        "comment": ["bonjour", "Note: brouillon"],
        "serial": ["SN12345"],
        "document_id": ["uuid:77"],
    },
    "a.gif": {"frames": ["3"], "comment": ["vu au bureau"]},
    "a.webp": {"author": ["Camille"], "position": ["48.858333, -2.350000"]},
    "a.tif": {"author": ["Camille"], "camera": ["Nokia", "3310"]},
    "a.docx": {
        "author": [NAME],
        "last_modified_by": ["Poste 12"],
        "company": ["Coop Exemple"],
        "revisions": ["7"],
        "template": ["C:\\cam\\n.dotx", "file:///home/cam/n.dotx"],
        "tracked_author": ["Dominique"],
        "comment_author": ["Sacha"],
        "account": ["SX"],
        "deleted_text": [""],
        "remote": ["http://pixel.example/a.png", "file:///home/cam/n.dotx"],
        "printer": ["HP-Etage-2"],
    },
    "a.xlsx": {"hidden": ["Caché"], "author": [NAME]},
    "a.pptx": {"hidden": ["diapositive"], "comment_author": [NAME], "account": ["CT"]},
    "a.odt": {
        "author": ["Camille", NAME],
        "last_modified_by": ["Poste 12"],
        "owner": ["Camille"],
        "template": ["Modèle coop", "/home/cam/m.ott"],
        "printer": ["HP-Etage-2"],
        "tracked_author": ["Dominique"],
        "comment_author": ["Sacha"],
        "thumbnail": ["thumbnail.png"],
        "remote": ["http://pixel.example/b"],
        "hidden": ["section"],
        "deleted_text": [""],
    },
    "a.eml": {
        "from": ["Camille Témoin <camille@coop.example>"],
        "origin": ["[192.0.2.7]"],
        "message_id": ["<1@coop.example>"],
        "embedded": ["releve.pdf (pdf)"],
        "remote": ["pixel.example"],
        "received": ["from [10.1.2.3] by mx.example; Tue, 3 Mar 2026 10:00:00 +0100"],
    },
    "a.rtf": {"author": ["Camille"], "company": ["Coop"]},
    "a.html": {"script": ["JavaScript"], "remote": ["pixel.example"]},
    "a.tar": {"owner": ["camille"], "entries": ["1"]},
    "a.gz": {"file_name": ["note-camille.txt"], "modified": ["2026-03-03T01:06:40+00:00"]},
    "a.zip": {"entries": ["2"]},
}


@pytest.mark.parametrize("name", TOLD)
def test_traces_are_told(name: str) -> None:
    found = inside.told(FILES[name][0])
    assert {key: found.get(key) for key in TOLD[name]} == TOLD[name]


@pytest.mark.parametrize("name", ["a.jpg", "a.docx", "a.odt", "a.eml"])
def test_what_leads_to_somebody_is_marked(name: str) -> None:
    traits = inside.examine(FILES[name][0]).traits
    assert {one.what for one in traits if one.betrays} >= set(TOLD[name]) - set(labels.PLAIN)
    assert all(one.label.fr and one.label.en for one in traits)


NO_COPY = {
    "legacy": honest.ole(),
    "heic": honest.heic(),
    "archive": b"7z\xbc\xaf\x27\x1c" + bytes(40),
    "media": b"ID3\x04" + bytes(40),
    "program": b"\x7fELF" + bytes(60),
    "openpgp": b"-----BEGIN PGP MESSAGE-----\n",
    "unknown": bytes(range(1, 40)),
    "empty": b"",
}


@pytest.mark.parametrize("code", NO_COPY)
def test_what_has_no_copy_is_said(code: str) -> None:
    assert inside.copy(NO_COPY[code]) == SafeCopy(refusal=REFUSALS[code])
    assert inside.examine(NO_COPY[code]).refusal == ""


def test_old_office_files_tell_their_storages() -> None:
    found = inside.told(honest.ole(["Root Entry", "WordDocument", "VBA", "EncryptedPackage", "ObjectPool", "x" * 31]))
    assert found == {"streams": ["Word"], "macros": ["VBA"], "sealed": [""], "embedded": ["ObjectPool"]}
    assert inside.told(honest.ole(["\x05SummaryInformation"])) == {"unreadable": ["SummaryInformation"]}


def test_a_heic_photo_tells_its_place() -> None:
    found = inside.told(honest.heic() + honest.XMP)
    assert found["position"] == ["48.858333, -2.350000", "48,51.5N"]
    assert found["serial"] == ["SN12345"]


def test_a_video_tells_its_place() -> None:
    data = b"\0\0\0\x18ftypisom" + bytes(20) + b"\xa9xyz\0\x12\x15\xc7+48.8577+002.295/" + bytes(9)
    assert inside.told(data) == {"position": ["+48.8577+002.295"], "unreadable": ["—"]}


def test_invisible_marks_are_counted() -> None:
    assert inside.told("bon\u200bjour\u2060".encode()) == {"invisible": ["2"]}
    assert inside.copy("bon\u200bjour\u202e".encode()).text == "bonjour"


def test_a_photo_is_turned_as_it_was_taken() -> None:
    turned = honest.exif()
    turned[0x0112] = 6
    page = inside.copy(honest.image("JPEG", exif=turned)).pages[0]
    assert (page.width, page.height) == (48, 64)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I", "F", "I;16"])
def test_every_sort_of_pixels(mode: str) -> None:
    held = BytesIO()
    grey = honest.picture().convert("L")
    made = (
        grey.convert("I").convert(mode)
        if mode in {"I;16", "F"}
        else honest.picture().convert(mode if mode != "I" else "L").convert(mode)
    )
    made.save(held, "TIFF")
    page = inside.copy(held.getvalue()).pages[0]
    with Image.open(BytesIO(page.png)) as shown:
        assert shown.getpixel((60, 40)) == (255, 255, 255)
        assert len(shown.crop((4, 4, 32, 24)).getcolors() or ()) >= 1
        assert shown.crop((4, 4, 32, 24)).getextrema()[1][0] < 255


def test_a_big_photo_is_scaled_down() -> None:
    held = BytesIO()
    honest.picture(4000, 3000).save(held, "JPEG")
    page = inside.copy(held.getvalue()).pages[0]
    assert page.width * page.height <= limits.PAGE_PIXELS
    assert abs(page.width / page.height - 4 / 3) < 0.01
    held = BytesIO()
    honest.picture(30_000, 8).save(held, "PNG")
    assert inside.copy(held.getvalue()).pages[0].width == limits.PAGE_SIDE


def test_more_pages_than_are_shown() -> None:
    got = inside.copy(honest.pdf([f"page {number}" for number in range(limits.PAGES + 3)]))
    assert len(got.pages) == limits.PAGES
    assert NOTES["pages_cut"] in got.notes
    assert "page 49" in got.text
    assert "page 50" not in got.text


def test_pdf_history_and_actions_are_told() -> None:
    plain = honest.pdf()
    again = plain + b"\nstartxref\n9\n%%EOF\n" + honest.XMP
    found = inside.told(again)
    assert found["history"] == ["2 versions"]
    assert found["document_id"] == ["uuid:77"]
    acting = honest.pdf(
        catalog="/OpenAction<</S/JavaScript/JS(app.alert(1))>>/AcroForm<</Fields[]>>/AA<</S/SubmitForm/F(http://x)>>"
    )
    found = inside.told(acting)
    assert {"JavaScript", "OpenAction"} <= set(found["script"])
    assert found["remote"] == ["SubmitForm"]
    assert inside.copy(acting).pages


def test_text_is_cut_and_says_so() -> None:
    got = inside.copy(b"mot " * limits.TEXT)
    assert len(got.text) == limits.TEXT
    assert got.notes == (NOTES["text_cut"],)


def test_a_long_document_is_cut_and_says_so() -> None:
    long = honest.WORD.replace("ajout", "mot " * limits.TEXT)
    got = inside.copy(honest.docx(**{"document.xml": long, "header1.xml": "<w:hdr xmlns:w='w'><w:t>x</w:t></w:hdr>"}))
    assert len(got.text) == limits.TEXT
    assert NOTES["text_cut"] in got.notes


def test_many_pictures_in_a_document_are_cut() -> None:
    many = {f"media/p{number:03}.png": honest.image("PNG") for number in range(limits.EMBEDDED_IMAGES + 5)}
    got = inside.copy(honest.docx(**many, **{"media/a.emf": b"\x01\0\0\0", "media/b.png": b"\x89PNG\r\n\x1a\nbroken"}))
    assert len(got.pages) == limits.EMBEDDED_IMAGES
    assert {NOTES["images_cut"], NOTES["image_failed"], NOTES["no_layout"]} <= set(got.notes)


def test_macros_are_told_and_the_text_is_shown() -> None:
    data = honest.docx(**{"vbaProject.bin": b"\xd0\xcf\x11\xe0 AutoOpen"})
    assert inside.told(data)["macros"] == [""]
    got = inside.copy(data)
    assert NOTES["macros"] in got.notes
    assert "AutoOpen" not in got.text
    typed = honest.package({"[Content_Types].xml": "<T x='macroEnabled'/>", "word/document.xml": honest.WORD})
    assert inside.told(typed)["macros"] == [""]


def test_a_picture_with_a_code_comes_out_as_pixels_only() -> None:
    """A real QR code of "http://evil.example" is not needed: no reader looks for one, and none is installed."""
    code = Image.new("L", (21, 21), 255)
    for place in range(0, 441, 2):
        code.putpixel((place % 21, place // 21), 0)
    held = BytesIO()
    code.resize((210, 210)).save(held, "PNG")
    data = held.getvalue()
    got = sandbox.safe_copy(BytesIO(data), len(data), name="code.png")
    assert (got.text, got.notes, got.refusal, len(got.pages)) == ("", (), "", 1)
    assert [one.what for one in sandbox.examine(BytesIO(data), len(data), name="code.png").traits] == ["size"]


def test_nothing_that_reads_codes_is_installed() -> None:
    for name in ("run", "test"):
        locked = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / f"requirements/{name}.txt").read_text(), re.MULTILINE)
        assert len(locked) > 10
        readers = "qr|barcode|zbar|zxing|opencv|dmtx|quirc|boof|aztec"
        assert [one for one in locked if re.search(readers, one, re.IGNORECASE)] == []


def test_every_page_of_a_scan_is_shown() -> None:
    held = BytesIO()
    first, *more = [honest.picture(40 + number, 30) for number in range(4)]
    first.save(held, "TIFF", save_all=True, append_images=more, compression="tiff_deflate")
    got = inside.copy(held.getvalue())
    assert [page.width for page in got.pages] == [40, 41, 42, 43]
    assert got.notes == ()
    held = BytesIO()
    first.save(held, "TIFF", save_all=True, append_images=[first] * (limits.PAGES + 1))
    got = inside.copy(held.getvalue())
    assert (len(got.pages), got.notes) == (limits.PAGES, (NOTES["pages_cut"],))


def test_photos_inside_documents_tell_their_place() -> None:
    inner = honest.jpeg()
    paper = honest.pdf() + inner
    letter = honest.docx(**{"media/photo.jpg": inner, "media/half.jpg": inner[:60]})
    mail = honest.eml().replace(honest.b64(honest.image("PNG")).encode(), honest.b64(inner).encode())
    for data in (paper, letter, mail):
        assert inside.told(data)["position"][0] == "48.858333, -2.350000"
        assert "SN12345" in inside.told(data)["serial"]


def test_a_large_webp_needs_no_thread() -> None:
    held = BytesIO()
    honest.picture(2500, 2000).save(held, "WEBP", quality=80)
    data = held.getvalue()
    assert sandbox.safe_copy(BytesIO(data), len(data), name="a.webp").refusal == ""
