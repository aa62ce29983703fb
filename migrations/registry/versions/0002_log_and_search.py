"""The log of each issuer, history without text, names that go on their own, deltas, the directory, and a search index.

Entries of the first schema keep their number, text and signatures. They were loaded before there was a log: they have
no leaf and no salt until their next version. Former texts go: a version that was replaced keeps its number, its month
and nothing else. `registry init` then writes the words of the search (app/stores/registry_search.py).

`ends` is computed by the database from the signed months, as app/domain/durations.py does; nothing can write it.
"""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OLD = ("issuers", "loads", "entries", "versions")

TABLES = (
    # The version of the search index, and a mark that changes with whatever is shown.
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) {keyed}",
    # One desk whose exports are taken: newest manifest used, last export loaded, and its log as it stands.
    """CREATE TABLE issuers (
        instance TEXT NOT NULL PRIMARY KEY,
        manifest_version INTEGER NOT NULL,
        manifest_digest TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        digest TEXT NOT NULL,
        log_size INTEGER NOT NULL,
        log_peaks {blob} NOT NULL,
        checkpoint {blob} NOT NULL
    ) {keyed}""",
    """CREATE TABLE manifests (
        issuer TEXT NOT NULL,
        version INTEGER NOT NULL,
        note {blob} NOT NULL,
        PRIMARY KEY (issuer, version)
    ) {keyed}""",
    # What the operator may read: each export that was taken or refused, and why. No content.
    """CREATE TABLE loads (
        number INTEGER NOT NULL PRIMARY KEY,
        day TEXT NOT NULL,
        issuer TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        digest TEXT NOT NULL,
        outcome TEXT NOT NULL,
        why TEXT NOT NULL
    )""",
    # The version in force, by load order. A tombstone has no columns after `since`.
    """CREATE TABLE entries (
        number INTEGER NOT NULL PRIMARY KEY,
        regc_id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        issuer TEXT NOT NULL,
        status TEXT NOT NULL,
        month TEXT NOT NULL,
        record TEXT NOT NULL,
        signatures TEXT NOT NULL,
        salt {blob} NOT NULL,
        leaf INTEGER,
        manifest INTEGER NOT NULL,
        batch TEXT NOT NULL,
        since TEXT NOT NULL,
        cooperative TEXT,
        severity INTEGER,
        published INTEGER,
        base INTEGER,
        corrected INTEGER,
        ends INTEGER GENERATED ALWAYS AS ({least}(
            base + CASE severity WHEN 1 THEN 12 WHEN 2 THEN 12 WHEN 3 THEN 24 ELSE 36 END,
            published + 60,
            COALESCE(corrected + 6, published + 60)
        )) STORED
    )""",
    "CREATE INDEX entries_cooperative ON entries (cooperative, number)",
    "CREATE INDEX entries_ends ON entries (ends, number)",
    # Whether a hit is shown, without a look at its text.
    "CREATE INDEX entries_shown ON entries (number, ends)",
    # History without text.
    """CREATE TABLE versions (
        entry INTEGER NOT NULL,
        version INTEGER NOT NULL,
        status TEXT NOT NULL,
        batch TEXT NOT NULL,
        leaf INTEGER,
        PRIMARY KEY (entry, version)
    ) {keyed}""",
    # One line of a daily delta: ADD, MOD or DEL.
    """CREATE TABLE changes (
        number INTEGER NOT NULL PRIMARY KEY,
        day TEXT NOT NULL,
        op TEXT NOT NULL,
        entry INTEGER NOT NULL,
        version INTEGER NOT NULL
    )""",
    "CREATE INDEX changes_day ON changes (day, number)",
    # Names of persons, apart from everything else; a row goes when its month comes.
    "CREATE TABLE names (entry INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, expires INTEGER NOT NULL)",
    # The log: 32 bytes for each leaf for ever, and the nodes from level 8 up.
    """CREATE TABLE leaves (
        issuer TEXT NOT NULL,
        leaf INTEGER NOT NULL,
        commitment {blob} NOT NULL,
        PRIMARY KEY (issuer, leaf)
    ) {keyed}""",
    """CREATE TABLE nodes (
        issuer TEXT NOT NULL,
        level INTEGER NOT NULL,
        number INTEGER NOT NULL,
        hash {blob} NOT NULL,
        PRIMARY KEY (issuer, level, number)
    ) {keyed}""",
    # How many entries of a cooperative have run their time: a number that leads to none of them.
    "CREATE TABLE ended (cooperative TEXT NOT NULL PRIMARY KEY, entries INTEGER NOT NULL) {keyed}",
    "CREATE TABLE bundles (issuer TEXT NOT NULL PRIMARY KEY, sequence INTEGER NOT NULL, digest TEXT NOT NULL) {keyed}",
    """CREATE TABLE directory (
        cooperative TEXT NOT NULL,
        issuer TEXT NOT NULL,
        record TEXT NOT NULL,
        PRIMARY KEY (cooperative, issuer)
    ) {keyed}""",
    # Two names that reviewers judged to be of one cooperative.
    """CREATE TABLE merges (
        cooperative TEXT NOT NULL,
        issuer TEXT NOT NULL,
        becomes TEXT NOT NULL,
        PRIMARY KEY (cooperative, issuer)
    ) {keyed}""",
    "CREATE INDEX merges_becomes ON merges (becomes)",
)
INDEX = {
    # No text is kept in it; a deleted word leaves it with the next `optimize`.
    "sqlite": (
        "CREATE VIRTUAL TABLE words USING fts5"
        "(list, content='', detail=none, columnsize=0, tokenize=\"ascii tokenchars ':-'\")",
    ),
    "postgresql": (
        "CREATE TABLE words (number INTEGER NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL)",
        "CREATE INDEX words_words ON words USING GIN (words) WITH (fastupdate = off)",
    ),
}
TYPES = {
    "sqlite": {"blob": "BLOB", "keyed": "WITHOUT ROWID", "least": "min"},
    "postgresql": {"blob": "BYTEA", "keyed": "", "least": "LEAST"},
}

