"""Cases that belong together: merged into one, split from one, and both undone."""

from __future__ import annotations

import re

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.merging import merge, rejoin, split, take_out
from app.desk.core.family import children, members, source_of
from app.desk.core.texts import messages_of
from app.desk.page.acts import Act, carry_out, typed
from app.desk.page.common import desk, page, this_case
from app.desk.page.jobs import Told

pages = Blueprint("family", __name__)

MESSAGE = re.compile(r"message-(\d{1,4})")


@pages.get("/cases/<case_id>/family")
def family(case_id: str) -> AnyResponse:
    """What this case is decided with, and what was made of it."""
    with desk().store.reading() as tx:
        case, here = this_case(), desk()
        kin = {"members": members(here, tx, case), "children": children(here, tx, case)}
        messages = messages_of(case, tx, here)
        others = [one for one in here.cases(tx) if one.id != case_id and not one.record.asleep]
        source = source_of(here, tx, case)
    return page("family.html", messages=messages, others=others, source=source, **kin)


@pages.post("/cases/<case_id>/family/<act>")
def change(case_id: str, act: str) -> AnyResponse:
    """One of the forms of that page. A split that is undone leaves no page of its own."""
    to = "/cases" if act == "rejoin" else f"/cases/{case_id}/family"
    return carry_out(ACTS, act, case_id=case_id, again=lambda: family(case_id), to=to)


def _merge(case_id: str) -> Told:
    merge(desk(), case_id, typed("into"), typed("reason"))
    return Told("Ce dossier se décide maintenant avec l'autre.", "This case is now decided with the other one.")


def _take_out(case_id: str) -> Told:
    take_out(desk(), case_id, typed("reason"))
    return Told("Ce dossier se décide de nouveau seul.", "This case is decided by itself again.")


def _split(case_id: str) -> Told:
    positions = [int(found[1]) for name in request.form if (found := MESSAGE.fullmatch(name))]
    new = split(desk(), case_id, positions, typed("reason"))
    return Told(f"Nouveau dossier : {new}.", f"New case: {new}.")


def _rejoin(case_id: str) -> Told:
    rejoin(desk(), case_id, typed("reason"))
    return Told("Le dossier séparé est de nouveau réuni au premier.", "The split case is one with its source again.")


ACTS = {
    "merge": Act(_merge, "into"),
    "take-out": Act(_take_out, "take-out-reason"),
    "split": Act(_split, "split-reason"),
    "rejoin": Act(_rejoin, "rejoin-reason"),
}
