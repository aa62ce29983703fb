"""The pages: first page, search, one entry, policy. Each view asks the store once and draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request

from app.clock import Clock
from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.domain.durations import DURATIONS
from app.domain.entry import FINDING_MAX, REPLY_LINES, Entry
from app.domain.guards import REPLY_DAYS, REPLY_EXTENSION
from app.domain.identifiers import REGC_ID
from app.domain.procedure import steps
from app.registry import wording
from app.stores.registry import Query, RegistryStore
from app.web.problem import Problem, Refusal

QUERY_MAX = 200
PAGE_DIGITS = 5

pages = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Shelf:
    """What every view reads: the store, and the clock that says which entries are still shown."""

    store: RegistryStore
    clock: Clock

    @property
    def today(self) -> date:
        return self.clock.today()


def register(app: Flask, shelf: Shelf) -> None:
    """Add every page under every prefix of a language."""
    app.extensions["shelf"] = shelf
    for prefix in wording.PREFIXES:
        app.register_blueprint(pages, name=f"pages{prefix.replace('/', '_')}", url_prefix=prefix or None)


@pages.get("/")
def home() -> str:
    """What this is, a search box, the newest entries."""
    shelf = _shelf()
    return _draw("home.html", found=shelf.store.search(Query(), shelf.today), query=Query())


@pages.get("/search")
def search() -> str:
    """Entries by words, country and category."""
    shelf, query = _shelf(), _query()
    return _draw("search.html", found=shelf.store.search(query, shelf.today), query=query)


@pages.get("/entry/<regc_id>")
def entry(regc_id: str) -> Response:
    """One entry; a neutral page when it has ended."""
    shelf = _shelf()
    stored = shelf.store.find(regc_id) if REGC_ID.fullmatch(regc_id) else None
    if stored is None:
        raise Refusal(404, "not_found")
    record = stored.record
    if not isinstance(record, Entry) or record.expires is None or record.expires <= shelf.today:
        return make_response(_draw("ended.html", regc_id=regc_id), 410)
    return make_response(_draw("entry.html", entry=record, issuer=stored.issuer))


@pages.get("/policy")
def policy() -> str:
    """How entries come, how long they stay, how to answer; the numbers are those the programs use."""
    return _draw(
        "policy.html",
        steps=steps(wording.LANGUAGES.index(wording.language_of(request.path))),
        durations=DURATIONS,
        reply_days=REPLY_DAYS,
        reply_extension=REPLY_EXTENSION,
        reply_characters=FINDING_MAX,
        reply_lines=REPLY_LINES,
    )


def _shelf() -> Shelf:
    shelf: Shelf = current_app.extensions["shelf"]
    return shelf


def problem_page(problem: Problem) -> str:
    """A refusal in the layout of the site, in the language of the address."""
    lang = wording.language_of(request.path)
    what, then = problem.english if lang == "en" and problem.english[0] else problem.french
    return _draw("problem.html", what=what, then=then)


def _query() -> Query:
    values = {name: request.args.get(name, "") for name in ("q", "country", "category", "page")}
    page = values["page"] or "1"
    known = values["country"] in {"", *COUNTRIES} and values["category"] in {"", *taxonomy.CATEGORIES}
    if (
        not known
        or len(values["q"]) > QUERY_MAX
        or not (page.isascii() and page.isdigit() and len(page) <= PAGE_DIGITS)
    ):
        raise Refusal(400, "bad_request")
    return Query(values["q"], values["country"], values["category"], max(1, int(page)))


def _draw(template: str, **values: Any) -> str:
    lang = wording.language_of(request.path)
    page = wording.speaker(lang)

    def label(table: dict[Any, tuple[str, str]], key: Any) -> str:
        return page(*table[key])

    return render_template(
        template,
        lang=lang,
        base="" if lang == "fr" else f"/{lang}",
        others={other: wording.NAMES[other] for other in wording.LANGUAGES if other != lang},
        here=_without_prefix(request.full_path.rstrip("?")),  # always below a prefix: never a //host
        t=page,
        label=label,
        public=lambda category, code="": page(*taxonomy.public_label(category, code)),
        month=lambda value: wording.month(value, lang),
        period=lambda value: wording.period(value, lang),
        taxonomy=taxonomy,
        countries=COUNTRIES,
        wording=wording,
        **values,
    )


def _without_prefix(path: str) -> str:
    for prefix in ("/fr", "/en"):
        if path == prefix or path.startswith((f"{prefix}/", f"{prefix}?")):
            return path.removeprefix(prefix) or "/"
    return path
