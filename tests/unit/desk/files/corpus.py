"""Hostile files, made the same each time: at least 60, each with the answers that are right for it.

An answer is the code of a refusal, or "shown": there is a copy, inside every bound. Several may be right.
"""

from __future__ import annotations

import gzip
import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import NamedTuple

from tests.unit.desk.files import honest

SHOWN = "shown"
BROKEN = ("malformed", "crashed", "slow", "memory")
MIB = 1 << 20


class Hostile(NamedTuple):
    name: str
    make: Callable[[], bytes]
    answers: tuple[str, ...]


def deflated(size: int) -> bytes:
    """A raw deflate stream of that many zero bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    out = b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB))
    return out + packer.flush()


def flat_bomb(size: int = 512 * MIB) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made, made.open("zeros", "w") as member:
        for _ in range(size // MIB):
            member.write(bytes(MIB))
    return held.getvalue()


def nested_bomb(depth: int = 5) -> bytes:
    inner = flat_bomb(64 * MIB)
    for number in range(depth):
        inner = honest.package({f"{number}-{copy}.zip": inner for copy in range(4)})
    return inner


def overlapping(entries: int = 2_000, *, name: bytes = b"%05d", before: bytes = b"") -> bytes:
    """Every entry of the directory names the same kernel (the idea of the better zip bomb, 2019)."""
    kernel = deflated(16 * MIB)
    first = name % 0
    sizes = (len(kernel), 16 * MIB)
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, *sizes, len(first), 0) + first + kernel
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, *sizes, len(one), 0, 0, 0, 0, 0, 0) + one
        for one in (name % number for number in range(entries))
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, len(central), len(local) + len(before), 0)
    return before + local + central + end


def office(main: bytes | str, **more: str | bytes) -> bytes:
    return honest.package({"[Content_Types].xml": "<T/>", "word/document.xml": main} | dict(more))


def bomb_in_office() -> bytes:
    return office(b"<w:document xmlns:w='w'><w:t>" + b"a" * (200 * MIB) + b"</w:t></w:document>")


def slow_bomb_in_office() -> bytes:
    """Below the ratio, above the bound of one member."""
    noise = random.Random(4).randbytes(MIB // 16).hex().encode()
    return office(b"<w:document xmlns:w='w'><w:t>" + noise * 300 + b"</w:t></w:document>")


def attributes_in_office() -> bytes:
    return office("<w " + " ".join(f"a{number}='x'" for number in range(60_000)) + "/>")


LAUGHS = (
    "<!DOCTYPE l [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(9))
    + "]><l>&j;</l>"
)
EXTERNAL = "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>"
REMOTE_DTD = "<!DOCTYPE x SYSTEM 'http://dtd.example/x.dtd'><x/>"


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, data: bytes, *between: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(between) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zeros(size: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()


def gif(width: int, height: int, *, frame: tuple[int, int] = (1, 1)) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    return screen + b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x44\x01\x00;"


def tiff(entries: list[tuple[int, int, int, int]], extra: bytes = b"", *, following: int = 0) -> bytes:
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHLL", *one) for one in entries)
    return b"II*\0" + struct.pack("<L", 8) + directory + struct.pack("<L", following) + extra


def tiff_strip(width: int, height: int, compression: int, data: bytes) -> bytes:
    place = 8 + 2 + 12 * 8 + 4
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, compression)]
    entries += [(262, 3, 1, 1), (273, 4, 1, place), (278, 4, 1, height), (279, 4, 1, len(data))]
    return tiff(entries, data)


def jpeg_sides(width: int, height: int) -> bytes:
    data = bytearray(honest.image("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def jpeg_segments() -> bytes:
    """Sixty thousand application segments before the picture."""
    plain = honest.image("JPEG")
    return plain[:2] + (b"\xff\xe1\0\x10" + b"Exif\0\0" + bytes(8)) * 60_000 + plain[2:]


def exif_loop() -> bytes:
    block = b"Exif\0\0II*\0" + struct.pack("<L", 8) + struct.pack("<H", 2)
    block += struct.pack("<HHLL", 0x8769, 4, 1, 8) + struct.pack("<HHLL", 0x8825, 4, 1, 8) + struct.pack("<L", 8)
    plain = honest.image("JPEG")
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:]


def webp_sides() -> bytes:
    data = bytearray(honest.image("WEBP", lossless=True))
    at = data.index(b"VP8L") + 9
    data[at : at + 4] = struct.pack("<L", 0x0FFFFFFF)
    return bytes(data)


def many_frames() -> bytes:
    one = gif(64, 64, frame=(64, 64))
    return one[:-1] + one[19:-1] * 100_000 + b";"


def pdf_pages(count: int) -> bytes:
    """One page object, named that many times."""
    kids = "3 0 R " * count
    return honest.assemble(
        ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {count}>>", PAGE], trailer=""
    )


PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>"


def pdf_deep(depth: int = 5_000) -> bytes:
    middle = [f"<</Type/Pages/Kids[{number + 1} 0 R]/Count 1/Parent {number - 1} 0 R>>" for number in range(2, depth)]
    return honest.assemble(["<</Type/Catalog/Pages 2 0 R>>", *middle, PAGE], trailer="")


def pdf_arrays() -> bytes:
    return honest.pdf(extra="/X " + "[" * 100_000 + "]" * 100_000)


def pdf_stream_bomb() -> bytes:
    packed = zlib.compress(zeros(512 * MIB), 9)
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>")
    stream = f"<</Length {len(packed)}/Filter[/FlateDecode/FlateDecode]>>stream\n".encode() + packed + b"\nendstream"
    out = honest.assemble([*objects, "@@"], trailer="")
    return out.replace(b"@@", stream)


def pdf_image(width: int, height: int) -> bytes:
    drawn = "q 200 0 0 200 0 0 cm /I Do Q"
    return honest.assemble(
        [
            "<</Type/Catalog/Pages 2 0 R>>",
            "<</Type/Pages/Kids[3 0 R]/Count 1>>",
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<</XObject<</I 5 0 R>>>>/Contents 4 0 R>>",
            f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
            f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceRGB/BitsPerComponent 8"
            "/Length 3>>stream\nabc\nendstream",
        ],
        trailer="",
    )


def pdf_drawing() -> bytes:
    """A form that draws itself, ten times at each level."""
    forms = []
    for number in range(5, 25):
        drawn = "/F Do " * 10
        forms.append(
            f"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F {min(number + 1, 24)} 0 R>>>>"
            f"/Length {len(drawn)}>>stream\n{drawn}\nendstream"
        )
    first = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<</XObject<</F 5 0 R>>>>/Contents 4 0 R>>"
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", first]
    return honest.assemble([*objects, "<</Length 5>>stream\n/F Do\nendstream", *forms], trailer="")


def pdf_sealed() -> bytes:
    """Encrypted by the standard handler with a password that is not empty."""
    lock = "<</Filter/Standard/V 1/R 2/O<{}>/U<{}>/P -4>>".format("41" * 32, "42" * 32)
    body = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, lock]
    return honest.assemble(body, trailer="/Encrypt 4 0 R/ID[<00><00>]")


def links(members: list[tuple[str, bytes, str]]) -> bytes:
    return honest.tar([member(*one) for one in members])


def member(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.type, one.linkname = kind, target
    return one


def tar_sparse() -> bytes:
    """One block that says it is eight exabytes."""
    data = bytearray(honest.tar())
    data[124:136] = b"\x80" + bytes(3) + struct.pack(">Q", (1 << 62))
    data[148:156] = b"        "
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def tar_pax() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.PAX_FORMAT) as made:
        one = tarfile.TarInfo("a")
        one.pax_headers = {f"key{number}": "v" * 1000 for number in range(5_000)}
        made.addfile(one)
    return held.getvalue()


def zip_links() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in ("../../etc/cron.d/x", "/etc/passwd", "C:\\Windows\\x.exe", "..\\..\\x", "ok/../../y"):
            made.writestr(zipfile.ZipInfo(name), "x")
        link = zipfile.ZipInfo("lien")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        made.writestr(link, "/etc/shadow")
    return held.getvalue()


def zip_names() -> bytes:
    return honest.package({"a\u202egpj.exe": "x", "b\x1b[2J\x07.txt": "x", "\u200b.txt": "x", "é" * 20_000: "x"})


def zip_many() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for number in range(5_000):
            made.writestr(zipfile.ZipInfo(f"{number}.txt"), b"")
    return held.getvalue()


def zip_directory() -> bytes:
    """Half a million entries without a byte of content."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    central = entry * 500_000
    head = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"a"
    return head + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(central), len(head), 0)


