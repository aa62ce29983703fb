"""The pages: first page, search, rules, notices, rights, data. Each view asks the store once and draws."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, request

from app.domain.collective import CASES_MIN, TOO_SMALL, WINDOW_MONTHS
from app.domain.deadlines import LEGAL_REPLY_DAYS, REVIEW_MONTHS, WITHDRAW_DAYS
from app.domain.durations import DURATIONS
from app.domain.duties import ANSWER_MONTHS, MORE_MONTHS
from app.domain.entry import FINDING_MAX, NAME_MONTHS, REPLY_LINES, Entry
from app.domain.gate import GROUP_MIN
from app.domain.guards import OPINION_DAYS, REPLY_DAYS, REPLY_EXTENSION
from app.domain.procedure import steps
from app.registry import asking, draw, wording
from app.registry.cooperatives import cooperative
from app.registry.draw import Shelf, shelf
from app.registry.entries import entry
from app.registry.feed import feed
from app.registry.log import checkpoint_path
from app.registry.rights import RIGHTS

NEWEST = 10
# Days whose changes are linked; the index of all of them is a file.
DAYS = 60

EXPORTS: tuple[tuple[str, wording.Words], ...] = (
    (
        "/export/entries.json",
        ("tout le registre, avec les signatures et le journal", "the whole register, with signatures and log"),
    ),
    ("/export/entries.csv", ("une ligne par constat, pour un tableur", "one row per finding, for a spreadsheet")),
    (
        "/export/statements.csv",
        ("une ligne par affirmation, avec sa source et son mois", "one row per claim, with its source and month"),
    ),
    ("/export/entries.ftm.json", ("entités FollowTheMoney", "FollowTheMoney entities")),
    ("/export/delta/index.json", ("les jours où quelque chose a changé", "the days on which something changed")),
    ("/openapi.json", ("description de ces adresses (OpenAPI)", "description of these addresses (OpenAPI)")),
)

# The numbers of the procedure that pages tell: those of the running programs, never written twice.
NUMBERS: dict[str, Any] = {
    "durations": DURATIONS,
    "name_months": NAME_MONTHS,
    "review_months": REVIEW_MONTHS,
    "group_min": GROUP_MIN,
    "opinion_days": OPINION_DAYS,
    "reply_days": REPLY_DAYS,
    "reply_extension": REPLY_EXTENSION,
    "reply_characters": FINDING_MAX,
    "reply_lines": REPLY_LINES,
    "insert_hours": LEGAL_REPLY_DAYS * 24,
    "withdraw_hours": WITHDRAW_DAYS * 24,
    "answer_months": ANSWER_MONTHS,
    "more_months": MORE_MONTHS,
    "cases_min": CASES_MIN,
    "window_months": WINDOW_MONTHS,
    "too_small": TOO_SMALL,
}

pages = Blueprint("pages", __name__)
pages.get("/entry/<regc_id>")(entry)
pages.get("/cooperative/<cooperative_id>")(cooperative)
pages.get("/feed.atom")(feed)


def register(app: Flask, found: Shelf) -> None:
    """Add every page under every prefix of a language."""
    app.extensions["shelf"] = found
    for prefix in wording.PREFIXES:
        app.register_blueprint(pages, name=f"pages{prefix.replace('/', '_')}", url_prefix=prefix or None)


@pages.get("/")
def home() -> Response:
    """What this is, a search box, the newest entries."""
    here = shelf()
    found = (stored.record for stored in here.store.newest(here.today, NEWEST))
    entries = [record for record in found if isinstance(record, Entry)]
    log = checkpoint_path(here)
    return draw.page(
        "home.html", log=log, entries=entries, asked=asking.NOTHING, fields=asking.FIELDS, errors={}, short=True
    )


@pages.get("/search")
def search() -> Response:
    """Entries by words and by what they are about; a question that makes no sense comes back with what to change."""
    here, asked = shelf(), asking.read(request.args)
    found = None if asked.errors else here.store.search(asked.query, here.today)
    if found and asked.page > found.pages:
        asked, found = asking.beyond(asked), None
    return draw.page(
        "search.html",
        400 if asked.errors else 200,
        noindex=asked.filtered,
        found=found,
        query=asked.query,
        asked=asked,
        errors=asked.errors,
        fields=asking.FIELDS,
        options=asking.OPTIONS,
    )


@pages.get("/policy")
def policy() -> Response:
    """How entries come, how long they stay, how to answer; the numbers are those the programs use."""
    return draw.page(
        "policy.html",
        steps=steps(wording.LANGUAGES.index(draw.lang())),
        nominative=shelf().settings.nominative,
        **NUMBERS,
    )


@pages.get("/reply")
def reply() -> Response:
    """For cooperatives and persons concerned: where to write, what to enclose, how long it takes."""
    return draw.page("reply.html", **NUMBERS)


@pages.get("/legal")
def legal() -> Response:
    """Who publishes, and what this site knows of its visitors."""
    return draw.page("legal.html", onion=shelf().settings.onion)


@pages.get("/rights")
def rights() -> Response:
    """What the law gives to members, with the text and the month it was checked (DOMAIN S0.27)."""
    return draw.page("rights.html", rights=RIGHTS)


@pages.get("/verify")
def verify() -> Response:
    """How to believe nothing of this site."""
    here = shelf()
    return draw.page("verify.html", roots=[issuer.root for issuer in here.settings.issuers], heads=here.store.logs())


@pages.get("/data")
def data() -> Response:
    """Every file that there is to take."""
    here = shelf()
    shown, ended = here.store.counts(here.today)
    days = sorted(here.store.change_days(here.today), reverse=True)
    # A day to come has no answer yet: an expiry is told on its day.
    known = [day for day in days if day <= here.today][:DAYS]
    log = checkpoint_path(here)
    return draw.page("data.html", exports=EXPORTS, log=log, days=known, shown=shown, ended=ended)
