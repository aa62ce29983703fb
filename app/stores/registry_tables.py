"""The tables of migrations/registry, as SQLAlchemy sees them."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, MetaData, Table, Text

METADATA = MetaData()

ISSUERS = Table(
    "issuers",
    METADATA,
    Column("instance", Text, primary_key=True),
    Column("manifest_version", Integer, nullable=False),
    Column("manifest_digest", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("digest", Text, nullable=False),
)

LOADS = Table(
    "loads",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("day", Date, nullable=False),
)

ENTRIES = Table(
    "entries",
    METADATA,
    Column("regc_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("country", Text),
    Column("category", Text),
    Column("severity", Integer),
    Column("published", Integer),
    Column("base", Integer),
    Column("corrected", Integer),
)

VERSIONS = Table(
    "versions",
    METADATA,
    Column("regc_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("record", Text, nullable=False),
    Column("signatures", Text, nullable=False),
)
