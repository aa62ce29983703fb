"""What a picture program does not show: data behind the end, other pages, the authors of remarks."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, TiffImagePlugin

from app.desk.files import behind, limits
from app.desk.files.kinds import Kind
from app.desk.files.labels import BETRAYING
from tests.unit.desk.files import honest, inside

FILM = b"\0\0\0\x18ftypmp42" + b"x" * 20 + b"\xa9xyz\0\x12\x15\xc7+48.8577+002.295/"
FORMS = {"JPEG": Kind.JPEG, "PNG": Kind.PNG, "GIF": Kind.GIF, "WEBP": Kind.WEBP, "BMP": Kind.BMP}


@pytest.fixture(autouse=True)
def _pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limits.SOURCE_PIXELS)


@pytest.mark.parametrize("form", FORMS)
def test_a_film_behind_a_picture_is_told_with_its_place(form: str) -> None:
    plain = honest.image(form)
    assert behind.end_of(plain, FORMS[form]) == len(plain)
    assert "behind" not in inside.told(plain + bytes(9))  # padding is nothing
    told = inside.told(plain + FILM)
    assert told["behind"] == [f"{len(FILM)} bytes"]
    assert told["position"] == ["+48.8577+002.295"]
    assert "behind" in BETRAYING


def test_a_second_photo_behind_the_first_tells_its_author() -> None:
    told = inside.told(honest.image("JPEG") + honest.jpeg())
    assert "Camille Témoin" in told["author"]
    assert told["position"]


@pytest.mark.parametrize("data", [honest.gif(), honest.jpeg(), honest.png()])
def test_whole_pictures_have_nothing_behind(data: bytes) -> None:
    assert "behind" not in inside.told(data)


@given(st.sampled_from(sorted(FORMS)), st.binary(max_size=200), st.integers(min_value=0, max_value=200))
def test_no_bytes_fail(form: str, noise: bytes, cut: int) -> None:
    head = honest.image(form)[:cut]
    place = behind.end_of(head + noise, FORMS[form])
    assert place is None or place >= 0


def test_the_second_page_of_a_scan_has_its_own_author() -> None:
    held, exif = BytesIO(), Image.Exif()
    exif[0x013B] = "Camille"
    exif[700] = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a CreatorTool="Scan 3"/></x:xmpmeta>'
    with TiffImagePlugin.AppendingTiffWriter(held, True) as out:
        for page in (None, exif):
            Image.new("RGB", (8, 8)).save(out, "TIFF", **({"exif": page} if page else {}))
            out.newFrame()
    told = inside.told(held.getvalue())
    assert (told["frames"], told["author"], told["software"]) == (["2"], ["Camille"], ["Scan 3"])


def test_who_wrote_a_remark_in_a_pdf_is_told() -> None:
    remark = "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/T(Camille Temoin)/M(D:20260303)/Contents(non)>>"
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[5 0 R 6 0 R]>>"
    pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
    long = f"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/T({'x' * 5000})>>"
    told = inside.told(honest.assemble(["<</Type/Catalog/Pages 2 0 R>>", pages, page, "<<>>", remark, long]))
    assert told["comment_author"] == ["Camille Temoin", "…"]
    assert told["modified"] == ["D:20260303"]
    assert "created" not in told
