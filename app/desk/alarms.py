"""What somebody should know today: envelopes that nobody opens, a manifest that ends, deadlines that have passed."""

from __future__ import annotations

from dataclasses import dataclass

from app.desk.bench import Desk
from app.desk.chain import journal_fault
from app.desk.keyring import pinned
from app.desk.reading import list_cases
from app.desk.receive import overdue
from app.settings import DeskSettings
from app.stores.desk import DeskStore

# DOMAIN §2.1: a ciphertext that nobody opened for three days.
UNOPENED_DAYS = 3
EXPIRY_DAYS = 30


@dataclass(frozen=True)
class Alarm:
    """`subject` is a case, or the part of the desk that it is about."""

    subject: str
    message: str
    day: str = ""


def alarms(store: DeskStore, settings: DeskSettings) -> list[Alarm]:
    """What can be told without a key, and tells nothing about a case."""
    today = settings.clock.today()
    found = []
    waiting = overdue(store, today, UNOPENED_DAYS)
    if waiting:
        found.append(Alarm("import", f"{waiting} envelopes were opened by nobody for {UNOPENED_DAYS} days or more."))
    with store.reading() as tx:
        rows = tx.manifests()
    if not rows:
        return [*found, Alarm("manifest", "This desk has no manifest yet.")]
    expires = pinned(settings, rows[-1].data).expires
    left = (expires - today).days
    if left < 0:
        found.append(
            Alarm("manifest", "The manifest has expired: the intake takes no new report.", expires.isoformat())
        )
    elif left <= EXPIRY_DAYS:
        found.append(Alarm("manifest", f"The manifest expires in {left} days.", expires.isoformat()))
    return found


def case_alarms(desk: Desk) -> list[Alarm]:
    """Cases of this reviewer whose next step is overdue, and what does not fit the journal any more."""
    with desk.store.reading() as tx:
        fault = journal_fault(desk.keyring, tx)
        changed = [] if fault else desk.changed_reasons(tx)
    found = [Alarm("journal", fault)] if fault else []
    found += [Alarm(case.id, f"The reason in journal line {n} was changed or taken away.") for case, n in changed]
    late = [line for line in list_cases(desk) if line.due.overdue and line.due.day]
    return found + [Alarm(line.id, f"{line.label}, {line.due.why}", str(line.due.day)) for line in late]
