"""The app: its parts, its gate, and what every template may use."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.core.bench import CASE_ID
from app.desk.core.visible import first_words, visible
from app.desk.page import (
    advice,
    carry,
    case,
    collective,
    ending,
    entry,
    family,
    files,
    journal,
    moves,
    once,
    paper,
    people,
    registers,
    registry,
    reply,
    wording,
    work,
)
from app.desk.page.common import NAME, Room, form_key, keep_draft, room, typed_words
from app.desk.page.options import OPTIONS
from app.desk.page.phrases import in_french
from app.desk.page.sessions import COOKIE, Late, Sessions
from app.domain import taxonomy
from app.domain.guards import RULES
from app.domain.states import SENTENCES
from app.errors import UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.web.hull import Policy, harden
from app.web.problem import Problem, Refusal

TEMPLATES = Path(__file__).parents[1] / "templates"
CASE = (case, moves, reply, registry, files, people, advice, family, collective, ending)
PARTS: tuple[Blueprint, ...] = tuple(part.pages for part in (entry, work, *CASE, carry, journal, registers, paper))
OPEN = frozenset({"entry.first", "entry.unlock_page", "entry.lock"})
AT_WORK = frozenset({"entry.progress", "entry.lock"})


def make_app(settings: DeskSettings, code: str) -> Flask:
    """The app; see `app.desk.create_app`."""
    app = Flask(__name__, static_folder=None, template_folder=str(TEMPLATES))
    store = DeskStore.open(settings)
    try:
        store.identity()
    except UserError:
        store.close()
        raise
    app.extensions[NAME] = Room(settings, store, Sessions(code))
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    # First, so that the gate never sees what the hull refuses.
    harden(app, Policy(settings.door.hosts, settings.trial, style=style, images=True, page=_problem_page))
    app.before_request(_enter)
    app.after_request(once.remember)
    app.teardown_request(once.release)
    for part in PARTS:
        app.register_blueprint(part)
    app.context_processor(_told)
    app.jinja_env.globals.update(OPTIONS, words=wording, taxonomy=taxonomy, sentences=SENTENCES, rules=RULES)
    app.jinja_env.globals.update(typed=_typed, in_french=in_french, once=once.field)
    app.jinja_env.filters.update(visible=visible, first_words=first_words)
    return app


def _enter() -> AnyResponse | None:
    """Without the code only the first page answers; without a reviewer only `/unlock` does; of the cases, one's own."""
    if request.routing_exception is not None:
        return None
    g.session = room().sessions.find(request.cookies.get(COOKIE, ""))
    if request.endpoint == "entry.first":
        return None
    if g.session is None:
        return redirect("/", 303)
    if g.session.desk is None:
        _keep_late()
        return None if request.endpoint in OPEN else redirect("/unlock", 303)
    if g.session.job and g.session.job.running and request.endpoint not in AT_WORK:
        if request.method == "POST":
            keep_draft()
        return redirect("/progress", 303)
    case_id = (request.view_args or {}).get("case_id")
    if case_id is not None:
        _find_case(case_id)
    return once.earlier(g.session)


def _keep_late() -> None:
    """A form that comes after the desk has locked itself is kept for the reviewer who wrote it."""
    here = g.session
    if request.method == "POST" and here.left and request.endpoint not in OPEN:
        room().sessions.keep_late(here, Late(here.left, form_key(), typed_words()))


def _find_case(case_id: str) -> None:
    """A case that is not there and a case that is not yours answer alike."""
    desk = g.session.desk
    if CASE_ID.fullmatch(case_id):
        with desk.store.reading() as tx:
            g.case = desk.find(tx, case_id)
    if g.get("case") is None:
        raise Refusal(404, "not_found")


def _told() -> dict[str, object]:
    """What every page begins with: who is here, what was done, what was refused."""
    here = g.get("session")
    desk = here.desk if here else None
    number = request.args.get("done", type=int)
    told = here.what_was_done(number) if desk and number else None
    today = room().settings.clock.today()
    return {
        "who": desk.keyring.name if desk else "",
        "told": told,
        "problem": g.get("problem"),
        "opened": g.get("case"),
        "today": today,
    }


def _typed(form: str, name: str, default: object = "", **same: str) -> object:
    """What was typed into a field and not sent yet, else its default. `same`: fields that say which form it is."""
    opened = g.get("case")
    draft = g.session.drafts.get((opened.id if opened else "", form), {})
    if any(draft.get(key) != value for key, value in same.items()):
        return default
    return draft.get(name, default)


def _problem_page(problem: Problem) -> str:
    return render_template("problem.html", refusal=problem)
