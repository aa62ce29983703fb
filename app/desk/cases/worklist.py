"""The work list: what is due first and why, as values that the command line and the page both show."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from app.desk.cases.search import matching
from app.desk.circle.clusters import systemic_cases
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.signatures import OTHER_COLLEGE
from app.domain.deadlines import URGENT, Due, due
from app.domain.facts import State
from app.domain.lateness import lateness
from app.domain.stemming import squashed
from app.domain.taxonomy import CATEGORIES, SEVERITIES
from app.errors import UsageError
from app.stores.desk import Transaction

DECISION = "decision"  # where `twofold` keeps what waits for its second signature
NOBODY = "-"


@dataclass(frozen=True)
class Listed:
    """One line of the work list.

    Attributes:
        cooperative: the one that was established, else the one that the form names.
        late: how near the deadline is, in words; `late_fr`: the same in French.
        urgent: severity 4, or a flag of retaliation: it stands on top of its day.
        waiting_for: whose signature a decision about this case waits for.
        unread: the reporter wrote, to it or to a case that was merged into it, and nobody has opened it since.
        systemic: part of a problem that several cases tell of (DOMAIN §3.2).
    """

    id: str
    label: str
    state: str
    due: Due
    owner: str
    mailbox: bool
    severity: int | None = None
    category: str = ""
    cooperative: str = ""
    late: str = ""
    late_fr: str = ""
    retaliation: bool = False
    channel: str = "onion"
    waiting_for: str = ""
    unread: bool = False
    systemic: bool = False

    @cached_property
    def urgent(self) -> bool:
        return self.retaliation or self.severity == URGENT

    @cached_property
    def sort_key(self) -> tuple[Any, ...]:
        """What is due first, then what is urgent, then what is severe."""
        return (*self.due.sort_key, not self.urgent, -(self.severity or 0), self.id)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "label": self.label,
            "state": self.state,
            "due": self.due.day.isoformat() if self.due.day else None,
            "why": self.due.why,
            "overdue": self.due.overdue,
            "late": self.late,
            "owner": self.owner,
            "mailbox": self.mailbox,
            "severity": self.severity,
            "category": self.category,
            "cooperative": self.cooperative,
            "retaliation": self.retaliation,
            "channel": self.channel,
            "waiting_for": self.waiting_for,
            "unread": self.unread,
            "systemic": self.systemic,
        }


@dataclass(frozen=True)
class Filters:
    """What to leave out; an empty filter leaves nothing out.

    Attributes:
        cooperative: a part of its name, whatever the accents and capitals.
        owner: a name, or NOBODY for cases without an owner.
        query: words to search for, as in `search`.
        purged: list tombstones too.
    """

    state: str = ""
    severity: int | None = None
    category: str = ""
    cooperative: str = ""
    owner: str = ""
    query: str = ""
    overdue: bool = False
    purged: bool = False


@dataclass(frozen=True)
class _Signs:
    """What stands beside the cases: those with a decision that waits, with something to read, of a systemic problem."""

    waiting: Collection[str]
    unread: Collection[str]
    systemic: Collection[str]

    def of(self, case_id: str) -> tuple[bool, bool, bool]:
        return case_id in self.waiting, case_id in self.unread, case_id in self.systemic


EVERYTHING = Filters()


def work_list(desk: Desk, filters: Filters = EVERYTHING) -> list[Listed]:
    """The cases of this reviewer, what is due first at the top. A merged case is found in the one it is decided with.

    Raises:
        UsageError: there is no such state, category or severity.
    """
    _check(filters)
    found = matching(desk, filters.query) if filters.query.strip() else None
    with desk.shelf.lock, desk.store.reading() as tx:
        waiting = tx.waiting_papers(DECISION)
        cases = {case.id: case for case in desk.cases(tx)}
        lines = _lines(desk, cases, _Signs(waiting, _to_read(desk, tx, cases), systemic_cases(desk, tx)))
    if found is not None:  # what a merged case says is found in the one it is decided with
        found |= {case.record.merged_into for case in cases.values() if case.id in found}
    kept = [
        lines[case.id]
        for case in cases.values()
        if (case.record.merged_into not in cases or _flagged(case))
        and (filters.purged or case.record.purged is None)
        and (found is None or case.id in found)
    ]
    fitting = [line for line in kept if _fits(line, filters)]
    return sorted(fitting, key=lambda line: line.sort_key)


def list_cases(desk: Desk) -> list[Listed]:
    """The work list without filters."""
    return work_list(desk)


def is_unread(case: OpenCase, messages: int) -> bool:
    """Whether nobody has opened a case yet, or it has messages that were not there when somebody last did."""
    record = case.record
    if record.purged is not None:
        return False
    # What was merged is opened with the other, and never by itself.
    return messages > record.read or not (case.facts.opened or record.merged_into)


def _flagged(case: OpenCase) -> bool:
    """A flag of retaliation is answered from the case itself, so that a merged one stands on the list for it."""
    return case.facts.retaliation_on is not None and case.record.purged is None


def listed_case(
    case: OpenCase, today: date, *, waiting: bool = False, unread: bool = False, systemic: bool = False
) -> Listed:
    """The line of one case."""
    facts, record = case.facts, case.record
    deadline = due(facts, today)
    if record.asleep and not _flagged(case):
        deadline = Due(None, "purged" if record.purged else "decided with another case")
    french, english = lateness(deadline, today)
    return Listed(
        id=case.id,
        label=record.label,
        state=str(facts.state),
        due=deadline,
        owner=facts.owner,
        mailbox=record.mailbox,
        severity=facts.severity,
        category=facts.category,
        cooperative=facts.cooperative or record.fields.get("cooperative", ""),
        late=english,
        late_fr=french,
        retaliation=record.retaliation,
        channel=record.channel,
        waiting_for=OTHER_COLLEGE if waiting else "",
        unread=unread,
        systemic=systemic,
    )


def _to_read(desk: Desk, tx: Transaction, cases: Mapping[str, OpenCase]) -> set[str]:
    """The cases to open. A message never joins without its case being saved: while no case changed, nothing came."""
    kept = desk.shelf.lines
    if len(kept) == len(cases) and all(key in kept and kept[key][0] is case for key, case in cases.items()):
        return {key for key, made in kept.items() if made[3]}
    return _unread(cases, tx.message_counts())


def _unread(cases: Mapping[str, OpenCase], counts: Mapping[str, int]) -> set[str]:
    """The cases to open: what came to a merged one is read in the one that it is decided with."""
    found = {case.id for case in cases.values() if is_unread(case, counts.get(case.id, 0))}
    return found | {cases[case_id].record.merged_into for case_id in found}


def _lines(desk: Desk, cases: Mapping[str, OpenCase], signs: _Signs) -> dict[str, Listed]:
    """A line for each case, made once a day for each change of it: ten thousand take longer than people wait."""
    today, kept, lines = desk.today, desk.shelf.lines, {}
    for case in cases.values():
        waits, unread, systemic = signs.of(case.id)
        made = kept.get(case.id)
        if made is None or made[0] is not case or made[1:5] != (today, waits, unread, systemic):
            line = listed_case(case, today, waiting=waits, unread=unread, systemic=systemic)
            made = (case, today, waits, unread, systemic, line)
        lines[case.id] = made
    desk.shelf.lines = lines
    return {case_id: made[-1] for case_id, made in lines.items()}


def check_owner(desk: Desk, name: str) -> None:
    """Whether a case can be that person's.

    Raises:
        UsageError: nobody of that name is a reviewer, or owns a case that this one may open.
    """
    with desk.store.reading() as tx:
        known = {one.name for one in tx.reviewers()} | {case.facts.owner for case in desk.cases(tx)}
    names = sorted(known - {""})
    if name and name not in {NOBODY, *names}:
        raise UsageError(f"There is no owner named {name}.", f"Owners: {', '.join(names)}, or {NOBODY} for nobody.")


def _check(filters: Filters) -> None:
    if filters.state and filters.state not in set(State):
        raise UsageError(f"There is no state named {filters.state}.", f"States: {', '.join(State)}.")
    if filters.category and filters.category not in CATEGORIES:
        raise UsageError(f"There is no category {filters.category}.", f"Categories: {', '.join(CATEGORIES)}.")
    if filters.severity is not None and filters.severity not in SEVERITIES:
        told = ", ".join(str(one) for one in sorted(SEVERITIES))
        raise UsageError(f"There is no severity {filters.severity}.", f"Severities: {told}.")


def _fits(line: Listed, wanted: Filters) -> bool:
    owner = "" if wanted.owner == NOBODY else wanted.owner
    return (
        (not wanted.state or line.state == wanted.state)
        and (wanted.severity is None or line.severity == wanted.severity)
        and (not wanted.category or line.category == wanted.category)
        and (not wanted.owner or line.owner == owner)
        and (not wanted.overdue or line.due.overdue)
        and (not wanted.cooperative or squashed(wanted.cooperative) in squashed(line.cooperative))
    )
