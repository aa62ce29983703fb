"""What a mailbox sends: every kind is an envelope of its own, signed by the mailbox, for the same reviewers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from app.domain.report import MessageForm
from app.errors import BusyError
from app.reporter.attempt import message_claim
from app.reporter.inbox import Inbox, read_inbox
from app.reporter.reception import Reception
from app.reporter.sealing import Content, Written
from app.web.languages import language
from app.web.multipart import File
from app.web.problem import Refusal
from crypto.derive import Mailbox
from crypto.envelope_report import later_seq
from crypto.errors import SealingError


@dataclass(frozen=True)
class Thread:
    """One open mailbox during one request."""

    door: Reception = field(repr=False)
    root: bytes = field(repr=False)
    mailbox: Mailbox = field(repr=False)

    @classmethod
    def of(cls, door: Reception, root: bytes) -> Thread:
        return cls(door, root, Mailbox.from_root(root))

    def inbox(self) -> Inbox:
        """What waits today."""
        return read_inbox(self.door.store, self.door.manifest, self.mailbox, self.door.today)

    def send(self, kind: str, form: MessageForm, *, files: Iterable[File] = (), expect: int = 0) -> Written:
        """Seal one message for the desk. The reviewers that the first report excluded stay excluded, whatever a
        form says: a client that forgets them must not hand the message to them.

        Raises:
            ExpiredError, ExclusionError, BodyError, BusyError: nothing was stored.
        """
        door, today = self.door, self.door.today
        door.manifest.check_fresh(today)
        exclude = tuple(dict.fromkeys((*self.inbox().carried, *form.exclude)))
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
        claim_of = partial(message_claim, self.root)
        with door.uploads.one():
            return door.sealer.seal(content, claim_of, today=today, signer=lambda: self.mailbox, seq=later_seq(today))

    def erase(self) -> None:
        """Delete the replies here, then ask the desk to erase the case.

        Raises:
            Refusal: the replies are gone; the desk could not be asked yet.
        """
        exclude = self.inbox().carried  # known from the replies, which the next line deletes
        self.door.store.delete_replies(self.mailbox.locator)
        try:
            self.send("erase", MessageForm("", exclude, {"confirm": "yes"}))
        except (SealingError, BusyError):
            raise Refusal(503, "erase_waits") from None
