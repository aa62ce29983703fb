"""What was recommended to whom, what came of it, and whether it still holds after 6 and 12 months (DOMAIN S1.7, S1.14,
S1.24).

A recommendation is in the words of the analysts: it is compared with every text of a reporter when it is written down,
so that it may leave in a letter, and may outlive the content of its case.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from app.desk.cases.decisions import check_awake
from app.desk.cases.followup_letter import letter
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.family import with_paper
from app.desk.core.texts import reporter_texts
from app.domain.duties import checks_of
from app.domain.gate import overlap
from app.errors import UserError
from app.stores.desk import Transaction
from app.transfer.files import write_whole
from app.transfer.memory import check_in_memory

PAPER = "recommendations"
OPEN = "open"
OUTCOMES = (OPEN, "accepted", "partial", "done", "refused")
# What was accepted is still to be done; these are settled.
SETTLED = frozenset({"done", "refused"})
LINE_MAX, TEXT_MAX = 200, 4000
_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Check:
    """A look at what became of it. `result` is empty until somebody looked."""

    due: date
    done: date | None = None
    result: str = field(default="", repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {"due": self.due.isoformat(), "done": self.done and self.done.isoformat(), "result": self.result}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Check:
        return cls(
            date.fromisoformat(value["due"]), value["done"] and date.fromisoformat(value["done"]), value["result"]
        )


@dataclass(frozen=True)
class Recommendation:
    """One recommendation of one case. `outcome` is one of OUTCOMES, of the day `settled`, with a note."""

    id: str
    addressee: str = field(repr=False)
    text: str = field(repr=False)
    made: date
    due: date
    checks: tuple[Check, ...]
    outcome: str = OPEN
    settled: date | None = None
    note: str = field(default="", repr=False)

    @property
    def next_check(self) -> Check | None:
        """The first look that nobody took yet."""
        return next((one for one in self.checks if one.done is None), None)

    def to_dict(self) -> dict[str, Any]:
        days = {"made": self.made.isoformat(), "due": self.due.isoformat()}
        settled = self.settled and self.settled.isoformat()
        return vars(self) | days | {"settled": settled, "checks": [one.to_dict() for one in self.checks]}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Recommendation:
        days = {name: value[name] and date.fromisoformat(value[name]) for name in ("made", "due", "settled")}
        return cls(**value | days | {"checks": tuple(Check.from_dict(one) for one in value["checks"])})


def recommendations_of(tx: Transaction, case: OpenCase) -> list[Recommendation]:
    """Those of one case, in the order in which they were made."""
    return [Recommendation.from_dict(one) for one in case.paper(tx, PAPER) or ()]


def all_recommendations(desk: Desk, tx: Transaction) -> list[tuple[OpenCase, Recommendation]]:
    """Those of every case that this reviewer may open: the annual report lists the open ones."""
    return [(case, one) for case in with_paper(desk, tx, PAPER) for one in recommendations_of(tx, case)]


def carried(tx: Transaction, case: OpenCase) -> list[dict[str, Any]]:
    """What stays when the content of a case is destroyed: recommendations that still have to be looked at."""
    return [one.to_dict() for one in recommendations_of(tx, case) if one.next_check]


def recommend(desk: Desk, case_id: str, addressee: str, text: str, *, due: date) -> Recommendation:
    """Write a recommendation down; its two checks are made with it.

    Raises:
        UserError: an addressee that is no short line, a day that has passed, or words of a reporter.
    """
    addressee, text = check_plain(addressee, "The addressee"), check_plain(text, "The recommendation")
    if len(addressee) > LINE_MAX or "\n" in addressee or len(text) > TEXT_MAX or due <= desk.today:
        raise UserError(
            f"A recommendation has an addressee on one line, at most {TEXT_MAX} characters, and a day to come.",
            _NOTHING,
        )
    desk.check_analyst()
    checks = tuple(Check(day) for day in checks_of(desk.today))
    made = Recommendation(secrets.token_hex(3), addressee, text, desk.today, due, checks)
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        place = overlap(f"{addressee}\n{text}", reporter_texts(desk, case, tx))
        if place:
            raise UserError(
                f"The recommendation repeats the reporter's own words ({place}).",
                f"Write it in your words. {_NOTHING}",
            )
        _store(desk, tx, case, [*recommendations_of(tx, case), made])
        desk.log(tx, "recommend", case=case, reason=f"{made.id} to {addressee}")
    return made


def set_outcome(desk: Desk, case_id: str, recommendation_id: str, outcome: str, note: str = "") -> Recommendation:
    """Record what the addressee answered or did.

    Raises:
        UserError: an unknown outcome, or no such recommendation.
    """
    if outcome not in OUTCOMES:
        raise UserError(f"An outcome is one of {', '.join(OUTCOMES)}.", _NOTHING)
    note = check_plain(note, "The note") if note else ""

    def change(one: Recommendation) -> Recommendation:
        return replace(one, outcome=outcome, note=note, settled=None if outcome == OPEN else desk.today)

    return _change(desk, case_id, recommendation_id, change, told=f"outcome {outcome}")


def check(desk: Desk, case_id: str, recommendation_id: str, result: str) -> Recommendation:
    """Record a look at what became of it: the first that nobody took yet.

    Raises:
        UserError: no result, no such recommendation, or both looks were taken.
    """
    result = check_plain(result, "The result")

    def change(one: Recommendation) -> Recommendation:
        wanted = one.next_check
        if wanted is None:
            raise UserError("Both checks of this recommendation were made.", _NOTHING)
        made = replace(wanted, done=desk.today, result=result)
        return replace(one, checks=tuple(made if old is wanted else old for old in one.checks))

    return _change(desk, case_id, recommendation_id, change, told="check")


def write_letter(desk: Desk, case_id: str, recommendation_id: str, path: Path) -> None:
    """Write the letter to the addressee.

    Raises:
        UserError: no such recommendation, a place on a disk, or one that refuses.
    """
    if not desk.settings.trial:
        check_in_memory(path, "The letter")
    with desk.store.reading() as tx:
        one = find_recommendation(tx, desk.case(tx, case_id), recommendation_id)
    write_whole(path, [letter(one.addressee, one.text, one.due, desk.today).encode()])
    with desk.store.writing() as tx:
        desk.log(tx, "recommend letter", case=desk.case(tx, case_id), reason=recommendation_id)


def _change(
    desk: Desk,
    case_id: str,
    recommendation_id: str,
    change: Callable[[Recommendation], Recommendation],
    *,
    told: str,
) -> Recommendation:
    """A case whose content was destroyed keeps its recommendations: they may still be answered and looked at."""
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        changed = change(find_recommendation(tx, case, recommendation_id))
        _store(desk, tx, case, [changed if one.id == changed.id else one for one in recommendations_of(tx, case)])
        desk.log(tx, "follow up", case=case, reason=f"{recommendation_id}: {told}")
    return changed


def find_recommendation(tx: Transaction, case: OpenCase, recommendation_id: str) -> Recommendation:
    """One recommendation of a case.

    Raises:
        UserError: there is none of that id.
    """
    found = next((one for one in recommendations_of(tx, case) if one.id == recommendation_id), None)
    if found is None:
        raise UserError(
            "This case has no such recommendation.", f"See them with: sourdine desk recommend list. {_NOTHING}"
        )
    return found


def _store(desk: Desk, tx: Transaction, case: OpenCase, made: list[Recommendation]) -> None:
    saved = desk.save(tx, case, case.record)
    saved.put_paper(tx, PAPER, [one.to_dict() for one in made])
