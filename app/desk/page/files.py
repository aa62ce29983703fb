"""Attachments: saved as they came, in a folder in memory. The browser gets none: where it would put one is not ours."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.jobs import Told
from app.desk.page.common import attempt, desk, page
from app.desk.page.paths import typed_path
from app.desk.saving import save_case

pages = Blueprint("files", __name__)


@pages.route("/cases/<case_id>/files", methods=["GET", "POST"])
def originals(case_id: str) -> AnyResponse:
    """Saves every original of the case."""
    if request.method == "POST":
        return attempt(lambda: _save(case_id), again=_page, to=f"/cases/{case_id}/files", field="folder")
    return _page()


def _page() -> AnyResponse:
    return page("originals.html")


def _save(case_id: str) -> Told:
    folder = typed_path(request.form.get("folder", ""))
    saved = save_case(desk(), case_id, folder)
    return Told(
        f"Enregistré dans {folder} : {len(saved.names)} fichiers.",
        f"Saved in {folder}: {len(saved.names)} files.",
        (*saved.names, *saved.notes),
    )
