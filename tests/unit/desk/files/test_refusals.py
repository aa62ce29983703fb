"""Small files that are wrong in one way each: the refusal, or the note, that is right for it."""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.desk.files import (
    cage,
    frames,
    guard,
    labels,
    limits,
    mail,
    metadata,
    office,
    office_text,
    ole,
    pdf,
    readers,
    reading,
    text,
    worker,
    zips,
)
from app.desk.files.frames import Frame, Task
from app.desk.files.kinds import Kind
from app.desk.files.labels import NOTES, REFUSALS
from app.desk.files.reading import Answer, Refused, Source, scaled
from tests.unit.desk.files import corpus, honest, inside

MIME = "application/vnd.oasis.opendocument.text"


@pytest.fixture(autouse=True)
def _pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limits.SOURCE_PIXELS)


SMALL: dict[str, tuple[bytes, str]] = {
    "sealed pdf": (corpus.pdf_sealed(), "encrypted"),
    "half a pdf": (b"%PDF-1.7\nnothing", "malformed"),
    "a pdf without pages": (honest.pdf([]), "malformed"),
    "a pdf whose page has no area": (
        honest.pdf(box="0 0 0 0").replace(b"/MediaBox[0 0 0 0]", b"/MediaBox[0 0 1e-9 0]"),
        "",
    ),
    "huge sides": (corpus.png(100_000, 100_000, b""), "pixels"),
    "sides above our bound": (corpus.png(12_000, 9_000, b""), "pixels"),
    "half a picture": (honest.png()[:60], "malformed"),
    "sealed office": (corpus.sealed_zip(), "encrypted"),
    "overlapping office": (corpus.overlapping(5, name=b"word/%d"), "overlap"),
    "entities": (corpus.office(corpus.LAUGHS), "entities"),
    "external entity": (corpus.office(corpus.EXTERNAL), "entities"),
    "depth": (corpus.office("<a>" * 300 + "</a>" * 300), "deep"),
    "no xml": (corpus.office("<a"), "malformed"),
    "no main part": (honest.package({"word/x.xml": ""}), "malformed"),
    "a workbook without sheets": (honest.package({"xl/workbook.xml": ""}), "malformed"),
    "slides without slides": (honest.package({"ppt/x.xml": ""}), "malformed"),
    "an archive without directory": (b"PK\x03\x04" + bytes(60), "malformed"),
    "a directory that lies": (corpus.zip_directory(), "bomb"),
    "no stream": (b"\x1f\x8b", "malformed"),
    "a broken stream": (b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff", "malformed"),
    "half a stream": (honest.gz(bytes(range(256)) * 40)[:-30], "malformed"),
    "a tar of eight exabytes": (corpus.tar_sparse(), "bomb"),
    "too many boundaries": (b"From: a\nTo: b\nSubject: c\n\n" + b"boundary=x\n" * 1_001, "deep"),
    "a deep mail": (corpus.deep_mail(40), "deep"),
}


@pytest.mark.parametrize("name", SMALL)
def test_it_is_refused_for_the_right_reason(name: str) -> None:
    data, code = SMALL[name]
    got = inside.copy(data)
    assert got.refusal == (REFUSALS[code] if code else "")
    # The report may know less or more than the copy, and never falls over.
    assert inside.examine(data).refusal in {"", *REFUSALS.values()}


def test_a_sealed_pdf_says_so_in_the_report() -> None:
    assert [one.what for one in inside.examine(corpus.pdf_sealed()).traits] == ["sealed"]


def test_links_devices_and_paths_are_marked() -> None:
    parts = inside.examine(corpus.zip_links()).parts
    assert [part.outside for part in parts] == [True] * 5 + [False]
    assert parts[5].link
    assert "[!]" in inside.copy(corpus.zip_links()).text
    data = corpus.links([("a", b"2", "/etc/shadow"), ("../b", b"0", ""), ("c", b"3", ""), ("d", b"5", "")])
    marks = [(one.link, one.outside, one.special, one.folder) for one in inside.examine(data).parts]
    assert marks == [
        (True, True, False, False),
        (False, True, False, False),
        (False, False, True, False),
        (False, False, False, True),
    ]


def test_long_archives_are_cut() -> None:
    data = corpus.zip_many()
    assert len(inside.examine(data).parts) == limits.PARTS
    assert NOTES["parts_cut"] in inside.examine(data).notes
    assert NOTES["parts_cut"] in inside.copy(data).notes


def test_zip_traits() -> None:
    sealed = bytearray(honest.zipped())
    at = sealed.index(b"PK\x01\x02")
    sealed[at + 8] |= 1
    sealed[-2:] = struct.pack("<H", 5)
    assert inside.told(bytes(sealed) + b"merci") == {"comment": ["merci"], "sealed": [""], "entries": ["2"]}
    assert set(inside.told(corpus.overlapping(300))) == {"overlap", "bomb", "entries"}


def test_a_zip_behind_a_picture_is_told() -> None:
    assert "polyglot" in inside.told(honest.jpeg() + honest.zipped())


def test_gzip_without_a_name() -> None:
    data = bytearray(honest.gz(bytes(100)))
    data[3] |= 4
    assert inside.examine(bytes(data)).refusal == REFUSALS["malformed"]
    plain = honest.gz(b"x", name="")
    assert inside.copy(plain).text.split()[1] == "—"
    assert "bomb" in inside.told(honest.gz(bytes(40 << 20)))


def test_zip_members_have_bounds() -> None:
    package = zips.Zip(honest.package({"a": bytes(limits.MEMBER_BYTES + 1), "b": b"x"}))
    with pytest.raises(Refused, match="bomb"):
        package.read("a")
    with pytest.raises(Refused, match="malformed"):
        package.read("c")
    assert package.read("b") == b"x"
    assert package.bombs()
    damaged = bytearray(honest.package({"a": bytes(range(256))}))
    damaged[40:60] = bytes(20)
    with pytest.raises(Refused, match="malformed"):
        zips.Zip(bytes(damaged)).read("a")


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x05\x06",
        struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 0xFFFFFFFF, 0, 0),
        b"PK\x06\x06"
        + bytes(36)
        + struct.pack("<Q", 1 << 40)
        + bytes(8)
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 0xFFFFFFFF, 0, 0),
        struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 500, 0, 0),
    ],
)
def test_directories_that_lie(data: bytes) -> None:
    with pytest.raises(Refused):
        zips.Zip(data)


