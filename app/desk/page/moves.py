"""Moving a case: what could be decided, what is missing for it, and who has signed."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.decisions import move_case
from app.desk.cases.offers import offers
from app.desk.page.common import attempt, desk, page
from app.desk.page.jobs import Told
from app.desk.page.wording import STATES

pages = Blueprint("moves", __name__)


@pages.route("/cases/<case_id>/move", methods=["GET", "POST"])
def move(case_id: str) -> AnyResponse:
    """Each move is a form with its reason; what it asks for is said before."""
    if request.method == "POST":
        to, again = f"/cases/{case_id}/move", lambda: _page(case_id)
        return attempt(lambda: _move(case_id), again=again, to=to, field=_field(case_id))
    return _page(case_id)


def _page(case_id: str) -> AnyResponse:
    return page("move.html", offers=offers(desk(), case_id))


def _field(case_id: str) -> str:
    """Where to look when a move is refused: its reason, or what it asks for."""
    found = [offer for offer in offers(desk(), case_id).moves if offer.move.target == request.form.get("to")]
    return f"{'to' if found[0].missing else 'reason'}-{found[0].move.target}" if found else ""


def _move(case_id: str) -> Told:
    moved = move_case(desk(), case_id, request.form.get("to", ""), request.form.get("reason", ""))
    lines = ("An earlier signature was for another decision, and is worth nothing now.",) if moved.dropped else ()
    if moved.waiting_for:
        french = "Votre signature attend celle d'un autre collège. L'étape n'a pas changé."
        return Told(french, "Your signature waits for that of another college. The case has not moved.", lines)
    french, english = STATES[moved.state]
    return Told(f"Le dossier est maintenant à l'étape : {french}.", f"The case is now: {english}.", lines)
