"""Acknowledging reports that nobody has read: only what stands beside the story is used (DOMAIN S2.3).

The law gives seven days to say that a report arrived, and the person who may read it can be away. So the template is
sealed with the keys, the language and the state that the case keeps; no message is opened, nothing is shown, nothing is
journalled as an opening. The state stays `received`, and the guard that asks for a reader goes on asking.
"""

from __future__ import annotations

from collections.abc import Collection

from app.desk.core.bench import Desk, OpenCase
from app.desk.replies.blocks import Signing, compose, template_named
from app.desk.replies.replies import Sent, seal_text
from app.domain.facts import State
from app.stores.desk import Transaction

TEMPLATE = "acknowledgement"


def unacknowledged(desk: Desk, tx: Transaction, case_ids: Collection[str] | None = None) -> list[OpenCase]:
    """Cases that arrived, have a mailbox and no acknowledgement yet; the longest waiting first.

    Args:
        case_ids: look at these only.

    Raises:
        UserError: one of these is no case of this reviewer.
    """
    found = desk.cases(tx) if case_ids is None else [desk.case(tx, case_id) for case_id in dict.fromkeys(case_ids)]
    waiting = [case for case in found if _waits(case)]
    return sorted(waiting, key=lambda case: (case.facts.entered, case.id))


def acknowledge_unread(desk: Desk, case_ids: Collection[str] | None = None, *, language: str = "") -> list[Sent]:
    """Seal the acknowledgement for each of these cases, or for all of this reviewer's; those that have one are left.

    Args:
        language: fr or en; without it that of each report, and both where a case does not say.

    Raises:
        UserError: one of the ids is no case of this reviewer; then nothing was sealed.
        BusyError: somebody changed one of the cases meanwhile; then nothing was sealed either.
    """
    with desk.store.writing() as tx:
        return [_acknowledge(desk, tx, case, language) for case in unacknowledged(desk, tx, case_ids)]


def _waits(case: OpenCase) -> bool:
    record, facts = case.record, case.facts
    return facts.state is State.RECEIVED and record.mailbox and not facts.acknowledged and not record.asleep


def _acknowledge(desk: Desk, tx: Transaction, case: OpenCase, language: str) -> Sent:
    template, signing = template_named(TEMPLATE), Signing(desk.keyring.name)
    text = compose(template, language or case.record.language, {}, signing=signing, today=desk.today)
    return seal_text(desk, tx, case, text, kind=template.kind, template=TEMPLATE)
