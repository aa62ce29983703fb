"""The day a name ends: it is destroyed on the desk as in the registry, while its entry may stay for years."""

from __future__ import annotations

from dataclasses import replace

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.entry_paper import load_paper, store_paper
from app.domain.durations import first_day, month_number
from app.domain.entry import name_ends
from app.domain.facts import State
from app.stores.desk import Transaction

# Before them nobody has drafted an entry, and a closed case is purged as a whole.
_DRAFTED = frozenset(
    {State.VERIFIED, State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED, State.EXPIRED}
)


def forget_name(desk: Desk, tx: Transaction, case: OpenCase) -> OpenCase:
    """Destroy the name beside the entry of this case when its month has come; returns the case as it is now."""
    if case.facts.state not in _DRAFTED or case.record.asleep:
        return case
    paper = load_paper(case, tx)
    if paper is None or paper.name is None:
        return case
    standing = (paper.record, paper.published)
    months = [month for record in standing if (month := name_ends(record))]
    over = bool(months) and desk.today >= first_day(month_number(min(months)))
    if not over and case.facts.state is not State.EXPIRED:
        return case  # also while a version without the name waits for its signatures
    saved = desk.save(tx, case, case.record)
    store_paper(saved, tx, replace(paper, name=None))
    desk.log(tx, "forget name", case=saved)
    return saved
