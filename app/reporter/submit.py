"""Taking a report: fields, attempt, codename, seal, store. Everything that can be refused before the files, is."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import partial

from app.domain.report import FieldError, FieldErrors, ReportForm
from app.reporter.attempt import claim
from app.reporter.reception import Reception
from app.reporter.sealing import ClaimOf, Content, Written
from app.web.languages import language
from app.web.multipart import Body
from app.web.problem import Refusal
from crypto import codename
from crypto.derive import CODE_BYTES, Mailbox
from crypto.errors import FormatError


@dataclass(frozen=True)
class Receipt:
    """What the page after a report shows.

    Args:
        words: the codename, unless the report is without follow-up.
        files: how many documents arrived with it.
        kept: this attempt had brought other content before; that first version is the one that counts.
        sealed: an envelope sealed elsewhere.
    """

    words: tuple[str, ...] = field(repr=False)
    files: int
    kept: bool
    sealed: bool = False


def receive(door: Reception, body: Body) -> Receipt:
    """Read one report to its end, its text fields having been read, and store it.

    Raises:
        FieldErrors, Refusal, SealingError, BusyError: nothing was stored; `body.fields` holds what was typed.
    """
    form = ReportForm.parse(body.fields, sealed=True)
    attempt = open_attempt(door, body.fields)
    door.manifest.check_fresh(door.today)
    door.manifest.recipients(form.exclude)
    body.check_announced()
    with door.uploads.one(door.circuit):
        return _receive_story(door, body, form, attempt) if form.story else _receive_sealed(door, body, form, attempt)


def open_attempt(door: Reception, pairs: list[tuple[str, str]]) -> bytes:
    """The attempt of a form.

    Raises:
        Refusal: it is missing, or not ours.
    """
    attempt = door.attempts.open(dict(pairs).get("attempt", ""))
    if attempt is None:
        raise Refusal(400, "no_attempt")
    return attempt


def _receive_story(door: Reception, body: Body, form: ReportForm, attempt: bytes) -> Receipt:
    follows = form.follow_up == "codename"
    # Without follow-up a code is drawn all the same, and derived, and forgotten: both answers take the same time.
    code = codename.draw(attempt, door.manifest.salt) if follows else os.urandom(CODE_BYTES)
    root = door.queue.for_report(code, door.circuit)

    def signer() -> Mailbox | None:
        mailbox = Mailbox.from_root(root.result())
        return mailbox if follows else None

    content = _content(body, form)
    claim_of = partial(claim, attempt, form.follow_up)
    try:
        first = door.store.find_claim(claim_of(b"").digest)
        if first is None:
            written = door.sealer.seal(content, claim_of, today=door.today, signer=signer)
        else:
            written = replace(door.sealer.digest(content), first=first)
            signer()
    finally:
        root.cancel()  # an upload that broke off takes no turn from the others
    words = codename.words(code, language()) if follows else ()
    return Receipt(words, written.files, _differs(written, claim_of))


def _receive_sealed(door: Reception, body: Body, form: ReportForm, attempt: bytes) -> Receipt:
    if not body.has_files:
        raise FieldErrors([FieldError("story", "missing")])
    claim_of = partial(claim, attempt, form.follow_up, sealed=True)
    try:
        written = door.sealer.keep(_content(body, form), claim_of, today=door.today)
    except FormatError:
        raise FieldErrors([FieldError("story", "not_sealed")]) from None
    return Receipt((), written.files, _differs(written, claim_of), sealed=True)


def _content(body: Body, form: ReportForm) -> Content:
    return Content(
        kind="report",
        story=form.story,
        language=language(),
        fields=form.fields,
        exclude=form.exclude,
        files=body.files(),
        expect=body.announced,
    )


def _differs(written: Written, claim_of: ClaimOf) -> bool:
    return written.first is not None and written.first != claim_of(written.digest).content
