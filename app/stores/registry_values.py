"""What the register's store gives to pages, exports and the log: frozen values, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.entry import Entry, Record


@dataclass(frozen=True)
class Version:
    """One line of an entry's history: what it became, in the batch of which month."""

    version: int
    status: str
    batch: str


@dataclass(frozen=True)
class Stored:
    """The version in force of one entry.

    Attributes:
        number: its place in load order, which never changes; a newer entry has a greater one.
        text: the canonical JSON that was signed.
        signatures: pairs of key fingerprint and detached OpenPGP signature.
        manifest: version of the issuer's manifest that names the signers.
        salt: with `text` it makes leaf number `leaf` of the issuer's log.
        batch: month of the batch that brought this version.
        since: by path of a claim, the month of the batch that first told it; a path left out is `batch` itself.
        versions: the history, oldest first; texts of former versions are gone.
        name: what `body.nominative` stands for while it may be shown, or nothing.
    """

    number: int
    record: Record
    text: str
    issuer: str
    signatures: tuple[tuple[str, bytes], ...]
    manifest: int
    salt: bytes
    leaf: int
    batch: str
    since: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[Version, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Query:
    """What a visitor asks for; empty fields ask for nothing. Pages count from 1.

    Attributes:
        text: words of name, number, federation and finding; all of them.
        since, until: years; entries whose period touches them.
    """

    text: str = ""
    country: str = ""
    category: str = ""
    principle: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    page: int = 1


@dataclass(frozen=True)
class Found:
    """One page of results. `more` says that `total` is only the least of what there is."""

    total: int
    entries: tuple[Entry, ...]
    pages: int
    more: bool = False


@dataclass(frozen=True)
class Change:
    """One line of a daily delta. `stored` is None for DEL, and when a later version replaced this one.

    Attributes:
        reason, replaced_by: of a DEL, what its tombstone says. An entry whose time was over when nobody had said
            anything went by its signed dates.
    """

    op: str
    regc_id: str
    version: int
    stored: Stored | None
    reason: str = "expired"
    replaced_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogHead:
    """The log of one issuer as it stands; `checkpoint` is the desk's signed note."""

    issuer: str
    size: int
    checkpoint: bytes


@dataclass(frozen=True)
class Known:
    """One manifest of an issuer that was ever used for a load, as it was signed."""

    issuer: str
    version: int
    note: bytes


@dataclass(frozen=True)
class Load:
    """One line of the operator's record: a batch that was taken, or a file that was refused and why."""

    day: str
    issuer: str
    sequence: int
    digest: str
    outcome: str
    why: str


@dataclass(frozen=True)
class CooperativePage:
    """A cooperative and what is shown of it today, newest first.

    Attributes:
        into: the id under which it goes on, when reviewers judged both to be one.
        record: its line of the directory, canonical JSON, or nothing.
        ended: how many of its entries have ended.
    """

    id: str
    into: str
    record: str
    entries: tuple[Stored, ...]
    ended: int
