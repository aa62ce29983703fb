"""What somebody should know today: envelopes that nobody opens, a manifest that ends, deadlines that have passed.

An envelope that waits for three days is told to every reviewer in the same words: nobody's name, no id. It may wait for
one of them who stays away, or for nobody at all. A reviewer whom a report excludes learns that some envelope waits and
nothing else; that much the folder and the table of envelopes show to anybody at the machine.
"""

from __future__ import annotations

from datetime import date

from app.desk.carry.receive import overdue
from app.desk.cases.worklist import list_cases
from app.desk.core.alarm import Alarm
from app.desk.core.bench import Desk
from app.desk.core.chain import journal_fault
from app.desk.core.keyring import pinned
from app.desk.duties.tasks import tasks
from app.settings import DeskSettings
from app.stores.desk import DeskStore

# DOMAIN §2.1: a ciphertext that nobody opened for three days.
UNOPENED_DAYS = 3
EXPIRY_DAYS = 30


def alarms(store: DeskStore, settings: DeskSettings) -> list[Alarm]:
    """What can be told without a key, and tells nothing about a case."""
    today = settings.clock.today()
    found = clock(store, today) + unopened(store, today)
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


def clock(store: DeskStore, today: date) -> list[Alarm]:
    """A clock that went backwards: deadlines, expiries and the day of each line would be wrong."""
    try:
        with store.reading() as tx:
            last = tx.last_line()
    except ValueError:  # its day was edited, which the chain tells
        return []
    if last is None or today >= last.day:
        return []
    told = f"The clock of this machine says {today}, the journal's last line is of {last.day}: set the clock "
    return [Alarm("clock", f"{told}before you decide.", last.day.isoformat())]


def unopened(store: DeskStore, today: date) -> list[Alarm]:
    """Whether envelopes wait for too long: said at each unlocking and by `tick`."""
    waiting = overdue(store, today, UNOPENED_DAYS)
    if not waiting:
        return []
    what = "1 envelope was" if waiting == 1 else f"{waiting} envelopes were"
    told = f"{what} opened by nobody for {UNOPENED_DAYS} days or more. Ask the other reviewers to come by."
    return [Alarm("import", told)]


def case_alarms(desk: Desk) -> list[Alarm]:
    """Cases of this reviewer whose next step is overdue, and what does not fit the journal any more."""
    with desk.store.reading() as tx:
        fault = journal_fault(desk.keyring, tx)
        changed = [] if fault else desk.changed_reasons(tx)
    found = [Alarm("journal", fault)] if fault else []
    found += [Alarm(case.id, f"The reason in journal line {n} was changed or taken away.") for case, n in changed]
    late = [line for line in list_cases(desk) if line.due.overdue and line.due.day]
    found += [Alarm(line.id, f"{line.label}, {line.late}: {line.due.why}", str(line.due.day)) for line in late]
    missed = [task for task in tasks(desk) if task.overdue]
    return found + [
        Alarm(task.case_id or "desk", f"{task.label} {task.what[1]}".strip(), str(task.due)) for task in missed
    ]
