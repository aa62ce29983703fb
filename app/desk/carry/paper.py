"""Cases that come on paper or by a visit: typed at the desk, then like any other (DOMAIN S1.16, T8).

The story rests in a sealed file of the same form as an opened envelope, so that the gate, `case save` and the extracts
need not know where it came from. A codename drawn here opens the mailbox on the onion: the intake keeps no list of
codenames, so it need not be told. The words leave this module once and are kept nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from app.desk.carry.admission import NotYet, Rejected, Terms
from app.desk.carry.filing import Labels, file_envelope
from app.desk.carry.opening import Opened
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.evidence import context, new_name
from app.desk.core.keyring import KEY_BYTES
from app.desk.core.messages import message_of
from app.domain.paper_form import HEADERS, read_paper
from app.domain.report import FieldErrors, MessageForm
from app.errors import UserError
from app.stores.desk import Transaction
from app.stores.desk_carried import OPENED, EnvelopeRow
from crypto import codename, derive
from crypto.derive import Mailbox
from crypto.envelope import EnvelopeWriter
from crypto.envelope_reader import read_envelope
from crypto.envelope_report import ReportHead, later_seq
from crypto.errors import NoKeyError
from crypto.manifest import ExclusionError
from crypto.openpgp.sizes import FullBuffers
from crypto.sealed import SealedWriter

CHANNELS = ("paper", "visit")
LANGUAGES = ("fr", "en")
# A sheet that is older was found again in a drawer; more probably the year is mistyped.
AGE_MAX = timedelta(days=366)
# A story of the largest size, its fields and the padding.
ROOM_BYTES = 4_000_000
_KEPT = "Nothing was made."

_PROBLEMS = {
    ("header", "unknown"): f"a line above the story is none of: {', '.join(HEADERS)}",
    ("story", "missing"): "there is no story, or no empty line above it",
    ("story", "too_short"): "the story has fewer than 50 characters",
    ("story", "codename"): "the story is a codename: it is a key, and no story",
}
_BY_CODE = {
    "unknown": "has a value that is not on the list",
    "too_long": "is too long",
    "twice": "stands twice",
}


@dataclass(frozen=True)
class PaperForm:
    """What somebody typed.

    Attributes:
        fields: answers beside the story, under the names of the form.
        channel: one of CHANNELS.
        received: the day the sheet was opened or the person came.
        language: of the story, and of the codename's words.
        exclude: reviewers whom the person keeps out.
    """

    story: str = field(repr=False)
    received: date
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    channel: str = "paper"
    language: str = "fr"
    follow_up: str = "codename"
    exclude: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class NewCase:
    """A case that was typed. `codename`: eight words, once; None when the person wants no reply."""

    case_id: str
    label: str
    codename: tuple[str, ...] | None = field(default=None, repr=False)


def read_form(
    text: str, *, received: date, channel: str = "paper", language: str = "fr", follow_up: str = "codename"
) -> PaperForm:
    """A form from a typed text (`app.domain.paper_form`).

    Raises:
        UserError: what cannot be taken, by the names of the fields and never by what was typed.
    """
    try:
        form = read_paper(text, follow_up=follow_up)
    except FieldErrors as errors:
        raise _refused(errors) from None
    return PaperForm(form.story, received, form.fields, channel, language, form.follow_up, form.exclude)


def _refused(errors: FieldErrors) -> UserError:
    told = "; ".join(_PROBLEMS.get((e.field, e.code)) or f"{e.field} {_BY_CODE[e.code]}" for e in errors.errors)
    return UserError("The form cannot be taken as it is.", f"{told[:1].upper()}{told[1:]}. {_KEPT}")


def _no_print(_new: NewCase) -> None:
    """Whoever calls shows the words by other means."""


def new_case(desk: Desk, form: PaperForm, *, printed: Callable[[NewCase], None] = _no_print) -> NewCase:
    """Make the case.

    Args:
        printed: called before anything is committed, to write the words down; when it fails there is no case.

    Raises:
        UserError: a day, a channel or a name that cannot be, or a reviewer whom the person or a link keeps out.
        BusyError: the disk is full, or another command is opening envelopes.
    """
    terms = _terms(desk, form)
    words, mailbox = _draw(desk, form)
    sheet = _Sheet("report", form.story, form.fields, form.language, form.received, form.exclude)
    with desk.evidence.lock(), _sealed(desk, sheet, mailbox, terms) as opened, desk.store.writing() as tx:
        try:
            case = file_envelope(desk, tx, opened, Labels(desk))
        except NoKeyError:
            raise UserError(
                "You declared a link to this cooperative: you cannot take this case in.",
                f"Another reviewer types it. {_KEPT}",
            ) from None
        # Somebody has read it: the person who typed it.
        case = desk.save(tx, case, replace(case.with_facts(opened=True), channel=form.channel))
        desk.log(tx, "set", case=case, reason=f"channel={form.channel} received={form.received.isoformat()}")
        new = NewCase(case.id, case.record.label, words)
        printed(new)
    return new


def case_of_codename(desk: Desk, typed: str) -> OpenCase:
    """The case of somebody who comes back with their words.

    Raises:
        UserError: not a codename, or one of no case that this reviewer may open; which of the two is not said.
    """
    with desk.store.writing() as tx:
        case = _case_of(desk, tx, _mailbox_of(desk, typed))
        desk.log(tx, "visit", case=case)
    return case


def add_message(desk: Desk, typed: str, story: str) -> OpenCase:
    """What somebody who came back adds to their case, as if they had written it at the onion.

    Raises:
        UserError: as for `case_of_codename`; or a text that is empty, too long, or a codename itself.
    """
    try:
        story = MessageForm.parse([("story", story)]).story
    except FieldErrors as errors:
        raise _refused(errors) from None
    mailbox = _mailbox_of(desk, typed)
    with desk.store.reading() as tx:
        record = _case_of(desk, tx, mailbox).record
    sheet = _Sheet("message", story, {}, record.language or LANGUAGES[0], desk.today, record.excluded)
    terms = Terms(record.allowed, record.excluded)
    with desk.evidence.lock(), _sealed(desk, sheet, mailbox, terms) as opened, desk.store.writing() as tx:
        try:
            return file_envelope(desk, tx, opened, Labels(desk))
        except (Rejected, NotYet, NoKeyError):  # the case changed meanwhile: merged, erased, ended, handed on
            raise UserError("This case takes no message now.", "Nothing was changed. Look at the case again.") from None


def _mailbox_of(desk: Desk, typed: str) -> Mailbox:
    try:
        return _mailbox(desk, codename.parse(typed))
    except codename.CodenameError as error:
        raise UserError("These words are no codename.", f"{_sentence(error)} Read the paper again.") from None


def _case_of(desk: Desk, tx: Transaction, mailbox: Mailbox) -> OpenCase:
    case_id = tx.case_of_mailbox(desk.keyring.tag("mailbox", mailbox.locator))
    case = desk.find(tx, case_id) if case_id else None
    if case is None:
        raise UserError(
            "You have no case with this codename.",
            "Its report may still be on its way, or another reviewer may have it.",
        )
    return case


def _terms(desk: Desk, form: PaperForm) -> Terms:
    """Who may open the case, once everything about the form was checked."""
    if form.channel not in CHANNELS or form.language not in LANGUAGES:
        raise UserError("A case is typed from paper or from a visit, in French or in English.", _KEPT)
    if not desk.today - AGE_MAX <= form.received <= desk.today:
        raise UserError("The day it was received lies in the future, or more than a year ago.", _KEPT)
    if desk.keyring.name in form.exclude:
        raise UserError("The person kept you out of this case.", f"Put the sheet away: another types it. {_KEPT}")
    manifest = desk.keyring.manifest
    try:
        manifest.recipients(form.exclude)
    except ExclusionError as error:
        why = {"unknown": "A name to keep out is no reviewer of this desk."}.get(
            error.rule, "Too many reviewers are kept out: two of two colleges must remain."
        )
        raise UserError(why, f"See the names with: sourdine reviewers show. {_KEPT}") from None
    allowed = tuple(one.name for one in manifest.reviewers if one.name not in form.exclude)
    return Terms(allowed, tuple(one.name for one in manifest.reviewers if one.name in form.exclude))


def _draw(desk: Desk, form: PaperForm) -> tuple[tuple[str, ...] | None, Mailbox | None]:
    if form.follow_up == "none":
        return None, None
    code = codename.draw(secrets.token_bytes(codename.ATTEMPT_BYTES), desk.keyring.manifest.salt)
    return codename.words(code, form.language), _mailbox(desk, code)


def _mailbox(desk: Desk, code: bytes) -> Mailbox:
    manifest = desk.keyring.manifest
    return Mailbox.from_root(derive.root(code, manifest.salt, manifest.kdf))


@dataclass(frozen=True)
class _Sheet:
    """What rests in the file of one typed message."""

    kind: str
    story: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    language: str
    day: date
    exclude: tuple[str, ...]


@contextmanager
def _sealed(desk: Desk, sheet: _Sheet, mailbox: Mailbox | None, terms: Terms) -> Iterator[Opened]:
    """The sealed file, as if an envelope had been opened; gone again unless the block ends well."""
    name, key = new_name(), secrets.token_bytes(KEY_BYTES)
    desk.evidence.check_space(ROOM_BYTES)
    with desk.evidence.sealing(name) as part:
        with SealedWriter(part.write, key, context(name)) as writer:
            envelope = EnvelopeWriter(lambda chunk: writer.write(bytes(chunk)), framing=FullBuffers())
            envelope.message(sheet.story)
            envelope.finish(_head(desk, sheet), mailbox)
        part.keep()
    # This row is never stored: no envelope came, and none is owed a receipt.
    row = EnvelopeRow(name, "", 0, 0, sheet.day, OPENED)
    try:
        with desk.evidence.reader(name, key) as reader:
            message = message_of(read_envelope(reader), row, key=key, evidence=name)
        yield Opened(row, name, message, terms)
    except BaseException:
        desk.evidence.drop(name)
        raise


def _head(desk: Desk, sheet: _Sheet) -> ReportHead:
    manifest = desk.keyring.manifest
    known = {reviewer.name for reviewer in manifest.reviewers}
    return ReportHead(
        instance=desk.keyring.instance,
        report_id=secrets.token_hex(16),
        kind=sheet.kind,
        manifest_version=manifest.version,
        manifest_digest=manifest.digest,
        recipients=manifest.recipients(known.intersection(sheet.exclude)),
        language=sheet.language,
        fields=sheet.fields,
        seq=0 if sheet.kind == "report" else later_seq(sheet.day),
    )


def _sentence(error: codename.CodenameError) -> str:
    if isinstance(error, codename.UnlistedWord):
        return f"Word {error.position} is in no list."
    if isinstance(error, codename.WrongCount):
        return f"There are {codename.WORDS} words in a codename."
    return "One word or the order is wrong."
