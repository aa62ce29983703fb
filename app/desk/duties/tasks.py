"""Everything that is due beside the deadlines of the states: one list, the most urgent first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.desk.cases import followup, review
from app.desk.cases.handover import ownerless
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.family import left_open, unended, with_paper
from app.desk.duties import access, persons
from app.domain.duties import REQUESTS, Words
from app.stores.desk import Transaction


@dataclass(frozen=True)
class Task:
    """One thing to do.

    Attributes:
        case_id, label: of the case; empty for what concerns the desk as a whole.
        what: in French and in English.
        due: the last good day.
    """

    case_id: str
    label: str
    what: Words
    due: date
    overdue: bool = False

    def to_dict(self) -> dict[str, Any]:
        french, english = self.what
        return vars(self) | {"what": english, "what_fr": french, "due": self.due.isoformat()}


Found = tuple[OpenCase | None, Words, date]


def tasks(desk: Desk) -> list[Task]:
    """What this reviewer may know of, and has or will have to do."""
    with desk.store.reading() as tx:
        found = [one for source in SOURCES for one in source(desk, tx)]
    listed = [
        Task(case.id if case else "", case.record.label if case else "", what, due, overdue=desk.today > due)
        for case, what, due in found
    ]
    return sorted(listed, key=lambda one: (one.due, one.case_id, one.what))


def _persons(desk: Desk, tx: Transaction) -> Iterator[Found]:
    for case in with_paper(desk, tx, persons.PAPER):
        for one in persons.persons_of(tx, case):
            if one.due is None:
                continue
            if one.status == persons.DEFERRED:
                words = ("revoir le motif de report de l'information", "look again at why the person is not told")
            else:
                words = ("informer la personne concernée", "tell the person concerned")
            yield case, (f"{words[0]} ({one.id})", f"{words[1]} ({one.id})"), one.due


def _recommendations(desk: Desk, tx: Transaction) -> Iterator[Found]:
    for case, one in followup.all_recommendations(desk, tx):
        if one.outcome not in followup.SETTLED:
            words = ("suite donnée à la recommandation", "what came of the recommendation")
            yield case, (f"{words[0]} ({one.id})", f"{words[1]} ({one.id})"), one.due
        look = one.next_check
        if look:
            words = ("vérifier où en est la recommandation", "check where the recommendation stands")
            yield case, (f"{words[0]} ({one.id})", f"{words[1]} ({one.id})"), look.due


def _requests(desk: Desk, tx: Transaction) -> Iterator[Found]:
    for one in access.requests(desk, tx):
        if one.answered is None:
            french, english = REQUESTS[one.kind]
            yield None, (f"répondre à la demande {one.id} : {french}", f"answer request {one.id}: {english}"), one.due


def _reviews(desk: Desk, tx: Transaction) -> Iterator[Found]:
    for case, one in review.waiting(desk, tx):
        # Whoever worked on it has nothing to do, and the others see it.
        if desk.keyring.name not in review.hands(desk, tx, case):
            yield case, ("seconde lecture du dossier clos", "read the closed case again"), one.due


def _ownerless(desk: Desk, tx: Transaction) -> Iterator[Found]:
    for case in ownerless(desk, tx):
        yield case, ("nommer un responsable du dossier", "name an owner of the case"), desk.today


def _merged(desk: Desk, tx: Transaction) -> Iterator[Found]:
    for case, _ in left_open(desk, tx):
        if unended(case):
            french = "lire, accuser réception, écrire la réponse de clôture : le dossier où il est joint a pris fin"
            english = "read, acknowledge, send the closing reply: the case it was merged into has ended"
            yield case, (french, english), desk.today


SOURCES: tuple[Callable[[Desk, Transaction], Iterator[Found]], ...] = (
    _persons,
    _recommendations,
    _requests,
    _reviews,
    _ownerless,
    _merged,
)
