"""`desk import`: a pickup becomes ciphertexts that wait. Nothing is decrypted here and nothing is listed yet.

Each envelope is committed on its own and the number of the pickup last, so a crash anywhere is mended by importing
the same file again. An envelope that comes back although it was opened means that its receipt never reached the
intake: the receipt is due again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from app.desk.core.evidence import Evidence
from app.desk.core.keyring import all_pinned
from app.domain import journal
from app.errors import UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore, JournalRow
from app.stores.desk_carried import OPENED, REFUSED, WAITING, EnvelopeRow, Numbered
from app.transfer.pickup import open_pickup
from crypto.errors import FormatError
from crypto.openpgp.packets import EnvelopeParser
from crypto.pickup import OpenedPickup, PickupEntry

# Importing needs no key: nobody proves who they are, so the journal names the desk and no person.
UNNAMED = "desk"
ANOTHER_UNDER_ID = "another envelope already came under this id"
RECIPIENTS = "the number of recipients fits no manifest of this desk"


@dataclass(frozen=True)
class Refused:
    """An envelope that was not taken, and the rule it broke; never content."""

    id: str
    why: str


@dataclass
class Received:
    """What an import did, in envelopes."""

    number: int
    imported: int = 0
    already: int = 0
    refused: list[Refused] = field(default_factory=list)
    missing: range = range(0)


class Importer:
    """One pickup on its way into one desk."""

    def __init__(self, store: DeskStore, settings: DeskSettings, named: str = UNNAMED) -> None:
        self._store = store
        self._evidence = Evidence(settings)
        self._today = settings.clock.today()
        with store.reading() as tx:
            manifests = all_pinned(settings, tx.manifests())
            if named != UNNAMED and tx.reviewer(named) is None:
                raise UserError(f"This desk has no reviewer named {named}.", "Leave out --as, or correct the name.")
        if not manifests:
            raise UserError("This desk has no manifest yet.", "Type: sourdine desk init --manifest FILE")
        self._manifest = manifests[-1]
        self._counts = {len(manifest.reviewers) for manifest in manifests}

    def receive(self, path: Path) -> Received:
        """Import one pickup file.

        Raises:
            UserError: not for this desk, or not the next pickup; nothing was imported.
            TrustError, FormatError: not signed by the intake's pickup key, or damaged.
        """
        opened = open_pickup(path, self._manifest.pickup_key)
        with self._evidence.lock(), opened as pickup, self._store.steady():
            report = self._check_place(pickup)
            self._sweep()
            known = self._known(pickup)
            new = [entry for entry in pickup.header.entries if entry.id not in known]
            self._evidence.check_space(sum(entry.size for entry in new))
            for entry in pickup.header.entries:
                self._take(pickup, entry, known.get(entry.id), report)
            self._finish(pickup)
        return report

    def _check_place(self, pickup: OpenedPickup) -> Received:
        header = pickup.header
        if header.instance != self._manifest.instance:
            raise UserError("This pickup comes from another instance.", "Nothing was imported.")
        with self._store.reading() as tx:
            last = tx.last_pickup()
        if header.number < last.number:
            raise UserError(
                f"Pickup {header.number} is older than pickup {last.number}, which this desk has.",
                "Nothing was imported. Fetch a new pickup.",
            )
        if header.number == last.number and pickup.digest != last.digest:
            raise UserError(
                f"Two different pickups carry the number {last.number}.",
                "Nothing was imported. Tell whoever runs the intake: its key may be in other hands.",
            )
        if header.number == last.number + 1 and header.previous != last.digest:
            raise UserError(
                f"Pickup {header.number} does not follow pickup {last.number} of this desk.",
                "Nothing was imported. Tell whoever runs the intake: its key may be in other hands.",
            )
        return Received(header.number, missing=range(last.number + 1, header.number))

    def _known(self, pickup: OpenedPickup) -> dict[str, EnvelopeRow]:
        with self._store.reading() as tx:
            rows = [tx.envelope(entry.id) for entry in pickup.header.entries]
        return {row.id: row for row in rows if row}

    def _sweep(self) -> None:
        with self._store.reading() as tx:
            named, expected = tx.evidence_names(), {row.id for row in tx.envelopes(WAITING)}
        self._evidence.sweep(named, expected)

    def _take(self, pickup: OpenedPickup, entry: PickupEntry, row: EnvelopeRow | None, report: Received) -> None:
        if row is not None and row.sha256 != entry.sha256:
            report.refused.append(Refused(entry.id, ANOTHER_UNDER_ID))
            return
        if row is not None and row.status == OPENED:
            if pickup.header.number > row.pickup:
                with self._store.writing() as tx:
                    tx.seen_again(row.id, pickup.header.number)
            report.already += 1
            return
        if row is not None and row.status == WAITING and self._evidence.has(entry.id):
            report.already += 1
            return
        try:
            why = self._copy(pickup, entry)
        except FormatError as error:  # damaged on the way: the same envelope may come again whole
            report.refused.append(Refused(entry.id, str(error)))
            return
        self._remember(entry, pickup.header.number, why)
        if why:
            report.refused.append(Refused(entry.id, why))
        elif row is None:
            report.imported += 1
        else:  # refused when it was opened, and tried once more now
            report.already += 1

    def _copy(self, pickup: OpenedPickup, entry: PickupEntry) -> str:
        """Write one envelope into the inbox; returns which rule of the structure it breaks, if any."""
        parser, why = EnvelopeParser(), ""
        with self._evidence.incoming(entry.id) as part:
            for chunk in pickup.chunks(entry):
                part.write(chunk)
                why = why or _feed(parser, chunk)
            why = why or self._end(parser)
            if not why:
                part.keep()
        return why

    def _end(self, parser: EnvelopeParser) -> str:
        try:
            return "" if parser.finish() in self._counts else RECIPIENTS
        except FormatError as error:
            return str(error)

    def _remember(self, entry: PickupEntry, number: int, why: str) -> None:
        status = REFUSED if why else WAITING
        row = EnvelopeRow(entry.id, entry.sha256, entry.size, number, self._today, status, why)
        with self._store.writing() as tx:
            tx.put_envelope(row)

    def _finish(self, pickup: OpenedPickup) -> None:
        this = Numbered(pickup.header.number, pickup.digest)
        with self._store.writing() as tx:
            if tx.last_pickup() == this:
                return
            tx.add_pickup(this, pickup.header.day)
            subject = f"pickup {this.number}"
            line = journal.append(tx.last_line(), day=self._today, actor=UNNAMED, action="import", subject=subject)
            tx.add_line(JournalRow(line))


def _feed(parser: EnvelopeParser, chunk: bytes) -> str:
    try:
        parser.feed(chunk)
    except FormatError as error:
        return str(error)
    return ""


def overdue(store: DeskStore, today: date, days: int) -> int:
    """How many envelopes nobody opened for so many days."""
    with store.reading() as tx:
        return sum((today - row.imported).days >= days for row in tx.envelopes(WAITING))
