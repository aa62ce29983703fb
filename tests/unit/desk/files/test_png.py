"""The parent's PNG is one that others read, and holds nothing but pixels."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.desk.files.letters import clean, invisible, line
from app.desk.files.png import png


@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
def test_pillow_reads_the_same_pixels(width: int, height: int, random: object) -> None:
    pixels = random.randbytes(width * height * 3)  # type: ignore[attr-defined]
    made = png(width, height, memoryview(pixels))
    with Image.open(BytesIO(made), formats=["PNG"]) as read:
        assert (read.size, read.mode, read.tobytes()) == ((width, height), "RGB", pixels)
    assert re.findall(rb"IHDR|IDAT|IEND|tEXt|eXIf|tIME|pHYs", made[:16] + made[-12:]) == [b"IHDR", b"IEND"]


@pytest.mark.parametrize(("width", "height", "length"), [(0, 1, 0), (1, 0, 0), (2, 2, 11), (2, 2, 13), (-1, -1, 3)])
def test_pixels_must_fill_the_picture(width: int, height: int, length: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        png(width, height, bytes(length))


@given(st.text(max_size=300), st.integers(0, 100))
def test_cleaned_text_is_harmless_and_short(text: str, limit: int) -> None:
    got = clean(text, limit)
    assert len(got) <= limit
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]", got)
    assert clean(got, limit) == got
    assert "\n" not in line(text, limit)


def test_words_stay() -> None:
    assert clean("Déjà\r\nvu\t« œuvre » 日本 🙂\r", 100) == "Déjà\nvu\t« œuvre » 日本 🙂\n"
    assert clean("a\ud800b", 10) == "ab"
    assert invisible("a\u200bb\u200dc\ufeff") == 3
