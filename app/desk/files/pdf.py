"""PDF, with PDFium: no JavaScript, no XFA (this build has neither engine), no form is filled, no action is run."""

from __future__ import annotations

import ctypes
import re

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from app.desk.files import limits, metadata
from app.desk.files.reading import Answer, Refused, Source, scaled

SCALE = 110 / 72  # pixels for each point: small print stays readable, an A4 page has 1.2 megapixels
INFO = {
    "Title": "title",
    "Author": "author",
    "Subject": "subject",
    "Keywords": "keywords",
    "Creator": "software",
    "Producer": "software",
    "CreationDate": "created",
    "ModDate": "modified",
}
REMARK = {b"T": "comment_author", b"CreationDate": "created", b"M": "modified"}
# Only where it stands in clear; objects inside compressed streams are not searched.
SCRIPT = re.compile(rb"/(JavaScript|JS|Launch|OpenAction|AA|SubmitForm|ImportData|RichMedia|XFA)\b")
REMOTE = re.compile(rb"/(GoToR|SubmitForm|ImportData)\b")
SAVES = re.compile(rb"startxref\s+\d+\s+%%EOF")
ENOUGH = 1_000
ONE_PDF = """%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 20 20]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 27>>stream
BT /F 9 Tf 2 2 Td (a) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


def prepare() -> None:
    """One page before the cage shuts, so that PDFium has its fonts."""
    with_one = pdfium.PdfDocument(ONE_PDF.encode("ascii"))
    page = with_one[0]
    page.render(scale=1).close()
    page.close()
    with_one.close()


def open_document(data: bytes) -> pdfium.PdfDocument:
    """
    Raises:
        Refused: a password is needed, or it is no PDF.
    """
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        failed = raw.FPDF_GetLastError()
        raise Refused(
            "encrypted" if failed in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY} else "malformed"
        ) from None


def copy(source: Source, answer: Answer) -> None:
    document = open_document(source.data)
    count = len(document)
    if count < 1:
        raise Refused("malformed")
    shown = min(count, limits.PAGES)
    if count > shown:
        answer.note("pages_cut")
    share = max(1, limits.ALL_PIXELS // shown)
    done = 0
    for index in range(shown):
        if answer.late():
            answer.note("time_cut")
            break
        try:
            _page(document, index, min(share, answer.room()), answer)
            done += 1
        except (pdfium.PdfiumError, Refused, ValueError):
            answer.note("page_failed")
    if not done:
        raise Refused("malformed")
    answer.send_text()


def _page(document: pdfium.PdfDocument, index: int, room: int, answer: Answer) -> None:
    page = document[index]
    try:
        points_wide, points_high = page.get_size()
        width, height = scaled(points_wide * SCALE, points_high * SCALE, room)
        bitmap = pdfium.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
        try:
            bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
            flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
            raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
            answer.page(width, height, _rows(bytes(bitmap.buffer), width * 3, bitmap.stride, height))
        finally:
            bitmap.close()
        _text(page, answer)
    finally:
        page.close()


def _rows(data: bytes, row: int, stride: int, height: int) -> bytes:
    """Without the bytes that fill each row up to four."""
    if stride == row:
        return data[: row * height]
    return b"".join(data[at * stride : at * stride + row] for at in range(height))


def _text(page: pdfium.PdfPage, answer: Answer) -> None:
    layer = page.get_textpage()
    try:
        count = min(layer.count_chars(), limits.TEXT)
        if count > 0:
            answer.write(layer.get_text_range(0, count, errors="replace") + "\n\n")
    finally:
        layer.close()


def examine(source: Source, answer: Answer) -> None:
    _tell_bytes(source.data, answer)
    try:
        document = open_document(source.data)
    except Refused as refused:
        if refused.code == "encrypted":
            answer.trait("sealed")
        raise
    answer.trait("pages", len(document))
    for key, value in document.get_metadata_dict(skip_empty=True).items():
        if key in INFO:
            answer.trait(INFO[key], value)
    for index in range(min(document.count_attachments(), limits.EMBEDDED_IMAGES)):
        one = document.get_attachment(index)
        answer.trait("embedded", one.get_name())
        answer.part(one.get_name(), len(one.get_data()))
    _annotations(document, answer)
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        answer.trait("script", "JavaScript")
    if document.get_formtype():
        answer.trait("forms")
    if raw.FPDF_GetSignatureCount(document) > 0:
        answer.trait("signed")


def _annotations(document: pdfium.PdfDocument, answer: Answer) -> None:
    """Who wrote the remarks on the first pages, and when (ISO 32000-1, 12.5.6.2)."""
    for index in range(min(len(document), limits.PAGES)):
        if answer.late():
            answer.note("time_cut")
            return
        try:
            page = document[index]
        except pdfium.PdfiumError:
            answer.note("page_failed")
            continue
        for number in range(min(raw.FPDFPage_GetAnnotCount(page), ENOUGH)):
            remark = raw.FPDFPage_GetAnnot(page, number)
            if remark:
                for key, code in REMARK.items():
                    answer.trait(code, _value(remark, key) or " ")
                raw.FPDFPage_CloseAnnot(remark)
        page.close()


def _value(remark: object, key: bytes) -> str:
    held = ctypes.create_string_buffer(limits.VALUE * 2)
    size = raw.FPDFAnnot_GetStringValue(remark, key, None, 0)
    if not 2 < size <= len(held):
        return "…" if size > len(held) else ""
    raw.FPDFAnnot_GetStringValue(remark, key, ctypes.cast(held, ctypes.POINTER(ctypes.c_ushort)), size)
    return held.raw[: size - 2].decode("utf-16-le", "replace")


def _tell_bytes(data: bytes, answer: Answer) -> None:
    metadata.tell_embedded(data, answer)
    packet = metadata.find_xmp(data)
    if packet:
        metadata.tell_xmp(packet, answer)
    saves = _count(SAVES, data)
    if saves > 1:
        answer.trait("history", f"{saves} versions")
    for code, pattern in (("script", SCRIPT), ("remote", REMOTE)):
        for name in sorted(_names(pattern, data)):
            answer.trait(code, name.decode("ascii"))


def _count(pattern: re.Pattern[bytes], data: bytes) -> int:
    return sum(1 for _, _ in zip(pattern.finditer(data), range(ENOUGH), strict=False))


def _names(pattern: re.Pattern[bytes], data: bytes) -> set[bytes]:
    return {found[1] for found, _ in zip(pattern.finditer(data), range(ENOUGH), strict=False)}
