"""A case from a form on paper or from a visit, typed here; the codename is shown for as long as it is printed."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.carry.paper import LANGUAGES, NewCase, add_message, case_of_codename, new_case, read_form
from app.desk.page.acts import typed, typed_day
from app.desk.page.common import attempt, desk, done, form_key, page, refused, session
from app.desk.page.jobs import Told
from app.errors import UserError

pages = Blueprint("paper", __name__)

FOUND = Told("Voici le dossier de cette personne.", "This is the case of this person.")
ADDED = Told("Ajouté au dossier. Détruisez la feuille.", "Added to the case. Destroy the sheet.")
MADE = Told("Le dossier est fait. Détruisez la feuille.", "The case is made. Destroy the sheet.")


@pages.route("/paper", methods=["GET", "POST"])
def sheet() -> AnyResponse:
    """The typed form."""
    if request.method == "POST":
        return attempt(_make, again=_form, to="/paper/slip", field="form")
    return _form()


@pages.get("/paper/slip")
def slip() -> AnyResponse:
    """The words of the codename, to be printed on the tear-off; until somebody says that they are."""
    return page("slip.html", made=session().slip)


@pages.post("/paper/slip")
def printed() -> AnyResponse:
    """The words leave this memory too."""
    session().slip = None
    return redirect("/cases", 303)


@pages.post("/paper/visit")
def visit() -> AnyResponse:
    """Somebody comes back with their words. These are a key: no draft keeps them."""
    words, story = typed("codename"), request.form.get("story", "")
    drafts = session().drafts
    drafts[form_key()] = {"story": story}
    try:
        case = add_message(desk(), words, story) if story.strip() else case_of_codename(desk(), words)
    except UserError as error:
        refused(error, "codename")
        return _form()
    drafts.pop(form_key())
    return done(ADDED if story.strip() else FOUND, f"/cases/{case.id}/reply")


def _form() -> AnyResponse:
    return page("paper.html")


def _make() -> Told:
    language = typed("language") if typed("language") in LANGUAGES else "fr"
    follow_up = "none" if "none" in request.form else "codename"
    form = read_form(
        request.form.get("form", ""),
        received=typed_day("received"),
        channel=typed("channel"),
        language=language,
        follow_up=follow_up,
    )
    here = session()

    def keep(made: NewCase) -> None:
        here.slip = made

    new_case(desk(), form, printed=keep)
    return MADE
