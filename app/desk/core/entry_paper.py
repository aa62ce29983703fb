"""The registry entry of a case as the desk keeps it: draft, good-faith sheet, signatures, and what was exported."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from app.desk.core.bench import OpenCase
from app.desk.core.signatures import Signature, colleges
from app.domain.draft import GoodFaith, parse_good_faith
from app.domain.entry import Entry, Record, parse
from app.domain.facts import State
from app.stores.desk import Transaction
from crypto import canonical
from crypto.export import Name

PAPER = "entry"
COLLEGES = 2
# The status that a record may have in each state: a correction waits until the case itself is moved.
STATUSES = {
    State.PUBLISHED: frozenset({"published", "contested"}),
    State.CORRECTED: frozenset({"corrected"}),
    State.WITHDRAWN: frozenset({"withdrawn", "replaced"}),
}


@dataclass(frozen=True)
class EntryPaper:
    """`published` is the version that left last; `exported` says that it is the one that stands here.

    `told` is the entry in whose place an end stands until it leaves: what the cooperative was told, and its answer.
    `name` is the person's name that `body.nominative` of the record stands for, with its salt.
    """

    record: Record = field(repr=False)
    sheet: GoodFaith | None = field(default=None, repr=False)
    signatures: tuple[Signature, ...] = ()
    published: Record | None = field(default=None, repr=False)
    exported: bool = False
    told: Entry | None = field(default=None, repr=False)
    name: Name | None = field(default=None, repr=False)

    @property
    def signed(self) -> bool:
        """Two reviewers of two colleges signed the record as it stands."""
        return len(self.signatures) == COLLEGES == len(colleges(self.signatures))

    def fits(self, state: State) -> bool:
        """Whether this very version still has to leave, and is what such a case shows."""
        return not self.exported and self.record.status in STATUSES.get(state, ())

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of what whoever signs has before their eyes: the record and the name beside it."""
        shown = {"record": self.record.to_dict(), "name": self.beside.text if self.beside else ""}
        return hashlib.sha256(canonical.dumps(shown)).hexdigest()

    def to_bytes(self) -> bytes:
        body: dict[str, Any] = {
            "record": self.record.to_dict(),
            "sheet": self.sheet and asdict(self.sheet),
            "signatures": [signature.to_dict() for signature in self.signatures],
            "published": self.published and self.published.to_dict(),
            "exported": self.exported,
            "told": self.told and self.told.to_dict(),
            "name": self.name and {"salt": self.name.salt.hex(), "text": self.name.text},
        }
        return canonical.dumps(body)

    @classmethod
    def from_bytes(cls, data: bytes) -> EntryPaper:
        value = canonical.loads(data)
        return cls(
            record=parse(value["record"]),
            sheet=parse_good_faith(value["sheet"]) if value["sheet"] else None,
            signatures=tuple(Signature.from_dict(one) for one in value["signatures"]),
            published=parse(value["published"]) if value["published"] else None,
            exported=value["exported"],
            told=Entry.parse(value["told"]) if value.get("told") else None,
            name=_name(value.get("name")),
        )

    @property
    def names(self) -> bool:
        """Whether the record stands for a person's name, be the name itself still held or not."""
        entry = self.entry
        return bool(entry and entry.body and entry.body.nominative)

    @property
    def beside(self) -> Name | None:
        """The name that leaves beside this record: none when the record stands for none."""
        return self.name if self.names else None

    @property
    def entry(self) -> Entry | None:
        """The record, unless it takes an entry down."""
        return self.record if isinstance(self.record, Entry) else None


def _name(value: dict[str, str] | None) -> Name | None:
    return Name(bytes.fromhex(value["salt"]), value["text"]) if value else None


def load_paper(case: OpenCase, tx: Transaction) -> EntryPaper | None:
    data = tx.paper(case.id, PAPER)
    return EntryPaper.from_bytes(case.open(PAPER, data)) if data else None


def store_paper(case: OpenCase, tx: Transaction, paper: EntryPaper) -> None:
    tx.put_paper(case.id, PAPER, case.seal(PAPER, paper.to_bytes()))
