"""The registry export on its way in: a file becomes a checked batch, or is refused with its own sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from app.domain.batch import Batch, SignedRecord
from app.domain.entry import Entry, Record, parse_signed
from app.domain.identifiers import REGC_ID
from app.domain.strict import EntryError, Reader
from app.errors import UserError
from app.transfer.files import open_plain
from crypto import canonical, note
from crypto.errors import FormatError, TrustError
from crypto.export import NAME_MAX, Name, SignedEntry, issuer_of, name_digest, open_export_at_once
from crypto.manifest import Manifest
from crypto.openpgp.verify import verify_all
from crypto.quorum import Claim

# The body and the two short lines of its frame.
FILE_LIMIT = canonical.LIMIT + 256
_ASK = "Nothing was changed. Ask the issuer to export a corrected version."


def read_export(path: Path) -> bytes:
    """The bytes of an export file, not checked.

    Raises:
        UserError: no such file, no plain one, or larger than any export.
    """
    with open_plain(path, limit=FILE_LIMIT) as stream:
        return stream.read(FILE_LIMIT + 1)


def choose_issuer(data: bytes, manifests: Sequence[Manifest]) -> Manifest:
    """The manifest of the issuer that the export names; whether it is really theirs is checked with it.

    Raises:
        FormatError: not an export.
        UserError: nobody whom this registry knows.
    """
    try:
        name = issuer_of(data)
    except FormatError as error:
        raise FormatError(f"that is no export, or it was damaged on its way: {error}") from None
    manifest = next((manifest for manifest in manifests if manifest.instance == name), None)
    if manifest is None:
        raise UserError(
            f"This registry does not know the issuer {name}.",
            "Nothing was changed. If it should, add its root key and manifest under [[issuers]] in registry.toml.",
        )
    return manifest


def check_export(data: bytes, manifest: Manifest, *, origin: str, today: date) -> Batch:
    """The batch, once the desk's signature, both signatures of each record and every record are checked.

    Raises:
        FormatError: not an export.
        TrustError: another registry, issuer, manifest or key, or a record without two reviewers of two colleges.
        UserError: a record breaks a rule of docs/spec/entry.md, or stands twice.
    """
    manifest.check_fresh(today)
    export = open_export_at_once(data, manifest, partial(_verify, day=today), origin=origin)
    return Batch(
        issuer=export.issuer,
        sequence=export.sequence,
        previous=export.previous,
        digest=note.digest(data),
        day=export.day,
        month=export.batch,
        records=tuple(_record(signed, export.batch) for signed in export.entries),
        checkpoint=export.checkpoint,
    )


def _verify(claims: Iterable[Claim], *, day: date) -> None:
    """Every signature at once; of one that does not hold, the entry is named."""
    rest = list(claims)
    try:
        verify_all(rest, day=day)
    except (FormatError, TrustError) as error:
        while len(rest) > 1:
            half = rest[: len(rest) // 2]
            rest = rest[len(half) :] if _hold(half, day) else half
        raise type(error)(f"{_entry_of(rest[0])}: {error}") from None


def _hold(claims: Sequence[Claim], day: date) -> bool:
    try:
        verify_all(claims, day=day)
    except (FormatError, TrustError):
        return False
    return True


def _entry_of(claim: Claim) -> str:
    """The public name of the entry that a claim is about, if it has one of the form of names."""
    name = canonical.loads(claim.data.split(b"\n", 1)[1])["entry"].get("regc_id")
    return name if isinstance(name, str) and REGC_ID.fullmatch(name) else "an entry"


def _record(signed: SignedEntry, month: str) -> SignedRecord:
    try:
        record = parse_signed(signed.entry)
    except EntryError as error:
        raise UserError(
            f"A record of this export breaks the rules of the register. {error.message}",
            _ASK,
        ) from None
    signatures = tuple((signature.reviewer, signature.signature) for signature in signed.signatures)
    return SignedRecord(record, signatures, signed.salt, _name(record, signed.name, month))


def _name(record: Record, name: Name | None, month: str) -> str:
    """The name beside a record, which must be the very one that the record stands for."""
    body = record.body if isinstance(record, Entry) else None
    nominative = body.nominative if body else None
    if name is None and nominative and nominative.expires <= month:
        return ""  # its month has come: the desk destroyed it, and the entry goes on
    digest = nominative.digest if nominative else ""
    if digest != (name_digest(name) if name else ""):
        raise TrustError("export: the name beside an entry is not the one that was signed")
    if name is None:
        return ""
    try:
        return Reader({"name": name.text}, "", ("name",)).text("name", NAME_MAX)
    except EntryError as error:
        raise UserError(f"The name beside an entry cannot be shown. {error.message}", _ASK) from None