@pytest.mark.parametrize(
    ("name", "outside"),
    [("a/b", False), ("/a", True), ("..\\a", True), ("a/../b", True), ("C:x", True), ("a..b", False), ("a\0b", True)],
)
def test_names_that_lead_outside(name: str, outside: bool) -> None:
    assert zips.leads_outside(name) is outside


def test_xml_bounds() -> None:
    with pytest.raises(Refused, match="bomb"):
        guard.walk(bytes(limits.MEMBER_BYTES + 1), start=lambda *_: None)
    with pytest.raises(Refused, match="malformed"):
        guard.walk(b"<?xml version='1.0' encoding='no-such'?><a/>", start=lambda *_: None)
    names: list[str] = []
    guard.walk(b"<x:a xmlns:x='y'><b/></x:a>", start=lambda name, _: names.append(name))
    assert names == ["a", "b"]


@pytest.mark.parametrize("sides", [(0, 1), (1, -1), (float("nan"), 1), (float("inf"), 1), (1, 1e400)])
def test_impossible_sides(sides: tuple[float, float]) -> None:
    with pytest.raises(Refused, match="pixels"):
        scaled(*sides, 100)


@pytest.mark.parametrize("sides", [(1, 1), (10_000, 1), (1, 1e9), (1e9, 1e-3), (99_999, 99_999), (640, 480)])
@pytest.mark.parametrize("room", [1, 100, limits.PAGE_PIXELS])
def test_scaled_sides_fit(sides: tuple[float, float], room: int) -> None:
    width, height = scaled(*sides, room)
    assert 1 <= width <= limits.PAGE_SIDE
    assert 1 <= height <= limits.PAGE_SIDE
    assert width * height <= room


def silent() -> tuple[Answer, list[bytes]]:
    said: list[bytes] = []
    return Answer(said.append), said


