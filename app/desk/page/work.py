"""The work list: what is due first, filters, and what waits to be taken up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.jobs import Job
from app.desk.page.common import desk, page, session, start
from app.desk.page.entry import OPENING, come_by
from app.desk.reading import Listed, list_cases

pages = Blueprint("work", __name__)

ON_A_PAGE = 50
FILTERS = ("state", "severity", "category", "cooperative", "owner", "overdue", "query")


@dataclass(frozen=True)
class Sheet:
    """One page of the list: its lines, its number and how many there are, and of all lines those overdue."""

    lines: list[Listed]
    number: int
    pages: int
    count: int
    overdue: int


@pages.get("/cases")
def cases() -> AnyResponse:
    """What is due first, first."""
    listed = list_cases(desk())
    sheet = _sheet([one for one in listed if _fits(one, session().filters)])
    return page("cases.html", sheet=sheet, everything=len(listed), chosen=session().filters, alarms=session().notes)


@pages.post("/cases/filter")
def choose() -> AnyResponse:
    """The words somebody looks for stay out of the address: a browser would write them into its history."""
    typed = {name: request.form.get(name, "").strip() for name in FILTERS}
    session().filters = {} if "all" in request.form else {name: value for name, value in typed.items() if value}
    return redirect("/cases", 303)


@pages.post("/take-up")
def take_up_again() -> AnyResponse:
    """What another command imported meanwhile."""
    return start(Job(OPENING, partial(come_by, session(), desk()), "/cases"))


def _sheet(lines: list[Listed]) -> Sheet:
    count = max(1, -(-len(lines) // ON_A_PAGE))
    number = min(max(1, request.args.get("page", 1, type=int)), count)
    shown = lines[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    return Sheet(shown, number, count, len(lines), sum(one.due.overdue for one in lines))


def _fits(one: Listed, chosen: dict[str, str]) -> bool:
    exact = {"state": one.state, "severity": str(one.severity or ""), "owner": one.owner}
    if any(chosen.get(name, value) != value for name, value in exact.items()):
        return False
    return one.due.overdue or "overdue" not in chosen
