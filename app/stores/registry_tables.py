"""The tables of migrations/registry, as SQLAlchemy sees them, on SQLite and on PostgreSQL.

The search index is not here: each database has its own kind (registry_search.py).
"""

from __future__ import annotations

from sqlalchemy import Column, Computed, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()
# The greatest number that a column takes on both databases.
INTEGER_MAX = 2**31 - 1

META = Table("meta", METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

ISSUERS = Table(
    "issuers",
    METADATA,
    Column("instance", Text, primary_key=True),
    Column("manifest_version", Integer, nullable=False),
    Column("manifest_digest", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("log_size", Integer, nullable=False),
    Column("log_peaks", LargeBinary, nullable=False),
    Column("checkpoint", LargeBinary, nullable=False),
)

MANIFESTS = Table(
    "manifests",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("note", LargeBinary, nullable=False),
)

LOADS = Table(
    "loads",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("day", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("why", Text, nullable=False),
)

ENTRIES = Table(
    "entries",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("regc_id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("month", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("signatures", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("leaf", Integer),
    Column("manifest", Integer, nullable=False),
    Column("batch", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("cooperative", Text),
    Column("severity", Integer),
    Column("published", Integer),
    Column("base", Integer),
    Column("corrected", Integer),
    Column("ends", Integer, Computed("", persisted=True)),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("leaf", Integer),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("day", Text, nullable=False),
    Column("op", Text, nullable=False),
    Column("entry", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

NAMES = Table(
    "names",
    METADATA,
    Column("entry", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("expires", Integer, nullable=False),
)

LEAVES = Table(
    "leaves",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("leaf", Integer, primary_key=True, autoincrement=False),
    Column("commitment", LargeBinary, nullable=False),
)

NODES = Table(
    "nodes",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

ENDED = Table(
    "ended",
    METADATA,
    Column("cooperative", Text, primary_key=True),
    Column("entries", Integer, nullable=False),
)

BUNDLES = Table(
    "bundles",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("digest", Text, nullable=False),
)

DIRECTORY = Table(
    "directory",
    METADATA,
    Column("cooperative", Text, primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("record", Text, nullable=False),
)

MERGES = Table(
    "merges",
    METADATA,
    Column("cooperative", Text, primary_key=True),
    Column("issuer", Text, primary_key=True),
    Column("becomes", Text, nullable=False),
)
