"""Pages with several small forms: each form names its act, each act is one service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.page.common import attempt, desk
from app.desk.page.jobs import Told
from app.errors import UserError
from app.web.problem import Refusal


@dataclass(frozen=True)
class Act:
    """What a form does, and the id of the field to look at when it is refused."""

    run: Callable[[str], Told]
    field: str


def carry_out(
    acts: Mapping[str, Act], act: str, *, case_id: str = "", again: Callable[[], AnyResponse], to: str
) -> AnyResponse:
    """Do what the form says.

    Args:
        case_id: given to the act.
        again: draws the page again when the act is refused.
        to: the path of the page that follows.
    """
    wanted = acts.get(act)
    if wanted is None:
        raise Refusal(404, "not_found")
    return attempt(lambda: wanted.run(case_id), again=again, to=to, field=wanted.field)


def typed(name: str) -> str:
    """A field of the form, without the spaces around it."""
    return request.form.get(name, "").strip()


def typed_day(name: str) -> date:
    """A day of the form; nothing is today.

    Raises:
        UserError: not a day.
    """
    text = typed(name)
    try:
        return date.fromisoformat(text) if text else desk().today
    except ValueError:
        raise UserError("A day is written YYYY-MM-DD.", "Nothing was changed.") from None
