"""Which legal person a case is about: a reviewer's judgement on the reporter's words, recorded and reversible.

The directory only suggests. Whoever judges says why; the judgement stands in the case's own papers, where only those
see it who may open the case, and its reason in the journal, sealed. Reviewers with a link to any name of that legal
person are out of the case with it.
"""

from __future__ import annotations

from app.desk.cases.decisions import check_awake
from app.desk.cases.directory import open_book, person_of
from app.desk.cases.setting import VERIFIED
from app.desk.circle.links import keep_out, met, standing_links, texts_of
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.match_paper import PAPER, match_paper, matched
from app.desk.core.record import CaseRecord
from app.domain.cooperatives import may_be_same
from app.domain.legal_person import LegalPerson
from app.errors import UserError

_SAFE = "Nothing was changed."


def suggestions(desk: Desk, case_id: str) -> tuple[LegalPerson, ...]:
    """Who may be meant, likeliest first: by what analysts established, then by the reporter's words.

    Raises:
        UserError: no such case.
    """
    with desk.store.reading() as tx:
        case, book = desk.case(tx, case_id), open_book(desk, tx)
    texts = [text for text in reversed(texts_of(case.record)) if text]
    return tuple(dict.fromkeys(person for text in texts for person in book.suggest(text)))


def match(desk: Desk, case_id: str, cooperative_id: str, reason: str) -> LegalPerson:
    """Judge that the case is about this legal person.

    Raises:
        UserError: no such case or legal person, not this role, or two colleges verified the case about another one.
        BusyError: somebody changed the case meanwhile.
    """
    why = check_plain(reason, "The reason")
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        person = person_of(desk, tx, cooperative_id)
        before = case.facts.cooperative
        record = _established(case, person)
        act = {"id": person.id, "by": desk.keyring.name, "day": desk.today.isoformat(), "reason": why}
        known = match_paper(case, tx)
        first = known["before"] if known["person"] else before
        paper = {"acts": [*known["acts"], act], "person": person.to_dict(), "before": first}
        case.put_paper(tx, PAPER, paper)
        away = met(standing_links(desk, tx), (*person.names, *texts_of(record))) - set(record.let_in)
        desk.log(tx, "match", case=case, reason=f"{person.id}: {why}")
        if away & set(record.allowed):
            keep_out(desk, tx, case, away, record)
        else:
            desk.save(tx, case, record)
    return person


def unmatch(desk: Desk, case_id: str, reason: str) -> None:
    """Undo the judgement, whoever made it; the case is about what was written before it.

    Raises:
        UserError: no such case or judgement, or two colleges verified the case with it.
        BusyError: somebody changed the case meanwhile.
    """
    why = check_plain(reason, "The reason")
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        found = matched(case, tx)
        if found is None:
            raise UserError("Nobody judged which legal person this case is about.", _SAFE)
        known, record = match_paper(case, tx), case.record
        if case.facts.cooperative == _name(found.person) != known["before"]:
            if case.facts.state in VERIFIED:
                raise UserError(
                    "Two colleges verified this case with its cooperative.",
                    f"{_SAFE} Move the case back to assessment, undo it there, and let two colleges verify anew.",
                )
            record = case.with_facts(cooperative=known["before"])
        act = {"id": "", "by": desk.keyring.name, "day": desk.today.isoformat(), "reason": why}
        case.put_paper(tx, PAPER, {"acts": [*known["acts"], act], "person": None, "before": ""})
        desk.log(tx, "unmatch", case=case, reason=why)
        desk.save(tx, case, record)


def _established(case: OpenCase, person: LegalPerson) -> CaseRecord:
    """The record with the registered name; once two colleges verified it, only if that is the one they meant."""
    if case.facts.state not in VERIFIED:
        return case.with_facts(cooperative=_name(person))
    if not any(may_be_same(name, case.facts.cooperative) for name in person.names):
        raise UserError(
            "Two colleges verified this case about another cooperative.",
            f"{_SAFE} Move the case back to assessment, judge it there, and let two colleges verify anew.",
        )
    return case.record


def _name(person: LegalPerson) -> str:
    return person.names[0]
