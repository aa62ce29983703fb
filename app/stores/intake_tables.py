"""The intake's tables, as SQLAlchemy Core sees them; `migrations/intake` says what each one is for."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

ENVELOPES = Table(
    "envelopes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("sha256", Text),
    Column("day", Date, nullable=False),
)
ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("day", Date, nullable=False),
)
REPLIES = Table(
    "replies",
    METADATA,
    Column("locator", LargeBinary, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("readable_from", Date, nullable=False),
    Column("expires", Date, nullable=False),
)
OUTBOXES = Table(
    "outboxes",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("day", Date, nullable=False),
)
PICKUPS = Table(
    "pickups",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("day", Date, nullable=False),
)
MANIFEST_SEEN = Table(
    "manifest_seen",
    METADATA,
    Column("version", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
)
COURIERS = Table(
    "couriers",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
COURIER_STEPS = Table(
    "courier_steps",
    METADATA,
    Column("mac", LargeBinary, primary_key=True),
    Column("session", LargeBinary, nullable=False),
    Column("day", Date, nullable=False),
)
