"""Attachments: what they are, what would betray the reporter, a copy in pixels and text, and the originals to save.

The browser gets no original: where it would put one is not ours to say. Copies live in the session's memory only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from io import BytesIO

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.saving import open_attachment, save_case
from app.desk.core.bench import Desk
from app.desk.core.messages import Attachment
from app.desk.core.texts import messages_of
from app.desk.files import limits
from app.desk.files.answers import Examined, SafeCopy
from app.desk.files.sandbox import examine, safe_copy
from app.desk.page.common import attempt, desk, page, session, start, this_case
from app.desk.page.jobs import Job, Progress, Told
from app.desk.page.paths import typed_path
from app.desk.page.sessions import Session
from app.errors import UserError
from app.web.problem import Refusal

pages = Blueprint("files", __name__)

EXAMINING = ("Examen du document dans une boîte fermée", "Examining the document in a closed box")
EXAMINED = Told("Document examiné.", "The document was examined.")
Key = tuple[str, int, int]


@dataclass(frozen=True)
class Looked:
    """What one attachment turned out to be."""

    examined: Examined = field(repr=False)
    copy: SafeCopy = field(repr=False)

    @property
    def size(self) -> int:
        return sum(len(one.png) for one in self.copy.pages) + len(self.copy.text)


@pages.route("/cases/<case_id>/files", methods=["GET", "POST"])
def originals(case_id: str) -> AnyResponse:
    """Saves every original of the case."""
    if request.method == "POST":
        return attempt(lambda: _save(case_id), again=_originals, to=f"/cases/{case_id}/files", field="folder")
    return _originals()


@pages.route("/cases/<case_id>/files/<int:position>/<int:n>", methods=["GET", "POST"])
def attachment(case_id: str, position: int, n: int) -> AnyResponse:
    """What it is; a POST has it looked at in the sandbox."""
    file, key = _file(position, n), (case_id, position, n)
    if request.method == "POST":
        work = partial(_look, session(), desk(), key)
        return start(Job(EXAMINING, work, f"/cases/{case_id}/files/{position}/{n}"))
    return page("attachment.html", file=file, position=position, looked=session().copies.get(key))


@pages.get("/cases/<case_id>/files/<int:position>/<int:n>/pages/<int:number>")
def picture(case_id: str, position: int, n: int, number: int) -> Response:
    """One page of a safe copy: pixels that were drawn here."""
    looked = session().copies.get((case_id, position, n))
    if looked is None or not 1 <= number <= len(looked.copy.pages):
        raise Refusal(404, "not_found")
    return Response(looked.copy.pages[number - 1].png, mimetype="image/png")


def _file(position: int, n: int) -> Attachment:
    with desk().store.reading() as tx:
        messages = messages_of(this_case(), tx, desk())
    files = messages[position - 1].files if 1 <= position <= len(messages) else ()
    if not 1 <= n <= len(files):
        raise Refusal(404, "not_found")
    return files[n - 1]


def _look(visitor: Session, here: Desk, key: Key, step: Progress) -> Told:
    with open_attachment(here, *key) as (file, stream):
        if file.size > limits.FILE_BYTES:
            raise UserError(
                "This document is too large to be looked at here.", "Save the original. Nothing was opened."
            )
        data = BytesIO(stream.read())
    step(0, 2)
    examined = examine(data, file.size, name=file.name)
    step(1, 2)
    data.seek(0)
    looked = Looked(examined, safe_copy(data, file.size, name=file.name))
    if visitor.desk is here:  # else it was locked meanwhile
        visitor.copies.put(key, looked, looked.size)
    return EXAMINED


def _originals() -> AnyResponse:
    return page("originals.html")


def _save(case_id: str) -> Told:
    folder = typed_path(request.form.get("folder", ""))
    saved = save_case(desk(), case_id, folder)
    return Told(
        f"Enregistré dans {folder} : {len(saved.names)} fichiers.",
        f"Saved in {folder}: {len(saved.names)} files.",
        (*saved.names, *saved.notes),
    )
