"""The registry entry of a case: draft, what the gate finds, notice, answer of the cooperative, signatures."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.answers import Received, answer_entry, authorities, refuse_answer
from app.desk.cases.entries import draft_entry, entry_findings, sign_entry
from app.desk.cases.entry_reading import ASSIGNED
from app.desk.cases.letters import make_notice
from app.desk.cases.steps import add_step
from app.desk.core.entry_paper import EntryPaper, load_paper
from app.desk.page.common import attempt, desk, page, this_case
from app.desk.page.jobs import Told
from app.desk.page.paths import new_file
from app.desk.page.wording import STEPS
from app.domain.draft import NAME, SHEET
from app.errors import UserError

pages = Blueprint("registry", __name__)

COUNTED = frozenset({"schema", "version", "corrections", "adversarial"})
SIGNED = Told("Deux collèges ont signé l'inscription.", "Two colleges have signed the entry.")
FIRST = Told("Votre signature attend celle d'un autre collège.", "Your signature waits for that of another college.")
ANSWERED = Told(
    "La réponse de la coopérative est à côté du constat. Les signatures d'avant ne valent plus.",
    "The answer stands beside the finding. Earlier signatures of the entry are void.",
)
REFUSED = Told(
    "La raison est à côté du constat. Les signatures d'avant ne valent plus.",
    "The reason stands beside the finding. Earlier signatures of the entry are void.",
)
ADDED = Told(
    "L'étape est dans la version suivante : deux collèges la signent.",
    "The step is in the next version: two colleges sign it.",
)


@pages.route("/cases/<case_id>/entry", methods=["GET", "POST"])
def entry(case_id: str) -> AnyResponse:
    """Draft and findings."""
    if request.method == "POST":
        return attempt(lambda: _draft(case_id), again=_entry_page, to=f"/cases/{case_id}/entry", field="draft")
    return _entry_page()


@pages.post("/cases/<case_id>/entry/sign")
def sign(case_id: str) -> AnyResponse:
    """Signs it as it stands."""
    to, read = f"/cases/{case_id}/entry", request.form.get("digest", "")
    signs = partial(sign_entry, desk(), case_id, read)
    return attempt(lambda: FIRST if signs() else SIGNED, again=_entry_page, to=to, field="sign")


@pages.post("/cases/<case_id>/entry/notice")
def notice(case_id: str) -> AnyResponse:
    """The letter to the cooperative, to print and post."""
    return attempt(lambda: _notice(case_id), again=_entry_page, to=f"/cases/{case_id}/entry", field="notice-path")


@pages.post("/cases/<case_id>/entry/answer")
def answer(case_id: str) -> AnyResponse:
    """The cooperative's own words, beside the finding."""
    return attempt(lambda: _answer(case_id), again=_entry_page, to=f"/cases/{case_id}/entry", field="answer")


@pages.post("/cases/<case_id>/entry/refuse")
def refuse(case_id: str) -> AnyResponse:
    """Why an answer is not published, beside the finding."""
    return attempt(lambda: _refuse(case_id), again=_entry_page, to=f"/cases/{case_id}/entry", field="refuse")


@pages.post("/cases/<case_id>/entry/step")
def step(case_id: str) -> AnyResponse:
    """What became of the recommendations, beside a published entry."""
    return attempt(lambda: _step(case_id), again=_entry_page, to=f"/cases/{case_id}/entry", field="step")


def _entry_page() -> AnyResponse:
    with desk().store.reading() as tx:
        paper = load_paper(this_case(), tx)
        findings = entry_findings(desk(), tx, this_case(), paper) if paper else ()
        proofs = authorities(tx, this_case())
    draft = _as_typed(paper) if paper else ""
    whole = json.dumps(paper.record.to_dict(), ensure_ascii=False, indent=2) if paper else ""
    return page("entry.html", paper=paper, whole=whole, findings=findings, draft=draft, proofs=proofs, steps=STEPS)


def _as_typed(paper: EntryPaper) -> str:
    """What an analyst would type to get this record: without what the desk alone writes."""
    whole = paper.record.to_dict()
    if paper.entry is None:
        ended = {"status": whole["status"], "replaced_by": whole["replaced_by"]}
        return json.dumps({name: value for name, value in ended.items() if value}, indent=2)
    # Once it left, status and dates are part of the next version.
    counted = ASSIGNED if paper.published is None else COUNTED
    record = {name: value for name, value in whole.items() if name not in counted}
    if paper.beside:
        nominative = record["body"]["nominative"]
        del nominative["digest"]  # the desk writes it
        record["body"] = record["body"] | {NAME: paper.beside.text}
    sheet: dict[str, Any] = {SHEET: asdict(paper.sheet)} if paper.sheet else {}
    return json.dumps(record | sheet, ensure_ascii=False, indent=2)


def _draft(case_id: str) -> Told:
    try:
        raw = json.loads(request.form.get("draft", ""), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UserError("The draft is not JSON.", "Look for a missing comma or quote. Nothing was changed.") from None
    found = len(draft_entry(desk(), case_id, raw))
    return Told(f"Brouillon gardé. Le contrôle relève : {found}.", f"The draft is kept. The gate finds: {found}.")


def _notice(case_id: str) -> Told:
    path = new_file(request.form.get("path", ""))
    make_notice(desk(), case_id, path)
    return Told(
        f"La lettre est dans {path} : imprimez-la, faites-la signer, postez-la en recommandé avec accusé de réception.",
        f"The letter is in {path}: print it, have it signed, and post it with proof of receipt.",
    )


def _answer(case_id: str) -> Told:
    answer_entry(desk(), case_id, request.form.get("answer", ""), _received())
    return ANSWERED


def _refuse(case_id: str) -> Told:
    refuse_answer(desk(), case_id, request.form.get("refuse", ""), _received())
    return REFUSED


def _step(case_id: str) -> Told:
    add_step(desk(), case_id, request.form.get("status", ""), request.form.get("note", ""))
    return ADDED


def _received() -> Received:
    typed, legal = request.form.get("received", ""), request.form.get("legal") == "yes"
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise UserError("A day is written like 2026-11-02.", "Nothing was changed.") from None
    return Received(day, request.form.get("authority", ""), legal)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A field that stands twice would be read differently by the two people who sign."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise UserError("A field of the draft stands twice.", "Remove one. Nothing was changed.")
    return dict(pairs)
