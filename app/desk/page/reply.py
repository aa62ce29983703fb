"""Answering a reporter: choose a template, write, read again for whom it is, then seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as AnyResponse

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
from app.desk.page.jobs import Told
from app.desk.page.wording import REPLY_KINDS
from app.desk.replies.blocks import template_named
from app.desk.replies.checks import usual_kind
from app.desk.replies.phrases import TEMPLATES, Template
from app.desk.replies.replies import check_text, echo, leading, preview, send, send_template, sent_replies
from app.errors import UserError

pages = Blueprint("reply", __name__)

KEPT = Told("Brouillon gardé jusqu'au verrouillage, en mémoire seulement.", "Draft kept in memory until the lock.")
BLOCK = "block-"


@dataclass(frozen=True)
class Typed:
    """A reply as somebody typed it: free, or the blocks of a template."""

    template: str
    kind: str
    language: str
    text: str = field(repr=False)
    blocks: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> Typed:
        blocks = {name.removeprefix(BLOCK): text for name, text in form.items() if name.startswith(BLOCK)}
        plain = {name: form.get(name, "") for name in ("template", "kind", "language", "text")}
        return cls(**plain, blocks=blocks)

    def whole(self) -> str:
        """The text that would be sealed.

        Raises:
            UserError: something is missing, or does not fit the case.
        """
        if not self.template:
            return check_text(desk(), this_case().id, self.text, kind=self.kind if self.kind in REPLY_KINDS else "")
        return preview(desk(), this_case().id, self.template, language=self.language, blocks=self.blocks)


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
        Typed.read(request.form).whole()
    except UserError as error:
        refused(error, "text")
        return _form()
    return redirect(f"/cases/{case_id}/reply/confirm", 303)


@pages.route("/cases/<case_id>/reply/confirm", methods=["GET", "POST"])
def confirm(case_id: str) -> AnyResponse:
    """Seals exactly what is shown here."""
    if request.method == "POST":
        return attempt(lambda: _send(case_id), again=lambda: _echo(request.form), to=f"/cases/{case_id}", field="sure")
    draft = session().drafts.get((form_key()[0], "reply.check"))
    if not draft:
        return redirect(f"/cases/{case_id}/reply", 303)
    return _echo(draft)


def _form() -> AnyResponse:
    draft = session().drafts.get((form_key()[0], "reply.check"), {})
    name = request.args.get("template", draft.get("template", ""))
    with desk().store.reading() as tx:
        sent = sent_replies(this_case(), tx)
        facts = leading(desk(), tx, this_case()).facts
    fitting: dict[str, Template] = {key: one for key, one in TEMPLATES.items() if facts.state in one.states}
    return page("reply.html", sent=sent, usual=usual_kind(facts), fitting=fitting, template=fitting.get(name))


def _echo(form: Mapping[str, str]) -> AnyResponse:
    typed = Typed.read(form)
    try:
        text = typed.whole()
    except UserError as error:
        refused(error, "text")
        return _form()
    kind = template_named(typed.template).kind if typed.template else typed.kind
    kind = kind if kind in REPLY_KINDS else ""
    shown = echo(desk(), this_case().id, text, kind=kind, template=typed.template)
    return page("confirm.html", echo=shown, text=text, form=form)


def _send(case_id: str) -> Told:
    typed = Typed.read(request.form)
    if typed.kind not in {"", *REPLY_KINDS}:
        raise UserError("This kind of reply does not exist.", "Choose one of the list. Nothing was changed.")
    if "sure" not in request.form and echo(desk(), case_id, typed.whole(), kind=typed.kind).must_confirm:
        raise UserError("Look at the warnings first.", "Then tick the box, or change the text. Nothing was sealed.")
    if typed.template:
        sent = send_template(desk(), case_id, typed.template, language=typed.language, blocks=typed.blocks)
    else:
        sent = send(desk(), case_id, typed.text, kind=typed.kind)
    drop_draft("reply.check")
    french, english = REPLY_KINDS[sent.kind]
    return Told(
        f"Scellé : {french} n° {sent.seq}. Cela attend le prochain colis du courrier.",
        f"Sealed: {english} {sent.seq}. It waits for the next outbox.",
    )
