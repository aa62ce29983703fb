"""What a mailbox sends: every kind is an envelope of its own, signed by the mailbox, for the same reviewers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial

from app.domain.report import MessageForm
from app.errors import BusyError
from app.reporter.attempt import answer_claim, message_claim
from app.reporter.inbox import Inbox, read_inbox
from app.reporter.reception import Reception
from app.reporter.sealing import ClaimOf, Content, Written
from app.web.languages import language
from app.web.multipart import File
from app.web.problem import Refusal
from crypto.derive import Mailbox
from crypto.envelope_report import later_seq
from crypto.errors import SealingError


@dataclass(frozen=True)
class Thread:
    """One open mailbox during one request.

    Args:
        known: reviewers that its owner excluded, as far as replies and the session tell; the server has no list.
    """

    door: Reception = field(repr=False)
    root: bytes = field(repr=False)
    mailbox: Mailbox = field(repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, door: Reception, root: bytes, known: tuple[str, ...] = ()) -> Thread:
        return cls(door, root, Mailbox.from_root(root), known)

    def inbox(self) -> Inbox:
        """What waits today."""
        return read_inbox(self.door.store, self.door.manifest, self.mailbox, self.door.today)

    def knowing(self, ticked: Iterable[str] = ()) -> Thread:
        """The same, with what the replies and a form add to what is known. Once excluded, always excluded, whatever
        a later form says: a client that forgets somebody must not hand a message to them.

        Raises:
            ExclusionError: a form excludes somebody unknown, or too many.
        """
        known = tuple(dict.fromkeys((*self.known, *self.inbox().carried)))
        both = tuple(dict.fromkeys((*known, *ticked)))
        if both != known:
            self.door.manifest.recipients(both)
        return replace(self, known=both)

    def send(self, kind: str, form: MessageForm, *, files: Iterable[File] = (), expect: int = 0) -> Written:
        """Seal one message for the desk, without the reviewers that are known to be excluded or that the form adds.

        Raises:
            ExpiredError, ExclusionError, BodyError, BusyError: nothing was stored.
        """
        door, today = self.door, self.door.today
        door.manifest.check_fresh(today)
        exclude = self.knowing(form.exclude).known
        door.manifest.recipients(exclude)
        content = Content(
            kind=kind,
            story=form.story,
            language=language(),
            fields=form.fields,
            exclude=exclude,
            files=files,
            expect=expect,
        )
        claim_of: ClaimOf = partial(message_claim, self.root) if kind == "message" else answer_claim
        with door.uploads.one(door.circuit):
            return door.sealer.seal(content, claim_of, today=today, signer=lambda: self.mailbox, seq=later_seq(today))

    def erase(self, form: MessageForm) -> None:
        """Delete the replies here, then ask the desk to erase the case. What is `knowing` before must be kept for
        another try: the replies that told it are gone.

        Raises:
            Refusal: the replies are gone; the desk could not be asked yet.
        """
        self.door.store.delete_replies(self.mailbox.locator)
        try:
            self.send("erase", form)
        except (SealingError, BusyError):
            raise Refusal(503, "erase_waits") from None
