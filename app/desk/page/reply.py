"""Answering a reporter: write, read again for whom it is, then seal."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.clean import check_plain
from app.desk.jobs import Told
from app.desk.page.common import (
    attempt,
    desk,
    done,
    drop_draft,
    form_key,
    keep_draft,
    page,
    refused,
    session,
    this_case,
)
from app.desk.replies import send, sent_replies, usual_kind
from app.desk.texts import messages_of
from app.desk.wording import REPLY_KINDS
from app.errors import UserError

pages = Blueprint("reply", __name__)

KEPT = Told("Brouillon gardé jusqu'au verrouillage, en mémoire seulement.", "Draft kept in memory until the lock.")


@pages.get("/cases/<case_id>/reply")
def write(case_id: str) -> AnyResponse:  # noqa: ARG001 - the gate has found the case
    """The form, with what was typed before."""
    return _form()


@pages.post("/cases/<case_id>/reply")
def check(case_id: str) -> AnyResponse:
    """Nothing is sealed yet: first for whom it is is read again."""
    keep_draft()
    if "keep" in request.form:
        return done(KEPT, f"/cases/{case_id}/reply")
    try:
        check_plain(request.form.get("text", ""), "The reply")
    except UserError as error:
        refused(error, "text")
        return _form()
    return redirect(f"/cases/{case_id}/reply/confirm", 303)


@pages.route("/cases/<case_id>/reply/confirm", methods=["GET", "POST"])
def confirm(case_id: str) -> AnyResponse:
    """Seals exactly what is shown here."""
    if request.method == "POST":
        return attempt(lambda: _send(case_id), again=_form, to=f"/cases/{case_id}", field="text")
    draft = session().drafts.get((form_key()[0], "reply.check"))
    if not draft:
        return redirect(f"/cases/{case_id}/reply", 303)
    with desk().store.reading() as tx:
        messages = messages_of(this_case(), tx)
    return page("confirm.html", draft=draft, story=messages[0].story if messages else "")


def _form() -> AnyResponse:
    with desk().store.reading() as tx:
        sent = sent_replies(this_case(), tx)
    return page("reply.html", sent=sent, usual=usual_kind(this_case().facts))


def _send(case_id: str) -> Told:
    kind = request.form.get("kind", "")
    if kind not in REPLY_KINDS:
        raise UserError("This kind of reply does not exist.", "Choose one of the list. Nothing was changed.")
    sent = send(desk(), case_id, request.form.get("text", ""), kind=kind)
    drop_draft("reply.check")
    french, english = REPLY_KINDS[sent.kind]
    return Told(
        f"Scellé : {french} n° {sent.seq}. Cela attend le prochain colis du courrier.",
        f"Sealed: {english} {sent.seq}. It waits for the next outbox.",
    )
