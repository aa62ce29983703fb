"""The type comes from the bytes; the name is only compared with it."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.files import labels
from app.desk.files.kinds import EXTENSIONS, PREFIX, Kind, hides_zip, media_type, mismatch, sniff
from tests.unit.desk.files import honest

BYTES = {
    b"%PDF-1.7\n": Kind.PDF,
    b"\xef\xbb\xbf\n%PDF-1.4": Kind.PDF,
    b"\xff\xd8\xff\xe0": Kind.JPEG,
    b"\x89PNG\r\n\x1a\n": Kind.PNG,
    b"GIF89a\x40\0\x30\0": Kind.GIF,
    b"RIFF\0\0\0\0WEBPVP8 ": Kind.WEBP,
    b"RIFF\0\0\0\0WAVEfmt ": Kind.AUDIO,
    b"RIFF\0\0\0\0AVI LIST": Kind.VIDEO,
    b"RIFF\0\0\0\0????": Kind.UNKNOWN,
    b"II*\0": Kind.TIFF,
    b"MM\0*": Kind.TIFF,
    b"BM\x40\0\0\0\0\0\0\0": Kind.BMP,
    b"BMW is a car": Kind.TEXT,
    b"\0\0\0\x18ftypheic": Kind.HEIC,
    b"\0\0\0\x18ftypavif": Kind.HEIC,
    b"\0\0\0\x18ftypM4A ": Kind.AUDIO,
    b"\0\0\0\x18ftypisom": Kind.VIDEO,
    b"bonjour": Kind.TEXT,
    "déjà vu".encode(): Kind.TEXT,
    "déjà vu".encode("cp1252"): Kind.TEXT,
    "\ufeffdéjà".encode("utf-16-le"): Kind.TEXT,
    b"  <!DOCTYPE html><p>x": Kind.HTML,
    b"<html >": Kind.HTML,
    b"<?xml version='1.0'?><svg xmlns='x'>": Kind.SVG,
    b"<?xml version='1.0'?><note>x</note>": Kind.TEXT,
    b"{\\rtf1 x}": Kind.RTF,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": Kind.OLE,
    b"From: a@b\r\nSubject: c\r\n\r\nx": Kind.EML,
    b"Received: from x\r\n\tby y\r\nSubject: z\r\n\r\n": Kind.EML,
    b"From ann Mon Jan 1\nFrom: a@b\nTo: c\nMIME-Version: 1.0\n\n": Kind.EML,
    b"Date: tomorrow\nwe meet": Kind.TEXT,
    b"PK\x03\x04" + bytes(26) + b"a.txt": Kind.ZIP,
    b"PK\x05\x06" + bytes(18): Kind.ZIP,
    b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + b"..PK\x03\x04" + bytes(26) + b"word/document.xml": Kind.DOCX,
    b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml": Kind.XLSX,
    b"PK\x03\x04" + bytes(26) + b"_rels/.rels" + b"..PK\x01\x02" + bytes(42) + b"ppt/presentation.xml": Kind.PPTX,
    b"PK\x03\x04" + bytes(26) + b"_rels/.rels" + b"word/": Kind.ZIP,
    b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text": Kind.ODT,
    b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
    b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.presentation": Kind.ODP,
    b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zip": Kind.ZIP,
    bytes(257) + b"ustar": Kind.TAR,
    b"\x1f\x8b\x08": Kind.GZIP,
    b"7z\xbc\xaf\x27\x1c": Kind.SEVENZIP,
    b"Rar!\x1a\x07\x01": Kind.RAR,
    b"\xfd7zXZ\0": Kind.XZ,
    b"BZh91AY&SY": Kind.BZ2,
    b"ID3\x04\0\0\0\0\1\0": Kind.AUDIO,
    b"OggS": Kind.AUDIO,
    b"\x1aE\xdf\xa3": Kind.VIDEO,
    b"MZ\x90\0\x03\0": Kind.EXECUTABLE,
    b"\x7fELF\x02": Kind.EXECUTABLE,
    b"-----BEGIN PGP MESSAGE-----": Kind.OPENPGP,
    b"\x85\x01\x0c\x03abc": Kind.OPENPGP,
    b"\xc1\x5e\x03abc": Kind.OPENPGP,
    b"": Kind.EMPTY,
    b"\x01\x02\x03": Kind.UNKNOWN,
}


@pytest.mark.parametrize("kind", ["text", "spreadsheet", "presentation"])
def test_an_open_document_whose_first_entry_is_compressed(kind: str) -> None:
    data = honest.open_document(kind, honest.ODT_BODY, first=zipfile.ZIP_DEFLATED)
    assert sniff(data[:PREFIX], data) is {"text": Kind.ODT, "spreadsheet": Kind.ODS}.get(kind, Kind.ODP)
    assert sniff(data[:PREFIX]) is sniff(data[:PREFIX], data)
    assert sniff(data[:38] + b"\xff" * 40) is Kind.ZIP


def test_an_open_document_that_does_not_say_so_first() -> None:
    members: dict[str, str | bytes] = {"content.xml": "<c/>", "META-INF/manifest.xml": "<m/>"}
    data = honest.package(members)
    assert sniff(data[:PREFIX], data) is Kind.ODT
    assert sniff(data[:PREFIX]) is Kind.ZIP
    for name in members:
        data = honest.package({name: "<c/>", "a-content.xml": "<c/>"})
        assert sniff(data[:PREFIX], data) is Kind.ZIP


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"bonjour", "text/plain"),
        (b"\x01\x02\x03", "application/octet-stream"),
        (b"\x7fELF\x02", "application/octet-stream"),
    ],
)
def test_bytes_tell_the_media_type(data: bytes, told: str) -> None:
    assert media_type(data) == told


@pytest.mark.parametrize(("data", "kind"), BYTES.items(), ids=[str(number) for number in range(len(BYTES))])
def test_bytes_tell_the_kind(data: bytes, kind: Kind) -> None:
    assert sniff(data) is kind


def test_every_kind_is_reached_and_has_its_words() -> None:
    assert set(BYTES.values()) == set(Kind) == set(labels.KINDS)


@given(st.binary(max_size=PREFIX), st.binary(max_size=64))
def test_any_bytes_have_a_kind(prefix: bytes, tail: bytes) -> None:
    assert sniff(prefix, tail) in Kind


@pytest.mark.parametrize(
    ("kind", "name", "wrong"),
    [
        (Kind.PDF, "facture.pdf", False),
        (Kind.PDF, "FACTURE.PDF ", False),
        (Kind.EXECUTABLE, "facture.pdf", True),
        (Kind.EXECUTABLE, "facture.pdf.exe", False),
        (Kind.PDF, "facture", False),
        (Kind.PDF, "facture.2024", False),
        (Kind.PDF, "facture.docx", True),
        (Kind.ZIP, "facture.docx", True),
        (Kind.OLE, "courrier.msg", False),
        (Kind.EMPTY, "notes.txt", False),
        (Kind.JPEG, "photo\u202egpj.exe", True),
        (Kind.JPEG, "pho\u200bto.jpg", True),
        (Kind.TEXT, "", False),
    ],
)
def test_names_that_say_something_else(kind: Kind, name: str, wrong: bool) -> None:
    assert mismatch(kind, name) is wrong


def test_every_extension_allows_a_kind() -> None:
    assert all(EXTENSIONS.values())
    assert len(EXTENSIONS) > 60


def test_a_zip_behind_something_else() -> None:
    tail = b"xxPK\x05\x06" + bytes(18)
    assert sniff(b"\x01\x02", tail) is Kind.ZIP
    assert hides_zip(Kind.JPEG, tail)
    assert not hides_zip(Kind.ZIP, tail)
    assert not hides_zip(Kind.DOCX, tail)
    assert not hides_zip(Kind.JPEG, b"")
