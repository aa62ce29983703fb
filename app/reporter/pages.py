"""Pages that only tell: the same for everybody."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, render_template, request

from app.domain.procedure import steps
from app.reporter.reception import reception
from app.web.languages import LANGUAGES, language

pages = Blueprint("pages", __name__)

SIMPLE = ("before", "rights", "privacy", "commitments", "accessibility")
SECURITY_DAYS = 180


@pages.get("/")
def home() -> str:
    return render_template("home.html")


def _simple(name: str) -> None:
    pages.add_url_rule(f"/{name}", name, lambda: render_template(f"{name}.html"), methods=["GET"])


for _name in SIMPLE:
    _simple(_name)


@pages.get("/how")
def how() -> str:
    return render_template("how.html", steps=steps(LANGUAGES.index(language())))


@pages.get("/keys")
def keys() -> str:
    return render_template("keys.html", manifest=reception().manifest)


@pages.get("/keys.pgp")
def certificates() -> Response:
    """Every certificate of the manifest, as `gpg --import` takes them."""
    reviewers = reception().manifest.reviewers
    answer = Response(b"".join(reviewer.cert for reviewer in reviewers), mimetype="application/pgp-keys")
    answer.headers["Content-Disposition"] = 'attachment; filename="sourdine-keys.pgp"'
    return answer


@pages.get("/.well-known/security.txt")
def security() -> Response:
    """RFC 9116: the contact is a mailto or https address, so this door's own form cannot be one."""
    door = reception()
    if not door.settings.contact:
        abort(404)
    expires = min(door.manifest.expires, door.today + timedelta(days=SECURITY_DAYS))
    site = f"http://{request.host}"
    lines = (
        f"Contact: {door.settings.contact}",
        f"Expires: {expires.isoformat()}T00:00:00Z",
        "Preferred-Languages: fr, en",
        f"Canonical: {site}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
