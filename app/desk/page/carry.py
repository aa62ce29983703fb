"""What comes and goes on sticks: a pickup, an outbox, an export. Paths are typed: the page runs on the same machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.carry.outboxes import make_outbox, write_again
from app.desk.carry.receive import Importer, Received
from app.desk.cases.exports import export_again, export_registry
from app.desk.core.bench import Desk
from app.desk.page.common import attempt, desk, drop_draft, keep_draft, page, refused, session, start
from app.desk.page.entry import come_by
from app.desk.page.jobs import Job, Progress, Told
from app.desk.page.paths import new_file, typed_path
from app.desk.page.sessions import Session
from app.errors import UserError

pages = Blueprint("carry", __name__)

IMPORTING = ("Import de la relève, puis ouverture", "Importing the pickup, then opening it")


@pages.get("/carry")
def carry() -> AnyResponse:
    """The three forms."""
    return page("carry.html")


@pages.post("/carry/import")
def take_in() -> AnyResponse:
    """Imports a pickup and opens what this reviewer may, with progress."""
    keep_draft()
    try:
        path = typed_path(request.form.get("path", ""))
    except UserError as error:
        refused(error, "import-path")
        return carry()
    drop_draft()
    return start(Job(IMPORTING, partial(_import, session(), desk(), path), "/cases"))


@pages.post("/carry/outbox")
def outbox() -> AnyResponse:
    """Writes the next outbox, or the last once more."""
    return attempt(lambda: _write(_outbox, _outbox_again), again=carry, to="/carry", field="outbox-path")


@pages.post("/carry/export")
def export() -> AnyResponse:
    """Writes the next export for the registry, or the last once more."""
    return attempt(lambda: _write(_export, _export_again), again=carry, to="/carry", field="export-path")


def _import(visitor: Session, here: Desk, path: Path, step: Progress) -> Told:
    report = Importer(here.store, here.settings, here.keyring.name).receive(path)
    opened = come_by(visitor, here, step)
    french = f"Enveloppes importées : {report.imported}, déjà là : {report.already}, refusées : {len(report.refused)}."
    english = f"Envelopes imported: {report.imported}, already here: {report.already}, refused: {len(report.refused)}."
    return Told(f"{french} {opened.french}", f"{english} {opened.english}", (*_lines(report), *opened.lines))


def _lines(report: Received) -> list[str]:
    missing = [f"Pickup {number} never came here. Ask the courier for it." for number in report.missing]
    return missing + [f"{one.id}: {one.why}" for one in report.refused]


def _write(new: Callable[[Path], Told], again: Callable[[Path], Told]) -> Told:
    text = request.form.get("path", "")
    return again(typed_path(text)) if "again" in request.form else new(new_file(text))


def _outbox(path: Path) -> Told:
    made = make_outbox(desk(), path)
    return _wrote(f"Colis {made.number}", f"Outbox {made.number}", path, made.receipts, made.replies)


def _outbox_again(path: Path) -> Told:
    made = write_again(desk(), path)
    return _wrote(f"Colis {made.number}", f"Outbox {made.number}", path, made.receipts, made.replies)


def _wrote(french: str, english: str, path: Path, receipts: int, replies: int) -> Told:
    return Told(
        f"{french} écrit dans {path} : {receipts} reçus, {replies} réponses et leurres.",
        f"{english} written to {path}: {receipts} receipts, {replies} replies and decoys.",
    )


def _export(path: Path) -> Told:
    made = export_registry(desk(), path)
    french = f"Export {made.sequence} écrit dans {path} : {made.entries} inscriptions."
    return Told(french, f"Export {made.sequence} written to {path}: {made.entries} entries.", made.aside)


def _export_again(path: Path) -> Told:
    made = export_again(desk(), path)
    french = f"Export {made.sequence} écrit à nouveau dans {path} : {made.entries} inscriptions."
    return Told(french, f"Export {made.sequence} written again to {path}: {made.entries} entries.")
