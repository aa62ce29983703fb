"""What concerns the desk as a whole: declared links, requests of persons concerned, refused envelopes."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from app.desk.carry.discards import discard, list_refused
from app.desk.circle import links
from app.desk.duties import access
from app.desk.keep.retention import due_for_purge
from app.desk.page.acts import Act, carry_out, typed, typed_day
from app.desk.page.common import desk, page
from app.desk.page.jobs import Told
from app.domain.duties import GROUNDS, OUTCOMES, REQUESTS

pages = Blueprint("registers", __name__)


@pages.get("/registers")
def registers() -> AnyResponse:
    """All of them."""
    here = desk()
    with here.store.reading() as tx:
        standing, requests = links.standing_links(here, tx), access.requests(here, tx)
    words = {"kinds": REQUESTS, "outcomes": OUTCOMES, "grounds": GROUNDS}
    due, refused = due_for_purge(here), list_refused(here)
    return page("registers.html", links=standing, requests=requests, refused=refused, purges=due, **words)


@pages.post("/registers/<act>")
def change(act: str) -> AnyResponse:
    """One of the forms of that page."""
    return carry_out(ACTS, act, again=registers, to="/registers")


def _link(_: str) -> Told:
    closed = links.declare(desk(), typed("cooperative"))
    return Told(f"Lien déclaré. Dossiers qui vous sont fermés : {closed}.", f"Declared. Cases closed to you: {closed}.")


def _end_link(_: str) -> Told:
    links.end(desk(), typed("reviewer"), typed("cooperative"), typed("reason"))
    return Told("Ce lien est terminé.", "This link has ended.")


def _request(_: str) -> Told:
    made = access.add_request(desk(), typed("requester"), typed("kind"), typed_day("day"))
    return Told(f"Demande {made.id} inscrite.", f"Request {made.id} entered.")


def _answer(_: str) -> Told:
    access.answer(desk(), typed("id"), typed("outcome"), typed("ground"))
    return Told("Réponse inscrite.", "The answer is entered.")


def _discard(_: str) -> Told:
    if discard(desk(), typed("id"), typed("reason")):
        return Told("Votre signature attend celle d'un autre collège.", "Your signature waits for another college.")
    return Told(
        "Deux collèges ont signé : cela part au prochain colis.", "Signed by two: it leaves with the next outbox."
    )


ACTS = {
    "link": Act(_link, "link-cooperative"),
    "end-link": Act(_end_link, "end-reviewer"),
    "request": Act(_request, "requester"),
    "answer": Act(_answer, "answer-outcome"),
    "discard": Act(_discard, "discard-reason"),
}
