"""One row per claim: the record of the register in the statement model of FollowTheMoney and OpenSanctions.

A claim is a leaf of the record, such as `finding.severity` or `references[0].id`, that says something: empty texts,
nulls and empty lists are no claims. Each row says who signed it, on what evidence, and since when it stands
(docs/spec/registry-data.md, Statements). No person's name can be in one, because none is in a record.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from app.domain.entry import Entry, Record, Tombstone
from app.domain.record import Reference
from crypto import canonical

SCHEMA = "RegcEntry"
# What names a record instead of telling something; each has a column of its own, or none.
_NAMES = frozenset({"schema", "regc_id", "version"})
_INDEX = re.compile(r"\[[0-9]+\]")
_SLUG = re.compile(r"[^a-z0-9]+")
# Types as FollowTheMoney calls them; what is not named here is a string.
_TYPES = {
    "cooperative.name": "name",
    "cooperative.country": "country",
    "cooperative.identifier.value": "identifier",
    "cooperative.federation": "name",
    "finding.text": "text",
    "finding.severity": "number",
    "body.mandate_from": "date",
    "body.mandate_to": "date",
    "body.nominative.basis.id": "identifier",
    "body.nominative.basis.url": "url",
    "body.nominative.basis.verified": "date",
    "body.nominative.basis.counsel": "text",
    "body.nominative.expires": "date",
    "body.nominative.digest": "checksum",
    "dates.published": "date",
    "dates.reviewed": "date",
    "dates.renewed": "date",
    "dates.corrected": "date",
    "adversarial.notified": "date",
    "adversarial.persons_informed": "date",
    "adversarial.reply": "text",
    "adversarial.reply_inserted": "date",
    "adversarial.reply_refused": "text",
    "adversarial.observations.month": "date",
    "adversarial.observations.text": "text",
    "corrections.month": "date",
    "corrections.before": "checksum",
    "corrections.note": "text",
    "references.id": "identifier",
    "references.url": "url",
    "remediation.month": "date",
    "remediation.note": "text",
    "collective.entitled_body": "name",
    "month": "date",
    "replaced_by": "entity",
}
_NAMING = "body.nominative."
# Claims that rest on the evidence of the finding; the others are told by the register itself.
_FOUND = frozenset({"finding", "body", "collective"})


class Kept(Protocol):
    """What a row needs to know of a version in force (app/stores/registry_values.py, Stored)."""

    @property
    def record(self) -> Record: ...
    @property
    def issuer(self) -> str: ...
    @property
    def signatures(self) -> tuple[tuple[str, bytes], ...]: ...
    @property
    def leaf(self) -> int: ...
    @property
    def batch(self) -> str: ...
    @property
    def since(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Statement:
    """One claim. The order of the fields is the order of the columns, and never changes; new ones come last.

    Attributes:
        canonical_id: the entry under which this one goes on after a merge; else the entry itself.
        prop: path of the leaf in the record.
        origin: the log that holds the leaf (docs/spec/log.md).
        lang: always empty: the record does not say in which language a text is.
        original_value: always empty: no value is rewritten on its way.
        external: always "f": every claim comes from a signed record.
        first_seen, last_seen: months of the batch that first told it, and of the version in force.
        signer_1, signer_2: OpenPGP fingerprints of the reviewers.
        grade, evidence: what the claim rests on, kinds joined by ";".
        source_id, source_url: the reference that it cites.
    """

    canonical_id: str
    entity_id: str
    prop: str
    prop_type: str
    schema: str
    value: str
    dataset: str
    origin: str
    lang: str
    original_value: str
    external: str
    first_seen: str
    last_seen: str
    id: str
    version: str
    issuer: str
    signer_1: str
    signer_2: str
    leaf: str
    grade: str
    evidence: str
    source_id: str
    source_url: str

    @property
    def row(self) -> tuple[str, ...]:
        """The values in the order of COLUMNS."""
        return tuple(getattr(self, name) for name in COLUMNS)


COLUMNS = tuple(field.name for field in fields(Statement))


def dataset_name(origin: str) -> str:
    """The name of the data set of one register: its origin in the letters that FollowTheMoney allows."""
    return _SLUG.sub("_", origin.lower()).strip("_")


def claims(record: Record) -> Iterator[tuple[str, str]]:
    """Every claim of a record, in the order of its fields: path and value as text."""
    for name, value in record.to_dict().items():
        if name not in _NAMES:
            yield from _leaves(name, value)


def statement_id(dataset: str, entity: str, prop: str, value: str) -> str:
    """SHA-256 of the canonical JSON of the four as a list: no two claims share one."""
    return hashlib.sha256(canonical.dumps([dataset, entity, prop, value])).hexdigest()


def statements(kept: Kept, origin: str, *, canonical_id: str = "", month: str = "") -> Iterator[Statement]:
    """The rows of one version in force.

    Args:
        origin: the name of the register.
        canonical_id: the entry that this one became, where the caller followed more than one replacement.
        month: the month in which they are read; the decision that names a person is left out once the name has ended,
            because it leads to the person as well. Without it, everything that was signed.
    """
    record, dataset = kept.record, dataset_name(origin)
    signers = [reviewer for reviewer, _ in kept.signatures] + ["", ""]
    became = canonical_id or canonical_of(record)
    over = _name_is_over(record, month)
    for prop, value in claims(record):
        if over and prop.startswith(_NAMING):
            continue
        grade, evidence, source = _basis(record, prop)
        yield Statement(
            canonical_id=became,
            entity_id=record.regc_id,
            prop=prop,
            prop_type=_TYPES.get(_INDEX.sub("", prop), "string"),
            schema=SCHEMA,
            value=value,
            dataset=dataset,
            origin=f"{origin}/{kept.issuer}",
            lang="",
            original_value="",
            external="f",
            first_seen=kept.since.get(prop, kept.batch),
            last_seen=kept.batch,
            id=statement_id(dataset, record.regc_id, prop, value),
            version=str(record.version),
            issuer=kept.issuer,
            signer_1=signers[0],
            signer_2=signers[1],
            leaf=leaf_text(kept.leaf),
            grade=grade,
            evidence=evidence,
            source_id=source[0],
            source_url=source[1],
        )


def _name_is_over(record: Record, month: str) -> bool:
    named = record.body.nominative if isinstance(record, Entry) and record.body else None
    return named is not None and named.expires <= month


def canonical_of(record: Record) -> str:
    """The entry that a merged one became. An entry that was split became no single one and keeps its own name."""
    if isinstance(record, Tombstone) and len(record.replaced_by) == 1:
        return record.replaced_by[0]
    return record.regc_id


def leaf_text(leaf: int) -> str:
    """A leaf number; nothing for an entry that was loaded before there was a log (-1)."""
    return str(leaf) if leaf >= 0 else ""


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(f"{path}.{name}", item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(f"{path}[{number}]", item)
    elif value is not None and value != "":
        yield path, str(value)


def _basis(record: Record, prop: str) -> tuple[str, str, tuple[str, str]]:
    """Grade, kinds of evidence, and the id and address of what the claim cites."""
    if isinstance(record, Tombstone):
        return "", "", ("", "")
    group = re.split(r"[.\[]", prop, maxsplit=1)[0]
    if group == "references":
        return "", "", _cited(record.references[int(prop[len("references[") : prop.index("]")])])
    if group not in _FOUND:
        return "", "", ("", "")
    finding = record.finding
    return finding.grade, ";".join(finding.evidence), _source(record, prop)


def _source(record: Entry, prop: str) -> tuple[str, str]:
    """A name rests on its own decision; grade A1 is a public decision, which the first reference names."""
    if record.body and record.body.nominative and prop.startswith(_NAMING):
        basis = record.body.nominative.basis
        return basis.id, basis.url
    return _cited(record.references[0]) if record.finding.grade == "A1" else ("", "")


def _cited(reference: Reference) -> tuple[str, str]:
    return reference.id, reference.url
