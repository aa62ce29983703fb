"""The tables of desk.db for SQLAlchemy Core; `migrations/desk` makes them and a test holds the two equal."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

DESK = Table(
    "desk",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("instance", Text, nullable=False),
    Column("public", LargeBinary, nullable=False),
)
REVIEWERS = Table(
    "reviewers",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("college", Text, nullable=False),
    Column("fingerprint", Text, nullable=False, unique=True),
    Column("cert", LargeBinary, nullable=False),
    Column("public", LargeBinary, nullable=False),
    Column("binding", LargeBinary, nullable=False),
    Column("seed", LargeBinary, nullable=False),
    Column("signing", LargeBinary, nullable=False),
    Column("common", LargeBinary, nullable=False),
    Column("notes", LargeBinary),
)
MANIFESTS = Table(
    "manifests",
    METADATA,
    Column("version", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
PICKUPS = Table(
    "pickups",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("day", Text, nullable=False),
)
ENVELOPES = Table(
    "envelopes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("pickup", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("imported", Text, nullable=False),
    Column("receipt", Integer),
)
SEEN = Table("seen", METADATA, Column("tag", LargeBinary, primary_key=True))
CASES = Table(
    "cases",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
GRANTS = Table(
    "grants",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("reviewer", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
MAILBOXES = Table(
    "mailboxes",
    METADATA,
    Column("tag", LargeBinary, primary_key=True),
    Column("case_id", Text, nullable=False),
)
MESSAGES = Table(
    "messages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("evidence", Text, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),
)
REPLIES = Table(
    "replies",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
PAPERS = Table(
    "papers",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
SHARED = Table(
    "shared",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
OUTGOING = Table(
    "outgoing",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
OUTBOXES = Table(
    "outboxes",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("sealed", LargeBinary),
)
EXPORTS = Table(
    "exports",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("sealed", LargeBinary),
)
JOURNAL = Table(
    "journal",
    METADATA,
    Column("n", Integer, primary_key=True),
    Column("day", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason_hash", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("sealed", LargeBinary),
)
