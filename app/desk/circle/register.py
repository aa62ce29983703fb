"""The register of declared links (DOMAIN S1.1): who said to be linked to which cooperative, and when that ended."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.desk.core.bench import Desk
from app.desk.core.record import CaseRecord
from app.domain.cooperatives import may_be_same
from app.stores.desk import Transaction

KIND = "link"


@dataclass(frozen=True)
class Link:
    """One line of the register of recusals. `ended`: the day a colleague ended it, and `why`."""

    id: str
    reviewer: str
    cooperative: str
    declared: str
    ended: str = ""
    ended_by: str = ""
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "id"}


def all_links(desk: Desk, tx: Transaction) -> list[Link]:
    """The whole register, oldest first."""
    found = [Link(row_id, **value) for row_id, value in desk.shared(tx, KIND).items()]
    return sorted(found, key=lambda link: (link.declared, link.reviewer, link.id))


def linked(desk: Desk, tx: Transaction, *texts: str) -> frozenset[str]:
    """The reviewers whose declared link may be to a cooperative that one of these texts names."""
    return met(standing_links(desk, tx), texts)


def texts_of(record: CaseRecord) -> tuple[str, ...]:
    """What a case says about its cooperative: the reporter's words, what its entry gives, what analysts established."""
    return record.fields.get("cooperative", ""), record.facts.entry_cooperative, record.facts.cooperative


def new_id() -> str:
    """A random name for a line of the register."""
    return secrets.token_hex(8)


def standing_links(desk: Desk, tx: Transaction) -> list[Link]:
    """The links that have not ended."""
    return [link for link in all_links(desk, tx) if not link.ended]


def met(standing: Iterable[Link], texts: Iterable[str]) -> frozenset[str]:
    """Whose link may be to a cooperative that one of these texts names."""
    texts = [text for text in texts if text]
    return frozenset(link.reviewer for link in standing if any(may_be_same(link.cooperative, text) for text in texts))
