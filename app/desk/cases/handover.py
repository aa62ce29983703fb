"""Who answers for a case: the rotation says whose turn it is, another choice needs a reason (DOMAIN S1.2, S1.19, S2.5).

Only what the reviewer who asks may open is counted, so that the suggestion tells nothing of other cases.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from app.desk.cases.decisions import check_awake
from app.desk.circle.links import lost
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.domain.facts import Role, State
from app.domain.rota import next_in_turn
from app.errors import UserError
from app.stores.desk import Transaction

ENDS = frozenset({State.CLOSED, State.EXPIRED, State.WITHDRAWN})
# From here on the table asks for an owner; a recusal or a departure may take them away again.
BEFORE_OWNER = frozenset({State.RECEIVED, State.ACKNOWLEDGED, State.TRIAGE, State.QUESTION})
TURN = "in turn"
_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class HandedOver:
    """Who answers for the case now. `tell_reporter`: they knew the former name, and is to be told of the new one."""

    owner: str
    deputy: str
    suggested: str
    tell_reporter: bool


def is_open(case: OpenCase) -> bool:
    """Somebody still has to do something about it."""
    return case.facts.state not in ENDS and not case.record.asleep


def cases_of(desk: Desk, name: str) -> list[OpenCase]:
    """The open cases of which somebody is owner or deputy, as far as the reviewer who asks may open them."""
    with desk.store.reading() as tx:
        return [case for case in desk.cases(tx) if is_open(case) and name in {case.facts.owner, case.facts.deputy}]


def ownerless(desk: Desk, tx: Transaction) -> list[OpenCase]:
    """Open cases past triage that nobody answers for: a recusal or a departure took the owner away."""
    return [
        case
        for case in desk.cases(tx)
        if is_open(case) and case.facts.state not in BEFORE_OWNER and not case.facts.owner
    ]


def suggest_owner(desk: Desk, tx: Transaction, case: OpenCase) -> str:
    """Whose turn it is to own this case; "" when nobody may."""
    others = [one for one in desk.cases(tx) if one.facts.owner and one.id != case.id]
    loads = Counter(one.facts.owner for one in others if is_open(one))
    latest = max(others, key=lambda one: (one.record.received, one.id), default=None)
    names = [name for name in _able(desk, tx, case) if name not in {case.facts.owner, case.facts.deputy}]
    return next_in_turn(names, loads, latest.facts.owner if latest else "")


def hand_over(desk: Desk, case_id: str, to: str = "", reason: str = "", *, deputy: str = "") -> HandedOver:
    """Give a case to another owner, and to another deputy when one is named.

    Args:
        to: without it, whoever the rotation suggests.
        reason: may be left out only for the first owner of a case, taken in turn.

    Raises:
        UserError: nobody to take it, somebody who may not open it, one person for both, or no reason.
    """
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        former, suggested = case.facts.owner, suggest_owner(desk, tx, case)
        owner, second = to or suggested, deputy or case.facts.deputy
        _check_people(desk, tx, case, owner, second)
        if reason or former or owner != suggested:
            reason = check_plain(reason, "The reason")
        saved = desk.save(tx, case, case.with_facts(owner=owner, deputy=second))
        desk.log(tx, "hand over", case=saved, reason=_told(case, saved, suggested, reason or TURN))
    # One name answers a reporter; when it changes, a message says so (DOMAIN S2.5).
    known = bool(former) and case.record.mailbox and case.record.replies > 0
    return HandedOver(owner, second, suggested, known)


def _able(desk: Desk, tx: Transaction, case: OpenCase) -> list[str]:
    """Analysts of the manifest in use who may open the case and whose key is not lost."""
    gone = lost(desk, tx)
    return [
        one.name
        for one in desk.keyring.manifest.reviewers
        if one.role == Role.ANALYST and one.name in case.record.allowed and one.name not in gone
    ]


def _check_people(desk: Desk, tx: Transaction, case: OpenCase, owner: str, deputy: str) -> None:
    able = _able(desk, tx, case)
    if not owner:
        raise UserError("Nobody else may take this case.", f"Name somebody with --to, or admit a reviewer. {_NOTHING}")
    for name in filter(None, (owner, deputy)):
        if name not in able:
            raise UserError(f"{name} may not answer for this case.", f"Those who may: {', '.join(able)}. {_NOTHING}")
    if owner == deputy:
        raise UserError("Owner and deputy are two people.", f"Name another deputy with --deputy. {_NOTHING}")
    if (owner, deputy) == (case.facts.owner, case.facts.deputy):
        raise UserError(f"{owner} answers for this case already.", _NOTHING)


def _told(before: OpenCase, after: OpenCase, suggested: str, reason: str) -> str:
    """What the journal keeps, sealed with the case."""
    parts = [f"owner {before.facts.owner or '-'} → {after.facts.owner}"]
    if before.facts.deputy != after.facts.deputy:
        parts.append(f"deputy {before.facts.deputy or '-'} → {after.facts.deputy}")
    if after.facts.owner != suggested:
        parts.append(f"the turn was {suggested or 'nobody'}'s")
    return f"{', '.join(parts)}: {reason}"
