"""Scenarios of envelopes: the packets outside, the ZIP inside, and what report.json may say.

The accepted ZIPs are written by the standard library, so that our own writer and reader are held against another one.
`python -m tests.vectors.corpus.envelope` writes them; `record_gpg.py` adds whole envelopes that a real gpg sealed.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.vectors.base import Vector
from tests.vectors.corpus.envelope_parts import FILES, Case, by_hand, by_zipfile, content
from tests.vectors.corpus.envelope_refused import BAD_SIGNATURE, bad_reports, bad_text, bad_zips, forged

ODD = (
    ("\u202egpj.exe", "image/jpeg", b"1"),
    ("../../etc/passwd", "text/plain", b"2"),
    ("\U0001f41d" * 255, "text/plain", b"3"),
)


def accepted() -> Iterator[Vector]:
    cases = {
        "text": Case(),
        "empty-text": Case(story=b"", padding=b""),
        "files": Case(files=FILES),
        "odd-names": Case(files=ODD),
        "mailbox": Case(signed=True),
        "mailbox-later-message": Case(signed=True, seq=20778 << 32 | 5, early=lambda b: b | {"kind": "message"}),
        "largest-seq": Case(signed=True, seq=2**53 - 1, files=FILES),
    }
    for name, case in cases.items():
        yield content(name, "success", "", by_zipfile(case.entries()))


def packets() -> Iterator[Vector]:
    """The outside of an envelope, made of synthetic packets."""
    one = b"\x84\x5e\x03" + bytes(8) + b"\x12\x01\x07\x40" + b"P" * 32 + b"\x30" + b"W" * 48
    body = b"\x01" + b"S" * 60
    sealed = b"\xd2" + bytes([len(body)]) + body
    stray = "the envelope has a packet that does not belong there"
    hidden = "a recipient's packet is not a hidden one for cv25519"
    short = "the first part of the sealed data is too short"
    follows = "something follows the sealed data"
    parts = b"\xd2\xe9\x01" + bytes(511) + b"\xe0\x00\x03abc"
    scenarios = {
        "three-recipients": ("", one * 3 + sealed, 3),
        "new-packet-headers": ("", (b"\xc1" + one[1:]) * 2 + sealed, 2),
        "in-parts": ("", one + parts, 1),
        "nobody": (stray, sealed, 0),
        "named-recipient": (hidden, one[:3] + b"\x01" + one[4:] + sealed, 1),
        "rsa-recipient": (hidden, one[:11] + b"\x01" + one[12:] + sealed, 1),
        "version-6-recipient": (hidden, one[:2] + b"\x06" + one[3:] + sealed, 1),
        "another-point": ("a recipient's packet is malformed", one[:14] + b"\x04" + one[15:] + sealed, 1),
        "passphrase-recipient": (stray, one + b"\x8c\x0d\x04\x09\x03\x08" + bytes(9) + sealed, 1),
        "marker-packet": (stray, b"\xca\x03PGP" + one + sealed, 1),
        "aead": (stray, one + b"\xd4" + sealed[1:], 1),
        "version-2-body": ("the sealed data is not of version 1", one + b"\xd2\x3d\x02" + body[1:], 1),
        "short-first-part": (short, one + b"\xd2\xe8\x01" + bytes(255) + b"\x00", 1),
        "cut-off-body": ("the envelope is cut off", (one + sealed)[:-1], 1),
        "cut-off-packet": ("the envelope is cut off", one[:50], 1),
        "hollow": ("the envelope is too small to hold anything", one + b"\xd2\x28\x01" + bytes(39), 1),
        "second-message": (follows, (one + sealed) * 2, 1),
        "junk-after": (follows, one + sealed + b"\0", 1),
        "armoured": (stray, b"-----BEGIN PGP MESSAGE-----\n\nhF4DAAAA\n", 0),
    }  # fmt: skip
    for name, (rule, payload, count) in scenarios.items():
        headers = {"layer": "packets"} | ({} if rule else {"recipients": str(count)})
        expect = "bad format" if rule else "success"
        yield Vector("envelope", f"packets-{name}", expect, payload, rule, headers=headers, binary=True)


def vectors() -> Iterator[Vector]:
    """Every scenario that is made again byte for byte."""
    yield from accepted()
    for name, rule, case in bad_reports():
        yield content(f"report-{name}", "bad format", rule, by_hand(case.entries()))
    for name, case in forged():
        yield content(f"forged-{name}", "bad trust", BAD_SIGNATURE, by_hand(case.entries()))
    for name, rule, text in bad_text():
        entries = [(entry, text if entry == b"report.json" else data) for entry, data in Case().entries()]
        yield content(f"report-{name}", "bad format", rule, by_hand(entries))
    for name, rule, data in bad_zips():
        yield content(f"zip-{name}", "bad format", rule, data)
    yield from packets()


if __name__ == "__main__":
    for vector in vectors():
        vector.path.parent.mkdir(exist_ok=True)
        vector.path.write_bytes(vector.serialise())
