"""Recommendations of a case: to whom, by when, what came of them."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.followup import OUTCOMES, check, recommend, recommendations_of, set_outcome, write_letter
from app.desk.page.acts import Act, carry_out, typed, typed_day
from app.desk.page.common import desk, page, this_case
from app.desk.page.jobs import Told
from app.desk.page.paths import new_file

pages = Blueprint("advice", __name__)


@pages.get("/cases/<case_id>/advice")
def advice(case_id: str) -> AnyResponse:  # noqa: ARG001 - the gate has found the case
    """All of them, with their next check."""
    with desk().store.reading() as tx:
        found = recommendations_of(tx, this_case())
    return page("advice.html", found=found, outcomes=OUTCOMES)


@pages.post("/cases/<case_id>/advice/<act>")
def change(case_id: str, act: str) -> AnyResponse:
    """One of the forms of that page."""
    return carry_out(ACTS, act, case_id=case_id, again=lambda: advice(case_id), to=f"/cases/{case_id}/advice")


def _recommend(case_id: str) -> Told:
    made = recommend(desk(), case_id, typed("addressee"), typed("text"), due=typed_day("due"))
    return Told(f"Recommandation {made.id} notée.", f"Recommendation {made.id} noted.")


def _outcome(case_id: str) -> Told:
    set_outcome(desk(), case_id, typed("id"), typed("outcome"), typed("note"))
    return Told("Suite notée.", "The outcome is recorded.")


def _check(case_id: str) -> Told:
    check(desk(), case_id, typed("id"), typed("result"))
    return Told("Vérification notée.", "The check is recorded.")


def _letter(case_id: str) -> Told:
    path = new_file(typed("path"))
    write_letter(desk(), case_id, typed("id"), path)
    return Told(f"La lettre est dans {path}.", f"The letter is in {path}.")


ACTS = {
    "recommend": Act(_recommend, "addressee"),
    "outcome": Act(_outcome, "outcome"),
    "check": Act(_check, "result"),
    "letter": Act(_letter, "letter-path"),
}
