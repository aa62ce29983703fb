"""The envelope's ZIP and report: the corpus, what the writer makes, what the reader refuses."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import envelope_report, padding, stored_zip
from crypto.derive import Mailbox
from crypto.envelope import EnvelopeWriter, Sealed, padded
from crypto.envelope_reader import OpenedEnvelope, read_envelope
from crypto.envelope_report import FileInfo, ReportHead
from crypto.errors import FormatError, TrustError
from crypto.openpgp.packets import EnvelopeParser
from crypto.openpgp.sizes import GPG_2_2, GPG_2_4, Framing
from tests.vectors.base import OUTCOMES, ROOT, Vector, load, load_all
from tests.vectors.corpus import envelope as corpus
from tests.vectors.corpus.envelope_parts import by_hand, by_zipfile, mailbox

VECTORS = load_all("envelope")
MADE = list(corpus.vectors())
BY_LAYER = {layer: [v for v in VECTORS if v.headers["layer"] == layer] for layer in ("content", "packets", "sealed")}


def head(**changes: Any) -> ReportHead:
    base = {
        "instance": "trial.example",
        "report_id": "0" * 32,
        "kind": "report",
        "manifest_version": 1,
        "manifest_digest": "0" * 64,
        "recipients": ("A" * 40, "B" * 40, "C" * 40),
        "language": "fr",
        "fields": {"topic": "1"},
    }
    return ReportHead(**(base | changes))


Parts = list[tuple[str, str, bytes]]


def write(
    files: Parts, text: str = "texte", signer: Mailbox | None = None, framing: Framing = GPG_2_2, **changes: Any
) -> tuple[bytes, Sealed]:
    out = bytearray()
    writer = EnvelopeWriter(out.extend, framing=framing)
    writer.message(text)
    for name, kind, data in files:
        writer.start_file(name, kind)
        for at in range(0, len(data), 1000):
            writer.file_chunk(memoryview(data)[at : at + 1000])
        writer.end_file()
    sealed = writer.finish(head(**changes), signer)
    return bytes(out), sealed


def label(vector: Vector) -> str:
    return vector.name


def read(data: bytes) -> OpenedEnvelope:
    return read_envelope(io.BytesIO(data))


def test_the_corpus_is_there() -> None:
    assert {layer: len(found) for layer, found in BY_LAYER.items()} == {"content": 94, "packets": 19, "sealed": 2}
    assert {vector.expect for vector in VECTORS} == {"success", "bad format", "bad trust"}
    made = {vector.path for vector in MADE}
    assert len(made) == len(MADE)
    recorded = {vector.path for vector in BY_LAYER["sealed"]}
    assert {path for path in (ROOT / "envelope").iterdir()} == made | recorded


@pytest.mark.parametrize("made", MADE, ids=label)
def test_is_made_again(made: Vector) -> None:
    assert made.path.read_bytes() == made.serialise(), "run: python -m tests.vectors.corpus.envelope"
    assert load(made.path).serialise() == made.serialise()


def through(vector: Vector) -> None:
    if vector.headers["layer"] == "packets":
        for step in (1, 1 << 20):
            parser = EnvelopeParser()
            for at in range(0, len(vector.payload), step):
                parser.feed(vector.payload[at : at + step])
            assert parser.finish() == int(vector.headers["recipients"])
        return
    opened = read(vector.payload)
    with zipfile.ZipFile(io.BytesIO(vector.payload)) as archive:
        entries = [(info.filename.encode(), archive.read(info)) for info in archive.infolist()]
    assert by_hand(entries) == by_zipfile(entries) == vector.payload
    assert opened.message.encode() == entries[0][1]
    assert [opened.open_file(file.n).read() for file in opened.files] == [data for _, data in entries[1:-2]]


@pytest.mark.parametrize("vector", BY_LAYER["content"] + BY_LAYER["packets"], ids=label)
def test_means_what_it_says(vector: Vector) -> None:
    refusal = OUTCOMES[vector.expect]
    if refusal is None:
        through(vector)
        return
    with pytest.raises(refusal) as raised:
        through(vector)
    assert type(raised.value) is refusal
    assert str(raised.value) == vector.rule


FILES: Parts = [("a.pdf", "application/pdf", b"x" * 5000), ("", "", b""), ("\u202eé\0.png", "image/png; q=1", b"y")]


@pytest.mark.parametrize("signer", [None, mailbox()], ids=["without a mailbox", "with one"])
def test_what_is_written_is_read(signer: Mailbox | None) -> None:
    data, sealed = write(FILES, "été\r\n", signer, seq=5 if signer else 0)
    assert len(data) == sealed.plaintext
    opened = read(data)
    assert opened.message == "été\r\n"
    assert opened.report.head == head(seq=5 if signer else 0)
    assert opened.report.mailbox == (signer and signer.public)
    assert [(f.n, f.name, f.type, f.size) for f in opened.files] == [
        (1, "a.pdf", "application/pdf", 5000),
        (2, "", "application/octet-stream", 0),
        (3, "\u202eé\ufffd.png", "image/png", 1),
    ]
    assert [opened.open_file(n).read() for n in (1, 2, 3)] == [b"x" * 5000, b"", b"y"]
    assert [opened.open_file(n, last=7).read() for n in (1, 2, 3)] == [b"x" * 7, b"", b"y"]


def test_the_standard_library_writes_the_same_bytes() -> None:
    data, _ = write(FILES)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        entries = [(info.filename.encode(), archive.read(info)) for info in archive.infolist()]
    assert by_zipfile(entries) == data
    assert [name for name, _ in entries] == [
        b"message.txt",
        b"files/001",
        b"files/002",
        b"files/003",
        b"report.json",
        b"padding",
    ]
    assert not any(entries[-1][1])


def test_what_ends_a_file_is_told() -> None:
    writer = EnvelopeWriter(lambda _data: None, framing=GPG_2_2)
    writer.message("")
    writer.start_file("a", "text/plain")
    writer.file_chunk(b"abc")
    assert writer.end_file() == FileInfo(
        1, "a", "text/plain", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


MESSAGE = ("message", "x")
START, CHUNK, END = ("start_file", "a", "b/c"), ("file_chunk", b"x"), ("end_file",)
FINISH = ("finish", head())


@pytest.mark.parametrize(
    "calls",
    [
        [START],
        [CHUNK],
        [END],
        [FINISH],
        [MESSAGE, MESSAGE],
        [MESSAGE, CHUNK],
        [MESSAGE, END],
        [MESSAGE, START, START],
        [MESSAGE, START, MESSAGE],
        [MESSAGE, START, FINISH],
        [MESSAGE, FINISH, FINISH],
        [MESSAGE, FINISH, START],
    ],
    ids=lambda calls: " ".join(call[0] for call in calls),
)
def test_refuses_another_order(calls: list[tuple[Any, ...]]) -> None:
    writer = EnvelopeWriter(lambda _data: None, framing=GPG_2_2)
    for name, *arguments in calls[:-1]:
        getattr(writer, name)(*arguments)
    name, *arguments = calls[-1]
    with pytest.raises(FormatError, match="another order"):
        getattr(writer, name)(*arguments)


def test_refuses_a_message_that_is_too_long_or_no_text() -> None:
    for text, rule in (("\udc80", "not text"), ("é" * (1 << 19) + "x", "too long")):
        with pytest.raises(FormatError, match=rule):
            EnvelopeWriter(lambda _data: None, framing=GPG_2_2).message(text)
    EnvelopeWriter(lambda _data: None, framing=GPG_2_2).message("é" * (1 << 19))


def test_refuses_a_thousandth_file() -> None:
    writer = EnvelopeWriter(lambda _data: None, framing=GPG_2_2)
    writer.message("")
    for _ in range(999):
        writer.start_file("", "")
        writer.end_file()
    with pytest.raises(FormatError, match="too many files"):
        writer.start_file("", "")


def test_refuses_more_than_two_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_zip, "LIMIT", 100_000)
    with pytest.raises(FormatError, match="larger than 2 GiB"):
        write([("a", "", bytes(100_000))])
    data, _ = write([])
    monkeypatch.setattr(stored_zip, "LIMIT", 1_000)
    with pytest.raises(FormatError, match="or another size"):
        read(data)


@pytest.mark.parametrize(
    "changes",
    [
        {"instance": "Not An Instance"},
        {"report_id": ""},
        {"kind": "gossip"},
        {"manifest_version": 0},
        {"manifest_digest": "x"},
        {"recipients": ()},
        {"recipients": ("A" * 39,)},
        {"recipients": ("A" * 40,) * 2},
        {"language": "french"},
        {"fields": {"Topic": "1"}},
        {"fields": {"topic": "\udc80"}},
        {"seq": 1},
    ],
)
def test_refuses_a_head_that_no_reader_takes(changes: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        write([], **changes)


@pytest.mark.parametrize("kind", envelope_report.KINDS)
def test_every_kind_is_read(kind: str) -> None:
    assert read(write([], kind=kind)[0]).report.head.kind == kind


@pytest.mark.parametrize("framing", [GPG_2_2, GPG_2_4], ids=["2.2", "2.4"])
@pytest.mark.parametrize("size", [0, 1, 12_000, 13_500, 13_800, 30_000, 65_536, 100_000, 500_000, 9_000_000])
def test_the_sealed_size_is_a_published_one(framing: Framing, size: int) -> None:
    data, sealed = write([("a", "b/c", bytes(size))] if size else [], framing=framing)
    assert len(data) == sealed.plaintext
    assert padding.is_bucket(sealed.ciphertext)
    assert framing.ciphertext_size(sealed.plaintext, 3) == sealed.ciphertext


@pytest.mark.parametrize("framing", [GPG_2_2, GPG_2_4], ids=["2.2", "2.4"])
def test_no_size_tells_who_keeps_a_codename(framing: Framing) -> None:
    for size in range(13_000, 15_000, 43):
        story = "x" * size
        sizes = {write([], story, signer, framing, seq=seq)[1].ciphertext for signer, seq in SIGNERS}
        assert len(sizes) == 1, size


SIGNERS = ((None, 0), (mailbox(), 0), (mailbox(), 7), (mailbox(), envelope_report.later_seq(date(2026, 11, 21))))


@pytest.mark.parametrize("framing", [GPG_2_2, GPG_2_4], ids=["2.2", "2.4"])
def test_the_padding_is_the_least_that_is_possible(framing: Framing) -> None:
    for base in (466, 16_033, 16_034, 16_035, 32_414, 32_415, 8_387_000, 23_060_000, 411_000_000):
        sealed = padded(base, 3, framing)
        assert sealed.plaintext >= base
        smaller = {padding.bucket(n) for n in (framing.ciphertext_size(base, 3), sealed.ciphertext - 1)}
        reached = [n for n in smaller if n < sealed.ciphertext and (framing.plaintext_size(n, 3) or 0) >= base]
        assert reached == []


def test_a_size_that_gpg_cannot_reach_is_passed_over() -> None:
    assert {GPG_2_2.plaintext_size(size, 3) for size in (411_041_792, 419_430_400)} == {None}
    assert padded(410_900_000, 3, GPG_2_2).ciphertext == padding.bucket(419_430_401)
    assert GPG_2_4.plaintext_size(23_068_672, 3) is None
    assert padded(23_000_000, 3, GPG_2_4).ciphertext == padding.bucket(23_068_673)


def test_memory_stays_flat() -> None:
    chunk = bytes(256 * 1024)
    writer = EnvelopeWriter(len, framing=GPG_2_2)
    writer.message("x")
    writer.start_file("a", "b/c")
    tracemalloc.start()
    for _ in range(400):
        writer.file_chunk(chunk)
    writer.end_file()
    writer.finish(head())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("signer", [None, mailbox()], ids=["without a mailbox", "with one"])
def test_every_changed_byte_is_noticed(signer: Mailbox | None) -> None:
    data = by_hand([(name, body) for name, body in _entries(write(FILES[1:], "text", signer)[0])])
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises((FormatError, TrustError)):
            read(bytes(changed))


def _entries(data: bytes) -> list[tuple[bytes, bytes]]:
    """The entries of an envelope, with next to no padding, so that every byte can be tried."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = [(info.filename.encode(), archive.read(info)) for info in archive.infolist()]
    return [*found[:-1], (b"padding", bytes(3))]


