"""Coming in and going out: the one-time code, a reviewer's key, what is at work, the lock."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.carry.takeup import TakenUp, take_up
from app.desk.cases.decisions import expire_due
from app.desk.cases.search import prepare
from app.desk.circle import links, people
from app.desk.core.bench import Desk
from app.desk.core.evidence import Evidence
from app.desk.core.keyring import borrowed, check_fresh, unlock
from app.desk.duties.alarms import alarms, case_alarms
from app.desk.keep import retention
from app.desk.page.common import Room, finish, page, problem_of, refused, room, session, start
from app.desk.page.jobs import Job, Progress, Told
from app.desk.page.sessions import COOKIE, Session
from app.errors import UserError

pages = Blueprint("entry", __name__)

OPENING = ("Ouverture de ce qui attend", "Opening what waits")


@pages.route("/", methods=["GET", "POST"])
def first() -> AnyResponse:
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
        wrong, g.status = True, 403
        g.problem = problem_of(UserError("That code is not right."), "code")
    return page("code.html", wrong=wrong, spent=sessions.spent)


@pages.route("/unlock", methods=["GET", "POST"])
def unlock_page() -> AnyResponse:
    """Opens the keys of one reviewer, into this process's memory."""
    visitor = session()
    if visitor.desk is not None:
        return redirect("/cases", 303)
    if request.method == "POST":
        with visitor.opening:  # a second click waits, and finds the desk open
            if session().desk is not None:
                return redirect("/cases", 303)
            try:
                here = _open(room(), visitor)
            except UserError as error:
                refused(error, "passphrase")
            else:
                return start(Job(OPENING, partial(come_by, visitor, here), "/cases"))
    with room().store.reading() as tx:
        names = [reviewer.name for reviewer in tx.reviewers()]
    return page("unlock.html", names=names, chosen=request.form.get("reviewer", ""))


@pages.get("/progress")
def progress() -> AnyResponse:
    """How far the work is; without a script the page asks again by itself."""
    job = session().job
    if job is None:
        return redirect("/cases", 303)
    if job.running:
        return page("progress.html", job=job)
    if job.problem:
        session().job = None
        refused(job.problem)
        return page("progress.html", job=job)
    return finish(job)


@pages.post("/lock")
def lock() -> AnyResponse:
    """Drops the keys and everything that was opened with them, and what gpg-agent remembers of the passphrase."""
    session().wipe()
    return redirect("/unlock", 303)


def _open(here: Room, visitor: Session) -> Desk:
    name, words = request.form.get("reviewer", ""), request.form.get("passphrase") or None
    visitor.keys.enter_context(borrowed(here.store, here.settings, name))
    try:
        ring = unlock(here.store, here.settings, name, words)
    except BaseException:
        visitor.keys.close()
        raise
    opened = Desk(here.store, here.settings, ring, Evidence(here.settings))
    here.sessions.begin(visitor, opened)
    return opened


def come_by(visitor: Session, desk: Desk, step: Progress) -> Told:
    """Keep the linked out, take up what waited for this reviewer, index it in memory, look at what is wrong today."""
    links.apply(desk)
    ended = [(case_id, "expired: the duration of its entry has ended") for case_id in expire_due(desk)]
    done_now = take_up(desk, step)
    prepare(desk, step)
    notes = ended + look_around(desk)
    if visitor.desk is desk:  # else it was locked meanwhile
        visitor.notes = notes
    return told_of(done_now)


def look_around(desk: Desk) -> list[tuple[str, str]]:
    """What somebody should know today, beside the deadlines of the list: subject and sentence."""
    stale = check_fresh(desk.keyring, desk.today)
    found = [("manifest", stale)] if stale else []
    found += [(one.subject, one.message) for one in alarms(desk.store, desk.settings)]
    found += [(one.subject, one.message) for one in (*case_alarms(desk), *people.alarms(desk)) if not one.day]
    return found + [(one.subject, one.message) for one in retention.alarms(desk)]


def told_of(took: TakenUp) -> Told:
    """What coming by changed, in a sentence; what waits or is refused, line by line."""
    lines = [f"An envelope waits: {one.why}." for one in took.waiting]
    lines += [f"Envelope {one.id} is refused: {one.why}. The intake keeps it." for one in took.refused]
    new, joined = len(took.cases), len(took.joined)
    return Told(
        f"Nouveaux dossiers : {new}. Messages arrivés dans un dossier : {joined}.",
        f"New cases: {new}. Messages that joined a case: {joined}.",
        tuple(lines),
    )
