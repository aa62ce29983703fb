"""The registry export: the only thing the registry ever loads (docs/spec/export.md).

The desk key signs the batch; two reviewers of two colleges sign each entry with their OpenPGP keys, over bytes that
name the registry and the issuer, so an entry made for one registry is worth nothing in another.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from crypto import canonical, note
from crypto.checkpoint import open_checkpoint
from crypto.errors import FormatError, TrustError
from crypto.fields import INSTANCE, Fields, to_b64
from crypto.manifest import Manifest
from crypto.quorum import (
    SIGNERS,
    Check,
    CheckAll,
    EntrySignature,
    check_each,
    claims,
    parse_signature,
    serialise_signature,
)
from crypto.signing import SigningKey

KIND = "export"
ENTRIES_MAX = 1_000
ENTRY_MAX = 256 * 1024
SALT = 32
NAME_MAX = 160

_ENTRY = b"sourdine/entry/v1\n"
# The registry's name in its log checkpoints: a host with an optional path (C2SP tlog-checkpoint origin).
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,126}(?:/[a-z0-9.-]{1,64}){0,4}")
_BATCH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
# Whatever is not blank at both ends and has no control character in between.
_NAME = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?")
_FIELDS = ("origin", "issuer", "manifest", "sequence", "previous", "day", "batch", "checkpoint", "entries")


@dataclass(frozen=True)
class Name:
    """A person's name beside an entry; the entry holds only `name_digest` of it, so that the name can be destroyed."""

    salt: bytes
    text: str


@dataclass(frozen=True)
class SignedEntry:
    """One registry entry, opaque here, and who signed it. `salt`: 32 random bytes, see `commitment`."""

    entry: dict[str, Any]
    signatures: tuple[EntrySignature, ...]
    salt: bytes
    name: Name | None = None


@dataclass(frozen=True)
class Export:
    """One signed batch for one registry. `checkpoint`: the issuer's log once these entries are appended in order."""

    origin: str
    issuer: str
    manifest: str
    sequence: int
    previous: str
    day: date
    batch: str
    checkpoint: bytes
    entries: tuple[SignedEntry, ...]


def entry_bytes(entry: dict[str, Any], origin: str, issuer: str) -> bytes:
    """What each reviewer signs.

    Raises:
        FormatError: the entry is outside canonical JSON or too long.
    """
    data = _ENTRY + canonical.dumps({"origin": origin, "issuer": issuer, "entry": entry})
    if len(data) > ENTRY_MAX:
        raise FormatError("export: an entry is longer than its limit")
    return data


def is_origin(text: str) -> bool:
    """Whether a registry may have this name."""
    return _ORIGIN.fullmatch(text) is not None


def log_origin(origin: str, issuer: str) -> str:
    """The name of the log that one issuer has in one registry (docs/spec/log.md)."""
    return f"{origin}/{issuer}"


def commitment(entry: dict[str, Any], salt: bytes) -> bytes:
    """What the log holds of an entry: SHA-256(salt ‖ canonical JSON). Without the salt it tells nothing."""
    return hashlib.sha256(salt + canonical.dumps(entry)).digest()


def name_digest(name: Name) -> str:
    """What an entry holds of a name: SHA-256(salt ‖ UTF-8), in hexadecimal."""
    return hashlib.sha256(name.salt + name.text.encode()).hexdigest()


def sign_export(export: Export, desk: SigningKey) -> bytes:
    """Serialise and sign the batch.

    Raises:
        FormatError: a rule of docs/spec/export.md is broken.
    """
    body = _serialise(export)
    _parse(body)
    return note.sign_note(KIND, body, desk)


def issuer_of(data: bytes) -> str:
    """The issuer that an export names, NOT verified: only to choose the manifest to check it with.

    Raises:
        FormatError: not an export.
    """
    return _parse(note.read_unverified(KIND, data)).issuer