def test_an_answer_stays_inside_the_protocol() -> None:
    answer, said = silent()
    for number in range(limits.TRAITS + 5):
        answer.trait("author", f"a{number}")
        answer.trait("author", "a0")
    answer.trait("author", "\u202e")
    assert sum(one[0] == Frame.TRAIT for one in said) == limits.TRAITS
    assert said[-1].endswith(b"traits_cut")
    answer.write("x" * limits.TEXT)
    assert not answer.write("y")
    assert not answer.write("")
    assert said[-1].endswith(b"text_cut")


def test_pages_end_where_the_room_ends() -> None:
    answer, _ = silent()
    for _ in range(limits.PAGES):
        assert answer.room() == limits.PAGE_PIXELS
        answer.page(1, 1, b"abc")
    assert answer.room() == 0


def test_a_late_worker_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WORK_SECONDS", -1.0)
    assert inside.copy(honest.pdf()).refusal == REFUSALS["malformed"]
    assert NOTES["time_cut"] in inside.copy(honest.docx()).notes


def test_memory_that_is_not_there() -> None:
    def hungry(_: Source, __: Answer) -> None:
        raise MemoryError

    said: list[bytes] = []
    worker.run({Kind.TEXT: hungry}, Source(b"x"), said.append)
    assert said[-1].endswith(b"memory")


@pytest.mark.parametrize("task", Task)
def test_the_worker_serves_one_task(task: Task) -> None:
    said: list[bytes] = []
    asked = BytesIO(frames.TASK.pack(frames.MAGIC, task, 7) + b"bonjour")
    assert worker.serve(asked.read, said.append) == 0
    got = [frame for frame, _ in frames.Incoming().feed(b"".join(said))]
    assert got[0] is Frame.READY
    assert got[-1] is Frame.END
    assert (Frame.TEXT in got) is (task is Task.COPY)


@pytest.mark.parametrize("head", [(b"XXXX", 1, 1), (frames.MAGIC, 1, limits.FILE_BYTES + 1)])
def test_the_worker_refuses_another_task(head: tuple[bytes, int, int]) -> None:
    assert worker.serve(BytesIO(frames.TASK.pack(*head)).read, lambda _: None) == worker.NO_TASK


def test_the_worker_ends_with_its_pipe() -> None:
    with pytest.raises(SystemExit):
        worker.serve(BytesIO(b"").read, lambda _: None)


def test_libraries_are_loaded_before_the_cage_shuts() -> None:
    readers.prepare()
    vars(Image)["_initialized"] = 1
    assert set(readers.COPY) == set(readers.EXAMINE) == set(Kind)


@pytest.mark.parametrize("step", [cage._prctl, cage._try])
def test_a_step_that_fails_is_no_cage(step: Callable[..., None]) -> None:
    import ctypes

    with pytest.raises(cage.NoCageError):
        step(*((ctypes.CDLL(None, use_errno=True), 9999) if step is cage._prctl else ()))


def test_decoding_never_fails() -> None:
    assert text.decode(b"\xe9") == "é"
    assert text.decode(b"\xc3\xa9", "no-such-charset") == "é"
    assert text.decode(b"x", "zlib_codec") == "x"
    assert text.decode(b"\xfe\xff\0a") == "a"
    assert text.decode("é".encode("utf-8-sig")) == "é"


def test_html_that_does_not_close() -> None:
    assert text.html_text("<a " * 1000) == "<a " * 1000
    assert text.html_text("<script><p>x</p></script></p>a<td>b</td></x>") == "a\tb\n"
    assert text.rtf_text("}}{\\u-10?\\u233 x\\'e9\\~\\line\\-y") == "\ufff6é\u00e9\u00a0\ny".replace(
        "\u00e9\u00a0", "é\u00a0"
    )


def test_long_text_is_cut() -> None:
    assert inside.copy(b"a" * (text.WORK + 1)).notes == (NOTES["text_cut"],)
    assert inside.told(b"{\\rtf1 \\objdata}") == {"embedded": ["OLE"]}


