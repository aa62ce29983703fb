"""The desk's journal: whether it is whole, and its head, to be written on paper."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from app.desk.core.chain import journal_fault
from app.desk.page.common import desk, page

pages = Blueprint("journal", __name__)


@pages.get("/journal")
def journal() -> AnyResponse:
    """Verified each time it is looked at."""
    with desk().store.reading() as tx:
        fault, last = journal_fault(desk().keyring, tx), tx.last_line()
    return page("journal.html", fault=fault, last=last)
