"""Pictures, with Pillow: a closed list of formats, the first frame, scaled down."""

from __future__ import annotations

import io

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    IptcImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from app.desk.files import behind, kinds, limits, metadata
from app.desk.files.kinds import Kind
from app.desk.files.reading import Answer, Refused, Source, scaled

FORMATS = {
    Kind.JPEG: ("JPEG", "MPO"),
    Kind.PNG: ("PNG",),
    Kind.GIF: ("GIF",),
    Kind.WEBP: ("WEBP",),
    Kind.TIFF: ("TIFF",),
    Kind.BMP: ("BMP", "DIB"),
}
# Named so that the imports are used: a plugin registers itself, and none may be looked for later.
PLUGINS = (
    BmpImagePlugin,
    GifImagePlugin,
    IptcImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
ORIENTATION = 0x0112
XMP_TAG = 700
DEEP = frozenset({"I;16", "I;16B", "I;16L", "I", "F"})
WITH_IPTC = (JpegImagePlugin.JpegImageFile, TiffImagePlugin.TiffImageFile)
LEAST_SIDE = 2  # an embedded pixel of one by one is a spacer


def prepare() -> None:
    Image.MAX_IMAGE_PIXELS = limits.SOURCE_PIXELS
    # Pillow looks for more plugins when none of those it has fits; there are to be no others.
    vars(Image)["_initialized"] = 2
    for name in ("JPEG", "PNG", "WEBP", "GIF", "BMP"):
        held = io.BytesIO()
        Image.new("RGB", (8, 8)).save(held, name)
        with Image.open(io.BytesIO(held.getvalue())) as one:
            ImageOps.exif_transpose(one).convert("RGB")


def open_picture(data: bytes, kind: Kind) -> Image.Image:
    """A picture whose sides are bearable, not yet decoded.

    Raises:
        Refused: more than `limits.SOURCE_PIXELS`, or not a picture.
    """
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS[kind])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("pixels") from None
    if picture.width * picture.height > limits.SOURCE_PIXELS:
        raise Refused("pixels")
    return picture


def render(data: bytes, kind: Kind, answer: Answer) -> bool:
    """One page from one picture, several from a scan in one TIFF; False when there is no more room.

    Raises:
        Refused: see `open_picture`.
    """
    with open_picture(data, kind) as picture:
        frames = getattr(picture, "n_frames", 1)
        if kind is not Kind.TIFF and frames > 1:
            answer.note("first_frame")
            frames = 1
        for number in range(frames):
            if not answer.room() or answer.late():
                answer.note("time_cut" if answer.late() else "pages_cut")
                return number > 0
            picture.seek(number)
            _frame(picture, answer)
    return True


def _frame(picture: Image.Image, answer: Answer) -> None:
    room = answer.room()
    # Each frame of a TIFF has sides of its own.
    if picture.width * picture.height > limits.SOURCE_PIXELS:
        raise Refused("pixels")
    # A JPEG is decoded at an eighth, a quarter or a half when that is enough: less memory, less time.
    picture.draft("RGB", scaled(picture.width, picture.height, room))
    pixels = ImageOps.exif_transpose(_opaque(picture))
    if pixels.width * pixels.height > room or max(pixels.size) > limits.PAGE_SIDE:
        pixels = pixels.resize(scaled(*pixels.size, room), Image.Resampling.BILINEAR, reducing_gap=2.0)
    answer.page(pixels.width, pixels.height, pixels.tobytes())


def _opaque(picture: Image.Image) -> Image.Image:
    """RGB on white: what is transparent may hide something, what is white does not."""
    orientation = picture.getexif().get(ORIENTATION)
    if picture.mode in DEEP:
        flat = _flattened(picture)
    elif picture.has_transparency_data:
        shown = picture.convert("RGBA")
        flat = Image.new("RGB", shown.size, "white")
        flat.paste(shown, mask=shown.getchannel("A"))
    else:
        flat = picture.convert("RGB")
    if orientation in range(2, 9):
        flat.getexif()[ORIENTATION] = orientation
    return flat


def _flattened(picture: Image.Image) -> Image.Image:
    """Sixteen bits and more, spread over eight."""
    wide = picture.convert("F")
    low, high = (float(str(one)) for one in wide.getextrema())
    scale = 255.0 / ((high - low) or 1.0)
    return wide.point(lambda value: value * scale + -low * scale).convert("RGB")


def render_embedded(found: list[tuple[str, bytes]], answer: Answer) -> None:
    """Pictures inside a document or a message, `limits.EMBEDDED_IMAGES` at most; one that fails is a note."""
    shown = 0
    for _, data in found:
        kind = kinds.sniff(data[: kinds.PREFIX])
        if kind not in kinds.IMAGES:
            continue
        if shown >= limits.EMBEDDED_IMAGES:
            answer.note("images_cut")
            return
        if answer.late():
            answer.note("time_cut")
            return
        try:
            with open_picture(data, kind) as one:
                small = min(one.size) < LEAST_SIDE
            if not small and not render(data, kind, answer):
                answer.note("images_cut")
                return
        except MemoryError:
            raise
        except Exception:
            # One bad picture must not hide the text around it.
            answer.note("image_failed")
            continue
        shown += not small


def copy(source: Source, answer: Answer) -> None:
    render(source.data, source.kind, answer)


def examine(source: Source, answer: Answer) -> None:
    # First: it needs no decoder, and holds whatever becomes of the picture.
    behind.tell(source.data, source.kind, answer)
    with open_picture(source.data, source.kind) as picture:
        answer.trait("size", f"{picture.width} × {picture.height}")
        frames = getattr(picture, "n_frames", 1)
        if frames > 1:
            answer.trait("frames", frames)
        held = vars(picture)["info"]
        metadata.tell_exif(picture.getexif(), answer)
        for key in ("xmp", "XML:com.adobe.xmp"):
            packet = held.get(key)
            if packet:
                metadata.tell_xmp(
                    packet if isinstance(packet, bytes) else str(packet).encode("utf-8", "replace"), answer
                )
        iptc = IptcImagePlugin.getiptcinfo(picture) if isinstance(picture, WITH_IPTC) else None
        if iptc:
            metadata.tell_iptc(iptc, answer)
        if source.kind is Kind.TIFF:
            _other_pages(picture, frames, answer)
        # Last: words behind the pixels mean reading through them, which may fail.
        _embedded_texts(picture, held, answer)


def _other_pages(picture: Image.Image, frames: int, answer: Answer) -> None:
    """Each page of a TIFF has tags of its own."""
    for number in range(1, min(frames, limits.PAGES)):
        picture.seek(number)
        exif = picture.getexif()
        metadata.tell_exif(exif, answer)
        packet = exif.get(XMP_TAG)
        if isinstance(packet, bytes):
            metadata.tell_xmp(packet, answer)
        iptc = IptcImagePlugin.getiptcinfo(picture) if isinstance(picture, WITH_IPTC) else None
        if iptc:
            metadata.tell_iptc(iptc, answer)
    if frames > limits.PAGES:
        answer.note("pages_cut")
    picture.seek(0)


def _embedded_texts(picture: Image.Image, held: dict[str, object], answer: Answer) -> None:
    comment = held.get("comment")
    if comment:
        answer.trait("comment", metadata.words(comment))
    if isinstance(picture, PngImagePlugin.PngImageFile):
        picture.load()
        for key, value in picture.text.items():
            if key != "XML:com.adobe.xmp":
                known = {"Author": "author", "Software": "software", "Creation Time": "created", "Title": "title"}
                answer.trait(known.get(key, "comment"), value if key in known else f"{key}: {value}")
