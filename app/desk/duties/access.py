"""Requests of persons concerned (GDPR art. 15 to 17 and 21): a register, answers, and an extract without the reporter.

Every reviewer sees the register, so it names no case: which cases an extract was drawn from is noted in those cases, in
the paper `persons`. An extract holds what the analysts themselves established and made known, in their words; never a
text, a day, a file or an answer of a report, and it is compared with all of them before it is written.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import load_paper
from app.desk.core.texts import reporter_texts
from app.desk.duties.access_page import About, extract_page
from app.desk.duties.persons import DEFERRED, Person, link_request, persons_of
from app.domain.duties import GROUNDS, OUTCOMES, REQUESTS, answer_by
from app.domain.entry import Entry
from app.domain.facts import CaseFacts
from app.domain.gate import overlap
from app.errors import UserError
from app.stores.desk import Transaction
from app.transfer.files import PartFile
from app.transfer.memory import check_in_memory

KIND = "access"
NAME_MAX = 200
_NOTHING = "Nothing was changed."
_LIST = "sourdine desk person list"


@dataclass(frozen=True)
class Request:
    """One line of the register.

    Attributes:
        day: received; `due`: the last day to answer.
        requester: the name as it was given.
        kind, outcome, ground: codes of REQUESTS, OUTCOMES, GROUNDS.
        answered: the day of the answer; None while it is open.
        extended: told that it takes two months more, and why.
    """

    id: str
    day: date
    requester: str = field(repr=False)
    kind: str
    answered: date | None = None
    outcome: str = ""
    ground: str = ""
    extended: str = ""

    @property
    def due(self) -> date:
        return answer_by(self.day, extended=bool(self.extended))

    def to_dict(self) -> dict[str, Any]:
        return vars(self) | {"day": self.day.isoformat(), "answered": self.answered and self.answered.isoformat()}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Request:
        answered = value["answered"] and date.fromisoformat(value["answered"])
        return cls(**value | {"day": date.fromisoformat(value["day"]), "answered": answered})


def requests(desk: Desk, tx: Transaction) -> list[Request]:
    """The register, oldest first."""
    found = [Request.from_dict(one) for one in desk.shared(tx, KIND).values()]
    return sorted(found, key=lambda one: (one.day, one.id))


def list_requests(desk: Desk) -> list[Request]:
    """The same for a command."""
    with desk.store.reading() as tx:
        return requests(desk, tx)


def add_request(desk: Desk, requester: str, kind: str, day: date | None = None) -> Request:
    """Enter a request.

    Args:
        day: received, if it was not today.

    Raises:
        UserError: an unknown kind, a day to come, or not one short line.
    """
    requester = _of_no_case(desk, check_plain(requester, "The name"))
    if len(requester) > NAME_MAX or "\n" in requester or kind not in REQUESTS or (day or desk.today) > desk.today:
        raise UserError(
            f"A request has a name on one line, one of {', '.join(REQUESTS)}, and a day that has come.", _NOTHING
        )
    desk.check_analyst()
    request = Request(secrets.token_hex(4), day or desk.today, requester, kind)
    with desk.store.writing() as tx:
        desk.put_shared(tx, KIND, request.id, request.to_dict())
        desk.log(tx, "access request", subject=f"request {request.id}")
    return request


def extend(desk: Desk, request_id: str, reason: str) -> Request:
    """Two months more, once; the person is told so within the first month (GDPR art. 12(3)).

    Raises:
        UserError: no reason, or a request that was answered, extended already or is late.
    """
    reason = _of_no_case(desk, check_plain(reason, "The reason"))
    request = _open(desk, request_id)
    if request.extended or desk.today > request.due:
        raise UserError("This request was extended already, or its month is over.", f"Answer it. {_NOTHING}")
    return _put(desk, request, "access extended", {"extended": reason})


def answer(desk: Desk, request_id: str, outcome: str, ground: str = "") -> Request:
    """Record what was answered.

    Raises:
        UserError: an unknown outcome, a refusal without its ground, or a request that was answered already.
    """
    if outcome not in OUTCOMES or (outcome == "granted") == bool(ground) or (ground and ground not in GROUNDS):
        raise UserError(
            f"An answer is one of {', '.join(OUTCOMES)}; whatever is refused has a ground of the list.",
            f"The grounds: {', '.join(GROUNDS)}. {_NOTHING}",
        )
    changes = {"answered": desk.today, "outcome": outcome, "ground": ground}
    return _put(desk, _open(desk, request_id), "access answer", changes)


def extract(desk: Desk, request_id: str, case_ids: Sequence[str], path: Path, *, persons: Sequence[str] = ()) -> None:
    """Write what may be told to one person of these cases, and note in each that it was.

    Args:
        persons: which person of a case the request comes from, by the id that `person list` shows; needed for every
            case that concerns several.

    Raises:
        UserError: no such request, a case without persons concerned or with several and none chosen, one of whom must
            not know yet, a place on a disk, or something that repeats words of a reporter.
    """
    desk.check_analyst()
    if not desk.settings.trial:
        check_in_memory(path, "The extract")
    request = _open(desk, request_id)
    with desk.store.reading() as tx:
        cases = [desk.case(tx, one) for one in dict.fromkeys(case_ids)]
        chosen = {case.id: _the_person(case, persons_of(tx, case), persons) for case in cases}
        if set(persons) - {one.id for one in chosen.values()}:
            raise UserError("One of these persons is in none of these cases.", f"See: {_LIST}. Nothing was written.")
        about = [_about(tx, case, chosen[case.id]) for case in cases]
        texts = [text for case in cases for text in reporter_texts(desk, case, tx)]
    page = compose(request, about, texts, desk.today)
    with PartFile(path) as part:
        part.write(page.encode())
        with desk.store.writing() as tx:
            for case in cases:
                now = desk.case(tx, case.id)
                link_request(desk, tx, now, request.id, chosen[case.id].id)
                desk.log(tx, "access extract", case=now, reason=f"request {request.id}, person {chosen[case.id].id}")
        part.keep()


def compose(request: Request, about: Sequence[About], texts: Sequence[str], today: date) -> str:
    """The page, if nothing in it comes from these texts.

    Raises:
        UserError: six words in a row do.
    """
    page = extract_page(request.requester, REQUESTS[request.kind][0], about, today)
    place = overlap(page, texts)
    if place:
        raise UserError(
            f"The extract would repeat words of a report ({place}).",
            "Nothing was written. Word the role of the person differently, or refuse with the ground `source`.",
        )
    return page


def _of_no_case(desk: Desk, text: str) -> str:
    """The text, if it names no case: the register is read by those who may not open it.

    Raises:
        UserError: the number or the label of a case stands in it.
    """
    with desk.store.reading() as tx:
        names = {name for case in desk.cases(tx) for name in (case.id, case.record.label) if name}
    if any(name.casefold() in text.casefold() for name in names):
        raise UserError(
            "This names a case, and every reviewer reads the register of access.",
            f"Leave the number out: the case notes the request when an extract is made. {_NOTHING}",
        )
    return text


def _the_person(case: OpenCase, there: Sequence[Person], wanted: Sequence[str]) -> Person:
    """The one person of a case whom an extract is about: what is noted of the others is theirs."""
    if not there:
        raise UserError(
            f"Case {case.id} names nobody as concerned.", "Add the person first: sourdine desk person add. " + _NOTHING
        )
    found = list(there) if len(there) == 1 else [one for one in there if one.id in wanted]
    if len(found) != 1:
        raise UserError(
            f"Case {case.id} concerns several persons, and an extract is about one of them.",
            f"Say which one with --person; see: {_LIST}. Nothing was written.",
        )
    return found[0]


def _about(tx: Transaction, case: OpenCase, person: Person) -> About:
    if person.status == DEFERRED:
        raise UserError(
            f"In case {case.id}, telling the person was deferred: an extract would tell.",
            "Answer with the ground `inquiry`, or inform the person first. Nothing was written.",
        )
    return About(person.role, _public_facts(case.facts), _made_known(tx, case), bool(person.informed))


def _public_facts(facts: CaseFacts) -> tuple[str, str, str]:
    return (facts.category, facts.subcode, str(facts.state))


def _made_known(tx: Transaction, case: OpenCase) -> str:
    """The finding that the cooperative was told of or the public reads; a draft is neither."""
    paper = load_paper(case, tx)
    if paper is None:
        return ""
    if isinstance(paper.published, Entry):
        return paper.published.finding.text
    told = paper.told or paper.entry
    return told.finding.text if told and case.facts.notice_on else ""


def _open(desk: Desk, request_id: str) -> Request:
    found = next((one for one in list_requests(desk) if one.id == request_id), None)
    if found is None:
        raise UserError("There is no such request.", f"See them with: sourdine desk access list. {_NOTHING}")
    if found.answered:
        raise UserError("This request was answered already.", _NOTHING)
    return found


def _put(desk: Desk, request: Request, action: str, changes: dict[str, Any]) -> Request:
    desk.check_analyst()
    changed = Request(**vars(request) | changes)
    with desk.store.writing() as tx:
        desk.put_shared(tx, KIND, request.id, changed.to_dict())
        desk.log(tx, action, subject=f"request {request.id}")
    return changed
