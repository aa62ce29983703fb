"""The second line: one closed case in twenty is read again by somebody else (DOMAIN S2.15).

Nobody picks the sample: the journal's head at the end of the month does, and it was fixed before anybody could know
which cases it would draw. A case is read again by somebody who was neither its owner nor its deputy, nor closed it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.family import with_paper
from app.domain.durations import add_days
from app.domain.duties import month_end, sample
from app.domain.facts import State
from app.domain.retention import PURGE_DAYS
from app.errors import UsageError, UserError
from app.stores.desk import Transaction

PAPER = "review"
REVIEW_DAYS = 14
OUTCOMES = ("agreed", "remarks", "differs")
_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Review:
    """A case that was drawn. `by` is empty until somebody read it again; `outcome` is one of OUTCOMES."""

    month: str
    due: date
    by: str = ""
    day: date | None = None
    outcome: str = ""
    remarks: str = field(default="", repr=False)

    def to_dict(self) -> dict[str, Any]:
        return vars(self) | {"due": self.due.isoformat(), "day": self.day and self.day.isoformat()}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Review:
        day = value["day"] and date.fromisoformat(value["day"])
        return cls(**value | {"due": date.fromisoformat(value["due"]), "day": day})


def review_of(tx: Transaction, case: OpenCase) -> Review | None:
    """The second-line review of a case that was drawn."""
    value = case.paper(tx, PAPER)
    return Review.from_dict(value) if value else None


def draw(desk: Desk, month: str) -> list[str]:
    """Draw the sample of a month among the closed cases that this reviewer may open; returns all that are drawn.

    What was drawn stays drawn; drawing again among the same cases adds nothing.

    Raises:
        UsageError: not a month.
        UserError: the month is not over.
    """
    try:
        end = month_end(month)
    except ValueError:
        raise UsageError("A month is written such as 2026-11.", "sourdine desk review sample 2026-11") from None
    if end > desk.today:
        raise UserError("This month is not over: nobody may know yet what will be drawn.", _NOTHING)
    desk.check_analyst()
    with desk.store.writing() as tx:
        closed = {case.id: case for case in desk.cases(tx) if _closed_in(case, month)}
        drawn = [case_id for case_id, case in closed.items() if review_of(tx, case)]
        # Somebody who may open more draws over more: what was hidden from the first is drawn by the second.
        new = [one for one in sample(closed, _head(tx, end)) if one not in drawn]
        for case_id in new:
            due = min(add_days(desk.today, REVIEW_DAYS), add_days(closed[case_id].facts.entered, PURGE_DAYS))
            case = desk.save(tx, closed[case_id], closed[case_id].record)
            case.put_paper(tx, PAPER, Review(month, due).to_dict())
            desk.log(tx, "drawn for review", case=case, reason=month)
    return sorted([*drawn, *new])


def record(desk: Desk, case_id: str, outcome: str, remarks: str) -> Review:
    """Record what somebody else thinks of how a case was treated.

    Raises:
        UserError: it was not drawn, was read again already, or by somebody who worked on it; or no remarks.
    """
    remarks = check_plain(remarks, "The remarks")
    if outcome not in OUTCOMES:
        raise UserError(f"An outcome is one of {', '.join(OUTCOMES)}.", _NOTHING)
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        drawn = review_of(tx, case)
        if drawn is None or drawn.by:
            raise UserError("This case does not wait for a second reading.", _NOTHING)
        if desk.keyring.name in hands(desk, tx, case):
            raise UserError("You worked on this case.", f"Somebody else reads it again. {_NOTHING}")
        done = Review(drawn.month, drawn.due, desk.keyring.name, desk.today, outcome, remarks)
        desk.save(tx, case, case.record).put_paper(tx, PAPER, done.to_dict())
        desk.log(tx, "review", case=case, reason=f"{outcome}: {remarks}")
    return done


def waiting(desk: Desk, tx: Transaction) -> list[tuple[OpenCase, Review]]:
    """What was drawn and not read again yet; `hands` says who may not."""
    drawn = [(case, review_of(tx, case)) for case in with_paper(desk, tx, PAPER)]
    return [(case, one) for case, one in drawn if one and not one.by]


def hands(desk: Desk, tx: Transaction, case: OpenCase) -> set[str]:
    """Who worked on a case: its owner, its deputy, and whoever closed it."""
    moves = [line.actor for line, _ in desk.history(tx, case) if line.action == "move"]
    return {name for name in (case.facts.owner, case.facts.deputy, *moves[-1:]) if name}


def _closed_in(case: OpenCase, month: str) -> bool:
    facts = case.facts
    return facts.state is State.CLOSED and not case.record.purged and facts.entered.isoformat().startswith(f"{month}-")


def _head(tx: Transaction, end: date) -> str:
    """The digest of the last line before a day."""
    return next((row.line.hash for row in reversed(tx.journal()) if row.line.day < end), "")
