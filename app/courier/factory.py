"""Puts the door, its pages and the hull together."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, render_template

from app.courier import views
from app.courier.door import CourierDoor
from app.courier.sentences import DoorRefusal
from app.settings import IntakeSettings
from app.web.hull import Policy, harden


def build(settings: IntakeSettings, now: Callable[[], float]) -> Flask:
    """The Flask app around one door."""
    app = Flask("app.courier", static_folder=None)
    app.extensions["courier"] = CourierDoor(settings, now)
    app.register_blueprint(views.pages)
    policy = Policy(settings.courier.hosts, trial=settings.trial, upload_paths=frozenset({"/outbox"}))
    harden(app, policy)
    app.register_error_handler(DoorRefusal, _refused)
    return app


def _refused(refusal: DoorRefusal) -> tuple[str, int, dict[str, str]]:
    page = "courier/login.html" if refusal.key in {"login", "wait"} else "courier/refused.html"
    return render_template(page, refusal=refusal), refusal.status, refusal.headers
