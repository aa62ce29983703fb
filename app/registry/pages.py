"""The pages: first page, search, one entry, policy. Each view asks the store once and draws."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, Response, make_response, render_template, request

from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.domain.durations import DURATIONS
from app.domain.entry import FINDING_MAX, REPLY_LINES, Entry
from app.domain.guards import REPLY_DAYS, REPLY_EXTENSION
from app.domain.identifiers import REGC_ID
from app.registry import wording
from app.settings import RegistrySettings
from app.stores.registry import Query, RegistryStore
from app.web.problem import Problem, Refusal

QUERY_MAX = 200
PAGE_DIGITS = 5


class Pages:
    """The views over one store."""

    def __init__(self, settings: RegistrySettings, store: RegistryStore) -> None:
        self._settings = settings
        self._store = store

    def register(self, app: Flask) -> None:
        """Add every page in every language."""
        views = {"/": self.home, "/search": self.search, "/entry/<regc_id>": self.entry, "/policy": self.policy}
        for prefix, lang in wording.PREFIXES.items():
            for rule, view in views.items():
                name = f"{view.__name__}{prefix.replace('/', '_')}"
                app.add_url_rule(prefix + rule, name, partial(view, lang=lang), methods=["GET"])

    def home(self, lang: str) -> str:
        """What this is, a search box, the newest entries."""
        return _draw("home.html", lang, found=self._store.search(Query(), self._today), query=Query())

    def search(self, lang: str) -> str:
        """Entries by words, country and category."""
        query = _query()
        return _draw("search.html", lang, found=self._store.search(query, self._today), query=query)

    def entry(self, regc_id: str, lang: str) -> Response:
        """One entry; a neutral page when it has ended."""
        stored = self._store.find(regc_id) if REGC_ID.fullmatch(regc_id) else None
        if stored is None:
            raise Refusal(404, "not_found")
        entry = stored.record
        if not isinstance(entry, Entry) or entry.expires is None or entry.expires <= self._today:
            return make_response(_draw("ended.html", lang, regc_id=regc_id), 410)
        return make_response(_draw("entry.html", lang, entry=entry, issuer=stored.issuer))

    def policy(self, lang: str) -> str:
        """How entries come, how long they stay, how to answer; the numbers are those the programs use."""
        return _draw(
            "policy.html",
            lang,
            durations=DURATIONS,
            reply_days=REPLY_DAYS,
            reply_extension=REPLY_EXTENSION,
            reply_characters=FINDING_MAX,
            reply_lines=REPLY_LINES,
        )

    @property
    def _today(self) -> Any:
        return self._settings.clock.today()


def problem_page(problem: Problem) -> str:
    """A refusal in the layout of the site, in the language of the address."""
    lang = wording.language_of(request.path)
    what, then = problem.english if lang == "en" and problem.english[0] else problem.french
    return _draw("problem.html", lang, what=what, then=then)


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


def _draw(template: str, lang: str, **values: Any) -> str:
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
