"""The first registry schema: what issuers signed, and columns to find it by. Nothing of a visitor is kept.

Months are numbers (year * 12 + month - 1), so that "still shown" is a comparison of the signed dates at each reading;
no column holds an expiry.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    # One desk whose exports are taken: the newest manifest ever used, and the last export loaded.
    """CREATE TABLE issuers (
        instance TEXT NOT NULL PRIMARY KEY,
        manifest_version INTEGER NOT NULL,
        manifest_digest TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        digest TEXT NOT NULL
    ) WITHOUT ROWID""",
    # Every export loaded, so that bringing one again is recognised.
    """CREATE TABLE loads (
        issuer TEXT NOT NULL REFERENCES issuers (instance),
        sequence INTEGER NOT NULL,
        digest TEXT NOT NULL,
        batch TEXT NOT NULL,
        day TEXT NOT NULL,
        PRIMARY KEY (issuer, sequence)
    ) WITHOUT ROWID""",
    # The version in force. `record` is the canonical JSON that was signed. The columns after it are empty for a
    # tombstone.
    """CREATE TABLE entries (
        regc_id TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        issuer TEXT NOT NULL REFERENCES issuers (instance),
        status TEXT NOT NULL,
        record TEXT NOT NULL,
        words TEXT NOT NULL,
        country TEXT,
        category TEXT,
        severity INTEGER,
        published INTEGER,
        base INTEGER,
        corrected INTEGER
    ) WITHOUT ROWID""",
    "CREATE INDEX entries_published ON entries (published DESC, regc_id)",
    # Every version with its signatures; those of an entry that ended are deleted with it.
    """CREATE TABLE versions (
        regc_id TEXT NOT NULL REFERENCES entries (regc_id),
        version INTEGER NOT NULL,
        issuer TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        record TEXT NOT NULL,
        signatures TEXT NOT NULL,
        PRIMARY KEY (regc_id, version),
        FOREIGN KEY (issuer, sequence) REFERENCES loads (issuer, sequence)
    ) WITHOUT ROWID""",
)


def upgrade() -> None:
    # The next step makes every table anew; PostgreSQL came with it and passes through here without a row.
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        op.execute(table if sqlite else table.replace("WITHOUT ROWID", ""))


def downgrade() -> None:
    raise RuntimeError("A registry schema is never taken back: it would forget which exports were loaded.")
