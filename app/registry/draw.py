"""What every page shares: the shelf it reads from, its language, and the words and labels its template uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request

from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.registry import wording
from app.settings import RegistrySettings
from app.stores.registry import RegistryStore
from app.web.problem import Problem

# A name, or an answer to one visitor's question, is for who reads it here, not for a search engine.
NOINDEX = "noindex, noarchive"


@dataclass(frozen=True)
class Shelf:
    """What every view reads: the store, and the settings with the clock that says which entries are still shown."""

    store: RegistryStore
    settings: RegistrySettings

    @property
    def today(self) -> date:
        return self.settings.clock.today()


def shelf() -> Shelf:
    """The shelf of the running app."""
    found: Shelf = current_app.extensions["shelf"]
    return found


def lang() -> str:
    """The language of the page being answered."""
    return wording.language_of(request.path)


def base() -> str:
    """What comes before every path of this site in the language of the page: nothing, or `/en`."""
    return "" if lang() == wording.LANGUAGES[0] else f"/{lang()}"


def say(pair: wording.Words) -> str:
    """One of both, in the language of the page."""
    return wording.speaker(lang())(*pair)


def page(template: str, status: int = 200, *, noindex: bool = False, **values: Any) -> Response:
    """A page of the site; `noindex` says so in its head and in its header."""
    response = make_response(draw(template, noindex=noindex, **values), status)
    if noindex:
        response.headers["X-Robots-Tag"] = NOINDEX
    return response


def go(path: str) -> Response:
    """A permanent way to another path of this site, in the language of the page."""
    return make_response(redirect(base() + path, 301))


def draw(template: str, **values: Any) -> str:
    """The text of a page."""
    here = lang()

    def label(table: dict[Any, wording.Words], key: Any) -> str:
        return say(table[key])

    return render_template(
        template,
        lang=here,
        base=base(),
        others={other: wording.NAMES[other] for other in wording.LANGUAGES if other != here},
        here=without_prefix(request.full_path.rstrip("?")),  # always below a prefix: never a //host
        t=wording.speaker(here),
        say=say,
        label=label,
        public=lambda category, code="": say(taxonomy.public_label(category, code)),
        month=lambda value: wording.month(value, here),
        period=lambda value: wording.period(value, here),
        taxonomy=taxonomy,
        countries=COUNTRIES,
        wording=wording,
        **{"noindex": False, **values},
    )


def problem_page(problem: Problem) -> str:
    """A refusal in the layout of the site, in the language of the address."""
    what, then = problem.english if lang() == "en" and problem.english[0] else problem.french
    return draw("problem.html", what=what, then=then, noindex=True)


def without_prefix(path: str) -> str:
    """A path without its language."""
    for prefix in ("/fr", "/en"):
        if path == prefix or path.startswith((f"{prefix}/", f"{prefix}?")):
            return path.removeprefix(prefix) or "/"
    return path
