"""Envelopes that are refused: what report.json may not say, what nobody signed, what a ZIP could hide."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from crypto import stored_zip as sz
from crypto.fields import to_b64
from tests.vectors.base import key
from tests.vectors.corpus.envelope_parts import FILES, RECIPIENTS, STORY, Body, Case, by_hand, by_zipfile, digest

OTHER_END = "the envelope's end is not that of one"
OTHER_COUNT = "the envelope has another number of entries, or another size"
OTHER_RECORD = "the envelope's directory has an entry that does not belong there"
OTHER_HEADER = "an entry's header differs from the directory"
NOT_STATED = "the content is not what the report states"
MISSING = "a field is missing or unknown"
BAD_SIGNATURE = "the signature is not by the expected key over these bytes"


def put(name: str, value: Any) -> Callable[[Body], Body]:
    return lambda body: body | {name: value}


def inner(name: str, **values: Any) -> Callable[[Body], Body]:
    return lambda body: body | {name: body[name] | values}


def first_file(**values: Any) -> Callable[[Body], Body]:
    return lambda body: body | {"files": [body["files"][0] | values, *body["files"][1:]]}


def without(name: str) -> Callable[[Body], Body]:
    return lambda body: {field: value for field, value in body.items() if field != name}


def bad_reports() -> Iterator[tuple[str, str, Case]]:
    """Name, rule, case: report.json says something that it may not."""
    yield from _bad_heads()
    yield from _bad_forms()
    yield from _bad_files()
    yield from _bad_mailboxes()


def _bad_heads() -> Iterator[tuple[str, str, Case]]:
    unknown = "the report is of an unknown format or kind"
    none = "the recipients are none or repeated"
    listed = "the field recipients is not a list within its limit"
    number = "the field version is not an integer in its range"
    for name, rule, late in (
        ("other-format", unknown, put("format", "sourdine/envelope/v2")),
        ("other-kind", unknown, put("kind", "gossip")),
        ("unknown-field", MISSING, put("note", "")),
        ("missing-field", MISSING, without("language")),
        ("other-instance", "the field instance is malformed", put("instance", "Trial")),
        ("report-id", "the field report_id is not 32 hexadecimal digits", put("report_id", "AB" * 16)),
        ("language", "the field language is malformed", put("language", "FR")),
        ("manifest-version", number, inner("manifest", version=0)),
        ("manifest-digest", "the field digest is not 64 hexadecimal digits", inner("manifest", digest="")),
        ("no-recipients", none, put("recipients", [])),
        ("repeated-recipient", none, put("recipients", ["A" * 40] * 2)),
        ("short-recipient", "an item of a list is malformed", put("recipients", ["A" * 16])),
        ("too-many-recipients", listed, put("recipients", [f"{n:040X}" for n in range(65)])),
    ):
        yield name, rule, Case(late=late)


def _bad_forms() -> Iterator[tuple[str, str, Case]]:
    form, topic = "the form's fields are malformed", "the field topic is malformed"
    size = "the field size is not an integer in its range"
    for name, rule, late in (
        ("form-is-a-list", form, put("fields", [])),
        ("form-field-name", form, put("fields", {"Topic": "1"})),
        ("form-too-many", form, put("fields", {f"f{n}": "" for n in range(65)})),
        ("form-field-number", topic, put("fields", {"topic": 1})),
        ("form-too-long", topic, put("fields", {"topic": "x" * 10_001})),
        ("message-size", NOT_STATED, inner("message", size=len(STORY) - 1)),
        ("message-digest", NOT_STATED, inner("message", sha256=digest(b""))),
        ("message-too-long", size, inner("message", size=2**20 + 1)),
    ):
        yield name, rule, Case(late=late)
    yield "not-utf8", "the message is not text in UTF-8", Case(story=b"\xff\xfe")


def _bad_files() -> Iterator[tuple[str, str, Case]]:
    control, kind = "a file's name has a control character", "the field type is malformed"
    for name, rule, late in (
        ("file-digest", NOT_STATED, first_file(sha256=digest(b""))),
        ("file-size", NOT_STATED, first_file(size=8)),
        ("file-not-listed", NOT_STATED, put("files", [])),
        ("numbered-from-0", "the files are not numbered from 1", first_file(n=0)),
        ("file-extra-field", MISSING, first_file(path="x")),
        ("control-character", control, first_file(name="a\0b")),
        ("line-separator", control, first_file(name="a\u2028b")),
        ("long-name", "the field name is malformed", first_file(name="x" * 256)),
        ("type-upper-case", kind, first_file(type="Image/PNG")),
        ("type-parameter", kind, first_file(type="text/plain;a=b")),
    ):
        yield name, rule, Case(files=FILES, late=late)


def _bad_mailboxes() -> Iterator[tuple[str, str, Case]]:
    length = "the field signature has another length"
    seq = "the field seq is not an integer in its range"
    sole = put("signature", to_b64(bytes(64)))
    yield "signature-without-mailbox", "a signature needs a mailbox", Case(late=sole)
    for name, rule, late in (
        ("mailbox-without-signature", length, put("signature", "")),
        ("short-signature", length, put("signature", to_b64(bytes(63)))),
        ("mailbox-key-length", "the field ed25519 has another length", inner("mailbox", ed25519=to_b64(bytes(31)))),
        ("mailbox-extra-field", MISSING, inner("mailbox", locator="")),
        ("negative-seq", seq, inner("mailbox", seq=-1)),
    ):
        yield name, rule, Case(signed=True, late=late)


def forged() -> Iterator[tuple[str, Case]]:
    """Name, case: the mailbox did not sign this."""
    signed = Case(signed=True, files=FILES)
    stranger = to_b64(key("stranger").public)
    yield "signature-of-nothing", replace(signed, late=put("signature", to_b64(bytes(64))))
    yield "changed-field", replace(signed, late=inner("fields", topic="4"))
    yield "changed-recipients", replace(signed, late=put("recipients", RECIPIENTS[::-1]))
    yield "changed-seq", replace(signed, late=inner("mailbox", seq=1))
    yield "changed-report-id", replace(signed, late=put("report_id", "f" * 32))
    yield "swapped-signing-key", replace(signed, late=inner("mailbox", ed25519=stranger))
    yield "swapped-sealing-key", replace(signed, late=inner("mailbox", hpke=to_b64(bytes(1216))))


def bad_text() -> Iterator[tuple[str, str, bytes]]:
    """Name, rule, report.json as bytes."""
    good = Case().report()
    yield "spaces", "JSON is not in its canonical form", good.replace(b'":', b'": ', 1)
    yield "repeated-key", "JSON is not in its canonical form", b'{"kind":"erase",' + good[1:]
    yield "not-json", "not JSON in UTF-8", good[:-1]
    yield "byte-order-mark", "not JSON in UTF-8", b"\xef\xbb\xbf" + good


def bad_zips() -> Iterator[tuple[str, str, bytes]]:
    """Name, rule, ZIP: what other programs could hide in one."""
    whole = Case(files=FILES).entries()
    good = by_hand(whole)
    yield "cut-off", OTHER_END, good[:-30] + good[-22:]
    yield "empty", "the envelope is cut off", b""
    yield "no-zip", OTHER_COUNT, b"Rar!" + bytes(40)
    yield "something-before", OTHER_END, b"MZ" + good
    yield "something-after", OTHER_COUNT, good + b"\0" * 4
    yield "comment", OTHER_COUNT, good[:-2] + b"\x05\x00hello"
    yield "no-padding", OTHER_END, by_hand(whole[:-1])
    yield "no-report", OTHER_END, by_hand([*whole[:-2], whole[-1]])
    yield "no-message", OTHER_END, by_hand(whole[1:])
    yield "two-entries", OTHER_COUNT, by_hand(whole[:2])
    yield "another-order", OTHER_RECORD, by_hand([whole[1], whole[0], *whole[2:]])
    yield "repeated-entry", OTHER_END, by_hand([*whole, whole[-1]])
    for name, instead in {
        "original-name": b"files/abc",
        "parent-folder": b"../es/001",
        "absolute-path": b"/iles/001",
        "backslash": b"files\\001",
        "number-from-zero": b"files/000",
    }.items():
        changed = [(instead if entry == b"files/001" else entry, data) for entry, data in whole]
        yield name, OTHER_RECORD, by_hand(changed)
    yield "compressed", OTHER_RECORD, by_zipfile(whole, zipfile.ZIP_DEFLATED)
    yield from _other_records(whole)


def _swap(make: Callable[..., bytes], at: int, value: bytes) -> Callable[..., bytes]:
    """Replaces bytes of a record."""

    def changed(*fields: Any) -> bytes:
        record = make(*fields)
        return record[:at] + value + record[at + len(value) :]

    return changed


def _other_records(whole: list[tuple[bytes, bytes]]) -> Iterator[tuple[str, str, bytes]]:
    for name, at, value in (
        ("made-on-another-system", 5, b"\x00"),
        ("encrypted-flag", 8, b"\x09"),
        ("utf8-flag", 9, b"\x08"),
        ("another-time", 12, b"\x01"),
        ("extra-field-in-the-directory", 30, b"\x01"),
        ("entry-comment", 32, b"\x01"),
        ("another-disk", 34, b"\x01"),
        ("text-attribute", 36, b"\x01"),
        ("directory-attribute", 38, b"\x10"),
        ("overlapping-entries", 42, b"\x00\x00\x00\x00"),
    ):
        yield name, OTHER_RECORD, by_hand(whole, central=_swap(sz.central_header, at, value))
    for name, at, value in (
        ("header-with-another-name", 30, b"x"),
        ("header-with-a-size", 18, b"\x01"),
        ("header-with-an-extra-field", 28, b"\x01"),
        ("header-compressed", 8, b"\x08"),
    ):
        yield name, OTHER_HEADER, by_hand(whole, local=_swap(sz.local_header, at, value))
    differs = "an entry's end differs from the directory"
    yield "descriptor-with-another-size", differs, by_hand(whole, after=lambda crc, size: sz.descriptor(crc, size + 1))
    yield "descriptor-without-mark", differs, by_hand(whole, after=_swap(sz.descriptor, 0, b"XX"))
    crc = "an entry's checksum is wrong"
    yield (
        "wrong-checksum",
        crc,
        by_hand(
            whole,
            after=lambda crc, size: sz.descriptor(crc ^ 1, size),
            central=lambda name, crc, size, offset: sz.central_header(name, crc ^ 1, size, offset),
        ),
    )
    good = by_hand(whole)
    start = good.index(b"PK\x01\x02")
    moved = sz.end(len(whole), len(good) - sz.END_SIZE - start, start + 6)
    hidden = good[:start] + b"hidden" + good[start : -sz.END_SIZE] + moved
    yield "gap-before-the-directory", "the envelope's entries do not fill it", hidden
    yield (
        "huge-sizes",
        OTHER_RECORD,
        by_hand(whole, central=lambda name, crc, size, offset: sz.central_header(name, crc, 2**32 - 1, 0)),
    )
    yield "padding-is-not-empty", "the padding is not empty", by_hand([*whole[:-1], (b"padding", b"\0\0hidden\0")])
