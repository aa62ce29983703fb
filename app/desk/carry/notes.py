"""What one reviewer's program remembers: envelopes that were tried in vain, so that they are not tried at each command.

Sealed to that reviewer: a row in clear would tell who was excluded from what.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from app.desk.carry.opening import Opener
from app.desk.circle import links
from app.desk.core.bench import Desk
from app.errors import UserError
from app.stores.desk import Transaction
from crypto import canonical, sealed

CONTEXT = b"notes/v1"


@dataclass
class Notes:
    """`closed`: no key of this reviewer opens it, ever. `deferred`: opened, and put back until `stage` changes."""

    stage: str
    closed: set[str] = field(default_factory=set)
    deferred: dict[str, str] = field(default_factory=dict)
    changed: bool = False
    doubtful: bool = False

    def tried(self, envelope_id: str) -> bool:
        """Trying it now would give what it gave last time."""
        return envelope_id in self.closed or self.deferred.get(envelope_id) == self.stage

    def not_mine(self, envelope_id: str) -> None:
        self.closed.add(envelope_id)
        self.changed = self.doubtful = True

    def not_yet(self, envelope_id: str) -> None:
        self.deferred[envelope_id] = self.stage
        self.changed = True

    def keep(self, waiting: Collection[str]) -> None:
        """Forget what does not wait any more."""
        if not (self.closed <= set(waiting) and set(self.deferred) <= set(waiting)):
            self.closed &= set(waiting)
            self.deferred = {key: value for key, value in self.deferred.items() if key in waiting}
            self.changed = True


def load(desk: Desk, tx: Transaction) -> Notes:
    # Who else may take something up changes with the links, with a lost key and with the manifest.
    stage = f"{tx.mailbox_count()} mailboxes, circle {links.state(desk, tx)}"
    data = tx.notes(desk.keyring.name)
    if data is None:
        return Notes(stage)
    value = canonical.loads(sealed.open_box(desk.keyring.notes_key, CONTEXT, data))
    # What an earlier version called closed was in part only left to others: it is tried once more.
    return Notes(stage, set(value.get("not_mine", ())), value["deferred"])


def save(desk: Desk, tx: Transaction, notes: Notes) -> None:
    body = {"not_mine": sorted(notes.closed), "deferred": notes.deferred}
    tx.set_notes(desk.keyring.name, sealed.seal(desk.keyring.notes_key, CONTEXT, canonical.dumps(body)))


def check_key(desk: Desk, notes: Notes, by: Opener) -> None:
    """A smartcard pulled out midway looks like envelopes for somebody else: open the own key once more before noting.

    Raises:
        UserError: it does not open any more; nothing is noted.
    """
    if notes.doubtful and not by.opens(desk.keyring):
        raise UserError(
            "Your key stopped working while envelopes were being opened.",
            "What was opened is kept; the rest waits. Insert the smartcard again, or type the passphrase again.",
        )
