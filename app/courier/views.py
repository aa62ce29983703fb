"""The pages of the courier's door. Each view: who asks, what the door does, what is shown."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.courier.door import outcome, this_door
from app.courier.outbox_form import read_file
from app.courier.sentences import DoorRefusal
from app.courier.session import COOKIE, SESSION_SECONDS
from app.transfer.pickup import PickupBytes
from app.web.forms import drain

# Read and dropped when a push is refused before its body, so that a browser shows the page and not a broken line.
DRAIN_BYTES = 4 * 1024 * 1024

pages = Blueprint("courier", __name__, template_folder="templates")


@pages.get("/login")
def login_form() -> str:
    return render_template("courier/login.html", refusal=None)


@pages.post("/login")
def login() -> AnyResponse:
    given = [request.form.get(name, "") for name in ("name", "password", "totp")]
    cookie = this_door().login(*given)
    answer = redirect("/", 303)
    answer.set_cookie(COOKIE, cookie, max_age=SESSION_SECONDS, secure=True, httponly=True, samesite="Strict")
    return answer


@pages.post("/logout")
def logout() -> AnyResponse:
    door = this_door()
    session = door.session()
    if session is not None:
        door.sessions.end(session)
    answer = redirect("/login", 303)
    answer.set_cookie(COOKIE, "", max_age=0, secure=True, httponly=True, samesite="Strict")
    return answer


@pages.get("/")
def counts() -> AnyResponse | str:
    door = this_door()
    session = door.session()
    if session is None:
        return redirect("/login", 303)
    today = door.today()
    pickup, outbox = door.carriage.numbers()
    return render_template(
        "courier/counts.html",
        name=session.name,
        counts=door.store.counts(),
        free=door.store.free_bytes(),
        manifest=door.manifest,
        today=today,
        pickup=pickup,
        outbox=outbox,
    )


@pages.get("/pickup")
def pickup() -> Response:
    door = this_door()
    session = door.enter()
    door.claim(session.fetch, session)
    wanted = request.if_range.etag
    issued = door.pickup(wanted)
    if issued is None:
        return Response(status=204)
    body = PickupBytes(issued.header, issued.files)
    # A range of another pickup than the one begun would join halves of two files: then the whole is sent.
    asked = request.range if wanted in {None, issued.digest} else None
    start, stop = _span(asked, body.size)
    answer = Response(body.chunks(start, stop), 206 if asked else 200, mimetype="application/octet-stream")
    answer.content_length = stop - start
    if asked:
        answer.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{body.size}"
    answer.set_etag(issued.digest)
    answer.headers["Accept-Ranges"] = "bytes"
    answer.headers["Content-Disposition"] = f'attachment; filename="pickup-{issued.number}.sourdine"'
    return answer


@pages.post("/outbox")
def outbox() -> str:
    door = this_door()
    try:
        session = door.enter()
        door.claim(session.push, session)
    except DoorRefusal:
        drain(request.environ, DRAIN_BYTES)
        raise
    applied = door.apply(read_file(request))
    return render_template("courier/done.html", outcome=outcome(applied))


def _span(asked: object, size: int) -> tuple[int, int]:
    """First byte and the one after the last."""
    if asked is None:
        return 0, size
    span = asked.range_for_length(size)
    if span is None:
        raise DoorRefusal(416, "range", headers={"Content-Range": f"bytes */{size}"})
    return span
