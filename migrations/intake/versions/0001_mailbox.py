"""The first intake schema.

Every table is WITHOUT ROWID and its key is random or says nothing of arrival: reading the file in key order tells no
order. Days only; there is no mailbox row, no public key, no codename and no time of day anywhere.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    # A ciphertext in the folder `envelopes`, one file named `id`. sha256 is filled when a pickup first lists it.
    """CREATE TABLE envelopes (
        id TEXT NOT NULL PRIMARY KEY,
        size INTEGER NOT NULL,
        sha256 TEXT,
        day TEXT NOT NULL
    ) WITHOUT ROWID""",
    # SHA-256(attempt || follow_up) of an accepted report, so that a repeat is recognised until the next day ends.
    """CREATE TABLE attempts (
        digest BLOB NOT NULL PRIMARY KEY,
        content BLOB NOT NULL,
        day TEXT NOT NULL
    ) WITHOUT ROWID""",
    # Sealed replies and decoys, alike, by the locator that an outbox brought.
    """CREATE TABLE replies (
        locator BLOB NOT NULL,
        id TEXT NOT NULL,
        data BLOB NOT NULL,
        readable_from TEXT NOT NULL,
        expires TEXT NOT NULL,
        PRIMARY KEY (locator, id)
    ) WITHOUT ROWID""",
    # What was carried in and out, by number: the base of the replay checks.
    """CREATE TABLE outboxes (
        number INTEGER NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL,
        day TEXT NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE pickups (
        number INTEGER NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL,
        header BLOB NOT NULL,
        day TEXT NOT NULL
    ) WITHOUT ROWID""",
    # The highest reviewer manifest ever started with: a rollback is refused.
    """CREATE TABLE manifest_seen (
        version INTEGER NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL
    ) WITHOUT ROWID""",
    # Couriers: the password opens the sealed TOTP secret; neither stands here in clear.
    """CREATE TABLE couriers (
        name TEXT NOT NULL PRIMARY KEY,
        salt BLOB NOT NULL,
        sealed BLOB NOT NULL
    ) WITHOUT ROWID""",
    # HMAC(TOTP secret, verb || step) of each code used, and the random session that used it, kept a day: a code opens
    # each verb for one session only.
    """CREATE TABLE courier_steps (
        mac BLOB NOT NULL PRIMARY KEY,
        session BLOB NOT NULL,
        day TEXT NOT NULL
    ) WITHOUT ROWID""",
)


def upgrade() -> None:
    for table in TABLES:
        op.execute(table)


def downgrade() -> None:
    raise RuntimeError("An intake schema is never taken back: it would forget which outboxes were accepted.")