def test_compound_files_that_lead_nowhere() -> None:
    for data in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", honest.ole()[:520], honest.ole([])):
        with pytest.raises(Refused):
            ole.names(data)
    assert ole.names(corpus.ole_loop())
    odd = bytearray(honest.ole())
    odd[30] = 5
    with pytest.raises(Refused):
        ole.names(bytes(odd))
    assert len(ole.names(honest.ole([f"n{number}" for number in range(9)]))) == 9
    far = bytearray(honest.ole())
    far[76:80] = struct.pack("<L", 0x00FFFFFF)
    assert ole.names(bytes(far))


def test_traces_that_cannot_be_read() -> None:
    answer, said = silent()
    metadata.tell_xmp(b"<x:xmpmeta><!DOCTYPE", answer)
    assert b"unreadable" in said[0]
    broken = honest.exif()
    broken.get_ifd(0x8825).update({2: (1.0,), 4: "x"})
    answer, said = silent()
    metadata.tell_exif(broken, answer)
    assert any(b"position" in one for one in said)
    answer, said = silent()
    metadata.tell_iptc({(2, 80): b"Camille", (2, 25): [b"a", b"b"]}, answer)
    assert len(said) == 3
    assert metadata.words(b"UNICODE\0a\0b\0") == "ab"
    assert metadata.words(7) == "7"


def test_mail_that_is_odd() -> None:
    assert inside.copy(corpus.charset_mail()).refusal == ""
    assert mail._decoded("=?utf-8?b?x?=") == "=?utf-8?b?x?="
    odd = b"From: a\nTo: b\nDKIM-Signature: v\nContent-Type: multipart/mixed; boundary=B\n\n"
    odd += b"--B\nContent-Type: message/rfc822\n\n"
    odd += b"From: c\n\nx\n--B\nContent-Type: image/png\n\nx\n--B\nContent-Type: text/html\n\n<p>y\n--B--"
    assert inside.told(odd)["signed"] == ["DKIM"]
    assert "y" in inside.copy(odd).text
    many = b"From: a\nTo: b\nContent-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\nx\n" * 1_200
    assert NOTES["parts_cut"] in inside.copy(many).notes


def test_a_workbook_that_never_ends() -> None:
    row = f"<row><c><v>{'9' * 1000}</v></c></row>"
    data = honest.package({"xl/workbook.xml": "<w/>", "xl/worksheets/sheet1.xml": f"<s>{row * 400}</s>"})
    got = inside.copy(data)
    assert len(got.text) == limits.TEXT
    assert office_text.numbered(zips.Zip(data), office_text.SHEET) == ["xl/worksheets/sheet1.xml"]


def test_refusals_hold_a_code_only() -> None:
    assert str(reading.Refused("deep")) == "deep"


def test_a_damaged_part_does_not_hide_the_others() -> None:
    data = honest.package({"[Content_Types].xml": "<T/>", "word/document.xml": honest.WORD, "docProps/core.xml": "<a"})
    got = inside.examine(data)
    assert (got.refusal, got.notes) == ("", (NOTES["part_failed"],))
    assert "tracked_author" in {one.what for one in got.traits}


def test_every_code_is_said_somewhere_and_every_said_code_is_listed() -> None:
    """A code of no list would end an honest file as a lie; a listed one that nobody says is a dead sentence."""
    words: set[object] = set()
    said: dict[str, set[object]] = {"note": set(), "trait": set(), "Refused": set(), "refuse": set()}
    for path in Path(labels.__file__).parent.glob("*.py"):
        if path.name == "labels.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant):
                words.add(node.value)
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                said.setdefault(called, set()).add(node.args[0].value)
    assert said["note"] <= set(NOTES)
    assert said["trait"] <= set(labels.TRAITS)
    assert said["Refused"] | said["refuse"] <= set(REFUSALS)
    tables = (
        metadata.EXIF,
        metadata.EXIF_MORE,
        metadata.XMP,
        metadata.IPTC,
        office.CORE,
        office.META,
        mail.TOLD,
        pdf.INFO,
    )
    told = {code for table in tables for code in table.values()}
    assert told <= set(labels.TRAITS)
    assert {*NOTES, *labels.TRAITS, *REFUSALS} - words - told == set()
