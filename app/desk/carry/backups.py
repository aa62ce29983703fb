"""What this desk remembers of its backups, and which receipts may leave because of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.desk.core.bench import Desk
from app.stores.desk import Transaction
from app.stores.desk_carried import EnvelopeRow

BACKUP = "backup"
_ALL = 10**9


@dataclass(frozen=True)
class Backup:
    """One backup. `digest` is empty while, or if, its file was never finished; `head`: of the journal in it."""

    number: int
    day: str
    head: str
    digest: str = ""


def backups(desk: Desk, tx: Transaction) -> list[Backup]:
    """Every backup that was begun, by number."""
    rows = desk.shared(tx, BACKUP).values()
    found = [Backup(row["number"], row["day"], row["head"], row["digest"]) for row in rows]
    return sorted(found, key=lambda one: one.number)


def numbers_since(desk: Desk, tx: Transaction, day: date) -> tuple[int, ...]:
    """Numbers of the backups that may hold what was here on this day or later."""
    return tuple(one.number for one in backups(desk, tx) if date.fromisoformat(one.day) >= day)


def put_backup(desk: Desk, tx: Transaction, backup: Backup, covers: list[str]) -> None:
    """Remember a backup; `covers` are the envelopes whose receipts it lets go, kept for the last one only."""
    for row_id, row in desk.shared(tx, BACKUP).items():
        if row["covers"] and row["number"] < backup.number and backup.digest:
            desk.put_shared(tx, BACKUP, row_id, row | {"covers": []})
    desk.put_shared(tx, BACKUP, str(backup.number), asdict(backup) | {"covers": covers})


def due_receipts(desk: Desk, tx: Transaction, limit: int) -> list[EnvelopeRow]:
    """Receipts for the next outbox: those of opened envelopes; by setting, only once a backup holds them."""
    if not desk.settings.receipts_after_backup:
        return tx.due_receipts(limit)
    covered = _covered(desk, tx)
    return [row for row in tx.due_receipts(_ALL) if row.id in covered][:limit]


def _covered(desk: Desk, tx: Transaction) -> set[str]:
    done: list[dict[str, Any]] = [row for row in desk.shared(tx, BACKUP).values() if row["digest"]]
    return set(max(done, key=lambda row: row["number"])["covers"]) if done else set()
