"""What reviewers share beside the cases: declared links, requests of access, backups made, discards that wait.

Each row is sealed under the common key; its kind says what it is, never about whom.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE shared (
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (kind, id)
        ) WITHOUT ROWID"""
    )


def downgrade() -> None:
    raise RuntimeError("A desk schema is never taken back: it would forget which decisions were signed.")
