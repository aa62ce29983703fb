"""The same harm, several members: the clusters, and for one case what is judged, written and held back."""

from __future__ import annotations

import re

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.duties.campaign import check_campaign, draft_campaign
from app.desk.duties.collective import list_clusters, set_amount
from app.desk.duties.collective_letter import write_letter
from app.desk.duties.judging import judge, undo
from app.desk.page.acts import Act, carry_out, typed
from app.desk.page.common import desk, page
from app.desk.page.jobs import Told
from app.desk.page.paths import new_file
from app.domain.collective import AMOUNTS, BODIES

pages = Blueprint("collective", __name__)

GROUP = re.compile(r"group-([a-z2-7]{12})")
WAITS = Told("Votre signature attend celle d'un autre collège.", "Your signature waits for that of another college.")
VOID = "An earlier signature was for another judgement, and is worth nothing now."


@pages.get("/clusters")
def clusters() -> AnyResponse:
    """Every cluster of this reviewer."""
    return page("clusters.html", clusters=list_clusters(desk()), amounts=AMOUNTS)


@pages.get("/cases/<case_id>/same")
def same(case_id: str) -> AnyResponse:
    """The cluster of one case, and what can be made of it."""
    found = list_clusters(desk(), case_id)
    words = {"amounts": AMOUNTS, "bodies": BODIES, "findings": check_campaign(desk(), case_id)}
    return page("same.html", cluster=found[0] if found else None, **words)


@pages.post("/cases/<case_id>/same/<act>")
def change(case_id: str, act: str) -> AnyResponse:
    """One of the forms of that page."""
    return carry_out(ACTS, act, case_id=case_id, again=lambda: same(case_id), to=f"/cases/{case_id}/same")


def _judge(_: str) -> Told:
    groups: dict[str, list[str]] = {}
    for name, number in request.form.items():
        found = GROUP.fullmatch(name)
        if found and number:
            groups.setdefault(number, []).append(found[1])
    done = judge(desk(), list(groups.values()), members=typed("members"), reason=typed("reason"))
    lines = (VOID,) if done.dropped else ()
    if done.waiting_for:
        return Told(WAITS.french, WAITS.english, lines)
    return Told(
        f"Deux collèges ont jugé. Personnes distinguées : {done.authors}.",
        f"Two colleges judged. Authors told apart: {done.authors}.",
    )


def _undo(case_id: str) -> Told:
    count = undo(desk(), case_id, typed("reason"))
    return Told(f"Le jugement est repris, dossiers : {count}.", f"The judgement is taken back, cases: {count}.")


def _amount(case_id: str) -> Told:
    set_amount(desk(), case_id, typed("band"))
    return Told("Noté. Cela reste sur ce bureau.", "Noted. It stays on this desk.")


def _letter(case_id: str) -> Told:
    path = new_file(typed("path"))
    done = write_letter(desk(), case_id, path, body=typed("body"), kind=typed("kind"))
    return Told(
        f"La lettre {done.reference} est dans {path} : imprimez-la, faites-la signer, postez-la.",
        f"Letter {done.reference} is in {path}: print it, have it signed, post it.",
    )


def _campaign(case_id: str) -> Told:
    path = new_file(typed("path"))
    draft_campaign(desk(), case_id, path)
    return Told(
        f"Le texte est dans {path}. Deux personnes le relisent. Il n'est envoyé à personne.",
        f"The text is in {path}. Two people read it again. It is sent to nobody.",
    )


ACTS = {
    "judge": Act(_judge, "judge-reason"),
    "undo": Act(_undo, "undo-reason"),
    "amount": Act(_amount, "band"),
    "letter": Act(_letter, "body"),
    "campaign": Act(_campaign, "campaign-path"),
}
