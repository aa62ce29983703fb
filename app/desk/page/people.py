"""People of a case: who answers for it here, and the persons whom it concerns."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.handover import hand_over, suggest_owner
from app.desk.duties.persons import add_person, defer, inform, list_persons
from app.desk.page.acts import Act, carry_out, typed
from app.desk.page.common import desk, page, this_case
from app.desk.page.jobs import Told
from app.desk.page.paths import new_file

pages = Blueprint("people", __name__)


@pages.get("/cases/<case_id>/people")
def people(case_id: str) -> AnyResponse:
    """Owner, deputy, persons concerned."""
    with desk().store.reading() as tx:
        suggested = suggest_owner(desk(), tx, this_case())
    return page("people.html", suggested=suggested, persons=list_persons(desk(), case_id))


@pages.post("/cases/<case_id>/people/<act>")
def change(case_id: str, act: str) -> AnyResponse:
    """One of the forms of that page."""
    return carry_out(ACTS, act, case_id=case_id, again=lambda: people(case_id), to=f"/cases/{case_id}/people")


def _hand_over(case_id: str) -> Told:
    made = hand_over(desk(), case_id, typed("to"), typed("reason"), deputy=typed("deputy"))
    lines = ("The reporter knows another name: announce it, with the template handover.",) if made.tell_reporter else ()
    return Told(
        f"Responsable : {made.owner}. Suppléante : {made.deputy or '—'}.",
        f"Owner: {made.owner}. Deputy: {made.deputy or '—'}.",
        lines,
    )


def _add(case_id: str) -> Told:
    made = add_person(desk(), case_id, typed("role"))
    return Told(f"Personne notée : {made.id}.", f"Person noted: {made.id}.")


def _defer(case_id: str) -> Told:
    made = defer(desk(), case_id, typed("person"), typed("reason"))
    return Told(f"Information reportée : à revoir le {made.due}.", f"Deferred: look again on {made.due}.")


def _inform(case_id: str) -> Told:
    path = new_file(typed("path"))
    inform(desk(), case_id, typed("person"), path)
    return Told(f"La lettre est dans {path}.", f"The letter is in {path}.")


ACTS = {
    "hand-over": Act(_hand_over, "to"),
    "add": Act(_add, "role"),
    "defer": Act(_defer, "defer-reason"),
    "inform": Act(_inform, "inform-path"),
}
