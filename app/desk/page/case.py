"""One case: what the reporter wrote, what was answered, what people established about it, and its history."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.reading import show_case
from app.desk.cases.setting import SETTERS, set_values
from app.desk.circle import links
from app.desk.duties.collective import list_clusters
from app.desk.page.common import attempt, desk, page, this_case
from app.desk.page.jobs import Told
from app.errors import UserError

pages = Blueprint("case", __name__)


@pages.get("/cases/<case_id>")
def read(case_id: str) -> AnyResponse:
    """One case, as the reporter wrote it. Reading it is an act: the journal keeps it."""
    return page("case.html", case=show_case(desk(), case_id), same=list_clusters(desk(), case_id))


@pages.route("/cases/<case_id>/facts", methods=["GET", "POST"])
def facts(case_id: str) -> AnyResponse:
    """What people established: only what was changed is set."""
    if request.method == "POST":
        return attempt(lambda: _set(case_id), again=_facts_page, to=f"/cases/{case_id}/facts", field="category")
    return _facts_page()


@pages.get("/cases/<case_id>/history")
def history(case_id: str) -> AnyResponse:
    """The journal lines about this case, each with its reason."""
    with desk().store.reading() as tx:
        lines = desk().history(tx, desk().case(tx, case_id))
    return page("history.html", lines=lines)


def _facts_page() -> AnyResponse:
    return page("facts.html", now=current_values(), allowed=links.openers(desk(), this_case().record))


def current_values() -> dict[str, str]:
    """The facts that people set, as a form shows them."""
    return {name: _typed_as(getattr(this_case().facts, name, None)) for name in SETTERS}


def _typed_as(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else str(value)


def _set(case_id: str) -> Told:
    now = current_values()
    pairs = {name: request.form[name].strip() for name in SETTERS if name in request.form}
    shown = {name: request.form.get(f"was_{name}", now[name]) for name in pairs}
    new = {name: value for name, value in pairs.items() if value != shown[name]}
    if any(now[name] not in {shown[name], value} for name, value in new.items()):
        raise UserError(
            "Somebody else changed the same fact since this page was drawn.",
            "Nothing was changed. Open the page again.",
        )
    changed = [f"{name}={value}" for name, value in new.items()]
    if not changed:
        return Told("Rien n'a été changé.", "Nothing was changed.")
    done = set_values(desk(), case_id, changed, request.form.get("reason", ""))
    if done.waiting_for:
        french = "Cela se décide à deux : votre signature attend celle d'un autre collège."
        return Told(french, "That takes two: your signature waits for that of another college.")
    return Told(f"Noté : {len(changed)}.", f"Recorded: {len(changed)}.")
