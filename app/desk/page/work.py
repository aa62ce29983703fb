"""The work list: what is due first, filters and search, what else is due, and what waits to be taken up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.closing import AT_ONCE, COMMON, close_many
from app.desk.cases.search import Hit, search
from app.desk.cases.worklist import Filters, Listed, work_list
from app.desk.core.visible import visible
from app.desk.duties.tasks import tasks
from app.desk.page.common import attempt, desk, done, page, session, start
from app.desk.page.entry import OPENING, come_by
from app.desk.page.jobs import Job, Told
from app.desk.replies.blind import acknowledge_unread
from app.desk.replies.blocks import empty_form
from app.desk.replies.phrases import TEMPLATES
from app.domain.facts import State
from app.domain.taxonomy import CATEGORIES

pages = Blueprint("work", __name__)

ON_A_PAGE = 50
TASKS = 200
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
    chosen = session().filters
    found = {hit.case_id: _marked(hit) for hit in search(desk(), chosen["query"])} if "query" in chosen else {}
    sheet = _sheet(_listed(chosen, found))
    missed = sum(task.overdue for task in tasks(desk()))
    return page("cases.html", sheet=sheet, chosen=chosen, found=found, alarms=session().notes, missed=missed)


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


@pages.get("/tasks")
def also_due() -> AnyResponse:
    """What is due beside the deadlines of the states."""
    due = tasks(desk())
    return page("tasks.html", tasks=due[:TASKS], more=len(due) - TASKS)


@pages.post("/acknowledge-unread")
def acknowledge() -> AnyResponse:
    """The acknowledgement of everything that nobody has read yet; no story is shown."""
    sent = len(acknowledge_unread(desk()))
    return done(Told(f"Accusés de réception scellés : {sent}.", f"Acknowledgements sealed: {sent}."), "/cases")


@pages.route("/spam", methods=["GET", "POST"])
def spam() -> AnyResponse:
    """Closes many with one reason and one reply."""
    if request.method == "POST":
        return attempt(_close, again=_spam_page, to="/spam", field="reason")
    return _spam_page()


def _spam_page() -> AnyResponse:
    early = [one for state in ("received", "acknowledged", "triage") for one in work_list(desk(), Filters(state=state))]
    return page("spam.html", lines=early[:AT_ONCE], form=empty_form(TEMPLATES["closing"], "fr"))


def _close() -> Told:
    ids = [name.removeprefix("case-") for name in request.form if name.startswith("case-")]
    values = {name: value for name in COMMON if (value := request.form.get(name, ""))}
    reason, text = request.form.get("reason", ""), request.form.get("text", "")
    bulk = close_many(desk(), ids, reason=reason, text=text, values=values)
    return Told(
        f"Clos : {len(bulk.done)}. Restés ouverts : {len(bulk.refused)}.",
        f"Closed: {len(bulk.done)}. Still open: {len(bulk.refused)}.",
        tuple(f"{one.id}: {one.why}" for one in bulk.refused),
    )


def _listed(chosen: Mapping[str, str], found: Collection[str]) -> list[Listed]:
    """What answers best, best first, when words alone were asked for; else what is due first, first."""
    if set(chosen) == {"query"}:
        lines = {one.id: one for one in work_list(desk())}
        return [lines[case_id] for case_id in found if case_id in lines]
    return work_list(desk(), _filters(chosen))


def _filters(chosen: Mapping[str, str]) -> Filters:
    severity = chosen.get("severity", "")
    return Filters(
        state=_known(chosen, "state", State),
        severity=int(severity) if severity in {"1", "2", "3", "4"} else None,
        category=_known(chosen, "category", CATEGORIES),
        cooperative=chosen.get("cooperative", ""),
        owner=chosen.get("owner", ""),
        query=chosen.get("query", ""),
        overdue="overdue" in chosen,
    )


def _known(chosen: Mapping[str, str], name: str, known: Iterable[str]) -> str:
    """What a list of the form offers; another value was not typed on this page."""
    value = chosen.get(name, "")
    return value if value in {str(one) for one in known} else ""


def _sheet(lines: list[Listed]) -> Sheet:
    count = max(1, -(-len(lines) // ON_A_PAGE))
    number = min(max(1, request.args.get("page", 1, type=int)), count)
    shown = lines[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    return Sheet(shown, number, count, len(lines), sum(one.due.overdue for one in lines))


def _marked(hit: Hit) -> list[tuple[str, bool]]:
    """The excerpt in pieces, with whether each is a word that was looked for."""
    pieces, at = [], 0
    for begin, end in hit.marks:
        pieces += [(hit.excerpt[at:begin], False), (hit.excerpt[begin:end], True)]
        at = end
    return [(visible(text), marked) for text, marked in [*pieces, (hit.excerpt[at:], False)] if text]
