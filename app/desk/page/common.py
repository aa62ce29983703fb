"""What every view shares: who is at the page, how a form is carried out, how a page is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Response, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.core.bench import Desk, OpenCase
from app.desk.page.jobs import Job, Told
from app.desk.page.phrases import in_french
from app.desk.page.sessions import Form, Session, Sessions
from app.errors import BusyError, UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.web.problem import Refusal
from crypto.errors import SealingError

NAME = "sourdine-desk"
# A page that would be there within this time is worth waiting for.
WAIT_SECONDS = 0.5

T = TypeVar("T")


@dataclass(frozen=True)
class Room:
    """What the app holds for as long as it serves."""

    settings: DeskSettings
    store: DeskStore
    sessions: Sessions


@dataclass(frozen=True)
class Problem:
    """A refusal as a page shows it. `field` is the id of the field to look at first."""

    french: str
    english: str
    hint: str = ""
    field: str = ""


def room() -> Room:
    found: Room = current_app.extensions[NAME]
    return found


def session() -> Session:
    found: Session = g.session
    return found


def desk() -> Desk:
    """The unlocked desk; the gate lets nobody come here without one."""
    found = session().desk
    if found is None:
        raise Refusal(403, "forbidden")
    return found


def this_case() -> OpenCase:
    """The case of the address; the gate has answered for every other one."""
    found: OpenCase = g.case
    return found


def page(template: str, /, **values: object) -> Response:
    """Draw a page; its status says whether something was refused."""
    problem = g.get("problem")
    return Response(render_template(template, **values), g.get("status", 400) if problem else 200, mimetype="text/html")


def attempt(act: Callable[[], Told], *, again: Callable[[], T], to: str, field: str = "") -> T | AnyResponse:
    """Carry out a form: to a page that says what was done, or the form again with everything that was typed.

    Args:
        act: the service; what it refuses comes back as the form.
        again: draws the form.
        to: the path of the page that follows.
        field: id of the field to look at when it is refused.
    """
    keep_draft()
    try:
        told = act()
    except (UserError, SealingError) as error:
        refused(error, field)
        return again()
    drop_draft()
    return done(told, to)


def refused(error: UserError | SealingError, field: str = "") -> None:
    """Let the page that is drawn now say so."""
    g.problem = problem_of(error, field)
    g.status = 503 if isinstance(error, BusyError) else 400


def problem_of(error: UserError | SealingError, field: str = "") -> Problem:
    message = error.message if isinstance(error, UserError) else f"{error}."
    hint = error.hint if isinstance(error, UserError) else "Nothing was changed."
    return Problem(in_french(message), message, hint, field)


KEYS_OF_PEOPLE = frozenset({"codename", "passphrase", "code"})


def done(told: Told, to: str) -> AnyResponse:
    """Go to a page that says what was done. By number, so that each tab shows its own."""
    return redirect(f"{to}?done={session().tell(told)}", 303)


def form_key() -> Form:
    """Which form of which case this request is about."""
    values = request.view_args or {}
    return (values.get("case_id", ""), ".".join(filter(None, (request.endpoint, values.get("act")))))


def typed_words() -> dict[str, str]:
    """The form as it may be kept: a codename or a passphrase is a key, and no draft holds one."""
    return {name: value for name, value in request.form.items() if name not in KEYS_OF_PEOPLE}


def keep_draft() -> None:
    session().drafts[form_key()] = typed_words()


def drop_draft(form: str = "") -> None:
    case_id, endpoint = form_key()
    session().drafts.pop((case_id, form or endpoint), None)


def start(job: Job) -> AnyResponse:
    """Begin what may take long; one at a time."""
    here = session()
    if here.job and here.job.running:
        raise BusyError("Something else is still at work.", "Wait until it has ended. Nothing was changed.")
    here.job = job.start()
    if job.wait(WAIT_SECONDS) and not job.problem:
        return finish(job)
    return redirect("/progress", 303)


def finish(job: Job) -> AnyResponse:
    """The page that follows work that went well."""
    session().job = None
    return done(job.told, job.then) if job.told else redirect(job.then, 303)
