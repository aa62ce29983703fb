"""Refused envelopes: the intake deletes one unread only when two reviewers of two colleges sign for it.

A refused envelope gets no receipt, so the intake keeps it and every pickup brings it again. The first signature waits
among what the reviewers share; with the second it goes out in the next outbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.desk.core.bench import Desk
from app.desk.core.clean import check_plain
from app.desk.core.signatures import OTHER_COLLEGE, Signature, holding, once, sign, verified
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import DISCARDED, REFUSED, WAITING, EnvelopeRow
from crypto.outbox import DISCARDS_MAX, Discard, discard_bytes
from crypto.quorum import SIGNERS

KIND = "discard"


@dataclass(frozen=True)
class RefusedEnvelope:
    """One refused envelope; `waiting_for` says what its discard waits for, "" when nobody asked for one."""

    id: str
    why: str
    size: int
    imported: str
    waiting_for: str = ""


def list_refused(desk: Desk) -> list[RefusedEnvelope]:
    """Every envelope that this desk refused, by id."""
    with desk.store.reading() as tx:
        pending = desk.shared(tx, KIND)
        rows = tx.envelopes(REFUSED)
    return [
        RefusedEnvelope(row.id, row.why, row.size, row.imported.isoformat(), _waiting_for(desk, pending, row))
        for row in rows
    ]


def discard(desk: Desk, envelope_id: str, reason: str) -> str:
    """Sign that a refused envelope may be deleted unread; returns whose signature it waits for, or "".

    Raises:
        UserError: no refused envelope of that id, the same person or college twice, or not for this role.
    """
    reason = check_plain(reason, "The reason")
    desk.check_analyst()
    with desk.store.reading() as tx:
        row, value = _refused(tx, envelope_id), desk.shared(tx, KIND).get(envelope_id)
    data = discard_bytes(desk.keyring.instance, row.id, row.sha256)
    # Who was retired since has signed nothing: otherwise nobody of that college could, and the envelope stayed.
    signatures = [one for one in _signatures(value, row) if desk.keyring.manifest.reviewer(one.reviewer)]
    if len(signatures) == SIGNERS:
        raise UserError("Two colleges have signed this already.", "It leaves with the next outbox.")
    once(desk, signatures, "discard")
    verified(desk, signatures, data, "discard")
    made = [*signatures, sign(desk, data)]
    with desk.store.writing() as tx:
        if desk.shared(tx, KIND).get(envelope_id) != value or _refused(tx, envelope_id) != row:
            raise UserError("Somebody signed at the same moment.", "Nothing was changed. Look at it again.")
        names = {one.name for one in signatures}
        told = [
            *(one for one in (value["reasons"] if value else []) if one["name"] in names),
            {"name": desk.keyring.name, "reason": reason},
        ]
        body = {"sha256": row.sha256, "reasons": told, "signatures": [one.to_dict() for one in made]}
        desk.put_shared(tx, KIND, row.id, body)
        desk.log(tx, "discard", subject=f"envelope {row.id}")
    return OTHER_COLLEGE if len(made) < SIGNERS else ""


def due_discards(desk: Desk, tx: Transaction) -> list[Discard]:
    """Discards that may leave now, by envelope: signed by two whom the manifest in use still names."""
    found = []
    for envelope_id, value in sorted(desk.shared(tx, KIND).items()):
        row = tx.envelope(envelope_id)
        if row is None or row.status not in {REFUSED, WAITING}:  # opened after all: nothing is deleted unread
            tx.drop_shared(KIND, envelope_id)
            continue
        if row.status == WAITING:  # a pickup brought it again: it leaves once it was looked at, and refused again
            continue
        signatures = _signatures(value, row)
        data = discard_bytes(desk.keyring.instance, row.id, row.sha256)
        if len(signatures) == SIGNERS and holding(desk, signatures, data) == tuple(signatures):
            found.append(Discard(row.id, row.sha256, tuple(one.for_export for one in signatures)))
    return found[:DISCARDS_MAX]


def mark_sent(tx: Transaction, discards: Sequence[Discard]) -> None:
    """They left. Should the outbox be lost, the envelope comes again and is looked at again."""
    for one in discards:
        tx.drop_shared(KIND, one.envelope)
        tx.settle_envelope(one.envelope, DISCARDED)


def _refused(tx: Transaction, envelope_id: str) -> EnvelopeRow:
    row = tx.envelope(envelope_id)
    if row is None or row.status != REFUSED:
        raise UserError(
            "This desk has refused no envelope of that id.",
            "See them with: sourdine desk refused. Only a refused one can be discarded.",
        )
    return row


def _signatures(value: Any, row: EnvelopeRow) -> list[Signature]:
    """Signatures over this very ciphertext; another one under the same id starts anew."""
    if not value or value["sha256"] != row.sha256:
        return []
    return [Signature.from_dict(one) for one in value["signatures"]]


def _waiting_for(desk: Desk, pending: dict[str, Any], row: EnvelopeRow) -> str:
    data = discard_bytes(desk.keyring.instance, row.id, row.sha256)
    signatures = holding(desk, _signatures(pending.get(row.id), row), data)
    if not signatures:
        return ""
    return OTHER_COLLEGE if len(signatures) < SIGNERS else "outbox"
