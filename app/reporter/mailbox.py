"""The mailbox: open it with the codename, read, answer, erase, leave. Sent messages are never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.domain.report import QUESTIONS, SATISFACTION, YES_NO, FieldError, MessageForm
from app.errors import BusyError
from app.reporter import session, texts
from app.reporter.followup import Thread
from app.reporter.reception import reception
from app.reporter.render import Pairs, explain, sentences, to_copy
from app.web.hull import check_rate
from app.web.problem import Problem, Refusal
from crypto import codename

pages = Blueprint("mailbox", __name__)

Form = Callable[[Pairs], MessageForm]
FORMS: dict[str, Form] = {
    "survey": lambda pairs: MessageForm.parse_choices(pairs, needed=dict.fromkeys(QUESTIONS, SATISFACTION)),
    "mediation": lambda pairs: MessageForm.parse_choices(pairs, needed={"consent": YES_NO}, text="mediator"),
    "publish": lambda pairs: MessageForm.parse_choices(pairs, needed={"opinion": YES_NO}),
    "retaliation": lambda pairs: MessageForm.parse(pairs, optional=True),
}
CONFIRM = {"confirm": ("yes",)}


@pages.get("/replies")
def ask() -> str:
    return render_template("replies.html", typed="")


@pages.post("/replies")
def login() -> Any:
    door, typed = reception(), request.form.get("codename", "")
    try:
        code = codename.parse(typed)
    except codename.CodenameError as error:
        lines = [texts.ErrorLine("codename", texts.codename_error(error, typed))]
        return render_template("replies.html", typed=typed, errors=lines), 400
    root = door.queue.for_login(code, door.circuit)
    return session.keep(_go("/mailbox"), root)


@pages.get("/mailbox")
def show() -> Response:
    thread = _thread()
    return _go("/replies") if thread is None else _mailbox_page(thread)


@pages.post("/mailbox/message")
def message() -> Response:
    thread, body = _thread(), reception().body()
    try:
        pairs = body.read_fields()
        if thread is None:
            body.drain()
            return _expired(pairs)
        check_rate()
        body.check_announced()
        form = MessageForm.parse(pairs, optional=body.has_files)
        thread = thread.knowing(form.exclude)
        written = thread.send("message", form, files=body.files(), expect=body.announced)
    except Exception as error:
        body.drain()
        return _refused(thread, error, body.fields)
    return _sent(thread, texts.arrived(written.files))


def _answer(kind: str) -> Response:
    thread, pairs = _thread(), list(request.form.items(multi=True))
    if thread is None:
        return _expired(pairs)
    try:
        form = FORMS[kind](pairs)
        thread = thread.knowing(form.exclude)
        thread.send(kind, form)
    except Exception as error:
        return _refused(thread, error, pairs)
    return _sent(thread, texts.arrived(0))


def _add_answer(kind: str) -> None:
    pages.add_url_rule(f"/mailbox/{kind}", kind, lambda: _answer(kind), methods=["POST"])


for _kind in FORMS:
    _add_answer(_kind)


@pages.post("/mailbox/delete")
def delete() -> Response:
    thread = _thread()
    if thread is None:
        return _go("/replies")
    thread = thread.knowing()  # who is excluded may be told by the very reply that goes
    thread.door.store.delete_reply(thread.mailbox.locator, request.form.get("reply", ""))
    return _keep(_go("/mailbox"), thread)


@pages.post("/mailbox/erase")
def erase() -> Response:
    thread, pairs = _thread(), list(request.form.items(multi=True))
    if thread is None:
        return _go("/replies")
    try:
        form = MessageForm.parse_choices(pairs, needed=CONFIRM)
        thread = thread.knowing(form.exclude)
        thread.erase(form)
    except Exception as error:
        return _refused(thread, error, pairs)
    return session.end(_done(texts.ERASED, (texts.ERASED_HERE, texts.NEW_IDENTITY)))


@pages.post("/mailbox/leave")
def leave() -> Response:
    return session.end(_done(texts.CLOSED, (texts.NEW_IDENTITY,)))


def _thread() -> Thread | None:
    found = session.read()
    return None if found is None else Thread.of(reception(), *found)


def _keep(response: Response, thread: Thread) -> Response:
    return session.keep(response, thread.root, thread.known)


def _go(path: str) -> Response:
    return redirect(request.script_root + path, 303)  # type: ignore[return-value]


def _mailbox_page(thread: Thread, pairs: Pairs = (), **shown: Any) -> Response:
    inbox, thread = thread.inbox(), thread.knowing()
    values = MultiDict(pairs)
    for name in thread.known:
        values.add("exclude", name)
    page = render_template(
        "mailbox.html",
        replies=[(reply, texts.state_sentence(reply.state)) for reply in inbox.replies],
        gaps=inbox.gaps,
        unshown=inbox.unshown,
        known=thread.known,
        values=values,
        questions=texts.QUESTIONS,
        satisfaction=texts.SATISFACTION,
        **shown,
    )
    return _keep(make_response(page), thread)


def _refused(thread: Thread | None, error: Exception, pairs: Pairs) -> Response:
    """The mailbox again, with what went wrong and what was typed."""
    if thread is None:
        return _expired(pairs)
    problem, errors, status = explain(error)
    lines = texts.error_lines(tuple(FieldError(e.field, texts.in_mailbox(e)) for e in errors))
    try:
        response = _mailbox_page(thread, pairs, problem=problem and sentences(problem), errors=lines)
    except BusyError:  # the replies cannot be read either: then what was typed, alone
        raise Refusal(503, "busy", typed=pairs) from None
    response.status_code = status
    return response


def _expired(pairs: Pairs) -> Response:
    """No session any more: what was typed is shown, to be copied."""
    text = to_copy(pairs)
    if not text:
        return _go("/replies")
    shown = {"problem": sentences(Problem(403, "expired")), "text": text}
    return _done(texts.CLOSED, (), back="/replies", status=403, **shown)


def _sent(thread: Thread, line: str) -> Response:
    return _keep(_done(texts.ARRIVED, (line, texts.SAFE), back="/mailbox"), thread)


def _done(title: str, lines: tuple[str, ...], *, back: str = "", status: int = 200, **shown: Any) -> Response:
    link = (back, _("Ma boîte") if back == "/mailbox" else _("Lire une réponse")) if back else None
    return make_response(render_template("done.html", title=title, lines=lines, back=link, **shown), status)
