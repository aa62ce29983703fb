"""Rows of desk.db about the desk itself: its identity, the reviewers' sealed keys, the manifests it pinned."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.stores.desk_tables import DESK, MANIFESTS, REVIEWERS


@dataclass(frozen=True)
class Identity:
    """The instance this desk serves and the public half of its signing key."""

    instance: str
    public: bytes


@dataclass(frozen=True)
class ReviewerRow:
    """One reviewer: what is public, and keys that only that reviewer opens."""

    name: str
    college: str
    fingerprint: str
    cert: bytes = field(repr=False)
    public: bytes = field(repr=False)
    binding: bytes = field(repr=False)
    seed: bytes = field(repr=False)
    signing: bytes = field(repr=False)
    common: bytes = field(repr=False)


@dataclass(frozen=True)
class ManifestRow:
    version: int
    digest: str
    data: bytes = field(repr=False)


class KeyRows:
    """The part of a desk transaction that deals with keys."""

    connection: Connection

    def identity(self) -> Identity | None:
        row = self.connection.execute(select(DESK.c.instance, DESK.c.public)).one_or_none()
        return Identity(row.instance, row.public) if row else None

    def set_identity(self, identity: Identity) -> None:
        values = {"one": 1, "instance": identity.instance, "public": identity.public}
        self.connection.execute(insert(DESK).values(values))

    def reviewers(self) -> list[ReviewerRow]:
        """Every reviewer this desk has keys for, by name."""
        return [_reviewer(row) for row in self.connection.execute(select(REVIEWERS).order_by(REVIEWERS.c.name))]

    def circle(self) -> tuple[frozenset[str], int]:
        """The names of the reviewers and the version of the manifest in use: cheap enough for every change."""
        names = self.connection.execute(select(REVIEWERS.c.name)).scalars()
        version = self.connection.execute(select(func.max(MANIFESTS.c.version))).scalar_one()
        return frozenset(names), version or 0

    def reviewer(self, name: str) -> ReviewerRow | None:
        row = self.connection.execute(select(REVIEWERS).where(REVIEWERS.c.name == name)).one_or_none()
        return _reviewer(row) if row else None

    def add_reviewer(self, reviewer: ReviewerRow) -> None:
        self.connection.execute(insert(REVIEWERS).values(vars(reviewer)))

    def notes(self, name: str) -> bytes | None:
        """What a reviewer's program remembers, sealed to that reviewer: envelopes tried in vain."""
        return self.connection.execute(select(REVIEWERS.c.notes).where(REVIEWERS.c.name == name)).scalar_one()

    def set_notes(self, name: str, sealed: bytes) -> None:
        self.connection.execute(update(REVIEWERS).where(REVIEWERS.c.name == name).values(notes=sealed))

    def forget_notes(self, name: str) -> None:
        """What a reviewer tried in vain is tried again."""
        self.connection.execute(update(REVIEWERS).where(REVIEWERS.c.name == name).values(notes=None))

    def drop_reviewer(self, name: str) -> None:
        """The keys of a reviewer who is gone; the caller drops the grants as well."""
        self.connection.execute(delete(REVIEWERS).where(REVIEWERS.c.name == name))

    def manifests(self) -> list[ManifestRow]:
        """Every manifest pinned so far, the current one last."""
        rows = self.connection.execute(select(MANIFESTS).order_by(MANIFESTS.c.version))
        return [ManifestRow(row.version, row.digest, row.data) for row in rows]

    def add_manifest(self, manifest: ManifestRow) -> None:
        self.connection.execute(insert(MANIFESTS).values(vars(manifest)))


def _reviewer(row: Row) -> ReviewerRow:
    values = row._asdict()
    values.pop("notes")
    return ReviewerRow(**values)
