"""Each form is carried out once: a second click on the same button leads to where the first one led.

Every form that makes something carries a random name. What was sent under it and went well is remembered by its
digest, for as long as the session lasts; the same name with other words is another act. What is sent at the same
moment waits for the first; should the desk be locked meanwhile, it is carried out by nobody.
"""

from __future__ import annotations

import hashlib
import secrets

from flask import g, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from app.desk.page.sessions import Session

FIELD = "once"


def field() -> Markup:
    """The hidden field that names a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, secrets.token_urlsafe(16))


def earlier(here: Session) -> AnyResponse | None:
    """Where this very form has led already; else it is this request that may carry it out."""
    if request.method != "POST" or not request.form.get(FIELD):
        return None
    desk = here.desk
    here.acting.acquire()
    g.acting = here
    if here.desk is not desk:  # whoever unlocked since did not send this form
        return redirect("/unlock", 303)
    led = here.sent.get(_digest())
    return redirect(led, 303) if led else None


def remember(answer: AnyResponse) -> AnyResponse:
    """A form that went well leads elsewhere; one that was refused is drawn again and may be sent again."""
    here: Session | None = g.get("acting")
    if here and here.desk and answer.status_code == 303 and answer.location:
        here.keep_sent(_digest(), answer.location)
    return answer


def release(_error: BaseException | None = None) -> None:
    """The next one may go."""
    here: Session | None = g.pop("acting", None)
    if here:
        here.acting.release()


def _digest() -> bytes:
    # Only a digest stays: some of these fields are words that nothing else may keep.
    parts = [request.path, *(f"{name}={value}" for name, value in sorted(request.form.items(multi=True)))]
    return hashlib.sha256("\0".join(parts).encode()).digest()