def quine_gzip() -> bytes:
    """Gzip of gzip of gzip …: each layer looks like one more archive."""
    data = b"fin"
    for _ in range(30):
        data = gzip.compress(data, mtime=0)
    return data


def sealed_zip() -> bytes:
    data = bytearray(honest.docx())
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 8] |= 1
    return bytes(data)


def deep_mail(depth: int = 3_000) -> bytes:
    head = "From: a@b\r\nTo: c@d\r\nMIME-Version: 1.0\r\n"
    lines = [f"Content-Type: multipart/mixed; boundary=b{number}\r\n\r\n--b{number}\r\n" for number in range(depth)]
    return (head + "".join(lines)).encode()


def wide_mail() -> bytes:
    head = b"From: a@b\r\nTo: c@d\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n"
    return head + b"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 50_000 + b"--B--"


def header_mail() -> bytes:
    words = b"=?utf-8?q?" + b"=41" * 20 + b"?= "
    return b"From: a@b\r\nSubject: " + words * 20_000 + b"\r\n" + b"Received: x\r\n" * 50_000 + b"\r\nfin"


def charset_mail() -> bytes:
    head = b"From: a@b\r\nSubject: =?rot13?q?x?= =?\xff?b?====?=\r\nContent-Type: text/plain; charset="
    return head + b'"zlib_codec../../x"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!'


def noise(seed: int, size: int = 50_000, head: bytes = b"") -> bytes:
    return head + random.Random(seed).randbytes(size)


def scratched(data: bytes, seed: int) -> bytes:
    """One byte in fifty changed, the first sixteen kept."""
    dice, out = random.Random(seed), bytearray(data)
    for _ in range(len(out) // 50 + 1):
        out[dice.randrange(16, len(out))] = dice.randrange(256)
    return bytes(out)


def ole_loop() -> bytes:
    data = bytearray(honest.ole())
    data[512 + 4 : 512 + 8] = struct.pack("<L", 1)
    return bytes(data)


def all_files() -> list[Hostile]:
    from tests.unit.desk.files import corpus_list

    return corpus_list.FILES
