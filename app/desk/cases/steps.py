"""What became of the recommendations, told beside the published entry: one more step, of this month."""

from __future__ import annotations

from dataclasses import replace

from app.desk.cases.entry_reading import changed, following, need_paper
from app.desk.cases.followup import find_recommendation
from app.desk.core.bench import Desk
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import store_paper
from app.domain.draft import with_step
from app.domain.durations import month_of
from app.domain.facts import State
from app.errors import UserError

STEP_STATES = frozenset({State.PUBLISHED, State.CORRECTED})
# What the follow-up of a recommendation says (app/desk/cases/followup.py), in the words of the register.
OF_OUTCOME = {
    "open": "recommended",
    "accepted": "accepted",
    "partial": "under_way",
    "done": "done",
    "refused": "refused",
}
_NOTHING = "Nothing was changed."


def add_step(desk: Desk, case_id: str, status: str, note: str = "", *, recommendation: str = "") -> str:
    """Draft the next version with one more step; returns its status. Two colleges sign it like any other.

    Args:
        status: one of STEPS, or empty to take it from the recommendation.
        recommendation: the id of one of this case.

    Raises:
        UserError: nothing was published, no status, or no such recommendation.
        EntryError: an unknown status, or a note that is too long.
    """
    desk.check_analyst()
    note = check_plain(note, "The note") if note else ""
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        paper = need_paper(case, tx)
        published = paper.published
        if paper.entry is None or published is None or case.facts.state not in STEP_STATES:
            raise UserError(
                "A step is added to an entry that was published.", f"Before that, write it in the draft. {_NOTHING}"
            )
        if recommendation:
            status = status or OF_OUTCOME[find_recommendation(tx, case, recommendation).outcome]
        if not status:
            raise UserError("Say what became of it.", f"Name a --status or a --recommendation. {_NOTHING}")
        later = replace(paper.entry, version=published.version + 1)
        record = following(published, with_step(later, status, note, desk.today), month_of(desk.today))
        store_paper(case, tx, changed(paper, record))
        facts: dict[str, object] = {"exported": False}
        if paper.exported:
            facts["legal_reply_on"] = None  # the version that held it has left
        case = desk.save(tx, case, case.with_facts(**facts))
        desk.log(tx, "entry step", case=case, reason=status)
    return status
