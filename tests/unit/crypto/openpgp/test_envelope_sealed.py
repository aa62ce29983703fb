"""Whole envelopes: written, sealed by the real gpg, opened by us and by stock tools."""

from __future__ import annotations

import base64
import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from crypto import padding
from crypto.envelope import EnvelopeWriter, Sealed
from crypto.envelope_reader import read_envelope
from crypto.envelope_report import ReportHead
from crypto.openpgp import decrypt, packets
from crypto.openpgp.encrypt import Encryptor
from tests.unit.crypto.openpgp.conftest import DAY, House, run_gpg
from tests.vectors.base import Vector, load_all
from tests.vectors.corpus.envelope_parts import mailbox

STORY = "Ce que j'ai vu : 1 000 €\n\u202eavec tout 🐝\n"
SEALED = [vector for vector in load_all("envelope") if vector.headers["layer"] == "sealed"]


def seal(house: House, path: Path, files: dict[str, bytes], chunk: int = 65536) -> Sealed:
    head = ReportHead("trial.example", "0" * 32, "report", 1, "0" * 64, house.recipients, "fr", {"topic": "1"})
    with path.open("wb") as output, Encryptor(house.public, house.recipients, output.fileno(), DAY) as running:
        writer = EnvelopeWriter(running.write, framing=running.framing)
        writer.message(STORY)
        for name, data in files.items():
            writer.start_file(name, "image/png")
            for at in range(0, len(data), chunk):
                writer.file_chunk(data[at : at + chunk])
            writer.end_file()
        sealed = writer.finish(head, mailbox())
        running.finish()
    return sealed


@pytest.mark.parametrize(
    "size",
    [0, 1, 13_000, 13_400, 14_000, 65_535, 65_536, 65_537, 131_000, 260_000, 1 << 20, 8_380_000, 8_390_000, 20_000_000],
)
def test_the_file_has_exactly_a_published_size(house: House, tmp_path: Path, size: int) -> None:
    sealed = seal(house, tmp_path / "sealed", {"a": os.urandom(size)} if size else {})
    found = (tmp_path / "sealed").stat().st_size
    assert found == sealed.ciphertext
    assert padding.is_bucket(found)


def test_reports_of_many_sizes_look_alike(house: House, tmp_path: Path) -> None:
    sizes = {seal(house, tmp_path / "sealed", {"a": bytes(size)}).ciphertext for size in (0, 1, 100, 5_000, 11_000)}
    assert sizes == {padding.FLOOR}


@pytest.mark.parametrize("name", ["alize", "brume", "cypres"])
def test_each_reviewer_reads_it(house: House, tmp_path: Path, name: str) -> None:
    files = {"\u202eé.png": os.urandom(200_000), "b\0": b""}
    seal(house, tmp_path / "sealed", files)
    plain = io.BytesIO()
    with (tmp_path / "sealed").open("rb") as source:
        assert decrypt.decrypt(house.homes[name], source, plain.write) == house.keys[name]
    opened = read_envelope(plain)
    assert opened.message == STORY
    assert opened.report.head.recipients == house.recipients
    assert [opened.open_file(file.n).read() for file in opened.files] == list(files.values())


def test_stock_gpg_and_unzip_open_it(house: House, tmp_path: Path) -> None:
    files = {"photo.png": os.urandom(300_000), "empty": b""}
    seal(house, tmp_path / "sealed.gpg", files)
    plain = run_gpg(house.homes["cypres"], "-d", str(tmp_path / "sealed.gpg"), check=False)
    (tmp_path / "plain.zip").write_bytes(plain)
    unzip = shutil.which("unzip")
    assert unzip is not None, "unzip is needed to prove that stock tools open an envelope"
    subprocess.run([unzip, "-q", "plain.zip", "-d", "out"], cwd=tmp_path, check=True)
    out = tmp_path / "out"
    assert (out / "message.txt").read_bytes() == STORY.encode()
    assert [(out / "files" / f"00{n}").read_bytes() for n in (1, 2)] == list(files.values())
    assert b"photo.png" in (out / "report.json").read_bytes()
    assert sorted(path.name for path in out.iterdir()) == ["files", "message.txt", "padding", "report.json"]


@pytest.mark.parametrize("vector", SEALED, ids=lambda vector: vector.name)
def test_what_each_version_of_gpg_sealed_is_read(vector: Vector, home: Path) -> None:
    parser = packets.EnvelopeParser()
    parser.feed(vector.payload)
    assert parser.finish() == int(vector.headers["recipients"])
    assert padding.is_bucket(len(vector.payload))
    run_gpg(home, "--import", data=base64.b64decode(vector.headers["secret-key"]))
    plain, key = decrypt.decrypt_bytes(home, vector.payload)
    assert key == vector.headers["primary"]
    opened = read_envelope(io.BytesIO(plain))
    assert opened.open_file(1).read() == b"%PDF-1.7\n"
    assert opened.report.mailbox == mailbox().public


def test_both_versions_of_gpg_are_recorded() -> None:
    assert {vector.name for vector in SEALED} == {"sealed-gpg-2.2", "sealed-gpg-2.4"}
