"""Scenarios of canonical JSON, signed notes, padding, sealing at rest and HPKE."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import hpke, note
from tests.vectors.base import Vector, key, secret

NOT_JSON = "not JSON in UTF-8"
NOT_CANONICAL = "JSON is not in its canonical form"
NOT_INTEGER = "JSON number is not an integer"

GOOD_JSON = {
    "empty-object": b"{}",
    "null": b"null",
    "scalars": b'[null,true,false,0,-1,"",[],{}]',
    "sorted-by-code-point": '{"A":1,"a":2,"é":3,"\uffee":4,"\U0001f600":5}'.encode(),
    "largest-integers": b"[-9007199254740991,9007199254740991]",
    "escapes": b'"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f/\x7f"',
    "separators-stay-raw": '"\u2028\u2029\u202e"'.encode(),
    "depth-16": b"[" * 16 + b"]" * 16,
}
BAD_JSON = {
    "empty": (b"", NOT_JSON),
    "not-utf8": (b'"\xff"', NOT_JSON),
    "byte-order-mark": (b"\xef\xbb\xbf{}", NOT_JSON),
    "two-values": (b"{}{}", NOT_JSON),
    "raw-control": (b'"\x01"', NOT_JSON),
    "single-quotes": (b"{'a':1}", NOT_JSON),
    "trailing-comma": (b"[1,]", NOT_JSON),
    "far-too-deep": (b"[" * 20_000, NOT_JSON),
    "space": (b'{"a": 1}', NOT_CANONICAL),
    "trailing-newline": (b"{}\n", NOT_CANONICAL),
    "unsorted": (b'{"b":1,"a":2}', NOT_CANONICAL),
    "repeated-key": (b'{"a":1,"a":1}', NOT_CANONICAL),
    "escaped-letter": (b'"\\u0041"', NOT_CANONICAL),
    "escaped-pair": (b'"\\ud83d\\ude00"', NOT_CANONICAL),
    "escaped-slash": (b'"\\/"', NOT_CANONICAL),
    "upper-case-escape": (b'"\\u001F"', NOT_CANONICAL),
    "minus-zero": (b"-0", NOT_CANONICAL),
    "float": (b"1.0", NOT_INTEGER),
    "exponent": (b"1e2", NOT_INTEGER),
    "not-a-number": (b"NaN", NOT_INTEGER),
    "infinity": (b"-Infinity", NOT_INTEGER),
    "integer-2-53": (b"9007199254740992", "JSON integer is too large"),
    "integer-of-100-digits": (b"1" * 100, "JSON integer is too large"),
    "lone-surrogate": (b'"\\ud800"', "JSON text has a lone surrogate"),
    "surrogate-in-key": (b'{"\\udfff":1}', "JSON text has a lone surrogate"),
    "depth-17": (b"[" * 17 + b"]" * 17, "JSON is nested too deep"),
}


def vectors() -> Iterator[Vector]:
    yield from (Vector("canonical", name, "success", data) for name, data in GOOD_JSON.items())
    yield from (Vector("canonical", name, "bad format", data, rule) for name, (data, rule) in BAD_JSON.items())
    yield from notes()
    yield from padding()
    yield from sealed()
    yield from hpke_vectors()


def notes() -> Iterator[Vector]:
    signer = key("note")
    headers = {"kind": "outbox", "public": signer.public.hex()}
    good = note.sign_note("outbox", {"a": 1}, signer)
    head, body, line, _ = good.split(b"\n")

    def bad(name: str, data: bytes, rule: str = "not a signed note", expect: str = "bad format") -> Vector:
        return Vector("note", name, expect, data, rule, headers=headers)

    def signed(start: bytes) -> bytes:
        return start + base64.b64encode(signer.sign(start)) + b"\n"

    yield Vector("note", "success", "success", good, headers=headers)
    yield Vector("note", "list-body", "success", note.sign_note("outbox", ["é"], signer), headers=headers)
    yield bad("other-kind", note.sign_note("pickup", {"a": 1}, signer), "a signed note of another kind")
    yield bad("longer-kind", note.sign_note("outbox-x", {"a": 1}, signer), "a signed note of another kind")
    yield bad("upper-case-kind", signed(b"sourdine/Outbox/v1\n{}\n"))
    yield bad("other-version", signed(b"sourdine/outbox/v2\n{}\n"))
    yield bad("empty", b"")
    yield bad("no-last-newline", good[:-1])
    yield bad("one-more-newline", good + b"\n")
    yield bad("trailing-byte", good + b"x")
    yield bad("carriage-returns", good.replace(b"\n", b"\r\n"))
    yield bad("two-signatures", good + line + b"\n")
    yield bad("no-signature-line", head + b"\n" + body + b"\n")
    yield bad("empty-signature", head + b"\n" + body + b"\n\n", "a signature has another length")
    yield bad("short-signature", good[:-5] + b"\n", "a signature has another length")
    yield bad(
        "signature-of-63-bytes",
        b"\n".join((head, body, base64.b64encode(bytes(63)), b"")),
        "a signature has another length",
    )
    yield bad("url-safe-base64", b"\n".join((head, body, b"-" + line[1:], b"")), "not base64")
    yield bad("space-in-base64", b"\n".join((head, body, line + b" ", b"")), "not base64")
    yield bad(
        "base64-trailing-bits", b"\n".join((head, body, line[:-3] + b"B==", b"")), "base64 is not in its canonical form"
    )
    yield bad("signature-not-ascii", b"\n".join((head, body, b"\xc3\xa9" + line, b"")), "not base64")
    yield bad("spaced-json", signed(head + b'\n{"a": 1}\n'), NOT_CANONICAL)
    yield bad("not-json", signed(head + b"\nhello\n"), NOT_JSON)
    wrong = "the signature is not by the expected key over these bytes"
    yield bad("other-key", note.sign_note("outbox", {"a": 1}, key("another")), wrong, "bad trust")
    yield bad("changed-body", good.replace(b":1", b":2"), wrong, "bad trust")
    yield bad(
        "kind-changed-afterwards",
        note.sign_note("pickup", {"a": 1}, signer).replace(b"pickup", b"outbox"),
        wrong,
        "bad trust",
    )
    yield bad(
        "body-signed-without-head",
        b"\n".join((head, body, base64.b64encode(signer.sign(body)), b"")),
        wrong,
        "bad trust",
    )


def padding() -> Iterator[Vector]:
    length, zero = "padding: the length does not fit the blocks", "padding: a byte after the data is not zero"

    def vector(name: str, data: bytes, rule: str = "") -> Vector:
        expect = "bad format" if rule else "success"
        return Vector("padding", name, expect, data, rule, headers={"block": "32"}, binary=True)

    yield vector("empty-data", bytes(32))
    yield vector("one-byte", b"\0\0\0\1x" + bytes(27))
    yield vector("exactly-one-block", b"\0\0\0\x1c" + b"x" * 28)
    yield vector("one-byte-more", b"\0\0\0\x1d" + b"x" * 29 + bytes(31))
    yield vector("data-of-zeros", b"\0\0\0\x05" + bytes(28))
    yield vector("no-bytes", b"", length)
    yield vector("shorter-than-a-length", b"\0\0\0", length)
    yield vector("cut", b"\0\0\0\1x" + bytes(26), length)
    yield vector("length-past-end", b"\0\0\0\x1d" + b"x" * 28, length)
    yield vector("length-past-memory", b"\xff\xff\xff\xff" + bytes(28), length)
    yield vector("one-block-too-many", b"\0\0\0\1x" + bytes(59), length)
    yield vector("last-byte-not-zero", b"\0\0\0\1x" + bytes(26) + b"\1", zero)
    yield vector("first-padding-byte-not-zero", b"\0\0\0\1x\1" + bytes(26), zero)


def sealed() -> Iterator[Vector]:
    sealing, salt, context = secret("sealing key"), secret("sealing salt", 16), b"case/1"

    def make(plaintext: bytes, *, last: int = 1, version: bytes = b"\x01", number: int = 0) -> bytes:
        file_key = HKDF(hashes.SHA256(), 32, salt, b"sealed/v1" + context).derive(sealing)
        nonce = number.to_bytes(11, "big") + bytes([last])
        return version + salt + AESGCM(file_key).encrypt(nonce, plaintext, None)

    def vector(name: str, data: bytes, rule: str = "", expect: str = "success", **headers: str) -> Vector:
        every = {"key": sealing.hex(), "context": context.hex(), **headers}
        return Vector("sealed", name, expect, data, rule, headers=every, binary=True)

    closed, malformed = "this key does not open this file", "not a sealed file"
    yield vector("empty", make(b""), plaintext="")
    yield vector("hello", make(b"hello"), plaintext=b"hello".hex())
    yield vector("other-key", make(b"hello"), closed, "no key", key=secret("another").hex())
    yield vector("other-context", make(b"hello"), closed, "no key", context=b"case/2".hex())
    yield vector("key-of-31-bytes", make(b"hello"), "a sealing key is 32 bytes long", "bad format", key="00" * 31)
    yield vector("last-byte-changed", make(b"hello")[:-1] + b"\0", closed, "no key")
    yield vector("not-marked-last", make(b"hello", last=0), closed, "no key")
    yield vector("second-chunk-alone", make(b"hello", number=1), closed, "no key")
    yield vector("other-version", make(b"hello", version=b"\x02"), malformed, "bad format")
    yield vector("no-bytes", b"", malformed, "bad format")
    yield vector("header-alone", make(b"")[:17], malformed, "bad format")
    yield vector("cut-tag", make(b"")[:-1], malformed, "bad format")


def hpke_vectors() -> Iterator[Vector]:
    # Seeds and the digests of their public keys are those of draft-connolly-cfrg-xwing-kem, appendix C.
    seeds = (
        "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
        "ef58538b8d23f87732ea63b02b4fa0f4873360e2841928cd60dd4cee8cc0d4c9",
    )
    digests = (
        "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
        "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
        "6b080d6b84f095342092fa7a22423e58bd681397ad0ef00eac92bd254db4fa95",
    )
    drafts = dict(zip(seeds, digests, strict=True))
    first = next(iter(drafts))
    data = hpke.seal(hpke.keypair(bytes.fromhex(first)).public, b"info", b"hello")

    def vector(name: str, sealed_data: bytes, rule: str = "", expect: str = "success", **headers: str) -> Vector:
        every = {"seed": first, "public-sha256": drafts[first], "info": b"info".hex(), **headers}
        return Vector("hpke", name, expect, sealed_data, rule, headers=every, binary=True, random=True)

    for number, (seed, digest) in enumerate(drafts.items(), 1):
        public = hpke.keypair(bytes.fromhex(seed)).public
        text = hpke.seal(public, b"info", b"hello")
        yield vector(f"x-wing-draft-{number}", text, seed=seed, plaintext=b"hello".hex(), **{"public-sha256": digest})
    yield vector("empty-plaintext", hpke.seal(hpke.keypair(bytes.fromhex(first)).public, b"info", b""), plaintext="")
    closed, seed2 = "this key does not open this message", list(drafts)[1]
    yield vector("other-info", data, closed, "no key", info=b"Info".hex())
    yield vector("other-key", data, closed, "no key", seed=seed2, **{"public-sha256": drafts[seed2]})
    yield vector("ciphertext-changed", data[:-1] + bytes([data[-1] ^ 1]), closed, "no key")
    yield vector("encapsulated-key-changed", bytes([data[0] ^ 1]) + data[1:], closed, "no key")
    yield vector("x25519-key-of-small-order", data[:1088] + bytes(32) + data[1120:], closed, "no key")
    yield vector("tag-cut", data[:-6], "shorter than any sealed message", "bad format")
