"""A signed bundle of the directory on its way in: checked records, or a refusal with its own sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.legal_person import LegalPerson, parse
from app.domain.strict import EntryError
from app.errors import UserError
from crypto import note
from crypto.directory import Bundle, issuer_of, open_bundle
from crypto.errors import FormatError
from crypto.manifest import Manifest

_SAFE = "Nothing was changed."


@dataclass(frozen=True)
class Checked:
    """A bundle whose signature and every record were checked. `digest` names it."""

    bundle: Bundle
    digest: str
    persons: tuple[LegalPerson, ...]


def choose_issuer(data: bytes, manifests: Sequence[Manifest]) -> Manifest:
    """The manifest of the issuer that the bundle names; whether it is really theirs is checked with it.

    Raises:
        FormatError: not a bundle.
        UserError: nobody whom this program knows.
    """
    name = issuer_of(data)
    manifest = next((manifest for manifest in manifests if manifest.instance == name), None)
    if manifest is None:
        raise UserError(
            f"This registry does not know the issuer {name}.",
            f"{_SAFE} If it should, add its root key and manifest under [[issuers]] in registry.toml.",
        )
    return manifest


def check_bundle(data: bytes, manifest: Manifest, today: date) -> Checked:
    """The bundle, once the desk's signature and every record are checked.

    Raises:
        FormatError: not a bundle.
        TrustError: another issuer, manifest or key, or a manifest that has expired.
        UserError: of a day to come, or a record breaks a rule of docs/spec/directory.md.
    """
    manifest.check_fresh(today)
    bundle = open_bundle(data, manifest)
    if bundle.day > today:
        raise UserError("This directory is of a day to come.", f"{_SAFE} Check the date of both machines.")
    return Checked(bundle, note.digest(data), tuple(_person(record) for record in bundle.records))


def _person(record: Mapping[str, Any]) -> LegalPerson:
    try:
        person = parse(record)
    except EntryError as error:
        raise UserError(
            f"A record of this directory breaks its rules. {error.message}",
            f"{_SAFE} Ask the issuer to make it again.",
        ) from None
    if person.to_dict() != record:  # two spellings of one record would be two records
        raise FormatError("directory: a record is not in its full form")
    return person
