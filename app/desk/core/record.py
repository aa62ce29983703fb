"""What a case says, as one sealed text: the facts of the procedure and what only the desk needs beside them."""

from __future__ import annotations

import dataclasses
import secrets
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from app.domain.facts import CaseFacts
from crypto import canonical
from crypto.derive import MailboxKeys
from crypto.fields import from_b64, to_b64

# 60 random bits: an id tells nothing and is short enough to type.
ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
ID_LENGTH = 12


@dataclass(frozen=True, kw_only=True)
class CaseRecord:
    """Everything sealed in the row of a case.

    Attributes:
        label: two random words, unrelated to the codename, so that people can speak of a case.
        facts: what guards and deadlines ask for.
        fields: the answers of the report's form.
        received: the day it was imported.
        allowed: the reviewers who may open it; `excluded`: those the reporter kept out.
        keys: the reporter's mailbox; None when there is none.
        erased: the reporter erased the mailbox: nothing more may be sent.
        retaliation: the reporter flagged retaliation.
        opinion_given: the reporter said yes or no to publication; nobody else changes that.
        replies: how many replies were numbered.
        read: how many messages there were when somebody last opened the case.
        channel: how it came: `onion`, or typed here from `paper` or a `visit`.
        language: of the report, so that an acknowledgement needs no look at it; "" in cases of older versions.
        linked: reviewers with a declared link to the cooperative; they are kept out like the excluded.
        let_in: reviewers whom a colleague let in although a link seemed to keep them out.
        merged_into: the case that this one is decided with; it sleeps until it is taken out again.
        split_from: the case whose messages this one shares; replies go out from there.
        mailbox_ended: the day its mailbox's time was over and the keys were forgotten.
        purged: the day its content was destroyed; what is left is a tombstone without content.
    """

    label: str
    facts: CaseFacts
    received: date
    allowed: tuple[str, ...]
    excluded: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    keys: MailboxKeys | None = field(default=None, repr=False)
    erased: bool = False
    retaliation: bool = False
    opinion_given: bool = False
    replies: int = 0
    read: int = 0
    channel: str = "onion"
    language: str = ""
    linked: tuple[str, ...] = ()
    let_in: tuple[str, ...] = ()
    merged_into: str = ""
    split_from: str = ""
    mailbox_ended: date | None = None
    purged: date | None = None

    @property
    def asleep(self) -> bool:
        """Nothing is due of it by itself: it was merged into another case, or purged."""
        return bool(self.merged_into) or self.purged is not None

    @property
    def mailbox(self) -> bool:
        """A reply can still reach the reporter."""
        return self.keys is not None and not self.erased

    def to_bytes(self) -> bytes:
        return canonical.dumps(_plain(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> CaseRecord:
        return typing.cast("CaseRecord", _typed(cls, canonical.loads(data)))


def new_id() -> str:
    """A random case id, unrelated to envelope and mailbox."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))


@cache
def _hints(kind: type) -> dict[str, Any]:
    """The annotations of a record; resolving them costs more than reading one."""
    return typing.get_type_hints(kind)


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return to_b64(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in dataclasses.fields(value)}
    return value


def _typed(hint: Any, value: Any) -> Any:
    """The inverse of `_plain`, led by the annotations. A fact added later takes its default."""
    if isinstance(hint, types.UnionType):
        inner = next(part for part in typing.get_args(hint) if part is not type(None))
        return None if value is None else _typed(inner, value)
    origin = typing.get_origin(hint)
    if origin in {tuple, frozenset}:
        return origin(_typed(typing.get_args(hint)[0], item) for item in value)
    if hint is date:
        return date.fromisoformat(value)
    if hint is bytes:
        return from_b64(value)
    if dataclasses.is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{name: _typed(hints[name], item) for name, item in value.items() if name in hints})
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value
