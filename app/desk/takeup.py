"""Opening what waits: an envelope becomes a case, or joins one, when a reviewer who can open it comes by.

For each envelope: decrypt with this reviewer's key only, seal again under a fresh key while it streams, check
everything, commit, and only then remove the OpenPGP file. Reports come first, so that a follow-up of the same pickup
finds its case. What this reviewer cannot open is remembered for this reviewer alone and left for the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.desk import notes
from app.desk.admission import NotYet, Rejected
from app.desk.bench import Desk
from app.desk.filing import file_envelope
from app.desk.opening import Opened, open_envelope
from app.desk.receive import Refused
from app.stores.desk_carried import REFUSED, WAITING, EnvelopeRow
from crypto.errors import FormatError, NoKeyError, TrustError


@dataclass
class TakenUp:
    """What one reviewer's coming by changed."""

    cases: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: list[Refused] = field(default_factory=list)


def take_up(desk: Desk) -> TakenUp:
    """Open every waiting envelope that this reviewer did not try yet.

    Raises:
        BusyError: another command does it now.
        UserError: the key stopped working midway; nothing is lost, the rest waits.
    """
    report = TakenUp()
    with desk.evidence.lock():
        with desk.store.reading() as tx:
            waiting = tx.envelopes(WAITING)
            desk.evidence.sweep(tx.evidence_names(), {row.id for row in waiting})
            known = notes.load(desk, tx)
        known.keep({row.id for row in waiting})
        later: list[Opened] = []
        for row in waiting:
            if not known.tried(row.id):
                _open(desk, row, known, report, later)
        for opened in sorted(later, key=lambda one: one.message.seq):
            _settle(desk, opened, known, report)
        if known.changed:
            notes.check_key(desk, known)
            with desk.store.writing() as tx:
                notes.save(desk, tx, known)
    return report


def _open(desk: Desk, row: EnvelopeRow, known: notes.Notes, report: TakenUp, later: list[Opened]) -> None:
    try:
        opened = open_envelope(desk, row)
    except NoKeyError:
        known.not_mine(row.id)
    except NotYet as reason:
        known.not_yet(row.id)
        report.waiting.append(Refused(row.id, str(reason)))
    except (FormatError, TrustError) as error:
        _refuse(desk, row, str(error), report)
    else:
        if opened.message.kind == "report":
            _settle(desk, opened, known, report)
        else:
            later.append(opened)


def _settle(desk: Desk, opened: Opened, known: notes.Notes, report: TakenUp) -> None:
    """Commit one opened envelope, or leave it as it was."""
    try:
        with desk.store.writing() as tx:
            case = file_envelope(desk, tx, opened)
    except Rejected as error:
        desk.evidence.drop(opened.name)
        _refuse(desk, opened.row, str(error), report)
    except NotYet:  # said to nobody: this reviewer may be the one whom the report excludes
        desk.evidence.drop(opened.name)
        known.not_yet(opened.row.id)
    except NoKeyError:
        desk.evidence.drop(opened.name)
        known.not_mine(opened.row.id)
    else:
        desk.evidence.drop_waiting(opened.row.id)
        (report.cases if opened.message.kind == "report" else report.joined).append(case.id)
        if opened.message.kind == "erase":
            desk.store.forget()


def _refuse(desk: Desk, row: EnvelopeRow, why: str, report: TakenUp) -> None:
    """Set it aside. It gets no receipt, so the intake keeps it and the next pickup brings it once more."""
    with desk.store.writing() as tx:
        tx.settle_envelope(row.id, REFUSED, why)
        desk.log(tx, "refuse", subject=f"envelope {row.id}")
    desk.evidence.drop_waiting(row.id)
    report.refused.append(Refused(row.id, why))
