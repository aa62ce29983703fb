"""The cooperative's own words: put beside the finding at equal size, or refused with a reason that everyone may read.

Whoever answers shows that they may speak for the cooperative; the proof stays on the desk, sealed with the case. After
the publication the law gives three days from the receipt of a reply to its insertion (LCEN art. 1-1 III; décret
2007-1527): that timer runs until the version with the reply has left.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.desk.cases.entry_reading import changed, following, need_paper
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import EntryPaper, store_paper
from app.domain.draft import with_observation, with_refusal, with_reply
from app.domain.durations import month_of
from app.domain.entry import Entry
from app.domain.facts import State
from app.errors import UserError
from app.stores.desk import Transaction

PAPER = "authority"
AUTHORITY_MAX = 400
ANSWER_STATES = frozenset({State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED})
_SHOWN = ANSWER_STATES - {State.RIGHT_OF_REPLY}
_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Received:
    """How an answer came: the day (None: today), the proof that its author may speak, and what it claims to be.

    `legal` claims the legal right of reply; `observation` is a later word, beside the reply that stands.
    """

    day: date | None = None
    authority: str = field(default="", repr=False)
    legal: bool = False
    observation: bool = False


POSTED = Received()


def answer_entry(desk: Desk, case_id: str, text: str, received: Received = POSTED) -> None:
    """Put the cooperative's answer beside the finding, at equal size, or one more observation beside its answer.

    Raises:
        UserError: no notice was made, no proof of authority where one is needed, or the text is not plain.
        EntryError: it is longer than what it answers may be, or another answer stands there.
    """
    text = check_plain(text, "The answer")
    if received.observation and not received.authority:
        raise _unproven()
    put = with_observation if received.observation else with_reply
    _record(desk, case_id, received, told="answer", change=lambda entry: put(entry, text, desk.today))


def refuse_answer(desk: Desk, case_id: str, reason: str, received: Received = POSTED) -> None:
    """Write beside the finding why an answer is not published: its author showed no authority, or names a third person.

    Raises:
        UserError: no notice was made, or the reason is not plain.
        EntryError: the reason is too long, or an answer stands there already.
    """
    reason = check_plain(reason, "The reason")
    _record(desk, case_id, received, told="refuse answer", change=lambda entry: with_refusal(entry, reason))


def authorities(tx: Transaction, case: OpenCase) -> list[dict[str, Any]]:
    """The proofs of authority of a case: `day`, `authority`, `legal`, `refused`, oldest first."""
    return list(case.paper(tx, PAPER) or ())


def _record(desk: Desk, case_id: str, received: Received, *, told: str, change: Any) -> None:
    received = _checked(desk, received)
    refused = told != "answer"
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        paper = need_paper(case, tx)
        if paper.entry is None or case.facts.state not in ANSWER_STATES:
            raise UserError("The cooperative answers once it has its notice.", _NOTHING)
        if case.facts.state in _SHOWN and not (received.authority or refused):
            raise _unproven()
        store_paper(case, tx, changed(paper, _next(paper, paper.entry, change, month_of(desk.today))))
        facts: dict[str, Any] = {
            "exported": False,
            "answered": case.facts.answered or not (refused or received.observation),
        }
        if received.legal and case.facts.state in _SHOWN:
            # The timer runs from the earliest request that still waits, whichever is typed first.
            waits = case.facts.legal_reply_on if not paper.exported else None
            arrived = received.day or desk.today
            facts["legal_reply_on"] = min(waits or arrived, arrived)
        elif paper.exported:
            facts["legal_reply_on"] = None
        case = desk.save(tx, case, case.with_facts(**facts))
        if received.authority:
            one = {"day": str(received.day), "authority": received.authority, "legal": received.legal}
            case.put_paper(tx, PAPER, [*authorities(tx, case), one | {"refused": refused}])
        desk.log(tx, told, case=case, reason="legal right of reply" if received.legal else "")


def _next(paper: EntryPaper, entry: Entry, change: Any, month: str) -> Entry:
    """The record with the answer: a new version when the one that stands here has left."""
    if paper.published is None:
        made: Entry = change(entry)
        return made
    later = replace(entry, version=entry.version + 1) if paper.exported else entry
    return following(paper.published, change(later), month)


def _checked(desk: Desk, received: Received) -> Received:
    day = received.day or desk.today
    if day > desk.today:
        raise UserError("An answer is not received on a day to come.", _NOTHING)
    authority = check_plain(received.authority, "The proof of authority") if received.authority else ""
    if len(authority) > AUTHORITY_MAX:
        raise UserError(f"A proof of authority is told in {AUTHORITY_MAX} characters.", _NOTHING)
    if received.legal and not authority:
        raise _unproven()
    return replace(received, day=day, authority=authority)


def _unproven() -> UserError:
    return UserError(
        "Who answers after the publication shows that they may speak for the cooperative.",
        f'Say which proof you hold: --authority "extrait Kbis, président du conseil". {_NOTHING}',
    )
