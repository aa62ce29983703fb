"""The way of a report: write, read again, send, check the paper."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from flask import Blueprint, g, render_template, request
from flask_babel import format_date

from app.domain.report import FieldError, ReportForm
from app.reporter import texts
from app.reporter.reception import reception
from app.reporter.render import Page, form_page, refused, review_page
from app.reporter.submit import Receipt, open_attempt, receive
from app.web.epoch import Epoch
from app.web.hull import check_rate
from crypto import codename
from crypto.errors import ExpiredError

pages = Blueprint("report", __name__)

CHECK = "check/v1"
WORD_FIELDS = ("word_a", "word_b")
ANSWER_DAYS = 7
# Every receipt has this length: with a codename or without, of a first version or a repeat.
RECEIPT_BUCKET = 8192


@pages.get("/report")
def write() -> Page:
    try:
        reception().manifest.check_fresh(reception().today)
    except ExpiredError as error:  # said before somebody writes for an hour
        return refused(error, [])
    return form_page(), 200


@pages.post("/report/review")
def review() -> Page:
    pairs = list(request.form.items(multi=True))
    if request.form.get("modify"):
        return form_page(pairs), 200
    try:
        form = ReportForm.parse(pairs)
        open_attempt(reception(), pairs)
        reception().manifest.check_fresh(reception().today)
        reception().manifest.recipients(form.exclude)
    except Exception as error:
        return refused(error, pairs)
    return review_page(form, pairs), 200


@pages.post("/report")
def send() -> Page:
    door, body = reception(), reception().body()
    try:
        body.read_fields()
        if dict(body.fields).get("modify"):  # the other button, from a client that knows no `formaction`
            body.drain()
            return form_page(body.fields), 200
        check_rate()
        receipt = receive(door, body)
    except Exception as error:
        body.drain()
        return refused(error, body.fields)
    g.page_bucket = RECEIPT_BUCKET
    return _receipt_page(receipt, door.epoch, door.today), 200


@pages.post("/report/confirm")
def confirm() -> Page:
    typed = [request.form.get(name, "").strip() for name in WORD_FIELDS]
    check = request.form.get("check", "")
    asked = _open_check(check)
    if not asked:
        return render_template("confirm.html", outcome="unknown"), 200 if check else 400
    if not all(typed):
        errors = texts.error_lines((FieldError("word_a", "missing"),))
        return render_template("confirm.html", outcome="again", errors=errors, check=check, asked=_numbers(asked)), 400
    wrong = [number for (number, word), text in zip(asked, typed, strict=True) if not codename.same_word(text, word)]
    return render_template(
        "confirm.html",
        outcome="wrong" if wrong else "right",
        wrong=wrong,
        wrong_list=", ".join(f"n° {number}" for number in wrong),
        check=check,
        asked=_numbers(asked),
    ), 200


def _receipt_page(receipt: Receipt, epoch: Epoch, today: date) -> str:
    asked = _ask(receipt.words)
    return render_template(
        "receipt.html",
        words=receipt.words,
        arrived=texts.arrived(receipt.files),
        kept=receipt.kept,
        sealed=receipt.sealed,
        week=format_date(return_day(today), "d MMMM y"),
        asked=_numbers(asked),
        check=epoch.seal(CHECK, " ".join(f"{number} {word}" for number, word in asked).encode()),
    )


def return_day(today: date) -> date:
    """The Monday on or after the day by which somebody has read a report: a page must not tell when it was drawn."""
    soon = today + timedelta(days=ANSWER_DAYS)
    return soon + timedelta(days=-soon.weekday() % 7)


def _ask(words: tuple[str, ...]) -> list[tuple[int, str]]:
    """Two of the words, with their numbers."""
    chosen = sorted(secrets.SystemRandom().sample(range(len(words)), 2)) if words else []
    return [(index + 1, words[index]) for index in chosen]


def _open_check(text: str) -> list[tuple[int, str]]:
    parts = (reception().epoch.open(CHECK, text) or b"").decode().split()
    return [(int(number), word) for number, word in zip(parts[::2], parts[1::2], strict=True)]


def _numbers(asked: list[tuple[int, str]]) -> list[tuple[str, int]]:
    return [(name, number) for name, (number, _) in zip(WORD_FIELDS, asked, strict=False)]
