"""Drawing the pages of the reporter door; every page that refuses gives back what was typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from app.domain.report import FieldError, FieldErrors, ReportForm, hints
from app.errors import BusyError
from app.reporter import texts
from app.reporter.reception import reception
from app.web.languages import language
from app.web.problem import Problem, Refusal
from crypto.errors import ExpiredError, FormatError, SealingError
from crypto.manifest import ExclusionError

Pairs = Iterable[tuple[str, str]]
Page = tuple[str, int]
WRITTEN = frozenset({"story", "mediator"})
# Refusals after which the text may lack its end, or the form its attempt: nothing to read again and send as it is.
UNFINISHED = frozenset({"no_attempt", "cut", "too_large"})
NAMES = ("cooperative", "topic", "story", "period", "others", "asked_internally", "publish", "follow_up", "exclude")


def common() -> dict[str, Any]:
    """What the templates of every page may use."""
    door = reception()
    limits = door.settings
    return {
        "max_files": limits.max_files,
        "max_megabytes": limits.max_bytes // 1_000_000,
        "reply_days": limits.reply_days,
        "reviewers": door.manifest.reviewers,
        "college": texts.college,
        "yes_no": texts.YES_NO,
    }


def sentences(problem: Problem) -> tuple[str, str]:
    """What a problem says in the language of the page. Words meant for the operator's terminal stay there."""
    plain = Problem(problem.status, problem.reason)
    return plain.french if language() == "fr" else plain.english


def problem_page(problem: Problem) -> str:
    """The page of a refusal before any view: the form again where it was the form, else what was typed, to copy."""
    if problem.typed and request.path == "/report/review":
        return form_page(problem.typed, problem)
    return render_template("problem.html", problem=sentences(problem), text=to_copy(problem.typed))


def to_copy(pairs: Pairs) -> str:
    """What somebody wrote in their own words."""
    return "\n\n".join(dict.fromkeys(value for name, value in pairs if name in WRITTEN and value))


def explain(error: Exception) -> tuple[Problem | None, tuple[FieldError, ...], int]:
    """What a failed form shows: a problem, or field errors, and the status."""
    if isinstance(error, FieldErrors):
        return None, error.errors, 413 if error.too_long else 400
    if isinstance(error, ExclusionError):
        return None, (FieldError("exclude", error.rule),), 400
    problem = _problem(error)
    return problem, (), problem.status


def _problem(error: Exception) -> Problem:
    if isinstance(error, Refusal):
        return error.problem
    if isinstance(error, ExpiredError):
        return Problem(503, "manifest_expired")
    if isinstance(error, FormatError):
        return Problem(400, "bad_body")
    if isinstance(error, BusyError | SealingError):
        return Problem(503, "busy")
    return Problem(500, "broken")


def form_page(pairs: Pairs = (), problem: Problem | None = None, errors: tuple[FieldError, ...] = ()) -> str:
    """The form, with what was typed before."""
    values = MultiDict(pairs)
    return render_template(
        "report.html",
        story="\n\n".join(dict.fromkeys(values.getlist("story"))),
        values=values,
        attempt=_attempt(values),
        topics=texts.topics(),
        publish=texts.PUBLISH,
        follow_ups=texts.FOLLOW_UPS,
        problem=problem and sentences(problem),
        errors=texts.error_lines(errors),
    )


def review_page(form: ReportForm, pairs: Pairs, problem: Problem | None = None) -> str:
    """The text to read again, with the field for documents."""
    values = MultiDict(pairs)
    return render_template(
        "review.html",
        values={"story": form.story},
        hints=hints("\n".join((form.story, form.fields.get("others", ""), form.fields.get("asked_internally", "")))),
        hint_labels=texts.HINTS,
        answers=texts.answers(form),
        hidden=[(name, value) for name in NAMES for value in values.getlist(name)],
        attempt=_attempt(values),
        problem=problem and sentences(problem),
    )


def refused(error: Exception, pairs: Pairs) -> Page:
    """The page of a report that was not taken: what happened, and everything typed, ready to be sent again."""
    problem, errors, status = explain(error)
    pairs = list(pairs)
    if problem and problem.reason not in UNFINISHED:
        try:
            return review_page(ReportForm.parse(pairs), pairs, problem), status
        except FieldErrors:
            pass  # cut in the middle: the form can show half a text, the page to read again cannot
    return form_page(pairs, problem, errors), status


def _attempt(values: MultiDict[str, str]) -> str:
    attempts = reception().attempts
    typed = values.get("attempt", "")
    return typed if attempts.open(typed) else attempts.draw()