def open_export(data: bytes, manifest: Manifest, check: Check, *, origin: str | None = None) -> Export:
    """`open_export_at_once` with a check of single signatures."""
    return open_export_at_once(data, manifest, partial(check_each, check=check), origin=origin)


def open_export_at_once(data: bytes, manifest: Manifest, check: CheckAll, *, origin: str | None = None) -> Export:
    """The export, once the desk's signature and both signatures of every entry are checked.

    The registry passes its own `origin`; whoever only verifies a file leaves it out.

    Raises:
        FormatError: not an export.
        TrustError: another issuer, manifest, registry or key, or an entry without two reviewers of two colleges.
    """
    try:
        body = note.open_note(KIND, data, manifest.desk_key)
    except TrustError:
        raise TrustError("export: changed after its desk signed it, or signed by another desk") from None
    export = _parse(body)
    if export.issuer != manifest.instance:
        raise TrustError("export: the issuer is not the one of the manifest")
    if export.manifest != manifest.digest:
        raise TrustError("export: made under another reviewer manifest")
    if origin is not None and export.origin != origin:
        raise TrustError("export: made for another registry")
    # Whether the log was only continued is checked by who holds the log: the registry, and each copy of it.
    head = open_checkpoint(export.checkpoint, manifest.desk_key, origin=log_origin(export.origin, export.issuer))
    if head.size < len(export.entries):
        raise TrustError("export: its checkpoint counts fewer leaves than it has entries")
    pairs = [(signed.signatures, entry_bytes(signed.entry, export.origin, export.issuer)) for signed in export.entries]
    check([claim for signatures, statement in pairs for claim in claims(signatures, statement, manifest)])
    return export


def _parse(body: Any) -> Export:
    fields = Fields(body, _FIELDS)
    export = Export(
        origin=fields.text("origin", _ORIGIN),
        issuer=fields.text("issuer", INSTANCE),
        manifest=fields.hexadecimal("manifest", 64),
        sequence=fields.integer("sequence", 1),
        previous=fields.hexadecimal("previous", 64, empty=True),
        day=fields.day("day"),
        batch=fields.text("batch", _BATCH),
        checkpoint=fields.text("checkpoint", limit=2048).encode(),
        entries=fields.items("entries", _parse_entry, ENTRIES_MAX),
    )
    if export.batch != f"{export.day:%Y-%m}":
        raise FormatError("export: the batch is not the month of its day")
    if (export.sequence == 1) != (export.previous == ""):
        raise FormatError("export: sequence 1 and no other has no previous digest")
    statements = [entry_bytes(signed.entry, export.origin, export.issuer) for signed in export.entries]
    if len(set(statements)) != len(statements):
        raise FormatError("export: one entry stands twice")
    return export


def _parse_entry(value: Any) -> SignedEntry:
    fields = Fields(value, ("entry", "signatures", "salt", "name"))
    entry = fields.raw("entry")
    if not isinstance(entry, dict):
        raise FormatError("export: an entry is not an object")
    signatures = fields.items("signatures", parse_signature, SIGNERS)
    return SignedEntry(entry, signatures, fields.b64("salt", SALT), _parse_name(fields.raw("name")))


def _parse_name(value: Any) -> Name | None:
    if value is None:
        return None
    fields = Fields(value, ("salt", "text"))
    return Name(fields.b64("salt", SALT), fields.text("text", _NAME, limit=NAME_MAX))


def _serialise(export: Export) -> dict[str, Any]:
    return {
        "origin": export.origin,
        "issuer": export.issuer,
        "manifest": export.manifest,
        "sequence": export.sequence,
        "previous": export.previous,
        "day": export.day.isoformat(),
        "batch": export.batch,
        "checkpoint": export.checkpoint.decode(),
        "entries": [
            {
                "entry": signed.entry,
                "signatures": [serialise_signature(signature) for signature in signed.signatures],
                "salt": to_b64(signed.salt),
                "name": signed.name and {"salt": to_b64(signed.name.salt), "text": signed.name.text},
            }
            for signed in export.entries
        ],
    }
