"""The groups of a registry record, as plain values; `entry` reads and checks them (docs/spec/entry.md)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Identifier:
    type: str
    value: str


@dataclass(frozen=True)
class Cooperative:
    name: str
    form: str
    country: str
    identifier: Identifier | None
    members: str
    federation: str
    sector: str


@dataclass(frozen=True)
class Basis:
    """The final public decision that names a person itself: its kind, its number, and the month of the check."""

    type: str
    id: str
    url: str
    verified: str
    counsel: str


@dataclass(frozen=True)
class Nominative:
    """That a name stands beside the entry, until `expires`. The name itself is no part of the record.

    `digest` is SHA-256 of the salt and the name, which travel beside the record and are destroyed on their own
    (docs/spec/entry.md, Names).
    """

    basis: Basis
    expires: str
    digest: str


@dataclass(frozen=True)
class Body:
    """The organ and its years of mandate: the closest an entry comes to persons."""

    organ: str
    function: str
    mandate_from: int
    mandate_to: int
    nominative: Nominative | None = None


@dataclass(frozen=True)
class Finding:
    category: str
    subcode: str
    severity: int
    text: str
    period_from: str
    period_to: str
    grade: str
    evidence: tuple[str, ...]
    founding_principles: tuple[str, ...]
    ica_principles: tuple[int, ...]
    harm: str


@dataclass(frozen=True)
class Dates:
    """Months from which the expiry is computed; nobody writes the expiry itself."""

    published: str
    reviewed: str
    renewed: str
    corrected: str


@dataclass(frozen=True)
class Observation:
    month: str
    text: str


@dataclass(frozen=True)
class Adversarial:
    """The phase in which the cooperative was heard."""

    notified: str
    persons_informed: str
    reply: str
    reply_inserted: str
    reply_refused: str
    observations: tuple[Observation, ...]


@dataclass(frozen=True)
class Step:
    """What became of the recommendations in that month: the history that a visitor reads, newest first."""

    month: str
    status: str
    note: str


@dataclass(frozen=True)
class Collective:
    """That several independent cases tell of the same harm: a range, never a number."""

    cases: str
    entitled_body: str


@dataclass(frozen=True)
class Correction:
    """One field that changed: `before` is the SHA-256 of its former canonical value."""

    month: str
    field: str
    before: str
    reason: str
    note: str


@dataclass(frozen=True)
class Reference:
    type: str
    id: str
    url: str
