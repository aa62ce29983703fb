"""The loopback page: code, unlock, work list, one case. It holds no rule: every view calls one service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.bench import CASE_ID, Desk
from app.desk.chain import journal_fault
from app.desk.evidence import Evidence
from app.desk.keyring import check_fresh, unlock
from app.desk.reading import list_cases, show_case
from app.desk.saving import CHUNK, open_attachment
from app.desk.sessions import COOKIE, Session, Sessions
from app.desk.takeup import take_up
from app.desk.wording import FIELDS, KINDS, STATES
from app.errors import BusyError, UserError
from app.settings import DeskSettings
from app.stores.desk import DeskStore
from app.web.hull import Policy, harden
from app.web.problem import Refusal
from crypto.envelope_report import safe_name
from crypto.openpgp.gpg import stop_agent

NAME = "sourdine-desk"
STYLE = """
body{max-width:52rem;margin:1rem auto;padding:0 1rem;font:1rem/1.5 sans-serif}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border-left:4px solid;padding-left:1rem;font:inherit}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;vertical-align:top}
input,select,button{font:inherit;min-height:44px;min-width:44px}
.trial{border:2px solid;padding:.5rem}
"""

T = TypeVar("T")

pages = Blueprint("desk", __name__)


@dataclass(frozen=True)
class Room:
    """What every view shares."""

    settings: DeskSettings
    store: DeskStore
    sessions: Sessions


def make_app(settings: DeskSettings, code: str) -> Flask:
    """The app; see `app.desk.create_app`."""
    app = Flask(__name__, static_folder=None)
    store = DeskStore.open(settings)
    try:
        store.identity()
    except UserError:
        store.close()
        raise
    app.extensions[NAME] = Room(settings, store, Sessions(code))
    app.register_blueprint(pages)
    app.jinja_env.globals.update(states=STATES, kinds=KINDS, fields=FIELDS)
    harden(app, Policy(hosts=settings.door.hosts, trial=settings.trial, style=STYLE))
    return app


@pages.before_request
def _enter() -> AnyResponse | None:
    """Without the code only the first page answers; without a reviewer only `/unlock` does."""
    g.session = room().sessions.find(request.cookies.get(COOKIE, ""))
    if request.endpoint == "desk.first":
        return None
    if g.session is None:
        return redirect("/", 303)
    if g.session.desk is None and request.endpoint != "desk.unlock_page":
        return redirect("/unlock", 303)
    return None


@pages.route("/", methods=["GET", "POST"])
def first() -> AnyResponse | str:
    """Asks for the one-time code."""
    if g.session is not None:
        return redirect("/cases", 303)
    sessions, wrong = room().sessions, False
    if request.method == "POST":
        name = sessions.enter(request.form.get("code", ""))
        if name is not None:
            answer = redirect("/unlock", 303)
            # No Secure flag: this page is plain HTTP on loopback, and never anything else.
            answer.set_cookie(COOKIE, name, httponly=True, samesite="Strict", path="/")
            return answer
        wrong = True
    return _page("code.html", 403 if wrong else 200, wrong=wrong, spent=sessions.spent)


@pages.route("/unlock", methods=["GET", "POST"])
def unlock_page() -> AnyResponse | str:
    """Opens the keys of one reviewer, into this process's memory."""
    here, problem = room(), None
    if request.method == "POST":
        name, words = request.form.get("reviewer", ""), request.form.get("passphrase") or None
        try:
            ring = unlock(here.store, here.settings, name, words)
        except BusyError:
            raise
        except UserError as error:
            problem = error
        else:
            g.session.desk = Desk(here.store, here.settings, ring, Evidence(here.settings))
            return redirect("/cases", 303)
    with here.store.reading() as tx:
        names = [reviewer.name for reviewer in tx.reviewers()]
    return _page("unlock.html", 400 if problem else 200, names=names, problem=problem)


@pages.get("/cases")
def cases() -> AnyResponse | str:
    """What waited is taken up, then the work list is shown."""
    desk = _desk()
    done = take_up(desk)
    stale = check_fresh(desk.keyring, desk.today)
    with desk.store.reading() as tx:
        stale = f"{stale} {journal_fault(desk.keyring, tx)}".strip()
    return render_template("cases.html", who=desk.keyring.name, cases=list_cases(desk), done=done, stale=stale)


@pages.get("/cases/<case_id>")
def case(case_id: str) -> AnyResponse | str:
    """One case, as the reporter wrote it."""
    desk = _desk()
    take_up(desk)
    return render_template("case.html", who=desk.keyring.name, case=_found(lambda: show_case(desk, case_id), case_id))


@pages.get("/cases/<case_id>/files/<int:position>/<int:n>")
def attachment(case_id: str, position: int, n: int) -> Response:
    """Bytes to save, never to show: the browser is told that they are nothing it knows."""
    desk, stack = _desk(), ExitStack()
    opened = open_attachment(desk, case_id, position, n)
    file, stream = _found(lambda: stack.enter_context(opened), case_id)

    def chunks() -> Iterator[bytes]:
        with stack:
            while chunk := stream.read(CHUNK):
                yield chunk

    answer = Response(chunks(), mimetype="application/octet-stream")
    answer.call_on_close(stack.close)
    answer.content_length = file.size
    answer.headers.set("Content-Disposition", "attachment", filename=safe_name(file.name, file.n))
    return answer


@pages.post("/lock")
def lock() -> AnyResponse:
    """Drops the keys, and what gpg-agent remembers of the passphrase."""
    session: Session = g.session
    stop_agent(_desk().keyring.home)
    session.desk = None
    return redirect("/unlock", 303)


def room() -> Room:
    found: Room = current_app.extensions[NAME]
    return found


def _desk() -> Desk:
    desk: Desk = g.session.desk
    return desk


def _page(template: str, status: int, **values: object) -> Response:
    return Response(render_template(template, **values), status, mimetype="text/html")


def _found(look: Callable[[], T], case_id: str) -> T:
    """A case that is not there and a case that is not yours answer alike."""
    if not CASE_ID.fullmatch(case_id):
        raise Refusal(404, "not_found")
    try:
        return look()
    except BusyError:
        raise
    except UserError:
        raise Refusal(404, "not_found") from None
