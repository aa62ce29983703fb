"""What could be decided about a case today: each move of the table, with what it still asks for. Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.desk.cases.entries import facts_with_entry
from app.desk.core.bench import Desk
from app.desk.core.twofold import Decision, all_pending
from app.domain.facts import CaseFacts, Role
from app.domain.guards import Guard, Refusal, refusals
from app.domain.states import Move, find_move, next_states


@dataclass(frozen=True)
class Offer:
    """One move, and what keeps it from being made; `two` says that two colleges sign it."""

    move: Move
    missing: tuple[Refusal, ...]

    @property
    def two(self) -> bool:
        return self.move.colleges > 1


@dataclass(frozen=True)
class Offers:
    """What this reviewer could do next, and which decisions wait for a second signature."""

    moves: tuple[Offer, ...]
    waiting: tuple[Decision, ...]


def offers(desk: Desk, case_id: str) -> Offers:
    """Every move from where the case is.

    Raises:
        UserError: no such case for this reviewer.
    """
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        moves = [find_move(case.facts.state, target) for target in next_states(case.facts.state)]
        found = [_offer(move, facts_with_entry(desk, tx, case, move.target), desk.today) for move in moves if move]
        waiting = tuple(all_pending(case, tx))
    asleep = case.record.asleep
    return Offers(() if asleep else tuple(one for one in found if Role.ANALYST in one.move.roles), waiting)


def _offer(move: Move, facts: CaseFacts, today: date) -> Offer:
    # Reason and signatures come with the decision itself: here is told what has to be there before.
    asked = tuple(guard for guard in move.conditions if guard not in {Guard.REASON, Guard.COLLEGES})
    return Offer(move, refusals(asked, facts, today))