ROWS = (
    """INSERT INTO issuers SELECT instance, manifest_version, manifest_digest, sequence, digest, 0, {empty}, {empty}
        FROM old_issuers""",
    """INSERT INTO loads SELECT row_number() OVER (ORDER BY day, issuer, sequence), day, issuer, sequence, digest,
        'loaded', '' FROM old_loads""",
    """INSERT INTO entries (number, regc_id, version, issuer, status, month, record, signatures, salt, leaf, manifest,
            batch, since, severity, published, base, corrected)
        SELECT row_number() OVER (ORDER BY v.first, e.regc_id), e.regc_id, e.version, e.issuer, e.status, '', e.record,
            w.signatures, {empty}, NULL, i.manifest_version, l.batch, '{{}}', e.severity, e.published, e.base,
            e.corrected
        FROM old_entries e
        JOIN old_issuers i ON i.instance = e.issuer
        JOIN old_versions w ON w.regc_id = e.regc_id AND w.version = e.version
        JOIN old_loads l ON l.issuer = w.issuer AND l.sequence = w.sequence
        JOIN (SELECT regc_id, min(sequence) AS first FROM old_versions GROUP BY regc_id) v ON v.regc_id = e.regc_id""",
    """INSERT INTO versions SELECT e.number, w.version,
            CASE WHEN w.version = e.version THEN e.status ELSE 'published' END, l.batch, NULL
        FROM old_versions w
        JOIN entries e ON e.regc_id = w.regc_id
        JOIN old_loads l ON l.issuer = w.issuer AND l.sequence = w.sequence""",
    """INSERT INTO changes SELECT row_number() OVER (ORDER BY l.day, l.issuer, l.sequence, e.number), l.day,
            CASE WHEN e.published IS NULL THEN 'DEL' ELSE 'ADD' END, e.number, e.version
        FROM entries e
        JOIN old_versions w ON w.regc_id = e.regc_id AND w.version = e.version
        JOIN old_loads l ON l.issuer = w.issuer AND l.sequence = w.sequence""",
)


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for name in OLD:
        op.execute(f"ALTER TABLE {name} RENAME TO old_{name}")
    for statement in (*TABLES, *INDEX[dialect]):
        op.execute(text(statement.format(**TYPES[dialect]).replace(":", "\\:")))
    empty = {"sqlite": "x''", "postgresql": "''\\:\\:bytea"}[dialect]
    for statement in ROWS:
        op.execute(text(statement.format(empty=empty)))
    for name in reversed(OLD):
        op.execute(f"DROP TABLE old_{name}")


def downgrade() -> None:
    raise RuntimeError("A registry schema is never taken back: it would forget which exports were loaded.")
