"""A bundle of the directory of cooperatives, from the desk to a registry (docs/spec/directory.md).

The desk key signs it. What it holds is public already: legal persons as registers have them, and which ids reviewers
judged to be one. Each bundle is the whole directory and stands in the place of the one before, so that what a register
corrected or took back is gone with the next.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crypto import canonical, note
from crypto.errors import FormatError, TrustError
from crypto.fields import INSTANCE, Fields, increasing
from crypto.manifest import Manifest
from crypto.signing import SigningKey

KIND = "directory"
# A record has some 300 bytes, so that the limit of a note (canonical.LIMIT) leaves room for this many.
RECORDS_MAX = 100_000
MERGES_MAX = 20_000
RECORD_MAX = 3_000

_ID = re.compile(r"[a-z]{2,3}-[a-z0-9-]{1,60}")
_FIELDS = ("issuer", "manifest", "sequence", "previous", "day", "records", "merges")


@dataclass(frozen=True)
class Bundle:
    """Records in the order of their ids, opaque here, and every id that goes on under another: {from: into}.

    `previous`: the digest of the bundle before, or nothing in the first.
    """

    issuer: str
    manifest: str
    sequence: int
    previous: str
    day: date
    records: tuple[Mapping[str, Any], ...] = ()
    merges: Mapping[str, str] = field(default_factory=dict)


def sign_bundle(bundle: Bundle, desk: SigningKey) -> bytes:
    """Serialise and sign.

    Raises:
        FormatError: a rule of docs/spec/directory.md is broken.
    """
    body = _serialise(bundle)
    _parse(body)
    return note.sign_note(KIND, body, desk)


def issuer_of(data: bytes) -> str:
    """The issuer that a bundle names, NOT verified: only to choose the manifest to check it with.

    Raises:
        FormatError: not a bundle.
    """
    return _parse(note.read_unverified(KIND, data)).issuer


def open_bundle(data: bytes, manifest: Manifest) -> Bundle:
    """The bundle, once the desk's signature is checked.

    Raises:
        FormatError: not a bundle.
        TrustError: another issuer, manifest or key.
    """
    bundle = _parse(note.open_note(KIND, data, manifest.desk_key))
    if bundle.issuer != manifest.instance:
        raise TrustError("directory: the issuer is not the one of the manifest")
    if bundle.manifest != manifest.digest:
        raise TrustError("directory: made under another reviewer manifest")
    return bundle


def _parse(body: Any) -> Bundle:
    fields = Fields(body, _FIELDS)
    bundle = Bundle(
        issuer=fields.text("issuer", INSTANCE),
        manifest=fields.hexadecimal("manifest", 64),
        sequence=fields.integer("sequence", 1),
        previous=fields.hexadecimal("previous", 64, empty=True),
        day=fields.day("day"),
        records=fields.items("records", _parse_record, RECORDS_MAX),
        merges=_parse_merges(fields.raw("merges")),
    )
    if (bundle.sequence == 1) != (bundle.previous == ""):
        raise FormatError("directory: sequence 1 and no other has no previous digest")
    increasing([record["id"] for record in bundle.records], "directory: records")
    return bundle


def _parse_record(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not _is_id(value.get("id")):
        raise FormatError("directory: a record is not an object with an id")
    if len(canonical.dumps(value)) > RECORD_MAX:
        raise FormatError("directory: a record is longer than its limit")
    return value


def _parse_merges(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict) or len(value) > MERGES_MAX:
        raise FormatError("directory: the merges are not an object within its limit")
    if not all(_is_id(one) and _is_id(into) for one, into in value.items()):
        raise FormatError("directory: a merge is not from an id into an id")
    # One step leads to the last id; so nothing can go in a circle either.
    if not value.keys().isdisjoint(value.values()):
        raise FormatError("directory: a merge leads to an id that goes on under another")
    return value


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _serialise(bundle: Bundle) -> dict[str, Any]:
    return {
        "issuer": bundle.issuer,
        "manifest": bundle.manifest,
        "sequence": bundle.sequence,
        "previous": bundle.previous,
        "day": bundle.day.isoformat(),
        "records": [dict(record) for record in bundle.records],
        "merges": dict(bundle.merges),
    }
