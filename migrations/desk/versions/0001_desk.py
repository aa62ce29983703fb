"""The first desk schema.

Nothing here can be read without a reviewer's key: what a case says is sealed under the key of that case, what the
reviewers share under a common key, and both keys stand here only sealed to personal desk keys. Every key of a row is
random or says nothing of arrival, and an envelope is never linked to the case that it made.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    # One row: which instance this desk serves, and the public half of the key that signs its replies and outboxes.
    """CREATE TABLE desk (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        instance TEXT NOT NULL,
        public BLOB NOT NULL
    ) WITHOUT ROWID""",
    # `seed` is OpenPGP-encrypted to the reviewer; `signing` and `common` are HPKE-sealed to `public`, the reviewer's
    # personal desk key; `binding` is the desk's signature over name, fingerprint and `public`.
    """CREATE TABLE reviewers (
        name TEXT NOT NULL PRIMARY KEY,
        college TEXT NOT NULL,
        fingerprint TEXT NOT NULL UNIQUE,
        cert BLOB NOT NULL,
        public BLOB NOT NULL,
        binding BLOB NOT NULL,
        seed BLOB NOT NULL,
        signing BLOB NOT NULL,
        common BLOB NOT NULL,
        notes BLOB
    ) WITHOUT ROWID""",
    # Every manifest pinned so far: a report may have been sealed under an older one.
    """CREATE TABLE manifests (
        version INTEGER NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL,
        data BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE pickups (
        number INTEGER NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL,
        day TEXT NOT NULL
    ) WITHOUT ROWID""",
    # status: waiting, opened or refused. receipt: number of the outbox that carried it, NULL while it is due.
    """CREATE TABLE envelopes (
        id TEXT NOT NULL PRIMARY KEY,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        pickup INTEGER NOT NULL,
        status TEXT NOT NULL,
        why TEXT NOT NULL,
        imported TEXT NOT NULL,
        receipt INTEGER
    ) WITHOUT ROWID""",
    # HMAC(common key, report id): a report that comes twice is refused, without a list of report ids.
    """CREATE TABLE seen (
        tag BLOB NOT NULL PRIMARY KEY
    ) WITHOUT ROWID""",
    """CREATE TABLE cases (
        id TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL,
        sealed BLOB NOT NULL
    ) WITHOUT ROWID""",
    # One row for each reviewer of the desk: to an excluded one the key of nobody is sealed, so that a seized disk
    # does not tell who was excluded.
    """CREATE TABLE grants (
        case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
        reviewer TEXT NOT NULL REFERENCES reviewers (name),
        sealed BLOB NOT NULL,
        PRIMARY KEY (case_id, reviewer)
    ) WITHOUT ROWID""",
    # HMAC(common key, locator): a follow-up finds its case, the locator itself never lies beside it.
    """CREATE TABLE mailboxes (
        tag BLOB NOT NULL PRIMARY KEY,
        case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    # `evidence` names the sealed file of the message, `sealed` holds its key and what is known of it.
    """CREATE TABLE messages (
        id TEXT NOT NULL PRIMARY KEY,
        case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
        evidence TEXT NOT NULL UNIQUE,
        sealed BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE replies (
        id TEXT NOT NULL PRIMARY KEY,
        case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
        sealed BLOB NOT NULL
    ) WITHOUT ROWID""",
    # What a case holds besides: the entry, a decision that waits for its second signature.
    """CREATE TABLE papers (
        case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (case_id, kind)
    ) WITHOUT ROWID""",
    # Replies on their way out, under the common key: whoever makes the outbox need not be allowed into the case.
    """CREATE TABLE outgoing (
        id TEXT NOT NULL PRIMARY KEY,
        sealed BLOB NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE outboxes (
        number INTEGER NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL,
        day TEXT NOT NULL,
        sealed BLOB
    ) WITHOUT ROWID""",
    """CREATE TABLE exports (
        number INTEGER NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL,
        day TEXT NOT NULL,
        sealed BLOB
    ) WITHOUT ROWID""",
    # The hash chain. `subject` is a token that only the holders of the case key can compute; `sealed` is the reason.
    """CREATE TABLE journal (
        n INTEGER NOT NULL PRIMARY KEY,
        day TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        reason_hash TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL,
        sealed BLOB
    ) WITHOUT ROWID""",
)

INDEXES = (
    "CREATE INDEX grants_of_reviewer ON grants (reviewer)",
    "CREATE INDEX messages_of_case ON messages (case_id)",
    "CREATE INDEX replies_of_case ON replies (case_id)",
)


def upgrade() -> None:
    for statement in TABLES + INDEXES:
        op.execute(statement)


def downgrade() -> None:
    raise RuntimeError("A desk schema is never taken back: it would forget which decisions were signed.")
