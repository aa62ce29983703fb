"""Opening what waits: an envelope becomes a case, or joins one, when a reviewer who can open it comes by.

For each envelope: decrypt with this reviewer's key only, seal again under a fresh key while it streams, check
everything, commit, and only then remove the OpenPGP file. Reports come first, so that a follow-up of the same pickup
finds its case. What this reviewer cannot open is remembered for this reviewer alone and left for the others.
An envelope that cannot be dealt with now (a full disk, a lost file) is told and waits; it never keeps back the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from app.desk.carry import notes
from app.desk.carry.admission import NotYet, Rejected
from app.desk.carry.filing import Labels, file_one
from app.desk.carry.opening import Opened, Opener, open_envelope, opener
from app.desk.carry.receive import Refused
from app.desk.core.bench import Desk
from app.desk.core.shelf import Progress, unseen
from app.errors import BusyError, UserError
from app.stores.desk_carried import REFUSED, WAITING, EnvelopeRow
from crypto.errors import FormatError, NoKeyError, SealingError, TrustError


@dataclass
class TakenUp:
    """What one reviewer's coming by changed."""

    cases: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: list[Refused] = field(default_factory=list)


def take_up(desk: Desk, progress: Progress = unseen) -> TakenUp:
    """Open every waiting envelope that this reviewer did not try yet.

    Args:
        progress: called between envelopes with how many were tried, and of how many. Whatever it raises ends the round:
            what was opened is kept, the rest waits.

    Raises:
        BusyError: another command does it now.
        UserError: the key stopped working midway; nothing is lost, the rest waits.
    """
    with desk.evidence.lock(), desk.store.steady():
        return _Round(desk, progress).run()


class _Round:
    """One coming by."""

    def __init__(self, desk: Desk, progress: Progress) -> None:
        self._desk = desk
        self._progress = progress
        self._report = TakenUp()
        self._labels = Labels(desk)
        self._later: list[Opened] = []
        with desk.store.reading() as tx:
            self._waiting = tx.envelopes(WAITING)
            desk.evidence.sweep(tx.evidence_names(), {row.id for row in self._waiting})
            self._known = notes.load(desk, tx)

    def run(self) -> TakenUp:
        self._known.keep({row.id for row in self._waiting})
        untried = [row for row in self._waiting if not self._known.tried(row.id)]
        with opener(self._desk.keyring, len(untried)) as by:
            for done, row in enumerate(untried):
                self._progress(done, len(untried))
                self._alone(row, partial(self._open, row, by))
            self._progress(len(untried), len(untried))
            for opened in sorted(self._later, key=lambda one: one.message.moment):
                self._alone(opened.row, partial(self._settle, opened))
            if self._known.changed:
                notes.check_key(self._desk, self._known, by)
                with suppress(BusyError), self._desk.store.writing() as tx:  # without its notes it tries once more
                    notes.save(self._desk, tx, self._known)
        return self._report

    def _alone(self, row: EnvelopeRow, step: Callable[[], None]) -> None:
        """Whatever this machine cannot do for one envelope now is told, and the others go on."""
        try:
            step()
        except (UserError, SealingError, OSError) as error:
            self._report.waiting.append(Refused(row.id, _reason(error)))

    def _open(self, row: EnvelopeRow, by: Opener) -> None:
        try:
            opened = open_envelope(self._desk, row, by)
        except NoKeyError:
            self._known.not_mine(row.id)
        except NotYet as reason:
            self._known.not_yet(row.id)
            self._report.waiting.append(Refused(row.id, str(reason)))
        except (FormatError, TrustError) as error:
            self._refuse(row, str(error))
        else:
            if opened.message.kind == "report":
                self._settle(opened)
            else:
                self._later.append(opened)

    def _settle(self, opened: Opened) -> None:
        """Commit one opened envelope, or leave it as it was."""
        desk, kind = self._desk, opened.message.kind
        try:
            with desk.store.writing() as tx:
                filed = file_one(desk, tx, opened, self._labels)
        except Rejected as error:
            desk.evidence.drop(opened.name)
            self._refuse(opened.row, str(error))
        except (NotYet, NoKeyError):
            # Said to nobody: this reviewer may be the one whom the report excludes. The key fits, and who else may
            # take it up can change: it is tried again then.
            desk.evidence.drop(opened.name)
            self._known.not_yet(opened.row.id)
        else:
            desk.evidence.drop_waiting(opened.row.id)
            if filed.case is None:
                desk.evidence.drop(opened.name)
            elif desk.keyring.name in filed.case.record.allowed:  # a custodian learns of no case
                (self._report.cases if filed.new else self._report.joined).append(filed.case.id)
            if kind == "erase":
                desk.store.forget()

    def _refuse(self, row: EnvelopeRow, why: str) -> None:
        """Set it aside. It gets no receipt, so the intake keeps it and the next pickup brings it once more."""
        with self._desk.store.writing() as tx:
            tx.settle_envelope(row.id, REFUSED, why)
            self._desk.log(tx, "refuse", subject=f"envelope {row.id}")
        self._desk.evidence.drop_waiting(row.id)
        self._report.refused.append(Refused(row.id, why))


def _reason(error: UserError | SealingError | OSError) -> str:
    if isinstance(error, UserError):
        return error.message[:1].lower() + error.message[1:].rstrip(".")
    if isinstance(error, SealingError):
        return str(error)
    return f"its file cannot be read ({error.strerror})"
