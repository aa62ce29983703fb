"""What ends a case: a dossier for an authority, a second reading, the purge and its record."""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response as AnyResponse

from app.desk.cases.referral import Wanted, write_dossier
from app.desk.cases.review import OUTCOMES, record, review_of
from app.desk.core.texts import messages_of
from app.desk.keep.purge import confirm_destroyed, purge, record_of
from app.desk.keep.retention import days_of
from app.desk.page.acts import Act, carry_out, typed
from app.desk.page.common import desk, page, this_case
from app.desk.page.jobs import Told
from app.desk.page.paths import new_file, typed_path
from app.transfer.files import open_plain

pages = Blueprint("ending", __name__)

CERT_BYTES = 1024 * 1024


@pages.get("/cases/<case_id>/end")
def end(case_id: str) -> AnyResponse:
    """Dossier, second reading, purge."""
    case = this_case()
    with desk().store.reading() as tx:
        days, review = days_of(desk(), tx, case), review_of(tx, case)
        messages = messages_of(case, tx, desk())
    record = record_of(desk(), case_id) if case.record.purged else None
    return page("end.html", days=days, review=review, outcomes=OUTCOMES, messages=messages, record=record)


@pages.post("/cases/<case_id>/end/<act>")
def change(case_id: str, act: str) -> AnyResponse:
    """One of the forms of that page."""
    return carry_out(ACTS, act, case_id=case_id, again=lambda: end(case_id), to=f"/cases/{case_id}/end")


def _dossier(case_id: str) -> Told:
    cert = b""
    if typed("cert"):
        with open_plain(typed_path(typed("cert")), limit=CERT_BYTES) as stream:
            cert = stream.read()
    chosen = [name.removeprefix("file-").split("-") for name in request.form if name.startswith("file-")]
    files = tuple((int(position), int(n)) for position, n in chosen)
    wanted = Wanted(typed("authority"), typed("established"), "words" in request.form, files, cert)
    made = write_dossier(desk(), case_id, new_file(typed("path")), wanted)
    return Told(f"Dossier {made.reference} écrit.", f"Dossier {made.reference} written.", (f"SHA-256 {made.digest}",))


def _review(case_id: str) -> Told:
    record(desk(), case_id, typed("outcome"), typed("remarks"))
    return Told("Seconde lecture notée.", "The second reading is recorded.")


def _purge(case_id: str) -> Told:
    done = purge(desk(), case_id, typed("reason"))
    if done.waiting_for:
        french = "Votre signature attend celle d'un autre collège. Rien n'est détruit."
        return Told(french, "Your signature waits for that of another college. Nothing is destroyed.")
    french = "Le dossier est détruit. Ce qui reste à détruire à la main est écrit plus bas."
    return Told(french, "The case is destroyed. What must still be destroyed by hand is written below.")


def _destroyed(case_id: str) -> Told:
    confirm_destroyed(desk(), case_id)
    return Told("Les supports sont notés comme détruits.", "The media are recorded as destroyed.")


ACTS = {
    "dossier": Act(_dossier, "authority"),
    "review": Act(_review, "remarks"),
    "purge": Act(_purge, "purge-reason"),
    "destroyed": Act(_destroyed, "destroyed"),
}
