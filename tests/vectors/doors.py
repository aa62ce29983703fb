"""Every vector of a format goes through this door: it returns on success and raises on refusal.

Each door also puts the value back into bytes, so that a success means "one valid encoding".
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import date

from crypto import (
    canonical,
    checkpoint,
    codename,
    directory,
    export,
    hpke,
    manifest,
    note,
    outbox,
    padding,
    pickup,
    reply,
    sealed,
    signing,
    tlog,
)
from crypto.derive import Kdf, Mailbox, root
from crypto.errors import TrustError
from crypto.fields import from_b64
from tests.vectors.base import Vector, key
from tests.vectors.corpus.manifest import accepted


def stand_in_check(cert: bytes, data: bytes, signature: bytes) -> str:
    """The stand-in for OpenPGP of these vectors: see README.md."""
    try:
        signing.check(cert, data, signature)
    except TrustError:
        raise TrustError("a test signature is wrong") from None
    return hashlib.sha256(cert).hexdigest()[:40].upper()


def through(vector: Vector) -> None:
    """Read one vector.

    Raises:
        SealingError: the vector is refused.
        AssertionError: it is accepted and means something else than it says.
    """
    DOORS[vector.format](vector)


def _hex(vector: Vector, name: str) -> bytes:
    return bytes.fromhex(vector.headers[name])


def _canonical(vector: Vector) -> None:
    assert canonical.dumps(canonical.loads(vector.payload)) == vector.payload


def _note(vector: Vector) -> None:
    kind = vector.headers["kind"]
    body = note.open_note(kind, vector.payload, _hex(vector, "public"))
    assert note.kind_of(vector.payload) == kind
    assert note.read_unverified(kind, vector.payload) == body
    assert note.sign_note(kind, body, key("note")) == vector.payload


def _padding(vector: Vector) -> None:
    block = int(vector.headers["block"])
    assert padding.pad_block(padding.unpad_block(vector.payload, block), block) == vector.payload


def _sealed(vector: Vector) -> None:
    reader = sealed.SealedReader(io.BytesIO(vector.payload), _hex(vector, "key"), _hex(vector, "context"))
    assert reader.read() == _hex(vector, "plaintext")


def _hpke(vector: Vector) -> None:
    pair = hpke.keypair(_hex(vector, "seed"))
    assert hashlib.sha256(pair.public).hexdigest() == vector.headers["public-sha256"]
    assert hpke.open_sealed(pair, _hex(vector, "info"), vector.payload) == _hex(vector, "plaintext")


def _codename(vector: Vector) -> None:
    assert codename.parse(vector.payload.decode()) == _hex(vector, "code")


def _draw(vector: Vector) -> None:
    code = codename.draw(_hex(vector, "attempt"), _hex(vector, "salt"))
    assert code == _hex(vector, "code")
    for language in codename.LANGUAGES:
        assert " ".join(codename.words(code, language)) == vector.headers[language]


def _derivation(vector: Vector) -> None:
    time_cost, memory_kib, parallelism = map(int, vector.headers["kdf"].split())
    key_root = root(_hex(vector, "code"), _hex(vector, "salt"), Kdf(time_cost, memory_kib, parallelism))
    mailbox = Mailbox.from_root(key_root)
    assert key_root == _hex(vector, "root")
    assert hashlib.sha256(mailbox.public.hpke).hexdigest() == vector.headers["hpke-sha256"]
    assert mailbox.public.ed25519 == _hex(vector, "ed25519")
    assert mailbox.locator == mailbox.public.locator == _hex(vector, "locator")


def _manifest(vector: Vector) -> None:
    opened = manifest.UntrustedManifest.parse(vector.payload).verify(_hex(vector, "root"))
    opened.check_fresh(date.fromisoformat(vector.headers["today"]))
    assert opened.digest == note.digest(vector.payload)
    assert manifest.sign_manifest(opened, key("root")) == vector.payload


def _reply(vector: Vector) -> None:
    mailbox, instance = Mailbox.from_root(_hex(vector, "root")), vector.headers["instance"]
    opened = reply.open_reply(vector.payload, mailbox, _hex(vector, "desk"), instance)
    again = reply.seal_reply(opened, mailbox.public, key("desk"))
    assert len(again) == len(vector.payload)
    assert reply.open_reply(again, mailbox, _hex(vector, "desk"), instance) == opened


def _pickup(vector: Vector) -> None:
    opened = pickup.OpenedPickup(io.BytesIO(vector.payload), _hex(vector, "pickup"))
    bodies = [b"".join(opened.chunks(entry)) for entry in opened.header.entries]
    signed = pickup.sign_header(opened.header, key("pickup"))
    assert pickup.prefix(signed) + b"".join(bodies) == vector.payload
    assert pickup.offsets(len(signed), opened.header)[-1] == len(vector.payload)
    assert opened.digest == note.digest(signed)


def _outbox(vector: Vector) -> None:
    opened = outbox.open_outbox(vector.payload, _hex(vector, "desk"))
    outbox.check_discards(opened, accepted(), stand_in_check)
    assert outbox.sign_outbox(opened, key("desk")) == vector.payload


def _export(vector: Vector) -> None:
    untrusted = manifest.UntrustedManifest.parse(from_b64(vector.headers["manifest"]))
    trusted = untrusted.verify(_hex(vector, "root"))
    opened = export.open_export(vector.payload, trusted, stand_in_check, origin=vector.headers["origin"])
    assert export.issuer_of(vector.payload) == opened.issuer
    assert export.sign_export(opened, key("desk")) == vector.payload


def _tlog(vector: Vector) -> None:
    LOG_CHECKS[vector.headers["check"]](vector)


def _hashes(vector: Vector) -> list[bytes]:
    return [bytes.fromhex(line) for line in vector.payload.decode().split("\n")[:-1]]


def _tree(vector: Vector) -> None:
    log = tlog.Frontier()
    for entry in _hashes(vector):
        log, _ = log.append(tlog.leaf_hash(entry))
    assert (log.size, log.root) == (int(vector.headers["size"]), _hex(vector, "root"))


def _inclusion(vector: Vector) -> None:
    index, size = int(vector.headers["index"]), int(vector.headers["size"])
    tlog.check_inclusion(_hex(vector, "leaf"), index, size, _hashes(vector), _hex(vector, "root"))


def _consistency(vector: Vector) -> None:
    old, new = int(vector.headers["old"]), int(vector.headers["new"])
    tlog.check_consistency(old, _hex(vector, "old-root"), new, _hex(vector, "new-root"), _hashes(vector))


def _leaf(vector: Vector) -> None:
    found = export.commitment(canonical.loads(vector.payload), _hex(vector, "salt"))
    assert (found, tlog.leaf_hash(found)) == (_hex(vector, "commitment"), _hex(vector, "leaf"))


def _tile(vector: Vector) -> None:
    found = tlog.read_tile_path(vector.payload.decode())
    assert found == (int(vector.headers["number"]), int(vector.headers["width"]))
    assert tlog.tile_path(*found).encode() == vector.payload


LOG_CHECKS: dict[str, Callable[[Vector], None]] = {
    "tree": _tree,
    "inclusion": _inclusion,
    "consistency": _consistency,
    "leaf": _leaf,
    "tile": _tile,
}


def _checkpoint(vector: Vector) -> None:
    opened = checkpoint.open_checkpoint(vector.payload, _hex(vector, "public"), origin=vector.headers["origin"])
    assert (opened.size, opened.root) == (int(vector.headers["size"]), _hex(vector, "root"))
    assert checkpoint.sign_checkpoint(opened, key("desk")) == vector.payload


def _directory(vector: Vector) -> None:
    untrusted = manifest.UntrustedManifest.parse(from_b64(vector.headers["manifest"]))
    opened = directory.open_bundle(vector.payload, untrusted.verify(_hex(vector, "root")))
    assert directory.issuer_of(vector.payload) == opened.issuer
    assert directory.sign_bundle(opened, key("desk")) == vector.payload


DOORS: dict[str, Callable[[Vector], None]] = {
    "canonical": _canonical,
    "note": _note,
    "padding": _padding,
    "sealed": _sealed,
    "hpke": _hpke,
    "codename": _codename,
    "draw": _draw,
    "derivation": _derivation,
    "manifest": _manifest,
    "reply": _reply,
    "pickup": _pickup,
    "outbox": _outbox,
    "export": _export,
    "tlog": _tlog,
    "checkpoint": _checkpoint,
    "directory": _directory,
}
