"""What a reporter sent, as a case keeps it: text and names sealed in the row, the files in one sealed file beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.desk.core.bench import OpenCase
from app.desk.files import kinds
from app.stores.desk_carried import EnvelopeRow
from app.stores.desk_cases import MessageRow
from crypto import canonical
from crypto.derive import MailboxKeys
from crypto.envelope_reader import OpenedEnvelope
from crypto.fields import from_b64, to_b64
from crypto.openpgp.packets import is_encrypted_message

PREFIX_BYTES = 4096
# Kinds that say something in words; the others are answers to closed questions.
WORDED = frozenset({"report", "message", "retaliation"})


@dataclass(frozen=True)
class Attachment:
    """A file of a message. `type`: a media type, told from its bytes.

    `sealed`: it is itself an OpenPGP message, of which the desk opens one layer.
    """

    n: int
    name: str = field(repr=False)
    type: str
    size: int
    sealed: bool


@dataclass(frozen=True)
class Message:
    """One message. `key` opens its sealed file `evidence`; the first report has `seq` 0, later ones their day in it."""

    kind: str
    seq: int
    day: date
    report_id: str = field(repr=False)
    language: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    story: str = field(repr=False)
    files: tuple[Attachment, ...] = field(repr=False)
    key: bytes = field(repr=False)
    evidence: str = ""
    pickup: int = 0
    keys: MailboxKeys | None = field(default=None, repr=False)

    @property
    def moment(self) -> tuple[int, int]:
        """When it was sent, as far as anybody knows: the day in its number, then the pickup that brought it."""
        return (self.seq >> 32, self.pickup)

    @property
    def worded(self) -> bool:
        """Has something to read, so that it is listed among the messages."""
        return self.kind in WORDED and bool(self.story or self.files or self.kind == "report")

    def to_bytes(self) -> bytes:
        return canonical.dumps(
            {
                "kind": self.kind,
                "seq": self.seq,
                "day": self.day.isoformat(),
                "report_id": self.report_id,
                "language": self.language,
                "fields": dict(self.fields),
                "story": self.story,
                "files": [vars(file) for file in self.files],
                "key": to_b64(self.key),
                "evidence": self.evidence,
                "pickup": self.pickup,
                "keys": self.keys and {"hpke": to_b64(self.keys.hpke), "ed25519": to_b64(self.keys.ed25519)},
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Message:
        value: dict[str, Any] = canonical.loads(data)
        keys = value["keys"] and MailboxKeys(*(from_b64(value["keys"][name]) for name in ("hpke", "ed25519")))
        return cls(
            kind=value["kind"],
            seq=value["seq"],
            day=date.fromisoformat(value["day"]),
            report_id=value["report_id"],
            language=value["language"],
            fields=value["fields"],
            story=value["story"],
            files=tuple(Attachment(**file) for file in value["files"]),
            key=from_b64(value["key"]),
            evidence=value["evidence"],
            pickup=value["pickup"],
            keys=keys,
        )


def message_of(opened: OpenedEnvelope, row: EnvelopeRow, *, key: bytes, evidence: str) -> Message:
    """What to keep of an envelope that was opened and checked, and rests in the file `evidence` under `key`."""
    head = opened.report.head
    return Message(
        kind=head.kind,
        seq=head.seq,
        day=row.imported,
        report_id=head.report_id,
        language=head.language,
        fields=head.fields,
        story=opened.message,
        files=tuple(
            Attachment(file.n, file.name, _type(opened, file.n), file.size, _is_sealed(opened, file.n))
            for file in opened.files
        ),
        key=key,
        evidence=evidence,
        pickup=row.pickup,
        keys=opened.report.mailbox,
    )


def message_in(case: OpenCase, row: MessageRow) -> Message:
    """One message of a case."""
    return Message.from_bytes(case.open(f"message/{row.id}", row.sealed))


def _type(opened: OpenedEnvelope, n: int) -> str:
    """What the bytes say: what the sender's program declared is anybody's word."""
    with opened.open_file(n) as stream:
        prefix = stream.read(kinds.PREFIX)
    with opened.open_file(n, last=kinds.TAIL) as stream:
        return kinds.media_type(prefix, stream.read())


def _is_sealed(opened: OpenedEnvelope, n: int) -> bool:
    with opened.open_file(n) as stream:
        return is_encrypted_message(stream.read(PREFIX_BYTES))