def test_every_shorter_file_is_refused() -> None:
    data = by_hand(_entries(write([])[0]))
    for size in range(len(data)):
        with pytest.raises(FormatError):
            read(data[:size])


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_an_orderly_way(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


@given(st.binary(max_size=100), st.integers(0, 900), st.integers(0, 100))
def test_any_change_is_refused_in_an_orderly_way(insert: bytes, at: int, drop: int) -> None:
    good = BASE
    data = good[:at] + insert + good[at + drop :]
    if data != good:
        with pytest.raises((FormatError, TrustError)):
            read(data)


BASE = by_hand(_entries(write([])[0]))


class Stuttering(io.BytesIO):
    """Gives less than it is asked for, like a sealed file at the end of a chunk."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 100) if size else size)


def test_a_file_that_gives_less_at_a_time_is_asked_again() -> None:
    opened = read_envelope(Stuttering(write(FILES)[0]))
    assert opened.open_file(1).read() == b"x" * 5000


@pytest.mark.parametrize("n", [-1, 0, 4])
def test_refuses_a_number_without_a_file(n: int) -> None:
    with pytest.raises(FormatError, match="no file of that number"):
        read(write(FILES)[0]).open_file(n)


def test_a_huge_report_is_refused_before_it_is_read() -> None:
    entries = dict(_entries(write([])[0]))
    huge = [*entries.items()]
    huge[-2] = (b"report.json", bytes(envelope_report.REPORT_LIMIT + 1))
    with pytest.raises(FormatError, match="larger than its limit"):
        read(by_hand(huge))
