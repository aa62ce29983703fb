"""Cases that belong together: those merged into one, and those split from one (docs/operations/daily-work.md).

The pointer lies in the case that was merged or split, sealed under its own key, and nowhere else: whoever may not open
that case finds nothing here, not even a count.
"""

from __future__ import annotations

from dataclasses import replace

from app.desk.core.bench import Desk, OpenCase
from app.domain.facts import CaseFacts, State
from app.errors import UserError
from app.stores.desk import Transaction

# Papers of a case that was split, and of one that was merged: they tell which few cases to open, not of which one.
CHOSEN = "split"
MERGED = "merged"
# Where a case takes along what was merged into it.
ENDS = frozenset({State.CLOSED, State.EXPIRED, State.WITHDRAWN})


def members(desk: Desk, tx: Transaction, case: OpenCase) -> list[OpenCase]:
    """The cases merged into this one, those that this reviewer may open."""
    return [
        one for one in with_paper(desk, tx, MERGED) if one.record.merged_into == case.id and one.record.purged is None
    ]


def children(desk: Desk, tx: Transaction, case: OpenCase) -> list[OpenCase]:
    """The cases split from this one, those that this reviewer may open."""
    return [one for one in with_paper(desk, tx, CHOSEN) if one.record.split_from == case.id]


def source_of(desk: Desk, tx: Transaction, case: OpenCase) -> OpenCase | None:
    """The case whose messages a split case shares; None for any other.

    Raises:
        UserError: this reviewer may not open it, or it is gone: without its texts nothing can be judged.
    """
    if not case.record.split_from:
        return None
    source = desk.find(tx, case.record.split_from)
    if source is None:
        raise UserError(
            "The messages of this case cannot be read by you.", "Another reviewer must do this. Nothing was changed."
        )
    return source


def kin(desk: Desk, tx: Transaction, case: OpenCase) -> list[OpenCase]:
    """This case and every case whose reporter it may speak of: sources, members, and theirs.

    Raises:
        UserError: this reviewer may not open one of the sources.
    """
    found: dict[str, OpenCase] = {}
    waiting = [case]
    while waiting:
        one = waiting.pop()
        if one.id in found:
            continue
        found[one.id] = one
        source = source_of(desk, tx, one)
        waiting += [*members(desk, tx, one), *([source] if source else [])]
    return list(found.values())


def facts_with_kin(desk: Desk, tx: Transaction, case: OpenCase) -> CaseFacts:
    """The facts of a case with what its reporters said in another one: a split case has no mailbox of its own, and one
    « no » to publication holds for whatever rests on those words.

    Raises:
        UserError: this reviewer may not open one of the sources.
    """
    facts = case.facts
    source = source_of(desk, tx, case)
    if source and source.record.opinion_given:
        facts = replace(facts, reporter_opinion=source.facts.reporter_opinion)
    if any(one.record.opinion_given and one.facts.reporter_opinion == "no" for one in kin(desk, tx, case)):
        facts = replace(facts, reporter_opinion="no")
    return facts


def unheard(case: OpenCase) -> list[str]:
    """What is missing before this case is decided with another: somebody read it, and its reporter was told so."""
    missing = []
    if not case.facts.opened:
        missing.append(f"Nobody opened it yet. Type sourdine desk case show {case.id}.")
    if case.record.mailbox and not case.facts.acknowledged:
        missing.append(
            f"Its reporter has no acknowledgement. Type sourdine desk reply {case.id} --template acknowledgement."
        )
    return missing


def unended(case: OpenCase) -> list[str]:
    """What is missing before this case, merged into another, may close with it; empty for one that is closed."""
    if case.facts.state is State.CLOSED:
        return []
    missing = unheard(case)
    if case.record.mailbox and not case.facts.closing_reply:
        missing.append(
            f"It has a mailbox of its own: send its closing reply. Type sourdine desk reply {case.id} with "
            "--kind closing."
        )
    return missing


def before_close(desk: Desk, tx: Transaction, target: OpenCase, end: str = State.CLOSED) -> list[str]:
    """What is missing before a case may end with the cases merged into it: no report closes that nobody read, and
    each reporter gets their own replies.

    Where an entry ends, no closing reply can go out before the end; it is a task from then on.
    """
    asked = unended if end == State.CLOSED else unheard
    return [
        f"{one.record.label} ({one.id}) was merged into this case. {sentence}"
        for one in members(desk, tx, target)
        for sentence in asked(one)
    ]


def left_open(desk: Desk, tx: Transaction) -> list[tuple[OpenCase, OpenCase]]:
    """Members that are open although the case they were merged into has ended, each with that case."""
    merged = [one for one in with_paper(desk, tx, MERGED) if one.facts.state is not State.CLOSED]
    pairs = [(one, desk.find(tx, one.record.merged_into)) for one in merged if one.record.purged is None]
    return [(one, target) for one, target in pairs if target and target.facts.state in ENDS]


def close_members(desk: Desk, tx: Transaction, target: OpenCase, reason: str) -> list[str]:
    """Close every case that was decided with this one and misses nothing, in the transaction that ends this one.

    Returns:
        Their ids. Whatever still misses something stays, and is a task of its own.
    """
    closed = []
    for one in members(desk, tx, target):
        if one.facts.state is State.CLOSED or unended(one):
            continue
        told = f"{one.facts.state} → {State.CLOSED}, with the case it was merged into: {reason}"
        ended = one.with_facts(state=State.CLOSED, entered=desk.today, outcome=target.facts.outcome)
        desk.log(tx, "move", case=desk.save(tx, one, ended), reason=told)
        closed.append(one.id)
    return closed


def with_paper(desk: Desk, tx: Transaction, kind: str) -> list[OpenCase]:
    """The cases of this reviewer that have such a paper; no other one is opened."""
    return [one for case_id in sorted(tx.cases_with(kind)) if (one := desk.find(tx, case_id))]
