"""From the form to stock gpg and unzip, byte for byte: sizes, names, languages (PEERS claim 20)."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from app.cli.visitor import Upload
from crypto import padding
from tests.journey.house import House, report

# Chunk edges of everything on the way: gpg's partial lengths, our reads, the buckets.
EDGES = (512, 8192, 16_384, 65_536, 262_144, 1_048_576)
SIZES = sorted({0, 1, *(edge + step for edge in EDGES for step in (-1, 0, 1))})
NAMES = (
    "photo.jpg",
    "procès-verbal d'assemblée.pdf",
    "報告書.docx",
    "تقرير.pdf",
    "💶 compte.xlsx",
    'quote"inside.txt',
    "../../etc/passwd",
    "..",
    ".hidden",
    "C:\\Users\\moi\\note.txt",
    "a" * 240 + ".bin",
    "name;with=odd&chars%20.txt",
    "CON",
    "no-extension",
    " spaces  around .txt ",
    "\u202egpj.exe",
)
STORIES = (
    "Le bureau a voté sans quorum et l'a caché aux membres pendant deux ans.",
    "The board changed the rules alone and told nobody for more than a year.",
    "Ο διαχειριστής αρνείται να δείξει τους λογαριασμούς στα μέλη από τον Μάρτιο.",
    "رفض مجلس الإدارة اطلاع الأعضاء على الحسابات منذ عامين كاملين دون سبب.",
    "理事会拒绝向社员出示账目，并在没有开会的情况下修改了章程。这种情况已经持续了两年多，没有任何解释，也没有人回应我们的书面请求。",
    "Ligne une.\r\nLigne deux avec <b>balises</b> & esperluettes, 100 % vraies.\r\n\r\nFin.",
)


def content(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def check(house: House, tmp_path: Path, files: list[Upload], fields: dict[str, str | list[str]]) -> dict[str, object]:
    before = house.envelopes()
    page = report(house, fields, files)
    assert page.status == 200, page.text
    new = house.envelopes() - before
    assert len(new) == 1
    envelope = new.pop()
    assert padding.is_bucket(envelope.stat().st_size)
    opened = house.stock_open(envelope, tmp_path / envelope.name)
    folder = tmp_path / envelope.name
    story = str(fields["story"]).replace("\r\n", "\n")
    assert (folder / "message.txt").read_bytes().decode() == story
    listed = opened["files"]
    assert isinstance(listed, list)
    assert len(listed) == len(files)
    for number, (entry, file) in enumerate(zip(listed, files, strict=True), start=1):
        data = (folder / "files" / f"{number:03d}").read_bytes()
        assert isinstance(file.content, bytes)
        assert data == file.content
        assert (entry["n"], entry["size"]) == (number, file.size)
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
    return opened


@pytest.mark.parametrize("index", range(40))
def test_everyday_journeys(house: House, tmp_path: Path, index: int) -> None:
    journey(house, tmp_path, index)


@pytest.mark.slow
@pytest.mark.parametrize("index", range(40, 200))
def test_many_journeys(house: House, tmp_path: Path, index: int) -> None:
    journey(house, tmp_path, index)


def journey(house: House, tmp_path: Path, index: int) -> None:
    draw = random.Random(index)
    files = [
        Upload(NAMES[(index + n) % len(NAMES)], content(SIZES[(index * 3 + n) % len(SIZES)], index * 100 + n))
        for n in range(draw.randrange(4) if index % 3 else 1)
    ]
    fields: dict[str, str | list[str]] = {
        "story": STORIES[index % len(STORIES)],
        "cooperative": draw.choice(["", "Les Tilleuls, Lyon", "Ἀγορά", "Coop <Nord>"]),
        "topic": str(1 + index % 9),
        "follow_up": "codename" if index % 2 else "none",
    }
    opened = check(house, tmp_path, files, fields)
    assert (opened["mailbox"] is not None) == (index % 2 == 1)
    listed = opened["files"]
    assert isinstance(listed, list)
    for entry, file in zip(listed, files, strict=True):
        if not set(file.name) & {'"', "\\", "/", "\u202e"}:
            assert entry["name"] == file.name


@pytest.mark.slow
@pytest.mark.parametrize("size", [8_388_608 - 70_000, 8_388_608, 16_777_217, 50_000_000])
def test_large_files(house: House, tmp_path: Path, size: int) -> None:
    check(house, tmp_path, [Upload("grand.bin", content(size, size))], {"story": STORIES[0]})


@pytest.mark.slow
def test_five_hundred_megabytes(house: House, tmp_path: Path) -> None:
    """The published limit itself, in one file, compared byte for byte."""
    source = tmp_path / "source.bin"
    draw = random.Random(500)
    digest = hashlib.sha256()
    with source.open("wb") as stream:
        for _ in range(500):
            block = draw.randbytes(1_000_000)
            digest.update(block)
            stream.write(block)
    before = house.envelopes()
    page = report(house, {"story": STORIES[0]}, [Upload("archive.tar", source)])
    assert page.status == 200
    envelope = (house.envelopes() - before).pop()
    assert padding.is_bucket(envelope.stat().st_size)
    house.stock_open(envelope, tmp_path / "opened")
    with (tmp_path / "opened" / "files" / "001").open("rb") as stream:
        assert hashlib.file_digest(stream, "sha256").digest() == digest.digest()
    # Later tests fetch pickups: half a gigabyte has shown what it had to.
    source.unlink()
