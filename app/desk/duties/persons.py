"""The persons whom a case concerns: told within a month, unless that would defeat the inquiry (GDPR art. 14).

Kept in the paper `persons` of each case, by role rather than by name where a role will do. A reason to wait is written
down, and looked at again every 30 days. The letter says what is processed and which rights there are; never the source.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from app.desk.cases.decisions import check_awake
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.texts import reporter_texts
from app.desk.duties.persons_letter import letter
from app.domain.duties import inform_by, review_by
from app.domain.facts import State
from app.domain.gate import overlap
from app.errors import UserError
from app.stores.desk import Transaction
from app.transfer.files import PartFile
from app.transfer.memory import check_in_memory

PAPER = "persons"
ROLE_MAX = 160
DUE, DEFERRED, INFORMED = "due", "deferred", "informed"
_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Person:
    """One person of one case.

    Attributes:
        role: who it is, as far as the desk needs to know.
        status: DUE, DEFERRED or INFORMED.
        due: the next day on which something must happen; None once the person is informed.
        reasons: day and reason of each deferral.
        informed: the day of the letter.
        requests: requests of the register of access that are about this person.
    """

    id: str
    role: str = field(repr=False)
    status: str
    due: date | None
    reasons: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    informed: date | None = None
    requests: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        days = {"due": self.due and self.due.isoformat(), "informed": self.informed and self.informed.isoformat()}
        return vars(self) | days | {"reasons": [list(one) for one in self.reasons], "requests": list(self.requests)}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Person:
        days = {name: value[name] and date.fromisoformat(value[name]) for name in ("due", "informed")}
        reasons = tuple((day, reason) for day, reason in value["reasons"])
        return cls(**value | days | {"reasons": reasons, "requests": tuple(value["requests"])})


def persons_of(tx: Transaction, case: OpenCase) -> list[Person]:
    """The persons of a case, in the order in which they were added."""
    return [Person.from_dict(one) for one in case.paper(tx, PAPER) or ()]


def list_persons(desk: Desk, case_id: str) -> list[Person]:
    """The same for a command."""
    with desk.store.reading() as tx:
        return persons_of(tx, desk.case(tx, case_id))


def add_person(desk: Desk, case_id: str, role: str) -> Person:
    """Note that a case concerns somebody: one month from today, or from the day it came to assessment.

    Raises:
        UserError: not one short line, or a case that sleeps.
    """
    role = check_plain(role, "The role")
    if len(role) > ROLE_MAX or "\n" in role:
        raise UserError(f"A role is one line of at most {ROLE_MAX} characters.", _NOTHING)
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        facts = case.facts
        named = facts.entered if facts.state is State.ASSESSMENT else desk.today
        person = Person(secrets.token_hex(3), role, DUE, inform_by(named))
        _store(desk, tx, case, [*persons_of(tx, case), person])
        desk.log(tx, "person", case=case, reason=f"{person.id}: {role}")
    return person


def defer(desk: Desk, case_id: str, person_id: str, reason: str) -> Person:
    """Wait with telling somebody, for a reason that is looked at again in 30 days.

    Raises:
        UserError: no reason, nobody of that id, or somebody who was told already.
    """
    reason = check_plain(reason, "The reason")
    day = desk.today.isoformat()

    def change(person: Person) -> Person:
        reasons = (*person.reasons, (day, reason))
        return replace(person, status=DEFERRED, due=review_by(desk.today), reasons=reasons)

    return _change(desk, case_id, person_id, change, told=reason, action="defer person")


def inform(desk: Desk, case_id: str, person_id: str, path: Path) -> Person:
    """Write the letter and record the day.

    Raises:
        UserError: nobody of that id, told already, a place on a disk, or a letter with words of the reporter.
    """
    desk.check_analyst()
    if not desk.settings.trial:
        check_in_memory(path, "The letter")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        person = _find(tx, case, person_id)
        text = letter(case.facts, person.role, desk.today, desk.settings.registry)
        place = overlap(text, reporter_texts(desk, case, tx))
    if place:
        raise UserError(
            f"The letter would repeat the reporter's own words ({place}).", f"Name the role in your words. {_NOTHING}"
        )

    def change(one: Person) -> Person:
        return replace(one, status=INFORMED, due=None, informed=desk.today)

    with PartFile(path) as part:
        part.write(text.encode())
        informed = _change(desk, case_id, person_id, change, told="", action="inform person")
        part.keep()
    return informed


def link_request(desk: Desk, tx: Transaction, case: OpenCase, request_id: str, person_id: str) -> None:
    """Note in the case that a request of access comes from this person of it: the register itself names no case."""
    linked = [
        replace(one, requests=tuple(dict.fromkeys([*one.requests, request_id]))) if one.id == person_id else one
        for one in persons_of(tx, case)
    ]
    _store(desk, tx, case, linked)


def _change(desk: Desk, case_id: str, person_id: str, change: Any, *, told: str, action: str) -> Person:
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        changed: Person = change(_find(tx, case, person_id))
        persons = [changed if one.id == person_id else one for one in persons_of(tx, case)]
        _store(desk, tx, case, persons)
        desk.log(tx, action, case=case, reason=f"{person_id}: {told}" if told else person_id)
    return changed


def _find(tx: Transaction, case: OpenCase, person_id: str) -> Person:
    person = next((one for one in persons_of(tx, case) if one.id == person_id), None)
    if person is None:
        raise UserError("This case has no person of that id.", f"See them with: sourdine desk person list. {_NOTHING}")
    if person.status == INFORMED:
        raise UserError("This person was informed already.", _NOTHING)
    return person


def _store(desk: Desk, tx: Transaction, case: OpenCase, persons: list[Person]) -> None:
    """With a new version of the case, so that two reviewers never overwrite one another."""
    saved = desk.save(tx, case, case.record)
    saved.put_paper(tx, PAPER, [one.to_dict() for one in persons])
